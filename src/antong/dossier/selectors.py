"""Reads of the room. Callers have asked `cases.access` for the case; ids of pages are checked against it here."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases.access import visible_to
from antong.cases.types import EDITING_ROLES, CaseAccess, GrantRole
from antong.catalog import loader
from antong.dossier import (
    _derive,
    _document_rows,
    _documents,
    _file,
    _signed,
    _snapshot,
    typesetting,
)
from antong.dossier._copies import plain_blobs
from antong.dossier._erase import left_behind
from antong.dossier._file import file_of, shows_original, shows_page, tree
from antong.dossier._files import is_whole as blob_is_whole
from antong.dossier._files import master_key_opens
from antong.dossier._files import open_blob as read_blob
from antong.dossier._incoming import incoming
from antong.dossier._outline import Span, doubts_after, outline_of, places_of, spans_at, standing, window
from antong.dossier._outline import seen_counts as counts_of
from antong.dossier._overview import (
    FINDINGS,
    Fixed,
    Gap,
    counts,
    fixed,
    gaps,
    page_facts,
    page_recording,
    removed,
    same_before,
    titles_in,
)
from antong.dossier._proofs import proofs
from antong.dossier._unmade import originals_without_job
from antong.dossier._where import newest_move, store_fault, store_seen, store_word
from antong.dossier.models import Blob, Document, Entry, Manifest, Original, Page, Placement
from antong.dossier.types import (
    Change,
    DocumentView,
    FoundDocument,
    FoundScan,
    IssueFacts,
    ManifestRef,
    Stats,
)
from antong.dossier.typesetting import Setting
from antong.kernel import canonical
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound

__all__ = [
    "Fixed",
    "Gap",
    "Span",
    "answered_document",
    "blob_is_whole",
    "catalogue",
    "changes_since",
    "counts",
    "counts_of",
    "document",
    "documents",
    "documents_by_id",
    "documents_of",
    "doubts_after",
    "draft_pictures",
    "draft_setting",
    "file_of",
    "filled",
    "fixed",
    "found_scans",
    "gaps",
    "incoming",
    "left_behind",
    "manifest_diff",
    "manifests",
    "master_key_opens",
    "neighbour",
    "newest_move",
    "original_blob",
    "original_pictures",
    "originals",
    "originals_waiting",
    "originals_without_job",
    "outline_of",
    "page_blob",
    "page_facts",
    "page_places",
    "page_recording",
    "places_of",
    "plain_blobs",
    "progress",
    "proofs",
    "read_blob",
    "removed",
    "replacement_of",
    "same_before",
    "shows_original",
    "shows_page",
    "spans_at",
    "standing",
    "stats",
    "store_fault",
    "store_seen",
    "store_word",
    "titles_in",
    "tree",
    "version",
    "window",
]


def documents_of(case: CaseAccess) -> list[DocumentView]:
    """Return the documents a unit may know of, newest first: its own and those given to it; who sees all sees void ones too."""
    found = documents(case.id, voided=case.whole)
    if case.whole or case.role is GrantRole.SUPERVISION:
        return found
    given = {UUID(row["id"]) for row in _file.shown(case)["documents"]}
    return [one for one in found if one.unit_id == case.unit_id or one.id in given]


def stats(case_id: UUID) -> Stats:
    """Return how full the file is, for the checks before a hand-over; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.catalogue_key, e.catalogue_key, v.title, e.title, p.id, p.doubtful, p.state,"
            " COALESCE(p.checks->'findings', '[]')::text"
            " FROM dossier_volume v JOIN dossier_entry e ON e.volume_id = v.id"
            " JOIN dossier_placement l ON l.entry_id = e.id AND l.active JOIN dossier_page p ON p.id = l.page_id"
            " WHERE v.dossier_id = %s ORDER BY v.position, e.position, e.id, l.position, l.id",
            [case_id],
        )
        rows = cursor.fetchall()
    by_entry: dict[str, int] = {}
    by_volume: dict[str, int] = {}
    numbers: dict[str, int] = {}
    doubtful, waiting = [], 0
    for volume, entry, volume_title, entry_title, page_id, doubted, state, found in rows:
        by_entry[entry] = by_entry.get(entry, 0) + 1
        by_volume[volume] = by_volume.get(volume, 0) + 1
        numbers[volume_title] = numbers.get(volume_title, 0) + 1
        waiting += state == "waiting"
        if doubted:
            why = "、".join(FINDINGS.get(name, name) for name in json.loads(found)) or "没有读出图像"
            doubtful.append((page_id, f"{volume_title} p.{numbers[volume_title]} {entry_title}（{why}）"))
    return Stats(
        by_entry=by_entry, by_volume=by_volume, doubtful=tuple(doubtful), waiting=waiting, pages=len(rows)
    )


