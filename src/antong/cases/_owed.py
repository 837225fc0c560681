"""What the desk shows of a person's own cases: running limits, and whose custody ends soon.

The statements are written out: a desk has hundreds of limits, and composing for so many costs more than running.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases import _limits
from antong.cases.access import VISIBLE
from antong.cases.types import EXECUTING_KINDS, HOLDING, LimitView
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.law import timelimit

AHEAD = timedelta(days=30)
"""How far the desk looks ahead in limits; the case page shows all."""
MOST = 200


@dataclass(frozen=True, slots=True)
class RunningLimit:
    """A running limit without its derivation: what a list needs to sort and to count."""

    id: UUID
    case_id: UUID
    party_id: UUID | None
    rule: str
    name: str
    unit_id: UUID
    due_at: datetime
    in_custody: bool
    opened_at: datetime

    @property
    def of_stage(self) -> bool:
        """Whether it is the limit of a stage, on which holding somebody rests (法156, 172, 208 …)."""
        return timelimit.holds(self.rule)


@dataclass(frozen=True, slots=True)
class OwnLimit(RunningLimit):
    """A running limit of a case the actor handles, with what a list says of its case and of whom it is.

    `stage` is the value of a Stage, `case_held` how many of the case are in custody.
    """

    case_name: str
    case_number: str
    case_held: int
    stage: str
    party_name: str


_COLUMNS = "l.id, l.case_id, l.party_id, l.rule, l.name, l.unit_id, l.due_at, l.in_custody, l.opened_at"
_WHOM = "COALESCE((SELECT p.name FROM cases_party p WHERE p.id = l.party_id), '')"
# Whose limits are asked for is known by the grant, when they end by the limit; `next_due` of a grant is never later
# than the unit's own limits in the case, so that its index leads to the cases worth a look, the soonest first.
_MINE = f"g.unit_id = %(unit)s AND g.next_due <= %(until)s AND {VISIBLE}"
_DUE = """
l.case_id = g.case_id AND l.unit_id = %(unit)s AND l.state = 'running' AND l.due_at <= %(until)s
AND l.rule <> ALL(%(without)s) AND (%(since)s::timestamptz IS NULL OR l.due_at > %(since)s)
"""
_OWN_ROWS = f"""
WITH soonest AS (
  SELECT own.due_at FROM unnest(%(whose)s::uuid[]) AS w(id) CROSS JOIN LATERAL (
    SELECT due.due_at FROM cases_grant g
    CROSS JOIN LATERAL (SELECT min(l.due_at) AS due_at FROM cases_limit l WHERE {_DUE}) due
    WHERE g.handler_id = w.id AND {_MINE} AND due.due_at IS NOT NULL ORDER BY g.next_due LIMIT %(most)s
  ) own ORDER BY own.due_at LIMIT %(most)s
), last AS (
  SELECT CASE WHEN count(*) = %(most)s THEN max(due_at) ELSE %(until)s END AS due_at FROM soonest
)
SELECT {_COLUMNS}, g.name, g.number, g.in_custody, g.stage, {_WHOM}
FROM last JOIN cases_grant g ON g.next_due <= last.due_at JOIN cases_limit l ON l.due_at <= last.due_at AND {_DUE}
WHERE g.handler_id = ANY(%(whose)s) AND {_MINE} ORDER BY l.due_at, l.case_id, l.rule LIMIT %(most)s
"""  # noqa: S608 - wordings of our own
_OWN_COUNT = f"""
SELECT count(*) FROM (
  SELECT 1 FROM cases_grant g CROSS JOIN LATERAL (SELECT DISTINCT l.rule, l.due_at FROM cases_limit l WHERE {_DUE}) found
  WHERE g.handler_id = ANY(%(whose)s) AND {_MINE} LIMIT %(most)s
) found
"""  # noqa: S608 - wordings of our own
_OF_CASES = f"""
SELECT {_COLUMNS} FROM cases_limit l WHERE l.case_id = ANY(%(cases)s) AND l.state = 'running' ORDER BY l.due_at
"""  # noqa: S608 - columns of our own
_OVER = "SELECT id FROM cases_limit WHERE id = ANY(%(ids)s) AND state = 'running' AND due_at <= %(now)s"
# a person has at most one measure in force
# The next limit of who handles or oversees a case comes no later than custody ends there, so it says which cases are
# worth a look; who executes is told of its own limits only, so all cases in which it holds somebody are looked at.
# The rule is asked of what the case's index has found, not fifteen times of another.
_ENDING = f"""
SELECT count(*), count(*) FILTER (WHERE ends.due_at <= %(now)s) FROM (
  SELECT l.party_id, min(l.due_at) AS due_at FROM cases_grant g
    JOIN cases_limit l ON l.case_id = g.case_id
    JOIN cases_measure m ON m.party_id = l.party_id AND m.ends_at IS NULL AND m.kind = ANY(%(kinds)s)
  WHERE {VISIBLE} AND g.in_custody > 0 AND (%(executes)s OR g.next_due <= %(until)s)
    AND l.state = 'running' AND l.rule || '' = ANY(%(rules)s) AND l.due_at <= %(until)s
  GROUP BY l.party_id
) ends
"""  # noqa: S608 - a wording of our own


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _own(
    actor: Actor, without: Collection[str], since: datetime | None = None, until: datetime | None = None
) -> dict[str, Any]:
    now = clock.now()
    return {
        "unit": actor.unit_id,
        "now": now,
        "since": since,
        "until": until or now + AHEAD,
        "without": list(without),
        "most": MOST,
        "whose": [actor.person_id, *([actor.on_behalf_of] if actor.on_behalf_of else [])],
    }


def own_limits(
    actor: Actor,
    *,
    without: Collection[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[OwnLimit]:
    """Return the running limits that end within 30 days in the cases the actor handles, soonest first.

    Where told, those that end after `since` and not after `until`. `without` names rules that the desk shows
    otherwise. At most 200; one statement.
    """
    return [OwnLimit(*row) for row in _rows(_OWN_ROWS, _own(actor, without, since, until))]


def count_own_limits(actor: Actor, *, without: Collection[str] = ()) -> int:
    """Return how many limits `own_limits` shows, those of one case, rule and end as one; one statement."""
    return int(_rows(_OWN_COUNT, _own(actor, without))[0][0])


def limits_of_all(case_ids: Collection[UUID]) -> list[RunningLimit]:
    """Return the running limits of several cases, whoever owes them, soonest first (of the house); one statement."""
    if not case_ids:
        return []
    return [RunningLimit(*row) for row in _rows(_OF_CASES, {"cases": list(case_ids)})]


def limits_by_id(ids: Collection[UUID]) -> dict[UUID, LimitView]:
    """Return limits with their derivations by id (of the house); one statement, none without ids."""
    if not ids:
        return {}
    return {limit.id: limit for limit in _limits.read("WHERE id = ANY(%(ids)s)", {"ids": list(ids)})}


def limits_over(ids: Collection[UUID]) -> set[UUID]:
    """Return which of these limits run past their end (of the house); one statement, none without ids."""
    if not ids:
        return set()
    return {row[0] for row in _rows(_OVER, {"ids": list(ids), "now": clock.now()})}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyEnding:
    """How many people are held whose limit ends within seven days, and how many whose limit has passed."""

    people: int
    passed: int


def custody_ending(actor: Actor) -> CustodyEnding:
    """Return whose custody ends within seven days, in cases the actor's unit handles, oversees or owes a limit of.

    A unit that executes is warned of everybody in the cases it sees. One statement.
    """
    now = clock.now()
    values = {
        "unit": actor.unit_id,
        "now": now,
        "until": now + timedelta(days=7),
        "executes": actor.unit_kind in EXECUTING_KINDS,
        "rules": [rule.key for rule in timelimit.rules() if timelimit.holds(rule.key)],
        "kinds": [kind.value for kind in HOLDING],
    }
    ((people, passed),) = _rows(_ENDING, values)
    return CustodyEnding(people=people, passed=passed)
