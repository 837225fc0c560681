"""Ordering the file: every change is an act on the record, and raises the file's version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q

from antong.cases import access as cases_access
from antong.catalog import loader
from antong.dossier import _documents, _files, _owning
from antong.dossier.models import Dossier, Entry, Placement, Volume
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org.types import Permission

QUARTERS = (0, 90, 180, 270)
APART = 1024
"""How far apart the positions of two pages are at first."""


def _begin(actor: Actor, case_id: UUID, version: int | None) -> Dossier:
    org_access.require(actor, Permission.DOSSIER_EDIT)
    cases_access.case_for(actor, case_id, Permission.DOSSIER_EDIT, lock=True)
    return _files.locked(case_id, version)


def _end(
    actor: Actor, dossier: Dossier, act: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> int:
    version = _files.bump(dossier)
    ledger.record(
        actor,
        chain_id=dossier.case_id,
        act=act,
        moment=moment(),
        before=before,
        after={**after, "version": version},
    )
    return version


def _active(actor: Actor, dossier: Dossier, page_ids: Sequence[UUID]) -> list[Placement]:
    """Return the places of pages in the order given, where the unit orders their volumes."""
    found = list(
        Placement.objects.filter(
            page_id__in=page_ids, active=True, entry__volume__dossier=dossier
        ).select_related("entry__volume")
    )
    if len(found) != len(set(page_ids)) or not found:
        raise NotFound
    _owning.may_order(actor, {placement.entry.volume.catalogue_key for placement in found})
    order = {page_id: index for index, page_id in enumerate(page_ids)}
    return sorted(found, key=lambda placement: order[placement.page_id])


def _entry(actor: Actor, dossier: Dossier, entry_id: UUID) -> Entry:
    """Return an entry of a volume that the unit orders."""
    entry = Entry.objects.filter(id=entry_id, volume__dossier=dossier).select_related("volume").first()
    if entry is None:
        raise NotFound
    _owning.may_order(actor, {entry.volume.catalogue_key})
    return entry


def _gap(entry_id: UUID, before_page_id: UUID | None, page_ids: Sequence[UUID]) -> tuple[int, int]:
    """Return the first position before a page of an entry, or at its end, and how far apart the others are.

    Of thousands of pages only those that move are written, unless there is no room left between two: then all are, once.
    """
    staying = Placement.objects.filter(entry_id=entry_id, active=True).exclude(page_id__in=page_ids)
    for _ in range(2):
        later = staying.filter(page_id=before_page_id).first() if before_page_id else None
        earlier = staying
        if later is not None:
            earlier = staying.filter(
                Q(position__lt=later.position) | Q(position=later.position, id__lt=later.id)
            )
        last = earlier.order_by("-position", "-id").first()
        low = last.position if last else 0
        if later is None:
            return low + APART, APART
        step = (later.position - low) // (len(page_ids) + 1)
        if step:
            return low + step, step
        _spread(entry_id, APART + len(page_ids))
    raise RuntimeError("no room between two pages that were spread")


def _spread(entry_id: UUID, apart: int) -> None:
    """Put the pages of an entry so far apart again that others go between; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossier_placement p SET position = s.place * %s FROM ("
            " SELECT id, row_number() OVER (ORDER BY position, id) AS place FROM dossier_placement"
            " WHERE entry_id = %s AND active) s WHERE p.id = s.id",
            [apart, entry_id],
        )


@ledger.acted
def move_pages(
    actor: Actor,
    *,
    case_id: UUID,
    page_ids: Sequence[UUID],
    entry_id: UUID,
    before_page_id: UUID | None = None,
    version: int | None = None,
) -> int:
    """Move pages, in the order given, into an entry: before a page of it, or to its end; return the version."""
    dossier = _begin(actor, case_id, version)
    _entry(actor, dossier, entry_id)
    moving = _active(actor, dossier, page_ids)
    _owning.refuse_others(actor, [placement.entry.document_id for placement in moving])
    was = {str(placement.page_id): placement.entry_id for placement in moving}
    first, step = _gap(entry_id, before_page_id, page_ids)
    for index, placement in enumerate(moving):
        placement.entry_id, placement.position = entry_id, first + index * step
    Placement.objects.bulk_update(moving, ["entry_id", "position"])
    return _end(
        actor,
        dossier,
        "dossier.move-pages",
        {"entries": was},
        {"entry": entry_id, "pages": list(page_ids), "before": before_page_id},
    )


