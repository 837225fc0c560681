"""Receiving: accept with a handler, or return with reasons pinned to pages and a day to fix them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.actions import Applied
from antong.cases.types import GrantChange, GrantRole
from antong.catalog.schema import FlowDef
from antong.dossier import selectors as dossier
from antong.flow import _apply, _choose, _custody, _open, _order, _reasons, _rotation, _tasks, _undo
from antong.flow._once import once
from antong.flow._record import recorded
from antong.flow.models import HandOver, Obligation, Round
from antong.flow.types import Done, Reason, State, TaskKind
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ahead import Ahead
from antong.kernel.moment import Moment, moment
from antong.kernel.refusal import BadInput, Refusal
from antong.ledger import actions as ledger
from antong.org import selectors as org
from antong.org.types import ROLE_PERMISSIONS, Permission, Role

RECEIVABLE = (State.SENT, State.ARRIVED, State.ENTERED)

_ACCEPTED = """
met AS (
  UPDATE flow_obligation SET state = 'accepted', accepted_at = %(accepted_at)s, accepted_by = %(person)s,
    accepted_name = %(name)s, handler_id = %(handler)s, handler_name = %(handler_name)s, answer_due = %(answer_due)s,
    silent_since = NULL
  WHERE id = %(obligation)s
), act AS (
  UPDATE flow_handover SET state = %(state)s, version = %(version)s, changed_at = %(accepted_at)s,
    closed_at = %(closed)s::timestamptz, last_act_at = %(last)s WHERE id = %(handover)s
)
"""


@once("handover.accept")
@transaction.atomic
def accept(
    actor: Actor,
    *,
    handover_id: UUID,
    version: int,
    handler_id: UUID | None = None,
    assign_reason: str = "",
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Accept a hand-over (受理; a notice is signed for): its effects take place, the answer's limit starts.

    `handler_id` is the person it is assigned to; without one the actor, or in a unit that rotates whose turn it is:
    there another one needs an `assign_reason`.
    """
    when = moment(happened_at, late_reason)
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_RECEIVE, version=version, states=RECEIVABLE, doing="受理"
    )
    handover, flow = opened.handover, opened.flow
    obligation = _waiting(handover, actor, "受理")
    _order.follows(handover, when, "受理")
    handler, handler_name, turn = _handler(actor, handover, flow, obligation, handler_id, assign_reason)
    last = flow.kind != "notice" or not _others_wait(handover, obligation)
    applied = _take(handover, flow, actor, obligation, handler, when) if flow.kind != "notice" else None
    if flow.kind == "notice":
        _custody.signed(actor, handover, flow, obligation, when)
    state = _state_after(flow, last=last)
    answer_due = _answer_due(handover, flow, actor.unit_id)
    handover.version += 1
    accepted = Ahead(
        text=_ACCEPTED,
        values={
            "accepted_at": when.recorded_at,
            "person": actor.person_id,
            "name": actor.person_name,
            "handler": handler,
            "handler_name": handler_name,
            "answer_due": answer_due,
            "obligation": obligation.id,
            "state": state.value,
            "version": handover.version,
            "closed": when.recorded_at if last and flow.kind != "request" else None,
            "handover": handover.id,
            "last": handover.last_act_at,
        },
    )
    chain = ledger.locking(handover.case_id, when)
    chain_end = _turn(actor, handover, flow, handler, answer_due, accepted | chain)
    return recorded(
        actor,
        handover,
        "handover.accept",
        when,
        state=state,
        after={
            "round": handover.round,
            "state": state,
            "handler": handler,
            "late_reason": when.late_reason,
            **turn,
            **({"changed": applied.record} if applied else {}),
        },
        subjects=[handler],
        law=applied.law if applied else None,
        key=key,
        last=chain_end,
    )


def _handler(
    actor: Actor, handover: HandOver, flow: FlowDef, obligation: Any, asked: UUID | None, reason: str
) -> tuple[UUID, str, dict[str, Any]]:
    """Return who is to handle what is accepted, the name, and what the entry says of the turn, where the unit rotates."""
    if flow.kind != "notice" and obligation.rotates:
        given = _rotation.give(
            actor, handover_id=handover.id, case_id=handover.case_id, asked=asked, reason=reason
        )
        if given is not None:
            return given.person_id, given.name, {"turn": given.record}
    handler = asked or actor.person_id
    name = actor.person_name if handler == actor.person_id else name_in(actor.unit_id, handler)
    return handler, name, {}


