"""Entries in the order of the tree: each has its place once it is committed, so that whoever goes by places misses none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

WINDOW = 5_000
"""How many places one look goes over at most."""
_IN_ORDER = """
SELECT l.index, e.id, e.chain_id, e.act, e.recorded_at, e.unit_id, e.subject_ids
FROM ledger_leaf l JOIN ledger_entry e ON e.id = l.ref_id
WHERE l.kind = 'entry' AND l.index > %(after)s AND l.index <= %(until)s AND e.act = ANY(%(acts)s)
ORDER BY l.index LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An entry with its place in the tree."""

    place: int
    id: UUID
    chain_id: UUID
    act: str
    recorded_at: datetime
    unit_id: UUID
    subject_ids: tuple[UUID, ...]


def last_place() -> int:
    """Return the last place of the tree, -1 where it is empty; one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(index), -1) FROM ledger_leaf")
        return int(cursor.fetchone()[0])


def in_order(acts: Sequence[str], *, after: int, most: int) -> tuple[list[Placed], int, bool]:
    """Return entries of some acts after a place, the place looked up to, and whether there is more; two statements."""
    end = last_place()
    until = min(end, after + WINDOW)
    with connection.cursor() as cursor:
        cursor.execute(_IN_ORDER, {"after": after, "until": until, "acts": list(acts), "most": most})
        rows = [
            Placed(
                place=row[0], id=row[1], chain_id=row[2], act=row[3], recorded_at=row[4], unit_id=row[5],
                subject_ids=tuple(row[6]),
            )
            for row in cursor.fetchall()
        ]  # fmt: skip
    seen = rows[-1].place if len(rows) == most else max(after, until)
    return rows, seen, seen < end
