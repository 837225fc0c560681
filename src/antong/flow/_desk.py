"""The desk and the inbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import CaseRow
from antong.catalog import loader
from antong.flow._views import listed
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


_COLUMNS = (
    "id", "kind", "title", "case_id", "handover_id", "from_unit", "due_at", "opened_at", "round", "person_id",
    "closed_at", "handover__state", "handover__version",
)  # fmt: skip


def _task_views(actor: Actor, tasks: QuerySet[Task]) -> tuple[list[TaskView], dict[UUID, CaseRow]]:
    """Return tasks in cases the actor sees, and those cases; two statements."""
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in tasks.values_list(*_COLUMNS)]
    briefs = cases.briefs(actor, {row["case_id"] for row in rows})
    return [_task_view(row, briefs[row["case_id"]]) for row in rows if row["case_id"] in briefs], briefs


def _task_view(row: Mapping[str, Any], brief: CaseRow) -> TaskView:
    state, version = row["handover__state"], row["handover__version"]
    return TaskView(
        id=row["id"],
        kind=TaskKind(row["kind"]),
        title=row["title"],
        case_id=row["case_id"],
        case_name=brief.name,
        case_number=brief.number,
        handover_id=row["handover_id"],
        from_unit=row["from_unit"],
        state=State(state).label if state else "",
        state_note="",
        due_at=row["due_at"],
        opened_at=row["opened_at"],
        round=row["round"],
        in_custody=brief.in_custody,
        person_id=row["person_id"],
        closed_at=row["closed_at"],
        version=version or 0,
    )


def tasks(actor: Actor, *, kinds: Sequence[TaskKind] = (), most: int = 200) -> list[TaskView]:
    """Return what the actor owes, most urgent first, what has no limit last; two statements."""
    return tasks_and_cases(actor, kinds=kinds, most=most)[0]


def tasks_and_cases(
    actor: Actor, *, kinds: Sequence[TaskKind] = (), most: int = 200
) -> tuple[list[TaskView], dict[UUID, CaseRow]]:
    """Return what `tasks` returns, and the list rows of its cases; two statements."""
    rows = Task.objects.filter(_mine(actor), closed_at__isnull=True)
    if kinds:
        rows = rows.filter(kind__in=[kind.value for kind in kinds])
    return _task_views(actor, rows.order_by(F("due_at").asc(nulls_last=True), "opened_at")[:most])


def task_counts(actor: Actor) -> dict[str, int]:
    """Return how many open tasks the actor has, by kind, each at most 1,000; one statement."""
    counts: dict[str, int] = {}
    for kind in Task.objects.filter(_mine(actor), closed_at__isnull=True).values_list("kind", flat=True)[
        :1000
    ]:
        counts[kind] = counts.get(kind, 0) + 1
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list. `total` stops at 1,000; `more` says that there are more than that."""

    rows: tuple[Any, ...]
    total: int
    more: bool = False


COUNT_STOPS_AT = 1000


