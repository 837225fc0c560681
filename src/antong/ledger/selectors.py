"""Reads of the room: entries, heads, readings, and the bundle that proves a case offline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from antong.kernel import clock
from antong.ledger._audit import Fault, audit
from antong.ledger._audit_all import audit_all
from antong.ledger._house_acts import ActFilter, house_acts
from antong.ledger._in_order import Placed, in_order, last_place
from antong.ledger._planting import Block, Peaks, Waiting, blocks, waiting
from antong.ledger._readings import READER_ORDERS, Reader, ReadingFilter, find_readers, find_readings
from antong.ledger._rows import entry_fields, entry_views, reading
from antong.ledger.bundle import export_bundle, is_ours, number_of_held, read_held
from antong.ledger.models import Chain, Entry, GivenHead, Head, Queue, ReadLog
from antong.ledger.outbox import (
    STALLED_AFTER,
    failed_jobs,
    living_values,
    registered,
    stalled_jobs,
    waiting_by_queue,
    waiting_jobs,
)
from antong.ledger.types import EntryView, HeadView, Reading

__all__ = [
    "KNOWN_MOMENT",
    "READER_ORDERS",
    "STALLED_AFTER",
    "ActFilter",
    "Block",
    "EntryFilter",
    "Fault",
    "Peaks",
    "Placed",
    "Reader",
    "ReadingFilter",
    "Waiting",
    "acts_of",
    "acts_since",
    "audit",
    "audit_all",
    "blocks",
    "count_entries",
    "entries",
    "entry_bodies",
    "export_bundle",
    "failed_jobs",
    "find_readers",
    "find_readings",
    "heads",
    "house_acts",
    "in_order",
    "is_ours",
    "last",
    "last_number",
    "last_place",
    "latest_head",
    "latest_moment",
    "living_values",
    "number_of_held",
    "pages_read",
    "queue_depth",
    "read_held",
    "readings",
    "registered",
    "stalled_jobs",
    "waiting",
    "waiting_by_queue",
    "waiting_jobs",
]

KNOWN_MOMENT = "(SELECT h.made_at FROM ledger_head h ORDER BY h.number DESC LIMIT 1)"
"""When the newest head was made, for the statements of rooms above: heads never go back, whatever a clock does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries of a chain: of one unit, person or act, before or after a number; None does not narrow."""

    unit_id: UUID | None = None
    person_id: UUID | None = None
    act: str = ""
    before: int | None = None
    after: int | None = None


def _narrowed(chain_id: UUID, where: EntryFilter) -> QuerySet[Entry]:
    rows = Entry.objects.filter(chain_id=chain_id)
    for name, value in (
        ("unit_id", where.unit_id),
        ("person_id", where.person_id),
        ("act", where.act),
        ("number__lt", where.before),
        ("number__gt", where.after),
    ):
        if value not in (None, ""):
            rows = rows.filter(**{name: value})
    return rows


def count_entries(chain_id: UUID, where: EntryFilter | None = None) -> int:
    """Return how many entries of a chain there are, of those asked for; one statement."""
    return _narrowed(chain_id, where or EntryFilter()).count()


def acts_of(chain_id: UUID, *, unit_id: UUID | None = None) -> list[tuple[str, UUID]]:
    """Return which acts by whom a chain has, each pair once, for the filters of its page; one statement."""
    rows = _narrowed(chain_id, EntryFilter(unit_id=unit_id)).order_by("act", "person_id")
    return list(rows.values_list("act", "person_id").distinct())


def acts_since(chain_id: UUID, at: datetime) -> list[tuple[str, datetime]]:
    """Return the acts of a chain recorded after a moment, oldest first, with when; one statement."""
    rows = Entry.objects.filter(chain_id=chain_id, recorded_at__gt=at).order_by("number")
    return list(rows.values_list("act", "recorded_at"))


def entries(chain_id: UUID, where: EntryFilter | None = None, *, most: int = 50) -> list[EntryView]:
    """Return the newest entries of a chain, of those asked for; two statements."""
    rows = _narrowed(chain_id, where or EntryFilter()).select_related("opening").order_by("-number")
    return entry_views(list(rows[:most]))


def entry_bodies(chain_id: UUID) -> list[dict[str, Any]]:
    """Return the entries of a chain in order, each exactly as its digest covers it, as plain JSON; one statement."""
    return [entry_fields(row) for row in Entry.objects.filter(chain_id=chain_id).order_by("number")]


def last(chain_id: UUID) -> tuple[int, bytes]:
    """Return number and digest of the last entry of a chain, 0 and nothing without one; one statement."""
    found = Chain.objects.filter(chain_id=chain_id).values_list("last_number", "last_digest").first()
    return (0, b"") if found is None else (found[0], bytes(found[1]))


def last_number(chain_id: UUID) -> int:
    """Return the number of the last entry of a chain, 0 without one; one statement."""
    return last(chain_id)[0]


def latest_head() -> HeadView | None:
    """Return the newest signed head; one statement."""
    row = Head.objects.order_by("-number").first()
    return None if row is None else head_view(row)


def latest_moment() -> datetime:
    """Return the present moment, or a later one that the clock or the ledger has seen before a clock was set back; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {KNOWN_MOMENT}")
        (known,) = cursor.fetchone()
    shown = clock.latest()
    return shown if known is None else max(shown, known)


def heads(*, page: int = 1, size: int = 50) -> tuple[list[tuple[HeadView, datetime | None]], int]:
    """Return a page of the signed heads, newest first, each with when it was given out, and how many there are; three statements."""
    total = Head.objects.count()
    start = (min(page, max(1, -(-total // size))) - 1) * size
    rows = list(Head.objects.order_by("-number")[start : start + size])
    given = dict(
        GivenHead.objects.filter(head_id__in=[row.number for row in rows]).values_list("head_id", "given_at")
    )
    return [(head_view(row), given.get(row.number)) for row in rows], total


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


def oldest_waiting() -> datetime | None:
    """Return when the entry that has waited longest for the tree was recorded, None where none waits; one statement."""
    return Queue.objects.order_by("id").values_list("entry__recorded_at", flat=True).first()


def lost_chains() -> int:
    """Return how many chains have a last entry that is neither in the map nor on its way there: none, ever; one statement.

    It looks at every chain: to be asked by the clock, not by a page.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_chain c LEFT JOIN ledger_mapleaf m ON m.chain_id = c.chain_id"
            " WHERE c.last_number > COALESCE(m.number, 0)"
            " AND NOT EXISTS (SELECT 1 FROM ledger_queue q WHERE q.chain_id = c.chain_id AND q.number = c.last_number)"
        )
        return int(cursor.fetchone()[0])


def readings(case_id: UUID, *, most: int = 100) -> list[Reading]:
    """Return who has read a case, newest first; one statement."""
    return [reading(row) for row in ReadLog.objects.filter(case_id=case_id).order_by("-at")[:most]]


def pages_read(case_id: UUID, person_id: UUID) -> set[str]:
    """Return the pages of a case that a person has been shown, as text ids; one statement."""
    rows = ReadLog.objects.filter(case_id=case_id, person_id=person_id).exclude(pages=[])
    return {page for pages in rows.values_list("pages", flat=True) for page in pages}
