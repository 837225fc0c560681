"""Who holds what since when, for supervisors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from antong.cases import access as cases_access
from antong.cases.types import GrantRole
from antong.flow._desk import flow_name
from antong.flow.types import State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import selectors as org


class UnderWay(NamedTuple):
    """Who holds what since when: one row of the supervisor's page, of a thousand that are put in order for it."""

    handover_id: UUID
    case_id: UUID
    case_name: str
    case_number: str
    in_custody: int
    flow_name: str
    from_unit: str
    held_by: str
    state: str
    since: Any
    due_at: Any
    overdue: bool
    silent: bool
    round: int
    nudges: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWayFilter:
    """What a supervisor narrows the list to: `only` is overdue, silent, late (either), held or nudged.

    `unit` and `flow` are names.
    """

    text: str = ""
    only: str = ""
    flow: str = ""
    unit: str = ""


_UNDER_WAY = f"""
SELECT h.id, h.case_id, seen.name, seen.number, seen.in_custody, h.flow, h.state, h.round, h.changed_at, f.name, o.name,
  (SELECT count(*) FROM flow_nudge n WHERE n.handover_id = h.id)
FROM flow_handover h {cases_access.named("h.case_id", as_role=True)}
  JOIN org_unit f ON f.id = h.from_unit_id JOIN org_unit o ON o.id = h.office_id
WHERE h.closed_at IS NULL AND h.state NOT IN ('withdrawn', 'closed', 'answered', 'draft')
ORDER BY h.changed_at LIMIT %(most)s
"""  # noqa: S608 - a wording of our own
_OWED = """
SELECT o.handover_id, o.unit_id, o.entered_at, o.accepted_at, o.returned_at,
  o.receive_due, o.answer_due, o.silent_since
FROM unnest(%(handovers)s::uuid[], %(rounds)s::int[]) AS wanted(id, round) CROSS JOIN LATERAL (
  SELECT * FROM flow_obligation o WHERE o.handover_id = wanted.id AND o.round = wanted.round OFFSET 0
) o ORDER BY o.id
"""
_FIX_BY = """
SELECT r.handover_id, r.fix_by FROM flow_round r
WHERE r.handover_id = ANY(%(mending)s) AND r.fix_by IS NOT NULL ORDER BY r.number
"""


def under_way(actor: Actor, *, most: int = 1000) -> list[UnderWay]:
    """Return the hand-overs under way in cases the actor oversees, those overdue first; four statements.

    The statements are written out: they are about a thousand rows each time.
    """
    now = clock.now()
    values: dict[str, Any] = {
        "unit": actor.unit_id,
        "now": now,
        "role": GrantRole.SUPERVISION.value,
        "most": most,
    }
    owed: dict[UUID, list[_Owed]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, values)
        found = [_Row(*row) for row in cursor.fetchall()]
        cursor.execute(
            _OWED, {"handovers": [row.id for row in found], "rounds": [row.round for row in found]}
        )
        owing = cursor.fetchall()
        cursor.execute(_FIX_BY, {"mending": [row.id for row in found if row.state == State.RETURNED.value]})
        fix_by = dict(cursor.fetchall())
    names = {unit.id: unit.name for unit in org.units({unit_id for _, unit_id, *_ in owing}).values()}
    for handover_id, unit_id, *rest in owing:
        owed.setdefault(handover_id, []).append(_Owed(names[unit_id], *rest))
    made = [_under_way(row, owed.get(row.id, []), fix_by.get(row.id), now) for row in found]
    return sorted(made, key=lambda row: (not row.overdue, row.due_at is None, row.due_at or row.since))


def narrow(rows: Sequence[UnderWay], where: UnderWayFilter) -> list[UnderWay]:
    """Return the rows that a supervisor asked for."""
    words = where.text.lower().split()
    tests: dict[str, Callable[[UnderWay], bool]] = {
        "overdue": lambda row: row.overdue, "silent": lambda row: row.silent, "held": lambda row: row.in_custody > 0,
        "late": lambda row: row.overdue or row.silent, "nudged": lambda row: row.nudges > 0,
    }  # fmt: skip
    kept = tests.get(where.only)
    return [
        row for row in rows
        if (kept is None or kept(row)) and (not where.flow or row.flow_name == where.flow)
        and (not where.unit or where.unit in row.held_by.split("、"))
        and all(word in f"{row.case_name} {row.case_number}".lower() for word in words)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """How much a unit holds, or how much of a flow is under way: of it overdue, silent, nudged; the oldest since when."""

    name: str
    count: int
    overdue: int
    silent: int
    nudges: int
    since: Any


def by_holder(rows: Sequence[UnderWay]) -> list[Holder]:
    """Return what each unit holds, most overdue first."""
    held: dict[str, list[UnderWay]] = {}
    for row in rows:
        for unit in row.held_by.split("、"):
            held.setdefault(unit, []).append(row)
    return _counted(held)


def by_flow(rows: Sequence[UnderWay]) -> list[Holder]:
    """Return what is under way of each flow, most overdue first."""
    found: dict[str, list[UnderWay]] = {}
    for row in rows:
        found.setdefault(row.flow_name, []).append(row)
    return _counted(found)


def _counted(groups: Mapping[str, Sequence[UnderWay]]) -> list[Holder]:
    made = [
        Holder(
            name=name,
            count=len(rows),
            overdue=sum(row.overdue for row in rows),
            silent=sum(row.silent for row in rows),
            nudges=sum(row.nudges for row in rows),
            since=min(row.since for row in rows),
        )
        for name, rows in groups.items()
    ]
    return sorted(made, key=lambda one: (-one.overdue, -one.silent, -one.count, one.name))


class _Row(NamedTuple):
    """A hand-over under way, as read."""

    id: UUID
    case_id: UUID
    case_name: str
    case_number: str
    in_custody: int
    flow: str
    state: str
    round: int
    changed_at: datetime
    from_unit: str
    office: str
    nudges: int


class _Owed(NamedTuple):
    """What a unit owes in the present round, as read."""

    unit: str
    entered_at: datetime | None
    accepted_at: datetime | None
    returned_at: datetime | None
    receive_due: datetime | None
    answer_due: datetime | None
    silent_since: datetime | None


def _under_way(row: _Row, present: Sequence[_Owed], fix_by: datetime | None, now: datetime) -> UnderWay:
    since: datetime | None
    due: datetime | None
    waiting = [item for item in present if item.accepted_at is None and item.returned_at is None]
    state = State(row.state)
    if waiting:
        held = "、".join(item.unit for item in waiting)
        since = waiting[0].entered_at or row.changed_at
        due = min((item.receive_due for item in waiting if item.receive_due), default=None)
    elif state is State.ACCEPTED and present:
        held, since, due = present[0].unit, present[0].accepted_at, present[0].answer_due
    elif state is State.CHECKED:
        held, since, due = row.office, row.changed_at, None
    else:
        held, since, due = row.from_unit, row.changed_at, fix_by
    return UnderWay(
        handover_id=row.id,
        case_id=row.case_id,
        case_name=row.case_name,
        case_number=row.case_number,
        in_custody=row.in_custody,
        flow_name=flow_name(row.flow),
        from_unit=row.from_unit,
        held_by=held,
        state=state.label,
        since=since,
        due_at=due,
        overdue=due is not None and due < now,
        silent=any(item.silent_since for item in waiting),
        round=row.round,
        nudges=row.nudges,
    )
