"""Documents as frozen values, from rows or by statements of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from antong.catalog import loader
from antong.dossier.models import Document
from antong.dossier.types import DocumentView

_COLUMNS = (
    "id", "dossier_id", "kind", "unit_id", "party_ids", "state", "version", "number", "issued_at", "happened_at",
    "drafted_by", "drafted_name", "drafted_at", "fields", "original_id", "signed_original_id",
)  # fmt: skip


def view(row: Document) -> DocumentView:
    """Return the frozen value of a document."""
    return _view([getattr(row, name) for name in _COLUMNS])


def answered(answer: Mapping[str, Any]) -> DocumentView:
    """Return the document that a repeated command was about, as it is now; one statement."""
    return view(Document.objects.get(id=answer["document"]))


def read(where: str, values: Mapping[str, Any]) -> list[DocumentView]:
    """Return the documents that a condition in SQL names, as frozen values; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(_COLUMNS)} FROM dossier_document WHERE {where}", values)  # noqa: S608
        rows = cursor.fetchall()
    return [_view([*row[:4], json.loads(row[4]), *row[5:13], json.loads(row[13]), *row[14:]]) for row in rows]


def _view(row: Sequence[Any]) -> DocumentView:
    kind = loader.load().document(row[2])
    return DocumentView(
        id=row[0],
        case_id=row[1],
        kind=row[2],
        name=kind.name if kind else row[2],
        unit_id=row[3],
        party_ids=tuple(UUID(value) for value in row[4]),
        state=row[5],
        version=row[6],
        number=row[7],
        issued_at=row[8],
        happened_at=row[9],
        drafted_by=row[10],
        drafted_name=row[11],
        drafted_at=row[12],
        has_pdf=row[14] is not None,
        signed=row[15] is not None,
        fields=row[13],
        original_id=row[14],
        signed_original_id=row[15],
    )
