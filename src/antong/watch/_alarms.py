"""Alarms: raised, told to the next in turn until somebody answers, cleared when what was wrong is so no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.types import ROLE_PERMISSIONS, Permission, UnitKind, UnitView
from antong.watch import _words
from antong.watch.models import Addressed, Alarm
from antong.watch.types import DELAYS, STEPS, AlarmKind, Finding, Step

HOUSE = org.HOUSE
LONGEST_ANSWER = 300
PLACE_AT_ONCE = frozenset({AlarmKind.NO_BASIS, AlarmKind.RELEASED_HELD})
"""Kinds of which the place is told together with the handler: only there is the door."""
HOLDS_OFF = {AlarmKind.NO_BASIS: timedelta(hours=4), AlarmKind.RELEASED_HELD: timedelta(hours=4)}
"""How long an answer keeps the next from being told, at most; a day for the others."""

Whom = list[tuple[UUID, UUID | None, str]]
"""Units, or persons of one with their names."""


@ledger.acted
def raise_alarm(found: Finding) -> bool:
    """Put an alarm on the record and tell the first in turn; False where it stands already."""
    now = clock.now()
    try:
        with transaction.atomic():
            row = Alarm.objects.create(
                kind=found.kind, why=_words.why(found), case_id=found.case_id, case_number=found.case_number,
                party_id=found.party_id, person=found.person, agency_id=found.agency_id, handler_id=found.handler_id,
                place_id=found.place_id, since=found.since, until=found.until, raised_at=now, stepped_at=now,
            )  # fmt: skip
    except IntegrityError:  # another watch was first
        return False
    whom = _of_step(row, Step.HANDLER)
    _tell(row, Step.HANDLER, whom, now)
    if found.kind in PLACE_AT_ONCE and row.place_id is not None:
        place: Whom = [(row.place_id, None, "")]
        _tell(row, Step.PLACE, place, now)
        whom += place
    ledger.record(
        HOUSE, chain_id=row.case_id, act="watch.alarm", moment=moment(), subjects=[row.id, row.party_id],
        after={
            "kind": row.kind, "why": found.why, "since": row.since, "until": row.until,
            "told": [unit for unit, _, _ in whom],
        },
    )  # fmt: skip
    return True


def _of_step(row: Alarm, step: Step) -> Whom:
    """Return whom a step tells; nobody where there is none."""
    if step is Step.HANDLER:
        if row.handler_id is None:
            return [(row.agency_id, None, "")]
        return [(row.agency_id, row.handler_id, org.person_names([row.handler_id]).get(row.handler_id, ""))]
    if step is Step.HEAD:
        return _heads(row.agency_id)
    if step is Step.PLACE:
        return [] if row.place_id is None else [*_heads(row.place_id), (row.place_id, None, "")]
    committees = _committees(row.agency_id)
    index = 0 if step is Step.COMMITTEE else 1
    return [(committees[index].id, None, "")] if len(committees) > index else []


def _heads(unit_id: UUID) -> Whom:
    """Return who leads a unit, or the bureau of a station; the unit itself where nobody does."""
    unit = org.unit(unit_id)
    led = org.bureau_of(unit_id).id if unit.kind is UnitKind.POLICE_STATION else unit_id
    heads = {
        duty.person_id: duty.person_name
        for duty in org.people_of(led)
        if Permission.HANDOVER_APPROVE in ROLE_PERMISSIONS[duty.role] and "leader" in duty.role.value
    }
    return [(led, person_id, name) for person_id, name in heads.items()] or [(led, None, "")]


def _committees(unit_id: UUID) -> list[UnitView]:
    """Return the committees above a unit, the nearest first."""
    above = org.supervisors_of(unit_id)
    county = org.unit(unit_id).county_code
    return sorted(above, key=lambda one: one.county_code != county)


def _tell(row: Alarm, step: Step, whom: Whom, now: datetime) -> None:
    Addressed.objects.bulk_create(
        [
            Addressed(alarm_id=row.id, step=step, unit_id=unit, person_id=person, person=name[:60], at=now)
            for unit, person, name in whom
        ]
    )
    title = f"羁押告警：{AlarmKind(row.kind).label} {row.person}（{row.case_number}）"
    for unit, person, _ in whom:
        org_actions.notify(
            HOUSE, to_units=[unit], to_person=person, kind="custody", title=title,
            body=f"{row.why}。依据：{_words.BASIS[AlarmKind(row.kind)]}。到“羁押告警”答复办到哪一步、何时办完；"
            f"{_minutes(DELAYS[AlarmKind(row.kind)])}没有答复的，逐级告知。",
            case_id=row.case_id, duty_name="、".join(name for _, name in org.on_duty(unit)),
        )  # fmt: skip


def _minutes(delay: timedelta) -> str:
    minutes = int(delay.total_seconds()) // 60
    return f"{minutes} 分钟内" if minutes < 60 else f"{minutes // 60} 小时内"  # noqa: PLR2004 - minutes of an hour


def next_at(row: Alarm) -> datetime | None:
    """Return when the next in turn is told, if nobody answers; None where nobody is left."""
    if Step(row.step) is STEPS[-1]:
        return None
    after = row.stepped_at + DELAYS[AlarmKind(row.kind)]
    return after if row.answer_until is None else max(after, row.answer_until)


@ledger.acted
def escalate(alarm_id: UUID) -> bool:
    """Tell the next in turn that nobody has answered, on the record; a step with nobody is passed over."""
    now = clock.now()
    row = Alarm.objects.select_for_update().filter(id=alarm_id, cleared_at__isnull=True).first()
    due = None if row is None else next_at(row)
    if row is None or due is None or due > now:
        return False
    told = set(row.addressed.values_list("unit_id", "person_id"))
    step, whom = Step(row.step), list[tuple[UUID, UUID | None, str]]()
    while not whom and step is not STEPS[-1]:
        step = STEPS[STEPS.index(step) + 1]
        whom = [one for one in _of_step(row, step) if one[:2] not in told]
    row.step, row.stepped_at = step, now
    row.save(update_fields=["step", "stepped_at"])
    if not whom:
        return False
    _tell(row, step, whom, now)
    ledger.record(
        HOUSE, chain_id=row.case_id, act="watch.escalate", moment=moment(), subjects=[row.id, row.party_id],
        after={"kind": row.kind, "step": step.label, "told": [unit for unit, _, _ in whom]},
    )  # fmt: skip
    return True


@ledger.acted
def clear(alarm_id: UUID) -> bool:
    """Close an alarm: what was wrong is so no more; on the record."""
    now = clock.now()
    row = Alarm.objects.select_for_update().filter(id=alarm_id, cleared_at__isnull=True).first()
    if row is None:
        return False
    row.cleared_at = now
    row.save(update_fields=["cleared_at"])
    ledger.record(
        HOUSE, chain_id=row.case_id, act="watch.clear", moment=moment(), subjects=[row.id, row.party_id],
        after={"kind": row.kind, "answered": row.answered_at is not None},
    )  # fmt: skip
    return True


@ledger.acted
def answer(actor: Actor, *, alarm_id: UUID, text: str, done_by: datetime | None) -> None:
    """Answer an alarm: what was done, and by when all is; until then, or some hours, nobody further is told.

    Whoever was told answers, of the agency in charge, the place, or a committee. What is wrong goes on being shown.
    """
    org_access.require(actor, Permission.ALARM_ANSWER)
    now = clock.now()
    row = Alarm.objects.select_for_update().filter(id=alarm_id, cleared_at__isnull=True).first()
    if row is None or not (
        actor.unit_id in {row.agency_id, row.place_id} or row.addressed.filter(unit_id=actor.unit_id).exists()
    ):
        raise NotFound
    if row.answer_until is not None and row.answer_until > now:
        raise Refusal(
            f"不能答复：{row.answered_name}已答复，{clock.local(row.answer_until):%m-%d %H:%M} 前办完。",
            code="alarm-answered", basis=("案通羁押告警规则：一次告警答复一次，逾期未办完的再次告警",),
            remedy="看已有的答复；情况有变的，与答复人联系。", who=row.answered_name,
        )  # fmt: skip
    said = text.strip()
    most = now + HOLDS_OFF.get(AlarmKind(row.kind), timedelta(days=1))
    if not 0 < len(said) <= LONGEST_ANSWER or done_by is None or done_by <= now:
        raise BadInput(
            "不能答复：须写明办到哪一步、何时办完。", code="alarm-answer",
            basis=("案通羁押告警规则：答复须有措施和时间",), remedy=f"写 1 到 {LONGEST_ANSWER} 字，办完时间晚于现在。",
            fields={"text": f"1 到 {LONGEST_ANSWER} 字", "done_by": "晚于现在"},
        )  # fmt: skip
    row.answered_at, row.answered_by, row.answered_name = now, actor.person_id, actor.person_name
    row.answer, row.answer_until = said, min(done_by, most)
    row.save(update_fields=["answered_at", "answered_by", "answered_name", "answer", "answer_until"])
    ledger.record(
        actor, chain_id=row.case_id, act="watch.answer", moment=moment(), subjects=[row.id, row.party_id],
        after={"kind": row.kind, "answer": said, "until": row.answer_until},
    )  # fmt: skip


def standing() -> Sequence[Alarm]:
    """Return the alarms that stand (of the house)."""
    return list(Alarm.objects.filter(cleared_at__isnull=True))


def erase(case_id: UUID) -> None:
    """Remove the alarms of a case, which name people, within the act of whoever destroys it lawfully; two statements."""
    Addressed.objects.filter(alarm__case_id=case_id).delete()
    Alarm.objects.filter(case_id=case_id).delete()