def progress(case_id: UUID) -> tuple[int, int, int]:
    """Return how many pages of the file have their images, how many failed, and how many there are; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE p.state = 'ready'), count(*) FILTER (WHERE p.state = 'failed'), count(*)"
            " FROM dossier_page p JOIN dossier_placement l ON l.page_id = p.id AND l.active WHERE p.dossier_id = %s",
            [case_id],
        )
        ready, failed, total = cursor.fetchone()
    return ready, failed, total


def version(case_id: UUID) -> int:
    """Return the version of the file, 0 without one; one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM dossier_dossier WHERE case_id = %s", [case_id])
        row = cursor.fetchone()
    return row[0] if row else 0


def page_blob(case_id: UUID, page_id: UUID, *, thumb: bool = False) -> Blob:
    """Return the image of a page of a case; raises NotFound where it is not of the case or not yet derived."""
    page = (
        Page.objects.filter(id=page_id, dossier_id=case_id)
        .select_related("thumb__dossier" if thumb else "image__dossier")
        .first()
    )
    blob = None if page is None else (page.thumb if thumb else page.image)
    if blob is None:
        raise NotFound
    return blob


def original_blob(case_id: UUID, original_id: UUID) -> tuple[Blob, str]:
    """Return the blob and the file name of an original of a case."""
    original = (
        Original.objects.filter(id=original_id, dossier_id=case_id).select_related("blob__dossier").first()
    )
    if original is None:
        raise NotFound
    return original.blob, original.file_name


def living_digest(case_id: UUID) -> bytes:
    """Return the digest the file would have if it were fixed as it is now; one statement."""
    return canonical.digest(_snapshot.living(case_id)[1])


def manifest_diff(old_id: UUID, new_id: UUID) -> list[Change]:
    """Return what changed between two snapshots; two statements."""
    return _snapshot.changes(_snapshot.body_of(old_id), _snapshot.body_of(new_id))


def changes_since(case_id: UUID, manifest_id: UUID) -> list[Change]:
    """Return what changed in the file since a snapshot; two statements."""
    return _snapshot.changes(_snapshot.body_of(manifest_id), _snapshot.living(case_id)[1])


def replaced_pages(manifest_id: UUID) -> dict[UUID, UUID]:
    """Return, by page of a snapshot, the page whose place it has taken; one statement."""
    return {
        UUID(page["id"]): UUID(page["replaces"])
        for volume in _snapshot.body_of(manifest_id)["volumes"]
        for entry in volume["entries"]
        for page in entry["pages"]
        if page["replaces"]
    }


