"""The house's own chain as its auditors look through it: by act, person and days, of millions of entries the few asked for.

Each search is a few short walks of a partial index of that chain (migration 0005), never of the chain itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from antong.ledger._rows import entry_views
from antong.ledger.models import Entry
from antong.ledger.types import SYSTEM_CHAIN, EntryView

_OWN = f"e.chain_id = '{SYSTEM_CHAIN}'::uuid"
_BETWEEN = "e.number >= %(first)s AND e.number < %(before)s"
_FIRST_SINCE = f"""
SELECT e.number FROM ledger_entry e WHERE {_OWN} AND e.recorded_at >= %s ORDER BY e.recorded_at, e.number LIMIT 1
"""  # noqa: S608 - a wording of our own
_ALL = f"""
SELECT e.number FROM ledger_entry e WHERE {_OWN} AND {_BETWEEN} ORDER BY e.number DESC LIMIT %(most)s
"""  # noqa: S608
_OF_ACTS = f"""
SELECT n.number FROM unnest(%(acts)s::text[]) AS a(act) CROSS JOIN LATERAL (
  SELECT e.number FROM ledger_entry e WHERE {_OWN} AND e.act = a.act AND {_BETWEEN} ORDER BY e.number DESC LIMIT %(most)s
) n ORDER BY n.number DESC LIMIT %(most)s
"""  # noqa: S608
_OF_PEOPLE = f"""
WITH about AS MATERIALIZED (
  SELECT e.number, e.act FROM ledger_entry e WHERE {_OWN} AND e.subject_ids && %(people)s::uuid[]
), own AS MATERIALIZED (
  SELECT n.number FROM unnest(%(people)s::uuid[]) AS p(id) CROSS JOIN LATERAL (
    SELECT e.number FROM ledger_entry e WHERE {_OWN} AND e.person_id = p.id AND {_BETWEEN}
      AND (%(acts)s::text[] IS NULL OR e.act = ANY(%(acts)s::text[])) ORDER BY e.number DESC LIMIT %(most)s
  ) n
)
SELECT number FROM own UNION
SELECT e.number FROM about e WHERE {_BETWEEN} AND (%(acts)s::text[] IS NULL OR e.act = ANY(%(acts)s::text[]))
ORDER BY number DESC LIMIT %(most)s
"""  # noqa: S608
_END = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class ActFilter:
    """Which entries of the house's own chain: acts, people who acted or whom it was about, from one moment to before another.

    None does not narrow; an empty tuple finds nothing. `before` is a number: what is older than a page that was shown.
    """

    acts: tuple[str, ...] | None = None
    people: tuple[UUID, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def house_acts(where: ActFilter, *, most: int = 50) -> list[EntryView]:
    """Return the newest entries of the house's own chain, of those asked for; five statements at most.

    Within a chain no entry is recorded before the one before it, so that a span of days is a span of numbers.
    """
    values: dict[str, Any] = {
        "acts": None if where.acts is None else list(where.acts),
        "people": None if where.people is None else list(where.people),
        "first": 1,
        "before": _END if where.before is None else min(where.before, _END),
        "most": most,
    }
    with connection.cursor() as cursor:
        if where.since is not None:
            values["first"] = _first_since(cursor, where.since)
        if where.until is not None:
            values["before"] = min(values["before"], _first_since(cursor, where.until))
        if where.people is not None:
            cursor.execute(_OF_PEOPLE, values)
        elif where.acts is not None:
            cursor.execute(_OF_ACTS, values)
        else:
            cursor.execute(_ALL, values)
        numbers = [row[0] for row in cursor.fetchall()]
    rows = Entry.objects.filter(chain_id=SYSTEM_CHAIN, number__in=numbers).select_related("opening")
    return entry_views(list(rows.order_by("-number")))


def _first_since(cursor: Any, since: datetime) -> int:
    """Return the number of the first entry that was recorded at a moment or later, one past all where there is none."""
    cursor.execute(_FIRST_SINCE, [since])
    found = cursor.fetchone()
    return int(found[0]) if found else _END