def _page(rows: QuerySet[Any], number: int, size: int) -> tuple[list[Any], int, bool]:
    total = rows.order_by()[: COUNT_STOPS_AT + 1].count()
    start = (min(number, max(1, -(-total // size))) - 1) * size  # a page beyond the end is the last one
    return list(rows[start : start + size]), min(total, COUNT_STOPS_AT), total > COUNT_STOPS_AT


def _in_cases(actor: Actor, text: str) -> Any:
    seen = cases_access.visible_to(actor)
    for word in text.lower().split():
        seen = seen.filter(search__contains=word)
    return seen.values("case_id")


WAITING = (State.SENT, State.ARRIVED, State.ENTERED, State.ACCEPTED, State.CHECKED)


def waiting_count(actor: Actor) -> tuple[int, int]:
    """Return how many of the unit's hand-overs wait for others, and how many of those are silent; one statement."""
    found = HandOver.objects.filter(
        from_unit_id=actor.unit_id, state__in=WAITING, closed_at__isnull=True
    ).aggregate(
        waiting=Count("id", distinct=True),
        silent=Count("id", filter=Q(obligations__silent_since__isnull=False), distinct=True),
    )
    return found["waiting"], found["silent"]


def waiting_for_others(actor: Actor, *, most: int = 100) -> list[HandOverView]:
    """Return what the actor's unit has sent and others have not finished, oldest first, as lists show it."""
    rows = (
        HandOver.objects.filter(from_unit_id=actor.unit_id, state__in=WAITING, closed_at__isnull=True)
        .select_related("from_unit")
        .order_by("changed_at")[:most]
    )
    return listed(list(rows))


SENT_ORDERS: dict[str, tuple[Any, ...]] = {
    "changed": ("-changed_at", "id"),
    "sent": (F("sent_at").desc(nulls_last=True), "id"),
    "flow": ("flow", "-changed_at"),
    "state": ("state", "-changed_at"),
}
INBOX_ORDERS: dict[str, tuple[Any, ...]] = {
    "due": (F("receive_due").asc(nulls_last=True), "id"),
    "entered": ("-entered_at", "id"),
    "flow": ("handover__flow", "receive_due"),
    "from": ("handover__from_unit__code", "receive_due"),
}


def _ordered(
    rows: QuerySet[Any], orders: dict[str, tuple[Any, ...]], order: str, default: str
) -> QuerySet[Any]:
    key = order.lstrip("-")
    ordered = rows.order_by(*orders[key if key in orders else default])
    return ordered.reverse() if order.startswith("-") else ordered


def sent_by(
    actor: Actor,
    *,
    text: str = "",
    flow: str = "",
    state: str = "",
    order: str = "changed",
    page: int = 1,
    size: int = 50,
) -> Listed:
    """Return the hand-overs the actor's unit has begun, last changed first; `state` is a State or "open".

    `order` is a key of SENT_ORDERS, with a minus before it turned round.
    """
    rows = HandOver.objects.filter(from_unit_id=actor.unit_id).select_related("from_unit")
    if flow:
        rows = rows.filter(flow=flow)
    if state == "open":
        rows = rows.filter(closed_at__isnull=True).exclude(
            state__in=[State.WITHDRAWN, State.ANSWERED, State.CLOSED]
        )
    elif state in {one.value for one in State}:
        rows = rows.filter(state=state)
    if text.strip():
        rows = rows.filter(case_id__in=_in_cases(actor, text))
    found, total, more = _page(_ordered(rows, SENT_ORDERS, order, "changed"), page, size)
    return Listed(rows=tuple(listed(found)), total=total, more=more)


def silent_count(actor: Actor) -> int:
    """Return how many hand-overs wait in the unit's inbox past their limit; one statement."""
    return Obligation.objects.filter(
        unit_id=actor.unit_id, state=State.ENTERED, silent_since__isnull=False
    ).count()


def done_today(actor: Actor, *, most: int = 100) -> list[TaskView]:
    """Return what the actor has finished in the last day, newest first."""
    since = clock.now() - timedelta(hours=24)
    rows = Task.objects.filter(closed_by=actor.person_id, closed_at__gte=since, unit_id=actor.unit_id)
    return _task_views(actor, rows.order_by("-closed_at")[:most])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One row of an inbox."""

    handover_id: UUID
    version: int
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
    taken_at: Any
    in_custody: int
    handler_name: str
    silent: bool


def inbox(
    actor: Actor,
    *,
    done: bool = False,
    text: str = "",
    flow: str = "",
    order: str = "",
    page: int = 1,
    size: int = 50,
) -> Listed:
    """Return what the actor's unit has received: what waits (most urgent first), or what it has taken.

    `order` is a key of INBOX_ORDERS, with a minus before it turned round.
    """
    rows = Obligation.objects.filter(unit_id=actor.unit_id).select_related("handover", "handover__from_unit")
    if done:
        rows = rows.filter(Q(accepted_at__isnull=False) | Q(returned_at__isnull=False))
    else:
        rows = rows.filter(state=State.ENTERED)
    rows = _ordered(rows, INBOX_ORDERS, order, "entered" if done else "due")
    if flow:
        rows = rows.filter(handover__flow=flow)
    if text.strip():
        rows = rows.filter(handover__case_id__in=_in_cases(actor, text))
    found, total, more = _page(rows, page, size)
    briefs = cases.briefs(actor, {row.handover.case_id for row in found})
    shown = tuple(
        _inbox_row(row, briefs[row.handover.case_id]) for row in found if row.handover.case_id in briefs
    )
    return Listed(rows=shown, total=total, more=more)


def _inbox_row(row: Obligation, brief: CaseRow) -> InboxRow:
    return InboxRow(
        handover_id=row.handover_id,
        version=row.handover.version,
        flow_name=flow_name(row.handover.flow),
        kind=Kind(row.handover.kind),
        case_id=row.handover.case_id,
        case_name=brief.name,
        case_number=brief.number,
        from_unit=row.handover.from_unit.name,
        round=row.round,
        state=State(row.state).label,
        entered_at=row.entered_at,
        receive_due=row.receive_due,
        taken_at=row.accepted_at or row.returned_at,
        in_custody=brief.in_custody,
        handler_name=row.handler_name,
        silent=row.silent_since is not None,
    )


def flow_name(key: str) -> str:
    """Return the name of a flow by its key."""
    flow = loader.load().flow(key)
    return flow.name if flow else key