def _turn(
    actor: Actor, handover: HandOver, flow: FlowDef, handler: UUID, answer_due: datetime | None, ahead: Ahead
) -> Any:
    """Take what was received off the desk; a request is answered next, by its handler."""
    answers = [
        _tasks.NewTask(
            unit_id=actor.unit_id,
            kind=TaskKind.ANSWER,
            person_id=handler,
            due_at=answer_due,
            from_unit=handover.composed_name,
        )
    ]
    return _tasks.turn(
        handover,
        flow.name,
        actor.person_id,
        close=(TaskKind.RECEIVE, TaskKind.READ),
        close_unit=actor.unit_id,
        open_=answers if flow.kind == "request" else [],
        ahead=ahead,
    )


def _waiting(handover: HandOver, actor: Actor, doing: str) -> Obligation:
    obligation = _open.obligation_of(handover, actor.unit_id, doing)
    if obligation.accepted_at is not None:
        raise Refusal(
            f"不能{doing}：{clock.local(obligation.accepted_at):%m-%d %H:%M} 已由{obligation.accepted_name}受理。",
            code="accepted-already",
            basis=("案通移送规则：一件移送只受理一次",),
            remedy="刷新收件箱；需要改派的，用“分案”。",
            who=obligation.accepted_name,
        )
    return obligation


def _others_wait(handover: HandOver, obligation: Obligation) -> bool:
    return (
        Obligation.objects.filter(handover_id=handover.id, round=handover.round, accepted_at__isnull=True)
        .exclude(id=obligation.id)
        .exists()
    )


def _state_after(flow: FlowDef, *, last: bool) -> State:
    if flow.kind == "notice":
        return State.CLOSED if last else State.ENTERED
    return State.ACCEPTED


def name_in(unit_id: UUID, person_id: UUID) -> str:
    """Return the name of somebody of the unit who may work on cases; refuse any other."""
    duties = [duty for duty in org.people_of(unit_id) if duty.person_id == person_id]
    found = next(
        (duty for duty in duties if Permission.HANDOVER_ANSWER in ROLE_PERMISSIONS[Role(duty.role)]), None
    )
    if found is None:
        raise BadInput(
            f"不能分案：所选的人{'的岗位不办案' if duties else '不在本单位任职'}。",
            code="handler",
            basis=("案通分案规则：分给本单位在岗的办案人员",),
            remedy="从本单位在岗的办案人员中选。",
            fields={"handler": "选本单位在岗的办案人员"},
        )
    return found.person_name


def _take(
    handover: HandOver, flow: FlowDef, actor: Actor, obligation: Any, handler: UUID, when: Moment
) -> Applied:
    """Let acceptance take effect on those it is about, who still stand where they stood when it was sent."""
    whom = list(obligation.party_ids)
    sheet = cases.living_sheet(handover.case_id)
    _choose.still_fit(flow, sheet, whom, "受理")
    reviewing = GrantChange(
        unit_id=actor.unit_id, role=GrantRole.REVIEWING, basis=flow.name, handler_id=handler
    )
    bearings = _apply.Bearings(
        basis=flow.name,
        when=when,
        actor=actor,
        receivers=[actor.unit_id],
        sheet=sheet,
        document_ids=[UUID(value) for value in handover.document_ids],
        handler_id=handler,
        sheet_id=obligation.sheet_id,
        manifest_id=obligation.manifest_id,
        otherwise=(reviewing,),
    )
    applied = _apply.take_effect(handover, [(flow.effects.get("accepted", ()), whom)], bearings)
    if flow.answers:
        _close_answered(handover, flow, when)
    return applied


def _close_answered(handover: HandOver, flow: FlowDef, when: Moment) -> None:
    """Close the request that this hand-over answers (重新移送 answers 退回补充侦查)."""
    asked = HandOver.objects.filter(case_id=handover.case_id, flow=flow.answers, state=State.ACCEPTED)
    for request in asked.select_for_update():
        HandOver.objects.filter(id=request.id).update(
            state=State.ANSWERED,
            closed_at=when.recorded_at,
            changed_at=when.recorded_at,
            version=request.version + 1,
        )
        Obligation.objects.filter(handover_id=request.id, round=request.round).update(
            state=State.ANSWERED, answered_at=when.recorded_at
        )
        _tasks.turn(request, flow.name, handover.composed_by, close=(TaskKind.ANSWER,))


