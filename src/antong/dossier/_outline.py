"""A file without its pages: volumes, papers and how many pages each has; and a few pages of it by their place.

What it costs does not grow with the pages: of a living file the database counts along one index and reads the pages that
are asked for; a snapshot never changes, so each process reads it once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from antong.cases.types import CaseAccess, GrantRole
from antong.catalog import loader
from antong.dossier import _snapshot
from antong.dossier._overview import FINDINGS, counts
from antong.dossier.models import Document, Manifest
from antong.dossier.types import EntryOutline, FileOutline, PageView, VolumeOutline

# What of a living file a unit sees: all of it, or its own papers and those it was given.
_SEEN = (
    "(%(all)s OR e.document_id = ANY(%(papers)s::uuid[])"
    " OR (e.document_id IS NULL AND v.catalogue_key = ANY(%(volumes)s::text[])))"
)
_OUTLINE = f"""
SELECT d.version, v.id, v.catalogue_key, v.title, e.id, e.catalogue_key, e.title, e.document_id,
  (SELECT count(*) FROM dossier_placement l WHERE l.entry_id = e.id AND l.active)
FROM dossier_dossier d JOIN dossier_volume v ON v.dossier_id = d.case_id
LEFT JOIN dossier_entry e ON e.volume_id = v.id AND {_SEEN}
WHERE d.case_id = %(case)s ORDER BY v.position, e.position, e.id
"""  # noqa: S608 - the text is ours
_WINDOW = """
SELECT w.place - 1, p.id, l.rotation, l.replaces, p.original_id, p.index, p.state, p.doubtful,
  COALESCE(p.checks->'findings', '[]')::text, COALESCE(p.checks->>'media', '')
FROM unnest(%(entries)s::uuid[], %(skips)s::int[], %(takes)s::int[]) WITH ORDINALITY w(entry_id, skip, take, place)
CROSS JOIN LATERAL (
  SELECT page_id, rotation, replaces, position, id FROM dossier_placement
  WHERE entry_id = w.entry_id AND active ORDER BY position, id OFFSET w.skip LIMIT w.take) l
JOIN dossier_page p ON p.id = l.page_id
ORDER BY w.place, l.position, l.id
"""
_PAGES = """
SELECT id, state, doubtful, COALESCE(checks->'findings', '[]')::text, COALESCE(checks->>'media', '')
FROM dossier_page WHERE dossier_id = %s AND id = ANY(%s::uuid[])
"""
# The count walks the index of one paper's places, in their order.
_PLACES = """
SELECT l.page_id, l.entry_id, (
  SELECT count(*) FROM dossier_placement b
  WHERE b.entry_id = l.entry_id AND b.active AND (b.position, b.id) < (l.position, l.id))
FROM dossier_placement l JOIN dossier_page p ON p.id = l.page_id
WHERE l.page_id = ANY(%s::uuid[]) AND l.active AND p.dossier_id = %s
"""
_UNLIKE = "p.dossier_id = %(case)s AND (p.state <> 'ready' OR p.doubtful)"
_STATES = f"""
SELECT count(*) FILTER (WHERE p.doubtful AND p.state = 'ready'), count(*) FILTER (WHERE p.state = 'failed'),
  count(*) FILTER (WHERE p.state = 'waiting')
FROM dossier_page p JOIN dossier_placement l ON l.page_id = p.id AND l.active
JOIN dossier_entry e ON e.id = l.entry_id JOIN dossier_volume v ON v.id = e.volume_id WHERE {_UNLIKE} AND {_SEEN}
"""  # noqa: S608 - the text is ours
_STANDING = (
    "SELECT count(*) FROM dossier_placement l JOIN dossier_entry e ON e.id = l.entry_id"  # noqa: S608 - the text is ours
    f" JOIN dossier_volume v ON v.id = e.volume_id WHERE v.dossier_id = %(case)s AND l.active AND {_SEEN}"
)
_DOUBTS = f"""
SELECT p.id FROM dossier_page p WHERE {_UNLIKE} AND (p.doubtful OR p.state = 'failed')
"""  # noqa: S608 - the text is ours
_DOUBTS_IN_ORDER = f"""
SELECT s.place, s.entry_id FROM (
  SELECT l.page_id, l.entry_id, row_number() OVER (ORDER BY v.position, e.position, e.id, l.position, l.id) - 1 AS place
  FROM dossier_volume v JOIN dossier_entry e ON e.volume_id = v.id
  JOIN dossier_placement l ON l.entry_id = e.id AND l.active WHERE v.dossier_id = %(case)s AND {_SEEN}) s