def doubts(case_id: UUID, page_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return what the machine doubts about some pages of a case, with its measure and the standard; one statement."""
    rows = Page.objects.filter(dossier_id=case_id, id__in=set(page_ids)).values_list("id", "checks")
    found = {}
    for page_id, checks in rows:
        measured = {"resolution": f"分辨率 {checks.get('dpi', '不明')} dpi，标准 ≥ 200 dpi"}
        names = checks.get("findings", ())
        found[page_id] = tuple(measured.get(name) or FINDINGS.get(name, name) for name in names)
    return found


def page_places(manifest_id: UUID) -> dict[UUID, str]:
    """Return, by page, where it stands in a snapshot, in words; one statement."""
    return {
        page_id: where for page_id, (where, _, _) in _snapshot.places(_snapshot.body_of(manifest_id)).items()
    }


def replacement_of(page_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return which page has taken the place of each page that was replaced; one statement."""
    rows = Placement.objects.filter(replaces__in=page_ids, active=True).values_list("replaces", "page_id")
    return {old: new for old, new in rows if old is not None}


def manifests(case_id: UUID) -> list[tuple[ManifestRef, bytes]]:
    """Return every kept manifest of a case with its canonical bytes (for the bundle)."""
    return [
        (
            ManifestRef(id=row.id, digest=bytes(row.digest), page_count=row.page_count, version=row.version),
            row.body.encode(),
        )
        for row in Manifest.objects.filter(dossier_id=case_id).order_by("version")
    ]


def originals(case_id: UUID) -> list[tuple[UUID, str, Blob]]:
    """Return every original of a case with its blob (for the bundle)."""
    rows = Original.objects.filter(dossier_id=case_id).select_related("blob__dossier").order_by("id")
    return [(row.id, row.file_name, row.blob) for row in rows]


def documents(
    case_id: UUID, *, kinds: Collection[str] = (), issued_only: bool = False, voided: bool = False
) -> list[DocumentView]:
    """Return the legal documents of a case, newest first, void ones only when asked for; one statement."""
    return _document_rows.read(
        "dossier_id = %(case)s AND (%(void)s OR state <> 'void') AND (%(any)s OR kind = ANY(%(kinds)s::text[]))"
        " AND (NOT %(issued)s OR state = 'issued') ORDER BY drafted_at DESC",
        {"case": case_id, "void": voided, "any": not kinds, "kinds": list(kinds), "issued": issued_only},
    )


answered_document = _document_rows.answered


def documents_by_id(case_id: UUID, ids: Collection[UUID]) -> list[DocumentView]:
    """Return several documents of a case; one statement."""
    return _document_rows.read(
        "dossier_id = %(case)s AND id = ANY(%(ids)s::uuid[]) ORDER BY drafted_at",
        {"case": case_id, "ids": list(ids)},
    )


def document(case_id: UUID, document_id: UUID) -> DocumentView:
    """Return one document of a case; raises NotFound."""
    row = Document.objects.filter(dossier_id=case_id, id=document_id).first()
    if row is None:
        raise NotFound
    return _document_rows.view(row)


def find_documents(actor: Actor, text: str, *, most: int = 5) -> list[FoundDocument]:
    """Return issued documents whose number has `text` in it, in cases the actor's unit handles; one or two statements.

    A text without a digit is no number, and finds none.
    """
    wanted = text.replace("[", "〔").replace("]", "〕").replace(" ", "")
    if not any(character.isdigit() for character in wanted):
        return []
    handled = visible_to(actor).filter(role__in=EDITING_ROLES)
    rows = Document.objects.filter(
        dossier_id__in=handled.values("case_id"), number__contains=wanted, state="issued"
    ).order_by("-issued_at")[:most]
    numbers = dict(
        handled.filter(case_id__in=[row.dossier_id for row in rows]).values_list("case_id", "number")
    )
    return [
        FoundDocument(
            case_id=row.dossier_id,
            case_number=numbers.get(row.dossier_id, ""),
            name=_document_rows.view(row).name,
            number=row.number,
        )
        for row in rows
    ]


def found_scans(case_id: UUID) -> list[FoundScan]:
    """Return the signed scans in a file that wait to be put in the place of their document; two statements."""
    return _signed.found(case_id)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text of a document kind with its placeholders filled, unknown ones left as blanks to write in."""
    return _documents.fill(text, values)


def draft_setting(kind: str, facts: IssueFacts, fields: Mapping[str, Any]) -> Setting:
    """Return what the pages of a draft would say if it were issued today; no statement."""
    return _documents.draft_setting(kind, facts, fields)


def draft_pictures(setting: Setting) -> list[bytes]:
    """Return the pages of a draft as PNG; no statement."""
    return typesetting.pictures(setting)


def original_pictures(case_id: UUID, original_id: UUID) -> list[bytes]:
    """Return the pages of a document's original as it is kept, as JPEG, whether its images are made yet or not."""
    original = Original.objects.filter(id=original_id, dossier_id=case_id).first()
    if original is None:
        raise NotFound
    return _derive.pictures(original)


def neighbour(case_id: UUID, entry_id: UUID, *, up: bool) -> UUID | None:
    """Return the entry that another is to stand before after one step up or down; none at the end."""
    entry = Entry.objects.filter(id=entry_id, volume__dossier_id=case_id).first()
    if entry is None:
        raise NotFound
    order = list(
        Entry.objects.filter(volume_id=entry.volume_id, placements__active=True)
        .order_by("position", "id")
        .values_list("id", flat=True)
        .distinct()
    )
    at = order.index(entry_id) if entry_id in order else 0
    if up:
        return order[max(0, at - 1)] if at else order[min(1, len(order) - 1)]
    return order[at + 2] if at + 2 < len(order) else None


def catalogue(unit_kind: str) -> Mapping[str, Any]:
    """Return the places where a kind of unit files papers, for pickers: volume -> group -> (key, title)."""
    return {
        volume.title: {
            group.title: [(entry.key, entry.title) for entry in group.entries] for group in volume.groups
        }
        for volume in loader.load().dossier.volumes
        if not volume.owners or unit_kind in volume.owners
    }


def originals_waiting(case_id: UUID) -> list[UUID]:
    """Return the originals of a case with pages that have no images yet; one statement."""
    rows = Page.objects.filter(dossier_id=case_id, state="waiting").order_by("original_id")
    return list(rows.values_list("original_id", flat=True).distinct())
