"""What is past its day is noticed: statutory limits, answers, repairs, orders, approvals; design §4, "overdue at every stage".

Whoever owes it is told once; what is still open a day later is told once to the bureau above and to the supervisors.
When the time of somebody's right ends nobody is late: the unit that waited for it is told, and nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from antong.cases import selectors as cases
from antong.cases.access import supervising_units
from antong.cases.types import LimitView
from antong.flow._silence import BATCH, SYSTEM
from antong.flow.models import Overdue, Task
from antong.flow.types import APPROVALS, DATED, TaskKind
from antong.kernel import clock
from antong.kernel.moment import moment
from antong.law import timelimit
from antong.ledger import actions as ledger
from antong.org import actions as org_actions
from antong.org import selectors as org

APPROVAL_HOURS = 24
"""After how long an approval that nobody gave is noticed; the house's own measure, no law says one."""
RAISE_HOURS = 24
"""After how long what is still open goes to those above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    """One thing past its day, and who owes it."""

    what: str
    ref_id: UUID
    case_id: UUID
    unit_id: UUID
    title: str
    person_id: UUID | None = None
    handover_id: UUID | None = None
    of_right: bool = False


def sweep() -> int:
    """Tell of everything that is past its day and was not told of, and raise what stayed open; return how many.

    What was told of and has been done since is settled first: no notice of it waits any more.
    """
    _settle()
    found = sum(_tell(one) for one in [*_limits(), *_tasks(), *_approvals()])
    before = clock.now() - timedelta(hours=RAISE_HOURS)
    for row in Overdue.objects.filter(told_at__lte=before, raised_at__isnull=True)[:BATCH]:
        open_still = _of_row(row)
        if open_still is None:
            Overdue.objects.filter(id=row.id).delete()
        else:
            found += _raise(open_still)
    return found


@transaction.atomic
def _settle() -> None:
    """Forget what was told of and is open no more, and close its notices: three statements where all is open still.

    Of what is still open only ids are read. A notice names its matter by case and title alone, as of two persons
    with one limit: it closes with the last.
    """
    known = list(Overdue.objects.values_list("id", "what", "ref_id", "case_id"))
    over = cases.limits_over({ref_id for _, what, ref_id, _ in known if what == "limit"})
    asked = [ref_id for _, what, ref_id, _ in known if what == "task"]
    over |= set(Task.objects.filter(id__in=asked, closed_at__isnull=True).values_list("id", flat=True))
    done = {row_id for row_id, _, ref_id, _ in known if ref_id not in over}
    if not done:
        return
    touched = {case_id for row_id, _, _, case_id in known if row_id in done}
    beside = [(what, ref_id) for _, what, ref_id, case_id in known if case_id in touched]
    limits = cases.limits_by_id({ref_id for what, ref_id in beside if what == "limit"})
    tasks = Task.objects.in_bulk([ref_id for what, ref_id in beside if what == "task"])
    late = [*map(_of_limit, limits.values()), *map(_of_task, tasks.values())]
    gone = {(one.case_id, one.title) for one in late if one.ref_id not in over}
    waiting = {(one.case_id, one.title) for one in late if one.ref_id in over}
    org_actions.settle_matters("overdue", gone - waiting, how="已办理，不再提醒")
    Overdue.objects.filter(id__in=done).delete()


def _told(what: str) -> QuerySet[Overdue, UUID]:
    return Overdue.objects.filter(what=what).values_list("ref_id", flat=True)


def _limits() -> list[_Late]:
    return [_of_limit(limit) for limit in cases.overdue_limits(BATCH, told=_told("limit"))]


def _tasks() -> list[_Late]:
    rows = Task.objects.filter(closed_at__isnull=True, kind__in=DATED, due_at__lt=clock.now())
    return [_of_task(row) for row in rows.exclude(id__in=_told("task")).order_by("due_at")[:BATCH]]


def _approvals() -> list[_Late]:
    before = clock.now() - timedelta(hours=APPROVAL_HOURS)
    rows = Task.objects.filter(closed_at__isnull=True, kind__in=APPROVALS, opened_at__lt=before)
    return [_of_task(row) for row in rows.exclude(id__in=_told("task")).order_by("opened_at")[:BATCH]]


def _of_row(row: Overdue) -> _Late | None:
    """Return what was told of, if it is still open."""
    if row.what == "limit":
        found = cases.overdue_limits(1, only=row.ref_id)
        return _of_limit(found[0]) if found else None
    task = Task.objects.filter(id=row.ref_id, closed_at__isnull=True).first()
    return _of_task(task) if task else None


def _of_limit(limit: LimitView) -> _Late:
    right = timelimit.of_right(limit.rule)
    return _Late(
        what="limit",
        ref_id=limit.id,
        case_id=limit.case_id,
        unit_id=limit.unit_id,
        title=f"{'期限届满' if right else '期限已过'}：{limit.name}{'（在押）' if limit.in_custody else ''}",
        of_right=right,
    )


def _of_task(row: Task) -> _Late:
    return _Late(
        what="task",
        ref_id=row.id,
        case_id=row.case_id,
        unit_id=row.unit_id,
        title=f"逾期未办：{TaskKind(row.kind).label}，{row.title}",
        person_id=row.person_id,
        handover_id=row.handover_id,
    )


@ledger.acted
def _tell(one: _Late) -> int:
    """Tell whoever owes it: the person if one has it, else the unit; once, whoever sweeps."""
    now = clock.now()
    _, created = Overdue.objects.get_or_create(
        what=one.what,
        ref_id=one.ref_id,
        defaults={"case_id": one.case_id, "told_at": now, "raised_at": now if one.of_right else None},
    )
    if not created:
        return 0
    _notify(one, [one.unit_id], one.person_id, "overdue.notice")
    return 1


@ledger.acted
def _raise(one: _Late) -> int:
    """Tell those above: the bureau of who owes it, and the supervisors of the case; once."""
    raised = Overdue.objects.filter(what=one.what, ref_id=one.ref_id, raised_at__isnull=True).update(
        raised_at=clock.now()
    )
    if not raised:
        return 0
    above = [one.unit_id, org.bureau_of(one.unit_id).id, *supervising_units(one.case_id)]
    _notify(one, list(dict.fromkeys(above)), None, "overdue.raise")
    return 1


def _notify(one: _Late, units: list[UUID], person_id: UUID | None, act: str) -> None:
    org_actions.notify(
        SYSTEM,
        to_units=units,
        to_person=person_id,
        kind="overdue",
        title=one.title,
        case_id=one.case_id,
        handover_id=one.handover_id,
    )
    ledger.record(
        SYSTEM,
        chain_id=one.case_id,
        act=act,
        moment=moment(),
        subjects=[one.ref_id, *units],
        after={"what": one.what, "title": one.title, "to": units},
    )
