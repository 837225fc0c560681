"""The file as a unit may see it: living, the papers of one that executes, or the snapshots it was given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases.types import CaseAccess, GrantRole
from antong.catalog import loader
from antong.dossier import _outline, _snapshot
from antong.dossier._overview import FINDINGS
from antong.dossier.models import Document
from antong.dossier.types import EntryView, PageView, Tree, VolumeView

_READY: tuple[str, tuple[str, ...], str] = ("ready", (), "")


def file_of(case: CaseAccess) -> Tree:
    """Return the file as a unit may see it: living, the papers of one that executes, or the snapshots it was given.

    Empty where it was given none. At most three statements. `case` comes from `cases.access.case_for`.
    """
    if case.whole or case.role is GrantRole.SUPERVISION:
        return tree(case.id)
    return _tree(case.id, shown(case), snapshot=not case.living)


def shown(case: CaseAccess) -> dict[str, Any]:
    """Return the body of the file of a unit that does not see all of it; one statement, two where it executes."""
    if not case.living:
        return _snapshot.together(case.manifest_ids)
    given = {row["id"] for row in _snapshot.together(case.manifest_ids)["documents"]}
    own = {str(one) for one in _own_documents(case)}
    catalogue = loader.load().dossier
    mine = {volume.key for volume in catalogue.volumes if case.unit_kind in volume.owners}
    _, body = _snapshot.living(case.id)
    for volume in body["volumes"]:
        volume["entries"] = [
            entry
            for entry in volume["entries"]
            if entry["document"] in given | own or (entry["document"] is None and volume["key"] in mine)
        ]
    originals = {
        page["original"]
        for volume in body["volumes"]
        for entry in volume["entries"]
        for page in entry["pages"]
    }
    body["documents"] = [row for row in body["documents"] if row["id"] in given | own]
    originals |= {row[name] for row in body["documents"] for name in ("original", "signed")}
    body["originals"] = [row for row in body["originals"] if row["id"] in originals]
    body["volumes"] = [volume for volume in body["volumes"] if volume["entries"]]
    return body


def _own_documents(case: CaseAccess) -> list[UUID]:
    rows = Document.objects.filter(dossier_id=case.id, unit_id=case.unit_id)
    return list(rows.values_list("id", flat=True))


def shows_page(case: CaseAccess, page_id: UUID) -> bool:
    """Whether a unit may see a page of the file; no statement where it sees all of it, or asked about its snapshots before."""
    if case.whole or case.role is GrantRole.SUPERVISION:
        return True
    if not case.living:
        return any(page_id.bytes in _snapshot.held_in(one).pages for one in case.manifest_ids)
    return _outline.shows(case, page_id)


def shows_original(case: CaseAccess, original_id: UUID) -> bool:
    """Whether a unit may see an original; no statement where it sees all of it, or asked about its snapshots before."""
    if case.whole:
        return True
    if not case.living:
        return any(original_id.bytes in _snapshot.held_in(one).originals for one in case.manifest_ids)
    return any(row["id"] == str(original_id) for row in shown(case)["originals"])


def tree(case_id: UUID, manifest_id: UUID | None = None) -> Tree:
    """Return the file: as it is now, or as a manifest fixed it (of the house); one or two statements."""
    if manifest_id is None:
        return _tree(case_id, _snapshot.living(case_id)[1], snapshot=False)
    return _tree(case_id, _snapshot.body_of(manifest_id), snapshot=True)


def _tree(case_id: UUID, body: Mapping[str, Any], *, snapshot: bool) -> Tree:
    states = _states(case_id) if body["volumes"] else {}
    volumes = []
    for volume in body["volumes"]:
        number, entries = 0, []
        for entry in volume["entries"]:
            pages = []
            for page in entry["pages"]:
                number += 1
                page_id = UUID(page["id"])
                state, findings, media = states.get(page_id, _READY)
                pages.append(
                    PageView(
                        id=page_id,
                        number=number,
                        rotation=page["rotation"],
                        state=state,
                        doubtful=bool(findings),
                        findings=tuple(FINDINGS.get(name, name) for name in findings),
                        original_id=UUID(page["original"]),
                        index=page["index"],
                        replaced=bool(page["replaces"]),
                        media=media,
                    )
                )
            entries.append(
                EntryView(
                    id=UUID(entry["id"]),
                    catalogue_key=entry["key"],
                    title=entry["title"],
                    document_id=UUID(entry["document"]) if entry["document"] else None,
                    pages=tuple(pages),
                )
            )
        volumes.append(
            VolumeView(
                id=UUID(volume["id"]),
                catalogue_key=volume["key"],
                title=volume["title"],
                entries=tuple(entries),
            )
        )
    return Tree(volumes=tuple(volumes), version=body["version"], snapshot=snapshot)


_UNLIKE = """
SELECT id, state, COALESCE(checks->'findings', '[]'), COALESCE(checks->>'media', '') FROM dossier_page
WHERE dossier_id = %s AND (state <> 'ready' OR doubtful OR checks ? 'media' OR checks->'findings' <> '[]')
"""


def _states(case_id: UUID) -> dict[UUID, tuple[str, tuple[str, ...], str]]:
    """Return state, findings and kind of recording of the pages that are not plainly ready: of thousands a few."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE, [case_id])
        return {
            page_id: (state, tuple(json.loads(findings) if isinstance(findings, str) else findings), media)
            for page_id, state, findings, media in cursor.fetchall()
        }
