"""The desk and the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from antong.cases import selectors as cases
from antong.catalog import loader
from antong.flow._views import views_of
from antong.flow.models import HandOver, Obligation, Task
from antong.flow.types import (
    HandOverView,
    Kind,
    State,
    TaskKind,
    TaskView,
)
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org.types import Permission, Role


def _mine(actor: Actor) -> Q:
    roles = [actor.role]
    if Permission.HANDOVER_RECEIVE in actor.permissions and actor.role != Role.POLICE_LEGAL:
        roles.append("")
    return Q(unit_id=actor.unit_id) & (
        Q(person_id=actor.person_id)
        | Q(person_id=actor.on_behalf_of, person_id__isnull=False)
        | Q(person_id__isnull=True, role__in=roles)
    )


def _task_views(actor: Actor, rows: Sequence[Task]) -> list[TaskView]:
    briefs = cases.briefs(actor, {row.case_id for row in rows})
    return [
        TaskView(
            id=row.id,
            kind=TaskKind(row.kind),
            title=row.title,
            case_id=row.case_id,
            case_name=briefs[row.case_id].name,
            case_number=briefs[row.case_id].number,
            handover_id=row.handover_id,
            from_unit=row.from_unit,
            state=State(row.handover.state).label if row.handover else "",
            state_note="",
            due_at=row.due_at,
            opened_at=row.opened_at,
            round=row.round,
            in_custody=briefs[row.case_id].in_custody,
            person_id=row.person_id,
        )
        for row in rows
        if row.case_id in briefs
    ]


def tasks(actor: Actor, *, kinds: Sequence[TaskKind] = (), most: int = 200) -> list[TaskView]:
    """Return what the actor owes, most urgent first, what has no limit last; two statements."""
    rows = Task.objects.filter(_mine(actor), closed_at__isnull=True).select_related("handover")
    if kinds:
        rows = rows.filter(kind__in=[kind.value for kind in kinds])
    return _task_views(actor, list(rows.order_by(F("due_at").asc(nulls_last=True), "opened_at")[:most]))


def task_counts(actor: Actor) -> dict[str, int]:
    """Return how many open tasks the actor has, by kind, each at most 1,000; one statement."""
    counts: dict[str, int] = {}
    for kind in Task.objects.filter(_mine(actor), closed_at__isnull=True).values_list("kind", flat=True)[
        :1000
    ]:
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def waiting_for_others(actor: Actor, *, most: int = 100) -> list[HandOverView]:
    """Return what the actor's unit has sent and others have not finished, oldest first."""
    rows = (
        HandOver.objects.filter(
            from_unit_id=actor.unit_id,
            state__in=[State.SENT, State.ARRIVED, State.ENTERED, State.ACCEPTED, State.CHECKED],
            closed_at__isnull=True,
        )
        .select_related("from_unit")
        .order_by("changed_at")[:most]
    )
    return views_of(list(rows))


def sent_by(actor: Actor, *, most: int = 100, page: int = 1) -> list[HandOverView]:
    """Return the hand-overs the actor's unit has begun, newest first."""
    start = (page - 1) * most
    rows = (
        HandOver.objects.filter(from_unit_id=actor.unit_id)
        .select_related("from_unit")
        .order_by("-changed_at")[start : start + most]
    )
    return views_of(list(rows))


def done_today(actor: Actor, *, most: int = 100) -> list[TaskView]:
    """Return what the actor has finished in the last day, newest first."""
    since = clock.now() - timedelta(hours=24)
    rows = (
        Task.objects.filter(closed_by=actor.person_id, closed_at__gte=since, unit_id=actor.unit_id)
        .select_related("handover")
        .order_by("-closed_at")[:most]
    )
    return _task_views(actor, list(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One row of an inbox."""

    handover_id: UUID
    flow_name: str
    kind: Kind
    case_id: UUID
    case_name: str
    case_number: str
    from_unit: str
    round: int
    state: str
    entered_at: Any
    receive_due: Any
    in_custody: int
    handler_name: str


def inbox(actor: Actor, *, done: bool = False, most: int = 50, page: int = 1) -> list[InboxRow]:
    """Return what the actor's unit has received: what waits (most urgent first), or what it has taken."""
    rows = Obligation.objects.filter(unit_id=actor.unit_id).select_related("handover", "handover__from_unit")
    if done:
        rows = rows.filter(Q(accepted_at__isnull=False) | Q(returned_at__isnull=False)).order_by(
            "-entered_at"
        )
    else:
        rows = rows.filter(state=State.ENTERED).order_by("receive_due")
    start = (page - 1) * most
    found = list(rows[start : start + most])
    briefs = cases.briefs(actor, {row.handover.case_id for row in found})
    return [
        InboxRow(
            handover_id=row.handover_id,
            flow_name=flow_name(row.handover.flow),
            kind=Kind(row.handover.kind),
            case_id=row.handover.case_id,
            case_name=briefs[row.handover.case_id].name,
            case_number=briefs[row.handover.case_id].number,
            from_unit=row.handover.from_unit.name,
            round=row.round,
            state=State(row.state).label,
            entered_at=row.entered_at,
            receive_due=row.receive_due,
            in_custody=briefs[row.handover.case_id].in_custody,
            handler_name=row.handler_name,
        )
        for row in found
        if row.handover.case_id in briefs
    ]


def flow_name(key: str) -> str:
    """Return the name of a flow by its key."""
    flow = loader.load().flow(key)
    return flow.name if flow else key
