"""Withdrawing before acceptance, and nudging whoever is late."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from antong.cases import access as cases_access
from antong.cases import actions as case_actions
from antong.flow import _open, _tasks, _undo
from antong.flow._once import once
from antong.flow._receive import RECEIVABLE
from antong.flow._record import recorded
from antong.flow._send import receipt_due
from antong.flow.models import HandOver, Nudge, Obligation, Round, Task
from antong.flow.types import Done, State, TaskKind
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.types import Permission

OPEN = (State.DRAFT, State.CHECKED, State.APPROVED, State.SENT, State.ARRIVED, State.ENTERED, State.RETURNED)


@once("handover.withdraw")
@transaction.atomic
def withdraw(actor: Actor, *, handover_id: UUID, version: int, reason: str, key: UUID | None = None) -> Done:
    """Withdraw a hand-over that nobody has accepted, with a reason; what was sent stays on the record."""
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_WITHDRAW, version=version, states=OPEN, doing="撤回移送"
    )
    _open.own(opened, actor, "撤回移送")
    handover, flow = opened.handover, opened.flow
    if not reason.strip():
        raise BadInput(
            "不能撤回移送：须写明理由。",
            code="withdraw-reason",
            basis=("案通移送规则：撤回须说明理由",),
            remedy="写明为什么撤回。",
            fields={"reason": "写明理由"},
        )
    owed = Obligation.objects.select_for_update().filter(handover_id=handover.id, round=handover.round)
    if any(obligation.accepted_at is not None for obligation in owed):
        raise Refusal(
            "不能撤回移送：对方已经受理。",
            code="withdraw-accepted",
            basis=("案通移送规则：受理后不得撤回",),
            remedy="请受理单位按流程退回或办结。",
        )
    owed.update(state=State.WITHDRAWN)
    _take_back_rights(handover, [obligation.unit_id for obligation in owed])
    back: list[UUID] = []
    if State(handover.state) in RECEIVABLE:
        back = _undo.take_back(handover, flow, _open.current_round(handover), reason=f"撤回{flow.name}")
    _open.touch(
        handover,
        state=State.WITHDRAWN,
        withdrawn_reason=reason.strip()[:200],
        closed_at=clock.now(),
    )
    _tasks.turn(handover, flow.name, actor.person_id, close=tuple(TaskKind))
    return recorded(
        actor,
        handover,
        "handover.withdraw",
        moment(),
        state=State.WITHDRAWN,
        after={
            "reason": reason.strip(),
            "round": handover.round,
            "taken_back": back,
        },
        key=key,
    )


def _take_back_rights(handover: HandOver, unit_ids: Sequence[UUID]) -> None:
    """Let who has not accepted see the case no more, or as it was before; two statements."""
    sent = Round.objects.filter(handover_id=handover.id).values_list("manifest_id", flat=True)
    carried = {manifest_id for manifest_id in sent if manifest_id is not None}
    case_actions.take_back_grants(handover.case_id, handover.id, unit_ids, carried)


@ledger.acted
def nudge(actor: Actor, *, handover_id: UUID, text: str = "", key: UUID | None = None) -> int:
    """Remind whoever has to act on a hand-over (催办); recorded and counted. Returns how often it was done."""
    handover = HandOver.objects.filter(id=handover_id).first()
    if handover is None:
        raise NotFound
    case = cases_access.case_for(actor, handover.case_id, Permission.HANDOVER_NUDGE, lock=True)
    receivers = Obligation.objects.filter(handover_id=handover_id).values_list("unit_id", flat=True)
    _open.known(handover, case, receivers)
    if (answered := ledger.first_answer(actor, key, "handover.nudge")) is not None:
        return int(answered["times"])
    owed_by = list(
        Task.objects.filter(handover_id=handover_id, closed_at__isnull=True).values_list("unit_id", flat=True)
    )
    if not owed_by:
        raise Refusal(
            "不能催办：这件移送没有人在办。",
            code="nothing-owed",
            basis=("案通催办规则：只催未办结的事项",),
            remedy="看移送轨迹，可能已经办结。",
        )
    now = clock.now()
    flow = _open.definition(handover.flow, handover.flow_version)
    Nudge.objects.bulk_create(
        [
            Nudge(
                handover=handover,
                from_unit_id=actor.unit_id,
                to_unit_id=unit_id,
                person_id=actor.person_id,
                text=text.strip()[:200],
                at=now,
            )
            for unit_id in dict.fromkeys(owed_by)
        ]
    )
    for unit_id in dict.fromkeys(owed_by):
        # a unit that reminds its own people waits for no answer from itself
        other = unit_id != actor.unit_id
        org_actions.notify(
            actor,
            to_units=[unit_id],
            kind="nudge",
            title=f"催办：{flow.name}",
            body=text.strip(),
            case_id=handover.case_id,
            handover_id=handover.id,
            answer_by=receipt_due(flow, now) if other else None,
            escalate_to=org.escalates_to(unit_id) if other else None,
        )
    times = Nudge.objects.filter(handover_id=handover_id).count()
    ledger.record(
        actor,
        chain_id=handover.case_id,
        act="handover.nudge",
        moment=moment(),
        subjects=[handover.id],
        after={"to": owed_by, "text": text.strip()},
        key=key,
        answer={"times": times},
    )
    return times
