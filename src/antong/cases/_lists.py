"""Lists of cases, read from the grants alone (design §8): filters, order, pages, counts that stop at 1,000."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet

from antong.cases.access import VISIBLE, found_by, visible_to
from antong.cases.models import Grant
from antong.cases.types import EDITING_ROLES, CaseRow, GrantRole, Stage
from antong.kernel import clock
from antong.kernel.actor import Actor

COUNT_STOPS_AT = 1000
ORDERS: dict[str, tuple[Any, ...]] = {
    "due": (F("next_due").asc(nulls_last=True), "case_id"),
    "changed": ("-updated_at", "case_id"),
    "number": ("-number", "case_id"),
    "stage": ("stage", F("next_due").asc(nulls_last=True), "case_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a list is narrowed to; empty values do not narrow.

    `text` is matched against number, name, parties, pinyin initials and agencies' numbers; `due` is one of
    overdue, day, three, week, later; `held` "yes" or "no"; `works` those that the unit handles or co-handles.
    """

    text: str = ""
    stage: str = ""
    role: str = ""
    category: str = ""
    due: str = ""
    held: str = ""
    mine: bool = False
    works: bool = False
    handler_id: UUID | None = None
    order: str = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList:
    """One page of a list. `total` stops at 1,000; `more` says that there are more than that."""

    rows: tuple[CaseRow, ...]
    total: int
    more: bool
    page: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages are counted."""
        return max(1, -(-self.total // self.size))


def list_cases(actor: Actor, where: CaseFilter, *, page: int = 1, size: int = 20) -> CaseList:
    """Return one page of the cases that `actor` sees; two statements."""
    order = ORDERS.get(where.order, ORDERS["due"])
    rows = _narrow(found_by(actor, where.text), actor, where)
    if where.text.strip():  # what a text finds is looked for once, not to count and to show
        ids = list(rows.values_list("id", flat=True)[: COUNT_STOPS_AT + 1])
        total, rows = len(ids), rows if len(ids) > COUNT_STOPS_AT else rows.filter(id__in=ids)
    else:  # in the order of its index: without one the whole table may be read to count a thousand of a unit's
        total = rows.order_by(*order)[: COUNT_STOPS_AT + 1].count()
    last = max(1, -(-total // size))
    # a page beyond the end is the last one, where the end was counted
    start = ((max(1, page) if total > COUNT_STOPS_AT else min(max(1, page), last)) - 1) * size
    found = rows_of(rows.order_by(*order)[start : start + size])
    if not found and start:
        start = (last - 1) * size
        found = rows_of(rows.order_by(*order)[start : start + size])
    return CaseList(
        rows=found,
        total=min(total, COUNT_STOPS_AT),
        more=total > COUNT_STOPS_AT,
        page=start // size + 1,
        size=size,
    )


def briefs(actor: Actor, case_ids: set[UUID]) -> dict[UUID, CaseRow]:
    """Return the list rows of several cases, of those that `actor` sees; one statement."""
    if not case_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BRIEFS, {"unit": actor.unit_id, "now": clock.now(), "cases": list(case_ids)})
        return {values[0]: _row(values) for values in cursor.fetchall()}


def cases_of(actor: Actor, where: CaseFilter) -> Any:
    """Return what the database finds the cases by that `actor` sees: for a room below that asks for rows of them; no statement."""
    return _narrow(found_by(actor, where.text), actor, where).order_by().values("case_id")


def by_urgency(actor: Actor, *, mine: bool) -> dict[str, int]:
    """Return how many of the actor's cases are overdue, due within a day, three days, a week, later."""
    rows = visible_to(actor).filter(next_due__isnull=False)
    if mine:
        rows = rows.filter(handler_id=actor.person_id)
    first = rows.order_by("next_due")[:COUNT_STOPS_AT]
    groups = ("overdue", "day", "three", "week", "later")
    now = clock.now()  # of all groups alike: no row stands between two
    counts: dict[str, int] = first.aggregate(
        **{name: Count("case_id", filter=_due(name, now)) for name in groups}
    )
    return counts


