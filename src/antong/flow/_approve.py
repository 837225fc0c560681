"""Approval: by A or B of the post the definition names, never of one's own work; internal acts take effect here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.catalog.schema import Approver, FlowDef
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.flow import _choose, _effects, _open, _tasks, _text
from antong.flow._once import once
from antong.flow._record import recorded
from antong.flow.models import Approval, HandOver, Round
from antong.flow.types import Done, State, TaskKind
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import Moment, moment
from antong.kernel.refusal import BadInput, NotPermitted
from antong.org import selectors as org
from antong.org.types import Permission, Role


def may_approve(actor: Actor, approver: Approver, makers: Collection[UUID], units: Sequence[UUID]) -> None:
    """Refuse who may not approve: another role, another unit, one's own work.

    `makers` are those who made it and those for whom it was made. Whoever acts for another by delegation acts as
    both: neither may then approve what either of them made (三员、AB 岗 alike: two people, not two hats).
    """
    if actor.role != approver.role or actor.unit_id not in set(units):
        raise NotPermitted(
            f"不能审批：由{Role(approver.role).label}审批。",
            code="not-approver",
            basis=approver.articles or ("案通审批规则",),
            remedy="请有权审批的岗位办理；A 岗不在的，由 B 岗审批。",
            who=Role(approver.role).label,
        )
    if set(makers) & selves(actor):
        raise NotPermitted(
            "不能审批：不得审批自己提交的事项，受托、委托办理的也算自己的。",
            code="own-work",
            basis=(*approver.articles, "案通审批规则：审批人与提交人分开"),
            remedy="由另一名有权审批的人办理。",
            who=Role(approver.role).label,
        )


def selves(actor: Actor) -> set[UUID]:
    """Return whose act an act of this actor is: the person's own, and the one's for whom it is done."""
    return {actor.person_id, *([actor.on_behalf_of] if actor.on_behalf_of else [])}


def makers_with(actor: Actor, makers: Sequence[str] = ()) -> list[str]:
    """Return the makers of something, as stored, with an actor who has just worked on it."""
    return list(dict.fromkeys([*makers, *sorted(map(str, selves(actor)))]))


def decide(
    actor: Actor,
    handover: HandOver,
    when: Moment,
    *,
    approved: bool,
    comment: str,
    of_answer: UUID | None = None,
) -> None:
    """Keep a leader's decision on a round, or on an answer; sending back needs a comment. One statement."""
    if not approved and not comment.strip():
        raise BadInput(
            "不能退回修改：须写明意见。",
            code="comment",
            basis=("案通审批规则：退回修改须写明意见",),
            remedy="写明哪里要改、怎样改。",
            fields={"comment": "写明哪里要改"},
        )
    Approval.objects.create(
        handover=handover,
        round=handover.round,
        step=0 if of_answer else handover.step,
        of_answer=of_answer,
        person_id=actor.person_id,
        person_name=actor.person_name,
        post_name=actor.post_name,
        rank=actor.rank.value,
        approved=approved,
        comment=comment.strip()[:500],
        at=when.recorded_at,
    )


