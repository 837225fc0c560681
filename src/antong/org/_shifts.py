"""The duty roster by the hour (值班表): shifts are added and ended, by the administrator or by a unit's own leader."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import _duties, access
from antong.org._values import ShiftView
from antong.org.models import RosterShift
from antong.org.types import Permission

LONGEST = timedelta(days=2)
FURTHEST = timedelta(days=400)
MOST_DAYS = 31


def may_plan(actor: Actor, unit_id: UUID) -> Permission:
    """Return the permission by which somebody plans the roster of a unit: leaders that of their own, administrators any.

    Raises NotFound where it is not theirs: a stranger's unit is nothing to them.
    """
    if Permission.ORG_MANAGE in actor.permissions:
        return Permission.ORG_MANAGE
    if actor.unit_id != unit_id:
        raise NotFound
    return Permission.TASK_ASSIGN


@transaction.atomic
def add_shift(
    actor: Actor,
    *,
    unit_id: UUID,
    person_id: UUID,
    starts_at: datetime | None,
    ends_at: datetime | None,
    days: int = 1,
) -> Recorded:
    """Put a person of the unit on the roster between two instants, on as many `days` one after the other; one entry.

    Shifts may overlap: several people are on duty at once. Raises BadInput by field.
    """
    access.require(actor, may_plan(actor, unit_id))
    now, wrong = clock.now(), {}
    if not any(duty.person_id == person_id for duty in _duties.people_of(unit_id)):
        wrong["shift_person"] = "选本单位在岗的人员"
    if starts_at is None or starts_at < now - LONGEST or starts_at > now + FURTHEST:
        wrong["starts_at"] = "必填，不早于两天前，不晚于一年后"
    if (
        starts_at is None
        or ends_at is None
        or not starts_at < ends_at <= starts_at + LONGEST
        or ends_at <= now
    ):
        wrong["ends_at"] = "必填，晚于开始和现在，一班不超过 48 小时"
    if not 1 <= days <= MOST_DAYS:
        wrong["days"] = f"1 到 {MOST_DAYS} 天"
    if wrong or starts_at is None or ends_at is None:
        raise BadInput(
            "不能排班：人员或时间不对。",
            code="shift-fields",
            basis=("案通值班规则：按小时排本单位在岗的人员",),
            remedy="改正标红的各项。",
            fields=wrong,
        )
    made = RosterShift.objects.bulk_create(
        [
            RosterShift(
                id=new_id(), unit_id=unit_id, person_id=person_id,
                starts_at=starts_at + timedelta(days=day), ends_at=ends_at + timedelta(days=day),
            )
            for day in range(days)
        ]
    )  # fmt: skip
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.add-shift", moment=moment(), subjects=[person_id, *(row.id for row in made)],
        after={"unit": unit_id, "person": person_id, "from": starts_at, "until": ends_at, "days": days},
    )  # fmt: skip


@transaction.atomic
def end_shift(actor: Actor, *, unit_id: UUID, shift_id: UUID) -> Recorded:
    """Take a shift off the roster; one that has begun ends now. One that is over stays as it was: NotFound."""
    access.require(actor, may_plan(actor, unit_id))
    now = clock.now()
    rows = RosterShift.objects.select_for_update().filter(id=shift_id, unit_id=unit_id, ends_at__gt=now)
    shift = rows.first()
    if shift is None:
        raise NotFound
    begun = shift.starts_at < now
    if begun:
        RosterShift.objects.filter(id=shift_id).update(ends_at=now)
    else:
        RosterShift.objects.filter(id=shift_id).delete()
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.end-shift", moment=moment(), subjects=[shift_id, shift.person_id],
        before={"unit": unit_id, "person": shift.person_id, "from": shift.starts_at, "until": shift.ends_at},
        after={"until": now if begun else None},
    )  # fmt: skip


def roster(unit_id: UUID, start: datetime, end: datetime) -> list[ShiftView]:
    """Return the shifts of a unit that touch a span, by their beginning; one statement."""
    now = clock.now()
    rows = RosterShift.objects.filter(unit_id=unit_id, starts_at__lt=end, ends_at__gt=start)
    return [
        ShiftView(
            id=row.id,
            person_id=row.person_id,
            person_name=row.person.name,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            now=row.starts_at <= now < row.ends_at,
            over=row.ends_at <= now,
        )
        for row in rows.select_related("person").order_by("starts_at", "person__name")
    ]
