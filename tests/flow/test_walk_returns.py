"""What goes out may come back: every flow that a receiver may return, and every one that its sender may withdraw."""

from __future__ import annotations

from uuid import UUID

import pytest

from antong.cases import selectors as cases
from antong.catalog.loader import load
from antong.flow import actions, selectors
from antong.flow.models import Obligation, Task
from antong.flow.types import Done, Reason, State, TaskKind
from antong.kernel.refusal import Refusal
from antong.ledger import selectors as ledger
from stories import Step
from walking import Roads, Walker, end_of, every_step, plan

SENT = sorted({key for key, _ in every_step() if load().flows[key].to is not None})
RETURNABLE = [key for key in SENT if load().flows[key].kind != "notice"]


def way_to(key: str) -> list[Step]:
    """Return the shortest way to and through a flow."""
    return plan(next(step for step in every_step() if step[0] == key), via=())


def arrived(roads: Roads, key: str) -> tuple[Walker, Done]:
    """Walk to where a flow begins and send it."""
    way = way_to(key)
    walker, outcome = roads.walk(way[:-1]), way[-1][1]
    definition = load().flows[key]
    return walker, walker.send(definition, walker.compose(definition, outcome))


def suspect(case_id: UUID) -> tuple[str, str]:
    (party,) = cases.living_sheet(case_id).suspects
    return party.stage.value, party.state


@pytest.mark.parametrize("key", sorted(RETURNABLE, key=way_to))
def test_returned_mended_and_taken(roads: Roads, key: str) -> None:
    walker, sent = arrived(roads, key)
    sender, (receiver,) = walker.sender, list(walker.receivers(sent))
    back = actions.return_file(
        receiver,
        handover_id=sent.handover_id,
        version=sent.version,
        reasons=[Reason(text="缺末页", where="卷宗")],
    )
    assert back.state is State.RETURNED
    assert suspect(walker.case_id) == (walker.spot.stage, walker.spot.state)
    (fix,) = Task.objects.filter(handover_id=sent.handover_id, closed_at__isnull=True)
    assert (fix.kind, fix.unit_id) == (TaskKind.FIX, sender.unit_id)
    begun = actions.begin_round(sender, handover_id=sent.handover_id, version=back.version)
    (reason,) = selectors.open_reasons(sent.handover_id)
    actions.resolve_reason(
        sender, handover_id=sent.handover_id, reason_id=reason.id, state="fixed", resolution="已补"
    )
    again = actions.submit(sender, handover_id=sent.handover_id, version=begun.version)
    again = walker.send(load().flows[key], again)
    taken = actions.accept(receiver, handover_id=sent.handover_id, version=again.version)
    definition = load().flows[key]
    assert taken.state is (State.ACCEPTED if definition.kind == "request" else end_of(definition))
    rounds = Obligation.objects.filter(handover_id=sent.handover_id).order_by("round")
    assert [(one.round, one.state) for one in rounds] == [(1, "returned"), (2, "accepted")]
    assert ledger.audit(walker.case_id) == []


@pytest.mark.parametrize("key", sorted(SENT, key=way_to))
def test_withdrawn_it_leaves_nothing_owed_and_can_be_sent_anew(roads: Roads, key: str) -> None:
    walker, sent = arrived(roads, key)
    receivers = list(walker.receivers(sent))
    gone = actions.withdraw(
        walker.sender, handover_id=sent.handover_id, version=sent.version, reason="漏了一人"
    )
    assert gone.state is State.WITHDRAWN
    assert not Task.objects.filter(handover_id=sent.handover_id, closed_at__isnull=True).exists()
    with pytest.raises(Refusal):
        actions.accept(receivers[0], handover_id=sent.handover_id, version=gone.version)
    outcome = way_to(key)[-1][1]
    definition = load().flows[key]
    if selectors.eligible(walker.sender, walker.case_id, key):
        again = walker.send(definition, walker.compose(definition, outcome))
        assert again.state is State.ENTERED
