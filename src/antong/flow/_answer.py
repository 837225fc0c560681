"""Answering a request: proposed by the handler, approved by the leader, then in force for each subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from antong.cases import selectors as cases
from antong.cases.actions import Applied
from antong.cases.selectors import SheetView
from antong.catalog.schema import AnswerDef, FlowDef, OutcomeDef
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.flow import _apply, _approve, _choose, _open, _order, _rows, _tasks
from antong.flow._once import once
from antong.flow._record import recorded
from antong.flow._send import receipt_due
from antong.flow.models import Answer, HandOver, Obligation, Subject
from antong.flow.types import Done, Outcome, State, TaskKind
from antong.kernel import canonical, clock
from antong.kernel.actor import Actor
from antong.kernel.moment import Moment, moment
from antong.kernel.refusal import BadInput, Refusal
from antong.ledger import actions as ledger
from antong.org.types import Permission


def _definition(flow: FlowDef) -> AnswerDef:
    if flow.answer is None or not flow.answer.outcomes:
        by = flow.answer.by_flow if flow.answer else ""
        raise Refusal(
            f"不能这样答复：{flow.name}{'由另一件移送答复' if by else '不需要答复'}。",
            code="not-answerable",
            basis=flow.articles,
            remedy="在案件页新建答复的移送。" if by else "无需办理。",
        )
    return flow.answer


@once("handover.propose-answer", "handover.answer")
@transaction.atomic
def propose_answer(
    actor: Actor,
    *,
    handover_id: UUID,
    version: int,
    outcomes: Sequence[Outcome],
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Propose how a request is answered, one outcome a subject; its documents are drafted."""
    when = moment(happened_at, late_reason)
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.HANDOVER_ANSWER,
        version=version,
        states=(State.ACCEPTED,),
        doing="提出决定",
    )
    handover, flow = opened.handover, opened.flow
    definition = _definition(flow)
    _open.obligation_of(handover, actor.unit_id, "提出决定")
    _order.follows(handover, when, "提出决定")
    subjects = _open.subjects_of(handover)
    whom = [subject.party_id for subject in subjects]
    _choose.still_fit(flow, cases.living_sheet(handover.case_id), whom, "提出决定")
    _check(flow, definition, subjects, outcomes)
    drafts = _draft(actor, handover, definition, outcomes)
    Answer.objects.filter(handover_id=handover.id, state="proposed").update(state="replaced")
    answer = Answer(
        handover=handover,
        unit_id=actor.unit_id,
        outcomes=canonical.plain([asdict(outcome) for outcome in outcomes]),
        document_ids=[str(draft.id) for draft in drafts],
        proposed_by=actor.person_id,
        proposed_name=actor.person_name,
        maker_ids=_approve.makers_with(actor),
        proposed_at=when.recorded_at,
    )
    answer.save(force_insert=True)
    _open.touch(handover, last_act_at=handover.last_act_at)
    approval = _approval_task(actor, definition)
    _tasks.turn(
        handover, flow.name, actor.person_id, close=(TaskKind.ANSWER,), close_unit=actor.unit_id, open_=approval
    )  # fmt: skip
    at_once = definition.approver is None  # then in force at once, and that is the answer to remember
    proposed = recorded(
        actor,
        handover,
        "handover.propose-answer",
        when,
        state=State.ACCEPTED,
        after={
            "outcomes": answer.outcomes,
            "documents": answer.document_ids,
            "late_reason": when.late_reason,
        },
        subjects=[outcome.party_id for outcome in outcomes],
        key=None if at_once else key,
        document_ids=tuple(draft.id for draft in drafts),
    )
    if at_once:
        return _in_force(actor, handover, flow, answer, opened.case.name, opened.case.number, when, key=key)
    return proposed


def _approval_task(actor: Actor, definition: AnswerDef) -> list[_tasks.NewTask]:
    if definition.approver is None:
        return []
    return [
        _tasks.NewTask(
            unit_id=actor.unit_id,
            kind=TaskKind.APPROVE_ANSWER,
            role=definition.approver.role,
            from_unit=actor.person_name,
        )
    ]