JOIN dossier_page p ON p.id = s.page_id AND {_UNLIKE}
WHERE (p.doubtful OR p.state = 'failed') AND s.place > %(after)s ORDER BY s.place LIMIT %(most)s
"""  # noqa: S608 - the text is ours


_READY = ("ready", False, "[]", "")


class Span(NamedTuple):
    """Some pages of a paper that follow each other: `skip` pages are before them."""

    entry_id: UUID
    skip: int
    take: int


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A file as its snapshots fixed it: the outline, and of every page (id, rotation, original, index, replaced)."""

    outline: FileOutline
    pages: tuple[tuple[bytes, int, bytes, int, bool], ...]
    places: Mapping[bytes, int]
    papers: frozenset[UUID]
    manifests: int


def outline_of(case: CaseAccess) -> FileOutline:
    """Return the outline of the file as a unit may see it; two statements, of a known snapshot one.

    `case` comes from `cases.access.case_for`.
    """
    if not _living(case):
        known, doubts = _still(case)
        return replace(known.outline, doubtful=len(known.places.keys() & {one.bytes for one in doubts}))
    seen = _seen(case)
    with connection.cursor() as cursor:
        cursor.execute(_OUTLINE, {"case": case.id, **seen})
        rows = cursor.fetchall()
        cursor.execute(_STATES, {"case": case.id, **seen})
        doubtful, failed, waiting = cursor.fetchone()
    volumes: dict[UUID, list[Any]] = {}
    heads: dict[UUID, tuple[str, str]] = {}
    for _, volume_id, volume_key, volume_title, *entry in rows:
        heads[volume_id] = (volume_key, volume_title)
        entries = volumes.setdefault(volume_id, [])
        if entry[0] is not None:
            entries.append(tuple(entry))
    made = [
        (volume_id, *heads[volume_id], entries)
        for volume_id, entries in volumes.items()
        if entries or seen["all"]
    ]
    return replace(
        _outlined(made, rows[0][0] if rows else 0, snapshot=False),
        doubtful=doubtful,
        failed=failed,
        waiting=waiting,
    )


def window(case: CaseAccess, outline: FileOutline, spans: Sequence[Span]) -> list[list[PageView]]:
    """Return the pages of some spans, each apart; one statement, none for no span.

    The spans are of papers that the outline shows: what it does not show is not asked for.
    """
    shown = {entry.id: entry for volume in outline.volumes for entry in volume.entries}
    known = [span if span.entry_id in shown else span._replace(take=0) for span in spans]
    if not any(span.take for span in known):
        return [[] for _ in spans]
    if not _living(case):
        return _fixed_window(case, shown, known)
    with connection.cursor() as cursor:
        cursor.execute(
            _WINDOW,
            {
                "entries": [span.entry_id for span in known],
                "skips": [span.skip for span in known],
                "takes": [span.take for span in known],
            },
        )
        rows = cursor.fetchall()
    found: list[list[PageView]] = [[] for _ in spans]
    for at, page_id, rotation, replaces, original_id, index, *seen in rows:
        span, pages = known[at], found[at]
        row = (page_id.bytes, rotation, original_id.bytes, index, replaces is not None)
        pages.append(_page(shown[span.entry_id].number + span.skip + len(pages), row, seen))
    return found