@once("handover.approve")
@transaction.atomic
def approve(
    actor: Actor,
    *,
    handover_id: UUID,
    version: int,
    approved: bool = True,
    comment: str = "",
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Approve a hand-over (its documents are numbered and issued) or send it back to its maker with a comment."""
    when = moment(happened_at, late_reason)
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.HANDOVER_APPROVE,
        version=version,
        states=(State.CHECKED,),
        doing="审批",
    )
    handover, flow = opened.handover, opened.flow
    if flow.approver is None:
        raise AssertionError("a flow without approver never waits for one")
    makers = {handover.composed_by, *map(UUID, handover.maker_ids)}
    may_approve(actor, flow.approver, makers, (handover.from_unit_id, handover.office_id))
    decide(actor, handover, when, approved=approved, comment=comment)
    after: dict[str, Any] = {"approved": approved, "comment": comment.strip(), "round": handover.round}
    law: list[dict[str, Any]] = []
    if approved:
        issued = issue_drafts(actor, handover, opened.case.name, opened.case.number, when)
        after["documents"] = issued
        state, law = _effective(handover, flow, when) if flow.kind == "act" else (State.APPROVED, [])
    else:
        state = State.DRAFT
    done = state is State.CLOSED
    _open.touch(
        handover,
        state=state,
        **({"closed_at": when.recorded_at, "sent_at": when.recorded_at} if done else {}),
    )
    if approved:
        Round.objects.filter(handover_id=handover.id, number=handover.round).update(
            approved_at=when.recorded_at
        )
    _next_task(actor, handover, flow, state)
    return recorded(
        actor,
        handover,
        "handover.approve" if approved else "handover.disapprove",
        when,
        state=state,
        after={**after, "state": state},
        law=law,
        key=key,
    )


def issue_drafts(
    actor: Actor, handover: HandOver, case_name: str, case_number: str, when: Moment
) -> list[dict[str, Any]]:
    """Issue what goes along and is still a draft, as the act takes effect; returns what the ledger keeps of each."""
    ids = [UUID(value) for value in handover.document_ids]
    drafts = [d for d in dossier.documents_by_id(handover.case_id, ids) if d.state == "draft"] if ids else []
    return issue(actor, handover, drafts, case_name, case_number, when)


def issue(
    actor: Actor,
    handover: HandOver,
    drafts: Sequence[DocumentView],
    case_name: str,
    case_number: str,
    when: Moment,
    *,
    office_id: UUID | None = None,
    receiver_id: UUID | None = None,
    reasons: dict[UUID, str] | None = None,
) -> list[dict[str, Any]]:
    """Number and typeset drafts in an office's name, with texts from the living sheet; nothing without drafts."""
    if not drafts:
        return []
    receiver = receiver_id or (UUID(handover.to_unit_ids[0]) if handover.to_unit_ids else None)
    wanted = {office_id or handover.office_id} | ({receiver} if receiver else set())
    units = org.units(wanted)
    office = units[office_id or handover.office_id]
    sheet = cases.living_sheet(handover.case_id)
    all_subjects = [subject.party_id for subject in _open.subjects_of(handover)]
    fields = {name: _shown(value) for name, value in handover.fields.items() if isinstance(value, str)}
    prepared = []
    for draft in drafts:
        whom = list(draft.party_ids) or all_subjects
        reason = (reasons or {}).get(whom[0], "") if whom else ""
        texts = _text.values(
            sheet,
            case_name,
            case_number,
            whom,
            units[receiver].name if receiver in units else "",
            {**fields, **({"reason": reason} if reason else {})},
        )
        prepared.append((draft.id, _text.issue_facts(office, texts)))
    return dossier_actions.issue_many(actor, handover.case_id, prepared, when)


def _shown(value: str) -> str:
    """Return a field as documents print it: a day or an instant in Chinese words, all else as typed."""
    try:
        instant = datetime.fromisoformat(value) if "-" in value else None
    except ValueError:
        instant = None
    if instant is None:
        return value
    day = f"{instant.year}年{instant.month}月{instant.day}日"
    return f"{day}{instant.hour}时{instant.minute:02d}分" if "T" in value else day


def _effective(handover: HandOver, flow: FlowDef, when: Moment) -> tuple[State, list[dict[str, Any]]]:
    """Apply what an approved internal act does; outcomes apply each to its own subjects."""
    subjects = _open.subjects_of(handover)
    sheet, everybody = cases.living_sheet(handover.case_id), [subject.party_id for subject in subjects]
    _choose.still_fit(flow, sheet, everybody, "审批")
    context = _effects.Context(
        handover_id=handover.id,
        subjects=everybody,
        sheet=sheet,
        documents=dossier.documents_by_id(handover.case_id, [UUID(value) for value in handover.document_ids]),
        fields=handover.fields,
        senders=[handover.from_unit_id, handover.office_id],
        receivers=(),
        when=when,
        basis=flow.name,
    )
    parts = [_effects.interpret(flow.effects.get("approved", ()), context)]
    decided = handover.fields.get("outcomes", {})
    for outcome in flow.outcomes:
        whom = [UUID(party) for party, value in decided.items() if value["outcome"] == outcome.key]
        if whom:
            parts.append(_effects.interpret(outcome.effects, _effects.for_subjects(context, whom)))
            for subject in subjects:
                if subject.party_id in whom:
                    subject.outcome, subject.answered_at = outcome.key, when.recorded_at
                    subject.reason = str(decided[str(subject.party_id)].get("term", ""))
                    subject.save(update_fields=["outcome", "answered_at", "reason"])
    law = case_actions.apply_effects(handover.case_id, _effects.merge(parts), at=when.happened_at)
    handover.happened_at = when.happened_at
    HandOver.objects.filter(id=handover.id).update(happened_at=when.happened_at)
    return State.CLOSED, law


def _next_task(actor: Actor, handover: HandOver, flow: FlowDef, state: State) -> None:
    opened = []
    if state is State.APPROVED:
        opened = [
            _tasks.NewTask(
                unit_id=handover.from_unit_id,
                kind=TaskKind.SEND,
                person_id=handover.composed_by,
                from_unit=actor.unit_name,
                due_at=clock.now(),
            )
        ]
    elif state is State.DRAFT:
        opened = [
            _tasks.NewTask(
                unit_id=handover.from_unit_id,
                kind=TaskKind.FIX,
                person_id=handover.composed_by,
                from_unit=actor.unit_name,
            )
        ]
    _tasks.turn(handover, flow.name, actor.person_id, close=(TaskKind.APPROVE,), open_=opened)
