"""Notices: telling a unit or a person, answering, and telling whoever stands above when no answer comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from antong.kernel import clock
from antong.kernel.actor import Actor, Channel
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import access, selectors
from antong.org._house import HOUSE
from antong.org.models import Notice
from antong.org.types import Permission

LONGEST_ANSWER = 300


def notify(
    actor: Actor,
    *,
    to_units: Sequence[UUID],
    kind: str,
    title: str,
    body: str = "",
    to_person: UUID | None = None,
    case_id: UUID | None = None,
    handover_id: UUID | None = None,
    answer_by: datetime | None = None,
    escalate_to: UUID | None = None,
    duty_name: str = "",
    escalates: UUID | None = None,
) -> None:
    """Tell units (or one person of one unit) something, within the caller's act; one statement.

    The act's own ledger entry covers the notice; titles carry no more than the receiver may see. With `answer_by` an
    answer is waited for; without one in time `escalate_to` is told. `duty_name` is who is on duty and sees to it now.
    """
    now = clock.now()
    by_itself = actor.channel is Channel.JOB
    sender = actor.unit_name if by_itself else f"{actor.unit_name} {actor.person_name}"
    Notice.objects.bulk_create(
        [
            Notice(
                to_unit_id=unit_id,
                to_person_id=to_person,
                kind=kind,
                title=title[:160],
                body=body,
                case_id=case_id,
                handover_id=handover_id,
                from_name=sender[:120],
                from_unit_id=None if by_itself else actor.unit_id,
                created_at=now,
                answer_by=answer_by,
                escalate_to_id=escalate_to,
                duty_name=duty_name[:120],
                escalates_id=escalates,
            )
            for unit_id in to_units
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A notice of the house by itself to one unit, or one person of it; it asks for no answer."""

    to_unit: UUID
    to_person: UUID | None
    kind: str
    title: str
    body: str
    case_id: UUID


def notify_many(letters: Sequence[Letter]) -> None:
    """Tell of many things at once, within the caller's act, as the house by itself; one statement."""
    now = clock.now()
    Notice.objects.bulk_create(
        [
            Notice(
                to_unit_id=one.to_unit,
                to_person_id=one.to_person,
                kind=one.kind,
                title=one.title[:160],
                body=one.body,
                case_id=one.case_id,
                from_name=HOUSE.unit_name,
                created_at=now,
            )
            for one in letters
        ]
    )


@transaction.atomic
def read_notice(actor: Actor, notice_id: UUID) -> None:
    """Mark a notice of the actor's unit as read; a second reading keeps the first time. It answers nothing."""
    row = Notice.objects.filter(id=notice_id, to_unit_id=actor.unit_id).first()
    if row is None or (row.to_person_id not in {None, actor.person_id}):
        raise NotFound
    Notice.objects.filter(id=notice_id, read_at__isnull=True).update(
        read_at=clock.now(), read_by=actor.person_id
    )


@transaction.atomic
def read_notices(actor: Actor) -> int:
    """Mark all notices of the actor and of the actor's unit as read; return how many."""
    mine = Q(to_person_id=actor.person_id) | Q(to_person__isnull=True)
    return Notice.objects.filter(mine, to_unit_id=actor.unit_id, read_at__isnull=True).update(
        read_at=clock.now(), read_by=actor.person_id
    )