def custody_warnings(actor: Actor) -> int:
    """Return in how many cases with somebody in custody a limit ends within seven days; one statement."""
    rows = visible_to(actor).filter(_due("soon"), in_custody__gt=0)
    return len(rows.values_list("case_id", flat=True)[:COUNT_STOPS_AT])


def urgency(due: datetime | None) -> str:
    """Return the group of a due instant: overdue, day (≤ 24 h), three (≤ 3 d), week (≤ 7 d), later, none."""
    if due is None:
        return "none"
    left = due - clock.now()
    for name, most in (
        ("overdue", timedelta()),
        ("day", timedelta(hours=24)),
        ("three", timedelta(days=3)),
        ("week", timedelta(days=7)),
    ):
        if left <= most:
            return name
    return "later"


def _narrow(rows: QuerySet[Grant], actor: Actor, where: CaseFilter) -> QuerySet[Grant]:
    if where.stage in {stage.value for stage in Stage}:
        rows = rows.filter(stage=where.stage)
    if where.role in {role.value for role in GrantRole}:
        rows = rows.filter(role=where.role)
    if where.category:
        rows = rows.filter(category=where.category)
    if where.held:
        rows = rows.filter(in_custody__gt=0) if where.held == "yes" else rows.filter(in_custody=0)
    if where.works:
        rows = rows.filter(role__in=EDITING_ROLES)
    if where.mine:
        rows = rows.filter(handler_id=actor.person_id)
    elif where.handler_id is not None:
        rows = rows.filter(handler_id=where.handler_id)
    return rows.filter(_due(where.due)) if where.due else rows


def _due(group: str, at: datetime | None = None) -> Q:
    now = at or clock.now()
    day, three, week = now + timedelta(hours=24), now + timedelta(days=3), now + timedelta(days=7)
    spans = {
        "overdue": Q(next_due__lte=now),
        "day": Q(next_due__gt=now, next_due__lte=day),
        "three": Q(next_due__gt=day, next_due__lte=three),
        "week": Q(next_due__gt=three, next_due__lte=week),
        "later": Q(next_due__gt=week),
        "soon": Q(next_due__lte=week),
        "none": Q(next_due__isnull=True),
    }
    return spans.get(group, Q())


_COLUMNS = (
    "case_id", "number", "name", "category", "charge", "role", "stage", "in_custody", "next_due", "next_due_name",
    "handler_id", "handling_unit", "from_at", "updated_at",
)  # fmt: skip

# Written out: every desk and list begins with it, and composing it for hundreds of ids costs more than running it.
# Case by case (OFFSET 0), by the index of unit and case: else what is read grows with the cases the unit sees.
_BRIEFS = f"""
SELECT found.* FROM unnest(%(cases)s::uuid[]) AS wanted(case_id) CROSS JOIN LATERAL (
  SELECT {", ".join(_COLUMNS)} FROM cases_grant g WHERE g.case_id = wanted.case_id AND {VISIBLE} OFFSET 0
) found
"""  # noqa: S608 - columns and a wording of our own


def rows_of(grants: QuerySet[Grant]) -> tuple[CaseRow, ...]:
    """Return the list rows of grants, in order; one statement."""
    return tuple(_row(values) for values in grants.values_list(*_COLUMNS))


def as_row(grant: Grant) -> CaseRow:
    """Return the list row of a grant."""
    return _row([getattr(grant, name) for name in _COLUMNS])


def _row(values: Sequence[Any]) -> CaseRow:
    return CaseRow(
        case_id=values[0],
        number=values[1],
        name=values[2],
        category=values[3],
        charge=values[4],
        role=GrantRole(values[5]),
        stage=Stage(values[6]),
        in_custody=values[7],
        next_due=values[8],
        next_due_name=values[9],
        handler_id=values[10],
        handling_unit=values[11],
        since=values[12],
        updated_at=values[13],
    )
