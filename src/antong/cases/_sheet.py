"""The case sheet (案卡): canonical JSON of all a case says about itself, immutable once sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases.models import Sheet
from antong.cases.types import ChargeView, MeasureKind, MeasureView, PartyKind, PartyView, SheetRef, Stage
from antong.kernel import canonical, clock
from antong.kernel.ids import new_id


@cache
def _sql(name: str) -> str:
    return files("antong.cases").joinpath("sql", name).read_text("utf-8")


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema (2020-12) of a case sheet, version 1."""
    text = files("antong.cases").joinpath("schema", "case-sheet-1.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def build(case_id: UUID) -> tuple[dict[str, Any], int]:
    """Return the living sheet of a case as plain JSON values, and the case's version; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_sql("sheet.sql"), [case_id])
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no case {case_id}")
    body = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    return body, row[1]


def keep(case_id: UUID) -> tuple[SheetRef, dict[str, Any]]:
    """Keep the sheet of the case's present version for ever; two statements. The same version is kept once."""
    body, version = build(case_id)
    data = canonical.dumps(body)
    digest = hashlib.sha256(data).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_sheet (id, case_id, version, body, digest, made_at) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (case_id, version) DO UPDATE SET version = EXCLUDED.version RETURNING id, digest",
            [new_id(), case_id, version, data.decode(), digest, clock.now()],
        )
        sheet_id, stored = cursor.fetchone()
    if bytes(stored) != digest:
        raise AssertionError(f"case {case_id} changed without a new version")
    return SheetRef(id=sheet_id, version=version, digest=digest), body


def stored(sheet_id: UUID) -> tuple[dict[str, Any], int, datetime]:
    """Return a kept sheet as plain JSON values, the case's version it shows, and when it was fixed; one statement."""
    row = Sheet.objects.values_list("body", "version", "made_at").get(id=sheet_id)
    body: dict[str, Any] = json.loads(row[0])
    return body, row[1], row[2]


def parties(body: Mapping[str, Any]) -> tuple[PartyView, ...]:
    """Return the parties of a sheet, in order."""
    return tuple(_party(row) for row in body["parties"])


def _party(row: Mapping[str, Any]) -> PartyView:
    values = dict(row)
    values["id"] = UUID(values["id"])
    values["kind"] = PartyKind(values["kind"])
    values["stage"] = Stage(values["stage"])
    values["aliases"] = tuple(values["aliases"])
    values["born_on"] = date.fromisoformat(values["born_on"]) if values["born_on"] else None
    values["charges"] = tuple(ChargeView(**charge) for charge in values["charges"])
    return PartyView(**values)


def measures(body: Mapping[str, Any]) -> tuple[MeasureView, ...]:
    """Return the measures of a sheet, in order of their start."""
    return tuple(
        MeasureView(
            id=UUID(row["id"]),
            party_id=UUID(row["party_id"]),
            kind=MeasureKind(row["kind"]),
            starts_at=datetime.fromisoformat(row["starts_at"]),
            ends_at=datetime.fromisoformat(row["ends_at"]) if row["ends_at"] else None,
            articles=tuple(row["articles"]),
            document_id=UUID(row["document_id"]) if row["document_id"] else None,
            document_number=row["document_number"],
            decided_by_id=UUID(row["decided_by"]),
            executed_by_id=UUID(row["executed_by"]) if row["executed_by"] else None,
            place=row["place"],
            guarantor=row["guarantor"],
            end_reason=row["end_reason"],
        )
        for row in body["measures"]
    )