@transaction.atomic
def answer_notice(actor: Actor, *, notice_id: UUID, text: str) -> None:
    """Answer a notice that asks for one, on the record; whoever asked is told, and nothing escalates any more.

    Raises NotFound where it is not the actor's, Refusal where it asks for no answer or has one.
    """
    access.require(actor, Permission.NOTICE_READ)
    row = (
        Notice.objects.select_for_update(of=("self",)).filter(id=notice_id, to_unit_id=actor.unit_id).first()
    )
    if row is None or row.to_person_id not in {None, actor.person_id}:
        raise NotFound
    if row.answer_by is None or row.answered_at is not None:
        by = (
            f"{row.answered_name}已于 {clock.local(row.answered_at):%m-%d %H:%M} 答复"
            if row.answered_at
            else ""
        )
        raise Refusal(
            f"不能答复：{by or '这条通知不需要答复'}。",
            code="notice-not-owed",
            basis=("案通通知规则：一条通知答复一次",),
            remedy="刷新通知列表；要补充说明的，在移送页催办或留言。",
            who=row.answered_name,
        )
    answer = text.strip()
    if not 0 < len(answer) <= LONGEST_ANSWER:
        raise BadInput(
            "不能答复：须写明办到哪一步、何时办完。",
            code="notice-answer",
            basis=("案通通知规则：答复须有内容",),
            remedy=f"写 1 到 {LONGEST_ANSWER} 字。",
            fields={"text": f"1 到 {LONGEST_ANSWER} 字"},
        )
    now = clock.now()
    Notice.objects.filter(id=row.id).update(
        answered_at=now, answered_by=actor.person_id, answered_name=actor.person_name, answer=answer,
        read_at=row.read_at or now, read_by=row.read_by or actor.person_id,
    )  # fmt: skip
    if row.from_unit_id is not None:
        notify(
            actor,
            to_units=[row.from_unit_id],
            kind="answer",
            title=f"答复：{row.title}",
            body=answer,
            case_id=row.case_id,
            handover_id=row.handover_id,
        )
    ledger.record(
        actor,
        chain_id=row.case_id or SYSTEM_CHAIN,
        act="notice.answer",
        moment=moment(),
        subjects=[row.id],
        after={"answer": answer, "late": row.answer_by < now},
    )


@transaction.atomic
def settle_notices(notice_ids: Sequence[UUID], *, how: str) -> int:
    """Close notices whose matter has been dealt with, so that nothing escalates; return how many.

    What dealt with it is an act on the record already.
    """
    now = clock.now()
    return Notice.objects.filter(id__in=notice_ids, answered_at__isnull=True).update(
        answered_at=now, answer=how[:LONGEST_ANSWER]
    )


@transaction.atomic
def settle_matters(kind: str, matters: Iterable[tuple[UUID, str]], *, how: str) -> int:
    """Close the notices of a kind about these matters (case and title), which no longer wait; return how many.

    They count as unread no more. One statement for each case.
    """
    titles: dict[UUID, list[str]] = {}
    for case_id, title in matters:
        titles.setdefault(case_id, []).append(title[:160])
    now = clock.now()
    return sum(
        Notice.objects.filter(kind=kind, case_id=case_id, title__in=named, answered_at__isnull=True).update(
            answered_at=now, answer=how[:LONGEST_ANSWER], read_at=Coalesce("read_at", now)
        )
        for case_id, named in titles.items()
    )


@transaction.atomic
def escalate_notice(actor: Actor, *, notice_id: UUID) -> bool:
    """Tell whoever stands above that a notice was not answered in time, on the record; once. Returns whether it was done.

    It reaches who is on duty there by the roster at this hour, and asks for an answer within as long as the first
    was given; where none comes, it goes one level further.
    """
    now = clock.now()
    row = (
        Notice.objects.select_for_update(of=("self",))
        .select_related("to_unit")
        .filter(id=notice_id, answered_at__isnull=True, escalated_at__isnull=True, answer_by__lte=now)
        .first()
    )
    if row is None or row.answer_by is None:
        return False
    above = row.escalate_to_id
    Notice.objects.filter(id=row.id).update(escalated_at=now)
    if above is not None:
        duty = [name for _, name in selectors.on_duty(above, now)]
        title = row.title if row.title.startswith("升级") else f"升级：{row.title}"
        notify(
            actor,
            to_units=[above],
            kind="escalated",
            title=title,
            body=f"{row.to_unit.short_name}逾期未答复（期限 {clock.end(row.answer_by)}）",
            case_id=row.case_id,
            handover_id=row.handover_id,
            answer_by=now + (row.answer_by - row.created_at),
            escalate_to=selectors.escalates_to(above),
            duty_name="、".join(duty),
            escalates=row.escalates_id or row.id,
        )
    ledger.record(
        actor,
        chain_id=row.case_id or SYSTEM_CHAIN,
        act="notice.escalate",
        moment=moment(),
        subjects=[row.id, row.to_unit_id, *([above] if above else [])],
        after={"kind": row.kind, "due": row.answer_by, "unit": row.to_unit_id, "to": above},
    )
    return True