def _check(
    flow: FlowDef, definition: AnswerDef, subjects: Sequence[Subject], outcomes: Sequence[Outcome]
) -> None:
    known = {outcome.key: outcome for outcome in definition.outcomes}
    given = {outcome.party_id: outcome for outcome in outcomes}
    errors = {}
    for subject in subjects:
        outcome = given.get(subject.party_id)
        if outcome is None or outcome.outcome not in known:
            errors[f"outcome.{subject.party_id}"] = f"对{subject.name}选定决定"
        elif known[outcome.outcome].needs_reason and not outcome.reason.strip():
            name = known[outcome.outcome].name
            errors[f"reason.{subject.party_id}"] = f"对{subject.name}{name}须说明理由"
    if errors:
        raise BadInput(
            f"不能提出决定：有 {len(errors)} 处要改。",
            code="outcomes",
            basis=tuple(article for item in definition.outcomes for article in item.articles)[:2]
            or flow.articles,
            remedy="每人一个决定；不批准的说明理由。",
            fields=errors,
        )


def _draft(
    actor: Actor, handover: HandOver, definition: AnswerDef, outcomes: Sequence[Outcome]
) -> list[DocumentView]:
    """Draft the documents of each outcome that are not drafted yet, for the people it is given to."""
    by_key: dict[str, OutcomeDef] = {outcome.key: outcome for outcome in definition.outcomes}
    have = dossier.documents(handover.case_id)
    drafts = []
    for outcome in outcomes:
        for carried in by_key[outcome.outcome].documents:
            found = next(
                (
                    d
                    for d in have
                    if d.kind == carried.kind and d.state == "draft" and outcome.party_id in d.party_ids
                ),
                None,
            )
            drafts.append(
                found
                or dossier_actions.draft(
                    actor, case_id=handover.case_id, kind=carried.kind, party_ids=[outcome.party_id]
                )
            )
    return drafts


@once("handover.answer", "handover.disapprove-answer")
@transaction.atomic
def approve_answer(
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
    """Approve a proposed answer: its documents are issued, its effects take place; or send it back."""
    when = moment(happened_at, late_reason)
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.HANDOVER_APPROVE,
        version=version,
        states=(State.ACCEPTED,),
        doing="审批决定",
    )
    handover, flow = opened.handover, opened.flow
    definition = _definition(flow)
    answer = (
        Answer.objects.select_for_update(of=("self",)).filter(handover=handover, state="proposed").first()
    )
    if answer is None or definition.approver is None:
        raise Refusal(
            "不能审批决定：还没有提出决定。",
            code="no-answer",
            basis=("案通审批规则：先提出后审批",),
            remedy="由承办人先提出决定。",
        )
    drafts = dossier.documents_by_id(handover.case_id, [UUID(value) for value in answer.document_ids])
    makers = {answer.proposed_by, *map(UUID, answer.maker_ids), *_approve.drafters(drafts)}
    _approve.may_approve(actor, definition.approver, makers, (answer.unit_id,))
    _order.follows(handover, when, "审批决定")
    decision = _approve.decide(actor, handover, when, approved=approved, comment=comment, of_answer=answer.id)
    _rows.write(decision)
    if approved:
        return _in_force(actor, handover, flow, answer, opened.case.name, opened.case.number, when, key=key)
    Answer.objects.filter(id=answer.id).update(state="refused")
    _open.touch(handover, last_act_at=handover.last_act_at)
    back = _tasks.NewTask(
        unit_id=answer.unit_id,
        kind=TaskKind.ANSWER,
        person_id=answer.proposed_by,
        from_unit=actor.person_name,
    )
    _tasks.turn(handover, flow.name, actor.person_id, close=(TaskKind.APPROVE_ANSWER,), open_=[back])
    return recorded(
        actor,
        handover,
        "handover.disapprove-answer",
        when,
        state=State.ACCEPTED,
        after={"comment": comment.strip()},
        key=key,
    )


def _in_force(
    actor: Actor,
    handover: HandOver,
    flow: FlowDef,
    answer: Answer,
    case_name: str,
    case_number: str,
    when: Moment,
    *,
    key: UUID | None = None,
) -> Done:
    outcomes = [Outcome(**{**item, "party_id": UUID(item["party_id"])}) for item in answer.outcomes]
    whom = [outcome.party_id for outcome in outcomes]
    sheet = cases.living_sheet(handover.case_id)
    _choose.still_fit(flow, sheet, whom, "答复")
    drafts = dossier.documents_by_id(handover.case_id, [UUID(value) for value in answer.document_ids])
    issued = _approve.issue(
        actor,
        handover,
        [draft for draft in drafts if draft.state == "draft"],
        case_name,
        case_number,
        when,
        _approve.Papers(flow=flow, sheet=sheet, party_ids=whom),
        office_id=answer.unit_id,
        receiver_id=handover.office_id,
        reasons={outcome.party_id: outcome.reason for outcome in outcomes},
    )
    applied = _take(handover, flow, answer, outcomes, sheet, when, actor)
    _settle(handover, answer, outcomes, when)
    _tell(actor, handover, flow, applied, when)
    return recorded(
        actor,
        handover,
        "handover.answer",
        when,
        state=State.ANSWERED,
        after={
            "outcomes": answer.outcomes,
            "documents": issued,
            "late_reason": when.late_reason,
            "changed": applied.record,
        },
        subjects=whom,
        law=applied.law,
        key=key,
        document_ids=tuple(UUID(str(item["id"])) for item in issued),
    )