def _page(number: int, row: tuple[bytes, int, bytes, int, bool], seen: Sequence[Any]) -> PageView:
    page_id, rotation, original_id, index, replaced = row
    state, doubtful, findings, media = seen
    return PageView(
        id=UUID(bytes=page_id), number=number, rotation=rotation, state=state, doubtful=doubtful and state == "ready",
        findings=tuple(FINDINGS.get(name, name) for name in json.loads(findings)), original_id=UUID(bytes=original_id),
        index=index, replaced=replaced, media=media,
    )  # fmt: skip


def places_of(case: CaseAccess, outline: FileOutline, page_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return where some pages stand in the whole file, counted from 0, without those that it does not show.

    One statement; none of a snapshot, nor for no page.
    """
    if not page_ids:
        return {}
    if not _living(case):
        places = _fixed(case.manifest_ids).places
        return {one: places[one.bytes] for one in page_ids if one.bytes in places}
    first = {entry.id: entry.first for volume in outline.volumes for entry in volume.entries}
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(page_ids), case.id])
        return {
            page_id: first[entry] + before for page_id, entry, before in cursor.fetchall() if entry in first
        }


def standing(case: CaseAccess, page_ids: Collection[UUID]) -> int:
    """Return how many of some pages stand in the file as a unit sees it; one statement, of a snapshot none."""
    if not _living(case):
        return len(_fixed(case.manifest_ids).places.keys() & {one.bytes for one in page_ids})
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_STANDING} AND l.page_id = ANY(%(pages)s::uuid[])",
            {"case": case.id, "pages": list(page_ids), **_seen(case)},
        )
        found: int = cursor.fetchone()[0]
    return found


def doubts_after(case: CaseAccess, after: int, most: int) -> list[int]:
    """Return the places of the pages after one that somebody has to look at, in order; one statement."""
    if not _living(case):
        places = _fixed(case.manifest_ids).places
        found = sorted(places[one.bytes] for one in _doubts(case.id) if one.bytes in places)
        return [place for place in found if place > after][:most]
    with connection.cursor() as cursor:
        cursor.execute(_DOUBTS_IN_ORDER, {"case": case.id, "after": after, "most": most, **_seen(case)})
        return [place for place, _ in cursor.fetchall()]


def shows(case: CaseAccess, page_id: UUID) -> bool:
    """Whether the living file of a unit that sees a part of it shows a page."""
    return standing(case, [page_id]) > 0


def spans_at(outline: FileOutline, first: int, count: int) -> list[Span]:
    """Return the spans that `count` pages of the whole file from the place `first` on fall into."""
    spans = []
    for volume in outline.volumes:
        for entry in volume.entries:
            begin, end = max(first, entry.first), min(first + count, entry.first + entry.pages)
            if begin < end:
                spans.append(Span(entry.id, begin - entry.first, end - begin))
    return spans


def _living(case: CaseAccess) -> bool:
    return case.living or case.role is GrantRole.SUPERVISION


def _seen(case: CaseAccess) -> dict[str, Any]:
    """Return what a unit sees of the living file: no statement where all of it, two at most where not."""
    if case.whole or case.role is GrantRole.SUPERVISION:
        return {"all": True, "papers": [], "volumes": []}
    own = Document.objects.filter(dossier_id=case.id, unit_id=case.unit_id).values_list("id", flat=True)
    mine = [volume.key for volume in loader.load().dossier.volumes if case.unit_kind in volume.owners]
    return {"all": False, "papers": [*_fixed(case.manifest_ids).papers, *own], "volumes": mine}


def _outlined(volumes: Sequence[Any], version: int, *, snapshot: bool) -> FileOutline:
    first, made = 0, []
    for volume_id, volume_key, volume_title, rows in volumes:
        number, entries = 1, []
        for entry_id, key, title, document_id, pages in rows:
            entries.append(
                EntryOutline(
                    id=entry_id, catalogue_key=key, title=title, document_id=document_id, pages=pages, number=number, first=first
                )
            )  # fmt: skip
            number, first = number + pages, first + pages
        made.append(
            VolumeOutline(id=volume_id, catalogue_key=volume_key, title=volume_title, entries=tuple(entries))
        )
    return FileOutline(volumes=tuple(made), version=version, snapshot=snapshot)


@lru_cache(maxsize=16)
def _fixed(manifest_ids: tuple[UUID, ...]) -> _Fixed:
    body = _snapshot.together(manifest_ids)
    volumes, pages = [], []
    for volume in body["volumes"]:
        entries = []
        for entry in volume["entries"]:
            document_id = UUID(entry["document"]) if entry["document"] else None
            entries.append(
                (UUID(entry["id"]), entry["key"], entry["title"], document_id, len(entry["pages"]))
            )
            pages += [
                (
                    UUID(page["id"]).bytes,
                    page["rotation"],
                    UUID(page["original"]).bytes,
                    page["index"],
                    bool(page["replaces"]),
                )
                for page in entry["pages"]
            ]
        volumes.append((UUID(volume["id"]), volume["key"], volume["title"], entries))
    return _Fixed(
        outline=_outlined(volumes, body["version"], snapshot=True),
        pages=tuple(pages),
        places={page[0]: place for place, page in enumerate(pages)},
        papers=frozenset(UUID(row["id"]) for row in body["documents"]),
        manifests=Manifest.objects.filter(id__in=manifest_ids).count(),
    )


def _still(case: CaseAccess) -> tuple[_Fixed, list[UUID]]:
    """Return what the snapshots fixed, forgotten where they were destroyed since, and the pages to look at; one statement."""
    known = _fixed(case.manifest_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM dossier_manifest WHERE id = ANY(%(manifests)s::uuid[])), ARRAY("  # noqa: S608 - ours
            + _DOUBTS + ")", {"case": case.id, "manifests": list(case.manifest_ids)},
        )  # fmt: skip
        many, doubts = cursor.fetchone()
    if many != known.manifests:
        _fixed.cache_clear()
        known = _fixed(case.manifest_ids)
    return known, doubts


def _fixed_window(
    case: CaseAccess, shown: Mapping[UUID, EntryOutline], spans: Sequence[Span]
) -> list[list[PageView]]:
    pages, chosen = _fixed(case.manifest_ids).pages, []
    for span in spans:
        entry = shown.get(span.entry_id)
        end = min(span.skip + span.take, entry.pages) if entry else 0
        chosen.append(
            [(entry.number + at, pages[entry.first + at]) for at in range(span.skip, end)] if entry else []
        )
    with connection.cursor() as cursor:
        cursor.execute(_PAGES, [case.id, [UUID(bytes=page[0]) for rows in chosen for _, page in rows]])
        now = {row[0].bytes: row[1:] for row in cursor.fetchall()}
    return [[_page(number, row, now.get(row[0], _READY)) for number, row in rows] for rows in chosen]


def _doubts(case_id: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_DOUBTS, {"case": case_id})
        return [row[0] for row in cursor.fetchall()]


def seen_counts(case: CaseAccess) -> tuple[int, int]:
    """Return how many pages and documents of a file a unit sees; one statement, of a known snapshot none."""
    if case.whole or case.role is GrantRole.SUPERVISION:
        return counts(case.id)
    if not case.living:
        known = _fixed(case.manifest_ids)
        return known.outline.page_count, len(known.papers)
    seen = _seen(case)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT c.id) FROM dossier_volume v JOIN dossier_entry e ON e.volume_id = v.id"  # noqa: S608 - ours
            " JOIN dossier_placement l ON l.entry_id = e.id AND l.active"
            " LEFT JOIN dossier_document c ON c.id = e.document_id AND c.state = 'issued'"
            f" WHERE v.dossier_id = %(case)s AND {_SEEN}",
            {"case": case.id, **seen},
        )
        found: tuple[int, int] = cursor.fetchone()
    return found
