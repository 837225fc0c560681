"""Reads of the room: entries, heads, readings, and the bundle that proves a case offline."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from antong.ledger._audit import Fault, audit
from antong.ledger._audit_all import audit_all
from antong.ledger.bundle import export_bundle, is_ours, number_of_held, read_held
from antong.ledger.models import Chain, Entry, Head, Leaf, Queue, ReadLog
from antong.ledger.outbox import registered
from antong.ledger.types import EntryView, HeadView, Reading

__all__ = [
    "Fault",
    "audit",
    "audit_all",
    "count_readings",
    "entries",
    "export_bundle",
    "head_at",
    "is_ours",
    "last_number",
    "latest_head",
    "number_of_held",
    "queue_depth",
    "read_held",
    "readings",
    "readings_by_unit",
    "registered",
]


def entries(
    chain_id: UUID, *, most: int = 50, before: int | None = None, unit_id: UUID | None = None
) -> list[EntryView]:
    """Return the newest entries of a chain, or those before a number, of one unit when given; two statements."""
    rows = Entry.objects.filter(chain_id=chain_id).select_related("opening").order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    if unit_id is not None:
        rows = rows.filter(unit_id=unit_id)
    found = list(rows[:most])
    in_tree = set(Leaf.objects.filter(ref_id__in=[row.id for row in found]).values_list("ref_id", flat=True))
    views = []
    for row in found:
        opening = getattr(row, "opening", None)
        views.append(
            EntryView(
                id=row.id,
                number=row.number,
                act=row.act,
                happened_at=row.happened_at,
                recorded_at=row.recorded_at,
                person_id=row.person_id,
                unit_id=row.unit_id,
                channel=row.channel,
                subject_ids=tuple(row.subject_ids),
                before=opening.before if opening else None,
                after=opening.after if opening else None,
                law=row.law,
                digest=bytes(row.digest),
                sequenced=row.id in in_tree,
            )
        )
    return views


def last_number(chain_id: UUID) -> int:
    """Return the number of the last entry of a chain, 0 without one; one statement."""
    found = Chain.objects.filter(chain_id=chain_id).values_list("last_number", flat=True).first()
    return found or 0


def latest_head() -> HeadView | None:
    """Return the newest signed head; one statement."""
    row = Head.objects.order_by("-number").first()
    return None if row is None else head_view(row)


def head_at(number: int) -> HeadView | None:
    """Return the head of that number; one statement."""
    row = Head.objects.filter(number=number).first()
    return None if row is None else head_view(row)


def head_view(row: Head) -> HeadView:
    """Return the frozen value of a head."""
    return HeadView(
        number=row.number,
        tree_size=row.tree_size,
        root=bytes(row.root),
        map_root=bytes(row.map_root),
        made_at=row.made_at,
        prev_digest=bytes(row.prev_digest),
        key_id=row.key_id,
        signature=bytes(row.signature),
        digest=bytes(row.digest),
    )


def queue_depth() -> int:
    """Return how many entries wait for the tree; one statement."""
    return Queue.objects.count()


def _reading(row: ReadLog) -> Reading:
    return Reading(
        person_id=row.person_id,
        person_name=row.person_name,
        duty_id=row.duty_id,
        unit_id=row.unit_id,
        case_id=row.case_id,
        what=row.what,
        pages=tuple(row.pages),
        reason=row.reason,
        at=row.at,
    )


def readings(case_id: UUID, *, most: int = 100) -> list[Reading]:
    """Return who has read a case, newest first; one statement."""
    return [_reading(row) for row in ReadLog.objects.filter(case_id=case_id).order_by("-at")[:most]]


def count_readings(unit_id: UUID, *, most: int = 1001) -> int:
    """Return how many readings the people of a unit have made, at most `most`; one statement."""
    return ReadLog.objects.filter(unit_id=unit_id)[:most].count()


def readings_by_unit(
    unit_id: UUID, *, since: datetime | None = None, most: int = 100, page: int = 1
) -> list[Reading]:
    """Return what the people of a unit have read, newest first; for the unit's head; one statement."""
    rows = ReadLog.objects.filter(unit_id=unit_id)
    if since is not None:
        rows = rows.filter(at__gte=since)
    start = (page - 1) * most
    return [_reading(row) for row in rows.order_by("-at")[start : start + most]]
