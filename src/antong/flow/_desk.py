"""The desk and the inbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import CaseRow
from antong.catalog import loader
from antong.flow._views import listed
from antong.flow.models import HandOver, Obligation
from antong.flow.types import (
    WAITING,
    HandOverView,
    Kind,
    State,
    TaskKind,
    TaskView,
)
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org.types import Permission, Role

_MINE = """
t.unit_id = %(unit)s AND (t.person_id = ANY(%(whose)s) OR t.person_id IS NULL AND t.role = ANY(%(roles)s))
"""
_OPEN = f"{_MINE} AND t.closed_at IS NULL"
_TASKS = f"""
SELECT t.id, t.kind, t.title, t.case_id, seen.name, seen.number, t.handover_id, t.from_unit, h.state, t.due_at, t.opened_at,
  t.round, seen.in_custody, t.person_id, t.closed_at, h.version
FROM flow_task t {cases_access.named("t.case_id")} LEFT JOIN flow_handover h ON h.id = t.handover_id
"""  # noqa: S608 - a wording of our own
# Written out: every page counts somebody's tasks, and the desk shows hundreds.
_OPEN_TASKS = f"{_TASKS} WHERE {_OPEN} ORDER BY t.due_at ASC NULLS LAST, t.opened_at LIMIT %(most)s"
_DONE_TASKS = f"""
{_TASKS} WHERE t.closed_by = %(person)s AND t.closed_at >= %(since)s AND t.unit_id = %(unit)s
ORDER BY t.closed_at DESC LIMIT %(most)s
"""
_OPEN_COUNTS = f"""
SELECT found.kind, count(*) FROM (SELECT t.kind FROM flow_task t WHERE {_OPEN} LIMIT 1000) found GROUP BY found.kind
"""  # noqa: S608 - a wording of our own


def _mine(actor: Actor) -> dict[str, Any]:
    """The values of _OPEN: what is the actor's own, whoever they stand in for, and their post's."""
    roles: list[str] = [actor.role]
    if Permission.HANDOVER_RECEIVE in actor.permissions and actor.role != Role.POLICE_LEGAL:
        roles.append("")
    return {
        "unit": actor.unit_id,
        "whose": [actor.person_id, *([actor.on_behalf_of] if actor.on_behalf_of else [])],
        "roles": roles,
    }


def _task_views(statement: str, values: Mapping[str, Any]) -> list[TaskView]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "now": clock.now()})
        return [_task_view(row) for row in cursor.fetchall()]


def _task_view(row: Sequence[Any]) -> TaskView:
    return TaskView(
        id=row[0],
        kind=TaskKind(row[1]),
        title=row[2],
        case_id=row[3],
        case_name=row[4],
        case_number=row[5],
        handover_id=row[6],
        from_unit=row[7],
        state=State(row[8]).label if row[8] else "",
        due_at=row[9],
        opened_at=row[10],
        round=row[11],
        in_custody=row[12],
        person_id=row[13],
        closed_at=row[14],
        version=row[15] or 0,
    )


def tasks(actor: Actor, *, most: int = 200) -> list[TaskView]:
    """Return what the actor owes in cases the unit sees, most urgent first, what has no limit last; one statement."""
    return _task_views(_OPEN_TASKS, {**_mine(actor), "most": most})


def task_counts(actor: Actor) -> dict[str, int]:
    """Return how many open tasks the actor has, by kind, at most 1,000 of all; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_COUNTS, _mine(actor))
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list. `total` stops at 1,000; `more` says that there are more than that."""

    rows: tuple[Any, ...]
    total: int
    more: bool = False


COUNT_STOPS_AT = 1000


def _page(
    rows: QuerySet[Any],
    ordered: Callable[[QuerySet[Any]], QuerySet[Any]],
    number: int,
    size: int,
    *,
    searched: bool,
) -> tuple[QuerySet[Any], int, bool]:
    """Return one page, not read yet, and how many there are; one statement.

    Rows that are `searched` by a text are looked for once, not to count and to show.
    """
    if searched:
        ids = list(rows.values_list("id", flat=True)[: COUNT_STOPS_AT + 1])
        total = len(ids)
        rows = rows if total > COUNT_STOPS_AT else rows.model._default_manager.filter(id__in=ids)  # noqa: SLF001 - Django's name
    else:  # in the order of its index, which is read as far as is counted
        total = ordered(rows)[: COUNT_STOPS_AT + 1].count()
    start = (min(number, max(1, -(-total // size))) - 1) * size  # a page beyond the end is the last one
    return ordered(rows)[start : start + size], min(total, COUNT_STOPS_AT), total > COUNT_STOPS_AT


def _in_cases(actor: Actor, text: str) -> Any:
    return cases_access.found_by(actor, text).values("case_id")


_WAITS = f"""
h.from_unit_id = %(unit)s AND h.closed_at IS NULL AND h.state IN ({", ".join(f"'{state.value}'" for state in WAITING)})
"""
_WAITING_COUNT = f"""
SELECT (SELECT count(*) FROM flow_handover h WHERE {_WAITS}),
  (SELECT count(DISTINCT o.handover_id) FROM flow_obligation o JOIN flow_handover h ON h.id = o.handover_id
   WHERE o.silent_since IS NOT NULL AND {_WAITS})