@ledger.acted
def move_entry(
    actor: Actor, *, case_id: UUID, entry_id: UUID, before_entry_id: UUID | None, version: int | None = None
) -> int:
    """Move an entry before another of its volume, or to the volume's end; return the version."""
    dossier = _begin(actor, case_id, version)
    entry = _entry(actor, dossier, entry_id)
    others = list(
        Entry.objects.filter(volume_id=entry.volume_id).exclude(id=entry_id).order_by("position", "id")
    )
    at = next((i for i, e in enumerate(others) if e.id == before_entry_id), len(others))
    ordered = [*others[:at], entry, *others[at:]]
    for index, row in enumerate(ordered, 1):
        row.position = index * 1000
    Entry.objects.bulk_update(ordered, ["position"])
    return _end(actor, dossier, "dossier.move-entry", {}, {"entry": entry_id, "before": before_entry_id})


@ledger.acted
def rename_entry(
    actor: Actor, *, case_id: UUID, entry_id: UUID, title: str, version: int | None = None
) -> int:
    """Give an entry another title; return the version."""
    dossier = _begin(actor, case_id, version)
    entry = _entry(actor, dossier, entry_id)
    if not title.strip():
        raise BadInput("不能改名：标题为空。", code="title-empty", fields={"title": "写明标题"})
    Entry.objects.filter(id=entry_id).update(title=title.strip()[:120])
    return _end(
        actor, dossier, "dossier.rename-entry", {"title": entry.title}, {"entry": entry_id, "title": title}
    )


@ledger.acted
def rotate_page(
    actor: Actor, *, case_id: UUID, page_id: UUID, quarter_turns: int = 1, version: int | None = None
) -> int:
    """Turn a page clockwise by quarters; the original stays as it is; return the version."""
    dossier = _begin(actor, case_id, version)
    (placement,) = _active(actor, dossier, [page_id])
    if quarter_turns not in (1, 2, 3):
        raise BadInput("不能旋转：只能转一至三个直角。", code="turns", fields={"turns": "1、2 或 3"})
    turned = QUARTERS[(QUARTERS.index(placement.rotation) + quarter_turns) % 4]
    Placement.objects.filter(id=placement.id).update(rotation=turned)
    return _end(
        actor,
        dossier,
        "dossier.rotate-page",
        {"rotation": placement.rotation},
        {"page": page_id, "rotation": turned},
    )


@ledger.acted
def remove_page(
    actor: Actor, *, case_id: UUID, page_id: UUID, reason: str, version: int | None = None
) -> int:
    """Take a page out of the file, with a reason; the original and its history stay; return the version."""
    dossier = _begin(actor, case_id, version)
    if not reason.strip():
        raise BadInput(
            "不能撤下：须写明理由。",
            code="reason-empty",
            basis=("电子卷宗规范：撤下页面须有理由",),
            remedy="例：重复扫描；与本案无关。",
            fields={"reason": "写明理由"},
        )
    (placement,) = _active(actor, dossier, [page_id])
    _owning.refuse_others(actor, [placement.entry.document_id])
    Placement.objects.filter(id=placement.id).update(active=False, ended_reason=reason.strip()[:120])
    return _end(
        actor,
        dossier,
        "dossier.remove-page",
        {"entry": placement.entry_id},
        {"page": page_id, "reason": reason.strip()},
    )


@ledger.acted
def restore_page(actor: Actor, *, case_id: UUID, page_id: UUID) -> int:
    """Put a removed page back in its place (撤销); return the version."""
    dossier = _begin(actor, case_id, None)
    placement = (
        Placement.objects.filter(page_id=page_id, active=False, entry__volume__dossier=dossier)
        .select_related("entry__volume")
        .order_by("-id")
        .first()
    )
    if (
        placement is None
        or placement.ended_reason == _documents.VOIDED
        or Placement.objects.filter(page_id=page_id, active=True).exists()
    ):
        raise NotFound
    _owning.may_order(actor, {placement.entry.volume.catalogue_key})
    Placement.objects.filter(id=placement.id).update(active=True, ended_reason="")
    return _end(actor, dossier, "dossier.restore-page", {}, {"page": page_id, "entry": placement.entry_id})


@ledger.acted
def add_volume(actor: Actor, *, case_id: UUID, catalogue_key: str, title: str) -> int:
    """Add a further volume of a kind (证据材料卷 第 2 册); return the version."""
    dossier = _begin(actor, case_id, None)
    if catalogue_key not in {volume.key for volume in loader.load().dossier.volumes}:
        raise BadInput(
            "不能加册：目录里没有这一卷。",
            code="catalogue-key",
            basis=("电子卷宗目录",),
            remedy="从目录中选一卷。",
            fields={"catalogue_key": "从目录中选"},
        )
    _owning.may_order(actor, {catalogue_key})
    if not title.strip():
        raise BadInput("不能加册：标题为空。", code="title-empty", fields={"title": "写明标题"})
    last = Volume.objects.filter(dossier=dossier).aggregate(last=Max("position"))["last"] or 0
    Volume.objects.create(
        dossier=dossier, catalogue_key=catalogue_key, title=title.strip()[:80], position=last + 1
    )
    return _end(actor, dossier, "dossier.add-volume", {}, {"kind": catalogue_key, "title": title})