def _answer_due(handover: HandOver, flow: FlowDef, unit_id: UUID) -> datetime | None:
    if flow.answer is None or not flow.answer.limits:
        return None
    running = cases.running_limits(unit_id, {handover.case_id})
    return next((limit.due_at for limit in running if limit.rule in flow.answer.limits), None)


@once("handover.return")
@transaction.atomic
def return_file(
    actor: Actor,
    *,
    handover_id: UUID,
    version: int,
    reasons: Sequence[Reason],
    fix_by: datetime | None = None,
    fix_reason: str = "",
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Return a file below standard: each reason pinned to a page, an entry or the file; fixed within three days.

    A later `fix_by` says why in `fix_reason`.
    """
    when = moment(happened_at, late_reason)
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_RECEIVE, version=version, states=RECEIVABLE, doing="退回"
    )
    handover, flow = opened.handover, opened.flow
    if flow.kind == "notice":
        raise Refusal(
            f"不能退回：{flow.name}是通知，只签收。",
            code="notice-not-returned",
            basis=flow.articles,
            remedy="内容有误的，签收后催发出单位更正。",
        )
    obligation = _waiting(handover, actor, "退回")
    _order.follows(handover, when, "退回")
    due = fix_by or _reasons.default_fix_by(when.recorded_at)
    current = _open.current_round(handover)
    places = dossier.page_places(current.manifest_id) if current.manifest_id else {}
    _reasons.check(reasons, due, when, places, fix_reason.strip())
    _reasons.pin(handover, places, reasons)
    Obligation.objects.filter(id=obligation.id).update(
        state=State.RETURNED, returned_at=when.recorded_at, accepted_name=actor.person_name, silent_since=None
    )
    Round.objects.filter(id=current.id).update(fix_by=due)
    back = _undo.take_back(handover, flow, current, reason=f"{flow.name}被退回")
    _open.touch(handover, state=State.RETURNED, last_act_at=handover.last_act_at)
    fix = _tasks.NewTask(
        unit_id=handover.from_unit_id,
        kind=TaskKind.FIX,
        person_id=handover.composed_by,
        due_at=due,
        from_unit=actor.unit_name,
    )
    _tasks.turn(handover, flow.name, actor.person_id, close=(TaskKind.RECEIVE,), open_=[fix])
    return recorded(
        actor,
        handover,
        "handover.return",
        when,
        state=State.RETURNED,
        after={
            "round": handover.round,
            "fix_by": due,
            "fix_reason": fix_reason.strip(),
            "late_reason": when.late_reason,
            "reasons": [asdict(reason) for reason in reasons],
            "taken_back": back,
        },
        key=key,
    )


@once("handover.assign")
@transaction.atomic
def assign(
    actor: Actor, *, handover_id: UUID, person_id: UUID | None, reason: str = "", key: UUID | None = None
) -> Done:
    """Give an accepted hand-over, and with it the case in this unit, to another person of the unit.

    In a unit that rotates nobody named is whose turn it is, the present handler left out; somebody named needs a reason.
    """
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.TASK_ASSIGN,
        version=None,
        states=(*RECEIVABLE, State.ACCEPTED),
        doing="分案",
    )
    handover = opened.handover
    obligation: Any = _open.obligation_of(handover, actor.unit_id, "分案")
    before, turn = {"handler": obligation.handler_id}, {}
    given = (
        _rotation.give(
            actor, handover_id=handover.id, case_id=handover.case_id, asked=person_id, reason=reason, again=obligation.handler_id
        )
        if obligation.rotates
        else None
    )  # fmt: skip
    if given is not None:
        person_id, name, turn = given.person_id, given.name, {"turn": given.record}
    elif person_id is None:
        raise BadInput(
            "不能分案：没有选分给谁。",
            code="handler",
            basis=("案通分案规则：分给本单位在岗的办案人员",),
            remedy="从本单位在岗的办案人员中选。",
            fields={"handler": "选本单位在岗的办案人员"},
        )
    else:
        name = name_in(actor.unit_id, person_id)
    Obligation.objects.filter(id=obligation.id).update(handler_id=person_id, handler_name=name)
    case_actions.set_handler(actor.unit_id, handover.case_id, person_id)
    _tasks.reassign(handover.id, actor.unit_id, person_id)
    return recorded(
        actor,
        handover,
        "handover.assign",
        moment(),
        state=State(handover.state),
        after={"handler": person_id, "reason": reason.strip(), "before": before, **turn},
        subjects=[person_id],
        key=key,
    )
