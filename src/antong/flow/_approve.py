"""Approval: by A or B of the post the definition names, never of one's own work; internal acts take effect here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.cases import selectors as cases
from antong.cases.actions import Applied
from antong.cases.selectors import SheetView
from antong.catalog.schema import Approver, FlowDef
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView, IssueFacts
from antong.flow import _apply, _facts, _open, _order, _recheck, _rows, _tasks, _text
from antong.flow._once import once
from antong.flow._record import recorded
from antong.flow.models import Approval, HandOver, Subject
from antong.flow.types import Done, State, TaskKind
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ahead import Ahead
from antong.kernel.moment import Moment, moment
from antong.kernel.refusal import BadInput, NotPermitted
from antong.ledger import actions as ledger
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
) -> Ahead:
    """Return what keeps a leader's decision on a round, or on an answer; sending back needs a comment."""
    if not approved and not comment.strip():
        raise BadInput(
            "不能退回修改：须写明意见。",
            code="comment",
            basis=("案通审批规则：退回修改须写明意见",),
            remedy="写明哪里要改、怎样改。",
            fields={"comment": "写明哪里要改"},
        )
    return _rows.adding(
        Approval(
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
    )


@once("handover.approve", "handover.disapprove")
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
    ids = [UUID(value) for value in handover.document_ids]
    documents = dossier.documents_by_id(handover.case_id, ids) if ids else []
    makers = {handover.composed_by, *map(UUID, handover.maker_ids), *drafters(documents)}
    may_approve(actor, flow.approver, makers, (handover.from_unit_id, handover.office_id))
    _order.follows(handover, when, "审批")
    decision = decide(actor, handover, when, approved=approved, comment=comment)
    after: dict[str, Any] = {
        "approved": approved,
        "comment": comment.strip(),
        "round": handover.round,
        "late_reason": when.late_reason,
    }
    law: list[dict[str, Any]] = []
    state = State.DRAFT
    if approved:
        state = State.CLOSED if flow.kind == "act" else State.APPROVED
        done, law = _approved(actor, opened, documents, when)
        after |= done
    touched = _open.touching(
        handover,
        {"approved_at": when.recorded_at} if approved else None,
        state=state,
        last_act_at=handover.last_act_at,
        **(
            {"closed_at": when.recorded_at, "sent_at": when.recorded_at, "happened_at": when.happened_at}
            if state is State.CLOSED
            else {}
        ),
    )
    chain = ledger.locking(handover.case_id, when)
    last = _next_task(actor, handover, flow, state, decision | touched | chain)
    return recorded(
        actor,
        handover,
        "handover.approve" if approved else "handover.disapprove",
        when,
        state=state,
        after={**after, "state": state},
        law=law,
        key=key,
        last=last,
    )


def _approved(
    actor: Actor, opened: _open.Opened, documents: Sequence[DocumentView], when: Moment
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Issue what an approved hand-over carries, and let an act take effect; return what the entry keeps, and the law.

    What was true when it was sent up is asked again.
    """
    handover, flow = opened.handover, opened.flow
    around, sheet = _facts.about(handover), cases.living_sheet(handover.case_id)
    whom = list(around.whom)
    _recheck.stands(handover, flow, around, sheet, when, "审批")
    papers = Papers(flow=flow, sheet=sheet, party_ids=whom)
    dossier_actions.refuse_void(documents)
    drafts = [document for document in documents if document.state == "draft"]
    issued = issue(actor, handover, drafts, opened.case.name, opened.case.number, when, papers)
    if flow.kind != "act":
        return {"documents": issued}, []
    applied = _effective(handover, flow, _open.subjects_of(handover), sheet, when, actor)
    decided = handover.fields.get("outcomes", {})
    kept = {"documents": issued, "parties": whom, "decided": decided, "changed": applied.record}
    return kept, applied.law


def drafters(documents: Sequence[DocumentView]) -> set[UUID]:
    """Return who drew up the documents that are still drafts: their approval issues them."""
    return {document.drafted_by for document in documents if document.state == "draft"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What documents are filled from, gathered once for an act: the flow, the living sheet, who the act is about."""

    flow: FlowDef
    sheet: SheetView
    party_ids: Sequence[UUID]


def issue_drafts(
    actor: Actor, handover: HandOver, case_name: str, case_number: str, when: Moment, papers: Papers
) -> list[dict[str, Any]]:
    """Issue what goes along and is still a draft, as the act takes effect; returns what the ledger keeps of each."""
    ids = [UUID(value) for value in handover.document_ids]
    carried = dossier.documents_by_id(handover.case_id, ids) if ids else []
    dossier_actions.refuse_void(carried)
    drafts = [document for document in carried if document.state == "draft"]
    return issue(actor, handover, drafts, case_name, case_number, when, papers)


def issue(
    actor: Actor,
    handover: HandOver,
    drafts: Sequence[DocumentView],
    case_name: str,
    case_number: str,
    when: Moment,
    papers: Papers,
    *,
    office_id: UUID | None = None,
    receiver_id: UUID | None = None,
    reasons: Mapping[UUID, str] | None = None,
) -> list[dict[str, Any]]:
    """Number and typeset drafts in an office's name, with texts from the living sheet; nothing without drafts."""
    if not drafts:
        return []
    prepared = prepare(
        handover, drafts, case_name, case_number, papers, office_id=office_id, receiver_id=receiver_id, reasons=reasons
    )  # fmt: skip
    return dossier_actions.issue_many(actor, handover.case_id, prepared, when)


def prepare(
    handover: HandOver,
    drafts: Sequence[DocumentView],
    case_name: str,
    case_number: str,
    papers: Papers,
    *,
    office_id: UUID | None = None,
    receiver_id: UUID | None = None,
    reasons: Mapping[UUID, str] | None = None,
) -> list[tuple[UUID, IssueFacts]]:
    """Return what each draft says once it is issued, for the issue itself and for who looks at it before."""
    receiver = receiver_id or (UUID(handover.to_unit_ids[0]) if handover.to_unit_ids else None)
    units = org.units({office_id or handover.office_id} | ({receiver} if receiver else set()))
    office = units[office_id or handover.office_id]
    fields = {name: _shown(value) for name, value in handover.fields.items() if isinstance(value, str)}
    fields["opinions"] = _text.opinions(papers.flow, papers.sheet, handover.fields.get("outcomes", {}))
    prepared = []
    for draft in drafts:
        whom = list(draft.party_ids) or list(papers.party_ids)
        reason = (reasons or {}).get(whom[0], "") if whom else ""
        texts = _text.values(
            papers.sheet,
            case_name,
            case_number,
            whom,
            units[receiver].name if receiver in units else "",
            {**fields, **({"reason": reason} if reason else {})},
        )
        prepared.append((draft.id, _text.issue_facts(office, texts)))
    return prepared


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


def _effective(
    handover: HandOver,
    flow: FlowDef,
    subjects: Sequence[Subject],
    sheet: SheetView,
    when: Moment,
    actor: Actor,
) -> Applied:
    """Apply what an approved internal act does; outcomes apply each to its own subjects."""
    groups: list[_apply.Group] = [
        (flow.effects.get("approved", ()), [subject.party_id for subject in subjects])
    ]
    decided = handover.fields.get("outcomes", {})
    for outcome in flow.outcomes:
        whom = [UUID(party) for party, value in decided.items() if value["outcome"] == outcome.key]
        if not whom:
            continue
        groups.append((outcome.effects, whom))
        for subject in subjects:
            if subject.party_id in whom:
                subject.outcome, subject.answered_at = outcome.key, when.recorded_at
                subject.reason = str(decided[str(subject.party_id)].get("term", ""))
                subject.save(update_fields=["outcome", "answered_at", "reason"])
    bearings = _apply.Bearings(
        basis=flow.name,
        when=when,
        actor=actor,
        sheet=sheet,
        document_ids=[UUID(value) for value in handover.document_ids],
    )
    return _apply.take_effect(handover, groups, bearings)


def _next_task(actor: Actor, handover: HandOver, flow: FlowDef, state: State, ahead: Ahead) -> Any:
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
    return _tasks.turn(
        handover, flow.name, actor.person_id, close=(TaskKind.APPROVE,), open_=opened, ahead=ahead
    )
