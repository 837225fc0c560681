"""Who holds what since when, for supervisors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import CaseRow, GrantRole
from antong.flow._desk import flow_name
from antong.flow.models import HandOver, Nudge, Obligation, Round
from antong.flow.types import (
    State,
)
from antong.kernel import clock
from antong.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Who holds what since when: one row of the supervisor's page."""

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


def under_way(actor: Actor, *, most: int = 1000) -> list[UnderWay]:
    """Return the hand-overs under way in cases the actor oversees, those overdue first; four statements."""
    seen = cases_access.visible_to(actor).filter(role=GrantRole.SUPERVISION)
    nudges = Nudge.objects.filter(handover_id=OuterRef("id")).order_by().values("handover_id")
    rows = (
        HandOver.objects.filter(case_id__in=seen.values("case_id"), closed_at__isnull=True)
        .exclude(state__in=[State.WITHDRAWN, State.CLOSED, State.ANSWERED, State.DRAFT])
        .annotate(nudged=Coalesce(Subquery(nudges.annotate(n=Count("id")).values("n")), 0))
        .order_by("changed_at")[:most]
    )
    found = list(rows.values(*_COLUMNS, "nudged"))
    briefs = cases.briefs(actor, {row["case_id"] for row in found})
    owed: dict[UUID, list[dict[str, Any]]] = {}
    listed = Obligation.objects.filter(handover_id__in=[row["id"] for row in found]).order_by("id")
    for item in listed.values(*_OWED):
        owed.setdefault(item["handover_id"], []).append(item)
    mending = [row["id"] for row in found if row["state"] == State.RETURNED]
    fix_by = dict(
        Round.objects.filter(handover_id__in=mending, fix_by__isnull=False)
        .order_by("number")
        .values_list("handover_id", "fix_by")
    )
    made = [
        _under_way(row, owed.get(row["id"], []), briefs[row["case_id"]], fix_by.get(row["id"]))
        for row in found
        if row["case_id"] in briefs
    ]
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


_COLUMNS = (
    "id", "case_id", "flow", "state", "round", "changed_at", "from_unit__name", "office__name",
)  # fmt: skip
_OWED = (
    "handover_id", "round", "unit__name", "entered_at", "accepted_at", "returned_at", "receive_due", "answer_due",
    "silent_since",
)  # fmt: skip


def _under_way(
    row: Mapping[str, Any], owed: Sequence[Mapping[str, Any]], brief: CaseRow, fix_by: datetime | None
) -> UnderWay:
    now = clock.now()
    since: datetime | None
    due: datetime | None
    present = [item for item in owed if item["round"] == row["round"]]
    waiting = [item for item in present if item["accepted_at"] is None and item["returned_at"] is None]
    state = State(row["state"])
    if waiting:
        held = "、".join(item["unit__name"] for item in waiting)
        since = waiting[0]["entered_at"] or row["changed_at"]
        due = min((item["receive_due"] for item in waiting if item["receive_due"]), default=None)
    elif state is State.ACCEPTED and present:
        held, since, due = present[0]["unit__name"], present[0]["accepted_at"], present[0]["answer_due"]
    elif state is State.CHECKED:
        held, since, due = row["office__name"], row["changed_at"], None
    else:
        held, since, due = row["from_unit__name"], row["changed_at"], fix_by
    return UnderWay(
        handover_id=row["id"],
        case_id=row["case_id"],
        case_name=brief.name,
        case_number=brief.number,
        in_custody=brief.in_custody,
        flow_name=flow_name(row["flow"]),
        from_unit=row["from_unit__name"],
        held_by=held,
        state=state.label,
        since=since,
        due_at=due,
        overdue=due is not None and due < now,
        silent=any(item["silent_since"] for item in waiting),
        round=row["round"],
        nudges=row["nudged"],
    )