"""  # noqa: S608 - a wording of our own, with the states of an index


def waiting_count(actor: Actor) -> tuple[int, int]:
    """Return how many of the unit's hand-overs wait for others, and how many of those are silent; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_COUNT, {"unit": actor.unit_id})
        waiting, silent = cursor.fetchone()
    return waiting, silent


def waiting_for_others(actor: Actor, *, most: int = 100) -> list[HandOverView]:
    """Return what the actor's unit has sent and others have not finished, oldest first, as lists show it."""
    rows = HandOver.objects.filter(from_unit_id=actor.unit_id, state__in=WAITING, closed_at__isnull=True)
    return listed(rows.order_by("changed_at")[:most])


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
    rows = HandOver.objects.filter(from_unit_id=actor.unit_id)
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
    ordered = partial(_ordered, orders=SENT_ORDERS, order=order, default="changed")
    found, total, more = _page(rows, ordered, page, size, searched=bool(text.strip()))
    return Listed(rows=tuple(listed(found)), total=total, more=more)


def silent_count(actor: Actor) -> int:
    """Return how many hand-overs wait in the unit's inbox past their limit; one statement."""
    return Obligation.objects.filter(
        unit_id=actor.unit_id, state=State.ENTERED, silent_since__isnull=False
    ).count()


def done_today(actor: Actor, *, most: int = 100) -> list[TaskView]:
    """Return what the actor has finished in the last day, newest first; one statement."""
    since = clock.now() - timedelta(hours=24)
    values = {"person": actor.person_id, "since": since, "unit": actor.unit_id, "most": most}
    return _task_views(_DONE_TASKS, values)


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
    rows = Obligation.objects.filter(unit_id=actor.unit_id)
    if done:
        rows = rows.filter(Q(accepted_at__isnull=False) | Q(returned_at__isnull=False))
    else:
        rows = rows.filter(state=State.ENTERED)
    ordered = partial(_ordered, orders=INBOX_ORDERS, order=order, default="entered" if done else "due")
    if flow:
        rows = rows.filter(handover__flow=flow)
    if text.strip():
        rows = rows.filter(handover__case_id__in=_in_cases(actor, text))
    page_rows, total, more = _page(rows, ordered, page, size, searched=bool(text.strip()))
    found = [dict(zip(_RECEIVED, row, strict=True)) for row in page_rows.values_list(*_RECEIVED)]
    briefs = cases.briefs(actor, {row["handover__case_id"] for row in found})
    shown = [(row, briefs.get(row["handover__case_id"])) for row in found]
    return Listed(rows=tuple(_inbox_row(row, brief) for row, brief in shown if brief), total=total, more=more)


_RECEIVED = (
    "handover_id", "handover__version", "handover__flow", "handover__kind", "handover__case_id",
    "handover__from_unit__name", "round", "state", "entered_at", "receive_due", "accepted_at", "returned_at",
    "handler_name", "silent_since",
)  # fmt: skip


def _inbox_row(row: Mapping[str, Any], brief: CaseRow) -> InboxRow:
    return InboxRow(
        handover_id=row["handover_id"],
        version=row["handover__version"],
        flow_name=flow_name(row["handover__flow"]),
        kind=Kind(row["handover__kind"]),
        case_id=row["handover__case_id"],
        case_name=brief.name,
        case_number=brief.number,
        from_unit=row["handover__from_unit__name"],
        round=row["round"],
        state=State(row["state"]).label,
        entered_at=row["entered_at"],
        receive_due=row["receive_due"],
        taken_at=row["accepted_at"] or row["returned_at"],
        in_custody=brief.in_custody,
        handler_name=row["handler_name"],
        silent=row["silent_since"] is not None,
    )


def flow_name(key: str) -> str:
    """Return the name of a flow by its key."""
    flow = loader.load().flow(key)
    return flow.name if flow else key


def carries_dossier(key: str) -> bool:
    """Whether a flow sends the whole file, not its own papers alone."""
    flow = loader.load().flow(key)
    return flow is None or flow.carries.dossier