def _tell(actor: Actor, handover: HandOver, flow: FlowDef, applied: Applied, when: Moment) -> None:
    """Tell the sender of the answer; what it orders to be done at once stands on its desk until it is done."""
    tasks = [
        _tasks.NewTask(
            unit_id=handover.from_unit_id,
            kind=TaskKind.READ,
            person_id=handover.composed_by,
            from_unit=actor.unit_name,
            due_at=receipt_due(flow, when.recorded_at),
        )
    ]
    orders = [row for row in applied.record.get("limits_started", ()) if row["rule"] in _apply.ORDERS]
    if orders:
        tasks.append(
            _tasks.NewTask(
                unit_id=handover.from_unit_id,
                kind=TaskKind.EXECUTE,
                person_id=handover.composed_by,
                from_unit=actor.unit_name,
                due_at=min(row["due"] for row in orders),
            )
        )
    _tasks.turn(
        handover,
        f"{flow.name}：已答复",
        actor.person_id,
        close=(TaskKind.ANSWER, TaskKind.APPROVE_ANSWER),
        open_=tasks,
    )


def _take(
    handover: HandOver,
    flow: FlowDef,
    answer: Answer,
    outcomes: Sequence[Outcome],
    sheet: SheetView,
    when: Moment,
    actor: Actor,
) -> Applied:
    """Let each outcome take effect on those it was given to."""
    groups = [
        (definition.effects, [one.party_id for one in outcomes if one.outcome == definition.key])
        for definition in _definition(flow).outcomes
    ]
    bearings = _apply.Bearings(
        basis=flow.name,
        when=when,
        actor=actor,
        receivers=[answer.unit_id],
        sheet=sheet,
        document_ids=[UUID(value) for value in answer.document_ids],
    )
    return _apply.take_effect(handover, [group for group in groups if group[1]], bearings)


def _settle(handover: HandOver, answer: Answer, outcomes: Sequence[Outcome], when: Moment) -> None:
    for outcome in outcomes:
        Subject.objects.filter(handover_id=handover.id, party_id=outcome.party_id).update(
            outcome=outcome.outcome,
            reason=outcome.reason,
            answered_at=when.recorded_at,
            answered_by=answer.proposed_by,
        )
    Answer.objects.filter(id=answer.id).update(state="approved", approved_at=clock.now())
    Obligation.objects.filter(handover_id=handover.id, round=handover.round).update(
        state=State.ANSWERED, answered_at=when.recorded_at
    )
    _open.touch(handover, state=State.ANSWERED, closed_at=when.recorded_at, last_act_at=handover.last_act_at)


@ledger.acted
def read_answer(actor: Actor, *, handover_id: UUID) -> None:
    """Mark the answer as seen by the sender: its task leaves the desk."""
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.HANDOVER_COMPOSE,
        version=None,
        states=(State.ANSWERED,),
        doing="签收答复",
    )
    _open.own(opened, actor, "签收答复")
    if not _tasks.waits(handover_id, opened.handover.from_unit_id, TaskKind.READ):
        return  # signed for already: once is enough
    _tasks.turn(opened.handover, opened.flow.name, actor.person_id, close=(TaskKind.READ,))
    ledger.record(
        actor,
        chain_id=opened.handover.case_id,
        act="handover.read-answer",
        moment=moment(),
        subjects=[handover_id],
        after={"unit": actor.unit_id, "round": opened.handover.round},
    )


def outcome_names(flow: FlowDef) -> Mapping[str, str]:
    """Return the names of a flow's outcomes by key."""
    listed = list(flow.outcomes) + (list(flow.answer.outcomes) if flow.answer else [])
    return {outcome.key: outcome.name for outcome in listed}
