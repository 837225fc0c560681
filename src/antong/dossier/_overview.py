"""How a file stands: how much it holds, what the catalogue misses in it, its snapshots."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases.types import STAGE_ORDER, Stage
from antong.catalog import loader
from antong.dossier import _media, _signed, _upload
from antong.dossier.models import Blob, Manifest, Page, Placement
from antong.dossier.types import FileOutline, RemovedPage, Tree
from antong.kernel import clock
from antong.kernel.refusal import NotFound

FINDINGS = {"resolution": "分辨率低于 200 dpi", "blank": "空白页", "blur": "影像不清"}
"""What the machine doubts about a page, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A place of the catalogue that should hold a paper by now and holds none; `need` is required or usual."""

    volume_key: str
    volume: str
    group: str
    key: str
    title: str
    need: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A snapshot of a file: when it was fixed, which version of the file, how many pages."""

    id: UUID
    version: int
    pages: int
    made_at: datetime


def counts(case_id: UUID) -> tuple[int, int]:
    """Return how many pages stand in a file, and how many documents; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM dossier_placement l JOIN dossier_entry e ON e.id = l.entry_id"
            " JOIN dossier_volume v ON v.id = e.volume_id WHERE v.dossier_id = %(case)s AND l.active),"
            " (SELECT count(*) FROM dossier_document WHERE dossier_id = %(case)s AND state <> 'void')",
            {"case": case_id},
        )
        found: tuple[int, int] = cursor.fetchone()
    return found


def gaps(tree: Tree | FileOutline, stage: Stage) -> list[Gap]:
    """Return the places of the catalogue that should hold a paper at this stage and hold none; no statement.

    Nothing is missing in a case that has ended: what it lacks, it will not get.
    """
    if stage is Stage.CLOSED:
        return []
    have = {entry.catalogue_key for volume in tree.volumes for entry in volume.entries if entry.pages}
    reached = STAGE_ORDER[stage]
    return [
        Gap(
            volume_key=volume.key,
            volume=volume.title,
            group=group.title,
            key=entry.key,
            title=entry.title,
            need=entry.need,
        )
        for volume in loader.load().dossier.volumes
        for group in volume.groups
        for entry in group.entries
        if entry.need != "if-any"
        and entry.from_stage
        and STAGE_ORDER[Stage(entry.from_stage)] <= reached
        and entry.key not in have
    ]


def titles_in(case_id: UUID, volume: str) -> list[str]:
    """Return the titles of the places of a volume that hold pages, each once, in the order of the file; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.catalogue_key, e.title FROM dossier_entry e JOIN dossier_volume v ON v.id = e.volume_id"
            " WHERE v.dossier_id = %s AND v.catalogue_key = %s"
            " AND EXISTS (SELECT FROM dossier_placement l WHERE l.entry_id = e.id AND l.active)"
            " ORDER BY e.position, e.id",
            [case_id, volume],
        )
        rows = cursor.fetchall()
    places = {entry.key: entry.title for entry in loader.load().dossier.entries()}
    return list(dict.fromkeys(places.get(key, title) for key, title in rows))


def same_before(case_id: UUID, original_ids: Collection[UUID]) -> dict[str, str]:
    """Return, by name, which files hold the very bytes of another in the file, and where that stands; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (o.file_name) o.file_name, v.title || ' ' || e.title FROM dossier_original o"
            " JOIN dossier_original b ON b.blob_id = o.blob_id AND b.dossier_id = o.dossier_id AND b.id <> o.id"
            " JOIN dossier_page p ON p.original_id = b.id"
            " JOIN dossier_placement l ON l.page_id = p.id AND l.active"
            " JOIN dossier_entry e ON e.id = l.entry_id JOIN dossier_volume v ON v.id = e.volume_id"
            " WHERE o.dossier_id = %s AND o.id = ANY(%s::uuid[]) ORDER BY o.file_name, l.id",
            [case_id, list(original_ids)],
        )
        return dict(cursor.fetchall())


def fixed(manifest_ids: Collection[UUID]) -> dict[UUID, Fixed]:
    """Return several snapshots by id; one statement."""
    rows = Manifest.objects.filter(id__in=set(manifest_ids)).values_list(
        "id", "version", "page_count", "made_at"
    )
    return {row[0]: Fixed(id=row[0], version=row[1], pages=row[2], made_at=row[3]) for row in rows}


def page_facts(case_id: UUID, page_id: UUID) -> dict[str, Any]:
    """Return what is known of a page: its original with its digest, its place in it, its measures."""
    page = (
        Page.objects.filter(id=page_id, dossier_id=case_id)
        .select_related("original", "original__blob")
        .first()
    )
    if page is None:
        raise NotFound
    checks = page.checks
    return {
        "error": page.error,
        "file": page.original.file_name, "index": page.index + 1, "pages": page.original.page_count,
        "sha256": bytes(page.original.blob.digest).hex(), "uploaded": clock.local(page.original.uploaded_at).isoformat(),
        "dpi": checks.get("dpi"), "width": page.width, "height": page.height,
        "findings": [FINDINGS.get(name, name) for name in checks.get("findings", ())], "state": page.state,
        "recording": checks.get("media", ""),
    }  # fmt: skip


def page_recording(case_id: UUID, page_id: UUID) -> Blob:
    """Return what the page of a recording plays; one statement. Raises NotFound for any other page."""
    page = (
        Page.objects.filter(id=page_id, dossier_id=case_id).select_related("original__blob__dossier").first()
    )
    if page is None or not _media.is_media(page.original.blob.media_type):
        raise NotFound
    return page.original.blob


def removed(case_id: UUID) -> list[RemovedPage]:
    """Return the pages taken out of a file, with why, newest first; those replaced are not among them."""
    rows = (
        Placement.objects.filter(entry__volume__dossier_id=case_id, active=False)
        .exclude(page__placements__active=True)
        .exclude(ended_reason__in=[_upload.REPLACED, _signed.REPLACED])
        .select_related("entry__volume")
        .order_by("-id")
    )
    return [
        RemovedPage(
            id=row.page_id, where=f"{row.entry.volume.title} {row.entry.title}", reason=row.ended_reason
        )
        for row in rows[:50]
    ]
