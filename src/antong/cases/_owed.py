"""What the desk shows of a person's own cases: running limits, and whose custody ends soon."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from antong.cases import _limits
from antong.cases.access import visible_to
from antong.cases.models import Limit, Measure, Party
from antong.cases.types import LimitView, MeasureKind
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.law import timelimit

AHEAD = timedelta(days=30)
"""How far the desk looks ahead in limits; the case page shows all."""
MOST = 200


def _own(actor: Actor, without: Collection[str]) -> Any:
    whose = [actor.person_id, *([actor.on_behalf_of] if actor.on_behalf_of else [])]
    mine = visible_to(actor).filter(handler_id__in=whose)
    return Limit.objects.filter(
        unit_id=actor.unit_id,
        state="running",
        due_at__lte=clock.now() + AHEAD,
        case_id__in=mine.values("case_id"),
    ).exclude(rule__in=list(without))


def own_limits(actor: Actor, *, without: Collection[str] = ()) -> list[LimitView]:
    """Return the running limits that end within 30 days in the cases the actor handles, soonest first.

    `without` names rules that the desk shows otherwise. At most 200; one statement.
    """
    return _limits.views(_own(actor, without).order_by("due_at", "case_id", "rule")[:MOST])


def count_own_limits(actor: Actor, *, without: Collection[str] = ()) -> int:
    """Return how many limits `own_limits` shows, those of one case, rule and end as one; one statement."""
    rows = _own(actor, without).values("case_id", "rule", "due_at").distinct()
    return int(rows[:MOST].count())


def limits_of_all(case_ids: Collection[UUID]) -> list[LimitView]:
    """Return the running limits of several cases, whoever owes them, soonest first (of the house); one statement."""
    if not case_ids:
        return []
    return _limits.read(
        "WHERE case_id = ANY(%(cases)s) AND state = 'running' ORDER BY due_at", {"cases": list(case_ids)}
    )


def party_names(party_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return names of parties by id (of the house); one statement, none without ids."""
    if not party_ids:
        return {}
    return dict(Party.objects.filter(id__in=set(party_ids)).values_list("id", "name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyEnding:
    """How many people are held whose limit ends within seven days, and how many whose limit has passed."""

    people: int
    passed: int


def custody_ending(actor: Actor) -> CustodyEnding:
    """Return whose custody ends within seven days, in cases the actor's unit sees; one statement."""
    now = clock.now()
    rests = [rule.key for rule in timelimit.rules() if timelimit.holds(rule.key)]
    holding = [kind.value for kind in MeasureKind if kind.holds]
    held = Measure.objects.filter(ends_at__isnull=True, kind__in=holding)
    rows = Limit.objects.filter(
        state="running",
        rule__in=rests,
        due_at__lte=now + timedelta(days=7),
        party_id__in=held.values("party_id"),
        case_id__in=visible_to(actor).filter(in_custody__gt=0).values("case_id"),
    )
    ends = dict(rows.order_by("-due_at").values_list("party_id", "due_at")[:MOST])
    return CustodyEnding(people=len(ends), passed=sum(due <= now for due in ends.values()))
