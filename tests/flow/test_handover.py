"""Hand-overs: the life from draft to answer, every refusal, and the number of statements each act costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from antong.cases import selectors as cases
from antong.flow import actions, selectors
from antong.flow.models import HandOver
from antong.flow.types import Done, Outcome, Reason, State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal, Stale
from walking import hand_over, send_up

People = dict[str, Any]
MOST_STATEMENTS = 16
STATEMENTS = {"compose": 11, "check": 11, "approve": 9, "send": 14, "accept": 12}
"""What each act of 移送审查起诉 costs, begin and commit among them; only ever fewer."""


def accept(people: People, done: Done, who: str = "anguan", **facts: Any) -> Done:
    return actions.accept(people[who], handover_id=done.handover_id, version=done.version, **facts)


def test_two_suspects_are_answered_apart(people: People, investigated: UUID) -> None:
    sent = accept(people, hand_over(people, investigated, "arrest-request"))
    first, second = (party.id for party in cases.living_sheet(investigated).suspects)
    outcomes = [
        Outcome(party_id=first, outcome="approved"),
        Outcome(party_id=second, outcome="refused", reason="无逮捕必要"),
    ]
    proposed = actions.propose_answer(
        people["anguan"], handover_id=sent.handover_id, version=sent.version, outcomes=outcomes
    )
    done = actions.approve_answer(
        people["jianchazhang"], handover_id=sent.handover_id, version=proposed.version
    )
    assert done.state is State.ANSWERED
    assert len(done.document_ids) >= 2
    states = {party.id: party.state for party in cases.living_sheet(investigated).suspects}
    assert states == {first: "arrest_approved", second: "arrest_refused"}


def test_a_refusal_of_arrest_needs_a_reason(people: People, investigated: UUID) -> None:
    sent = accept(people, hand_over(people, investigated, "arrest-request"))
    outcomes = [Outcome(party_id=p.id, outcome="refused") for p in cases.living_sheet(investigated).suspects]
    with pytest.raises(BadInput) as refused:
        actions.propose_answer(
            people["anguan"], handover_id=sent.handover_id, version=sent.version, outcomes=outcomes
        )
    assert any(name.startswith("reason.") for name in refused.value.fields)


def test_nobody_approves_for_another_role(people: People, new_case: Callable[..., UUID]) -> None:
    done = send_up(people, new_case(), "filing")
    with pytest.raises(NotPermitted) as refused:
        actions.approve(people["fazhi"], handover_id=done.handover_id, version=done.version)
    assert refused.value.code == "not-approver"
    with pytest.raises(NotFound):
        actions.approve(people["jianchazhang"], handover_id=done.handover_id, version=done.version)


def test_nobody_approves_ones_own_work(people: People, new_case: Callable[..., UUID]) -> None:
    done = send_up(people, new_case(), "filing")
    HandOver.objects.filter(id=done.handover_id).update(composed_by=people["juzhang"].person_id)
    with pytest.raises(NotPermitted) as refused:
        actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    assert refused.value.code == "own-work"


def test_what_is_missing_is_named_with_its_article(people: People, new_case: Callable[..., UUID]) -> None:
    case_id = new_case()
    hand_over(people, case_id, "filing")
    with pytest.raises(Refusal) as refused:
        send_up(people, case_id, "arrest-request")
    assert refused.value.code == "checks-missing"
    assert any("页面" in item for item in refused.value.items)
    assert refused.value.basis


def test_two_people_accepting_at_once(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    accept(people, sent)
    with pytest.raises(Stale):
        accept(people, sent)


def test_a_double_click_gets_the_first_answer(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    key = uuid4()
    first = accept(people, sent, key=key)
    again = accept(people, sent, key=key)
    assert again == first


def test_composing_twice_by_one_click_makes_one_hand_over(people: People, investigated: UUID) -> None:
    key = uuid4()
    facts = {"case_id": investigated, "flow": "arrest-request", "key": key}
    first = actions.compose(people["zhencha"], **facts)
    assert actions.compose(people["zhencha"], **facts) == first
    assert HandOver.objects.filter(case_id=investigated, flow="arrest-request").count() == 1
    actor = people["zhencha"]
    with pytest.raises(Refusal) as refused:
        actions.submit(actor, handover_id=first.handover_id, version=first.version, key=key)
    assert refused.value.code == "key-used"
    assert HandOver.objects.get(id=first.handover_id).state == State.DRAFT


def test_a_stale_form_is_refused(people: People, new_case: Callable[..., UUID]) -> None:
    done = send_up(people, new_case(), "filing")
    with pytest.raises(Stale):
        actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version - 1)


def test_a_return_opens_a_round_that_must_answer_every_reason(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "prosecution-transfer")
    back = actions.return_file(
        people["anguan"],
        handover_id=sent.handover_id,
        version=sent.version,
        reasons=[Reason(text="缺末页", where="现场勘验笔录")],
    )
    assert back.state is State.RETURNED
    begun = actions.begin_round(people["zhencha"], handover_id=sent.handover_id, version=back.version)
    with pytest.raises(Refusal) as refused:
        actions.submit(people["zhencha"], handover_id=sent.handover_id, version=begun.version)
    assert any("退回理由" in item for item in refused.value.items)
    (reason,) = selectors.open_reasons(sent.handover_id)
    actions.resolve_reason(
        people["zhencha"], handover_id=sent.handover_id, reason_id=reason.id, state="fixed", resolution="已补"
    )
    assert (
        actions.submit(people["zhencha"], handover_id=sent.handover_id, version=begun.version).state
        is State.CHECKED
    )


def test_a_return_without_reasons_is_refused(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "prosecution-transfer")
    with pytest.raises(BadInput):
        actions.return_file(people["anguan"], handover_id=sent.handover_id, version=sent.version, reasons=[])


def test_the_third_return_for_supplement_is_refused_with_the_article(
    people: People, investigated: UUID
) -> None:
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    texts = {"supplement-outline": {"questions": "查清数额。"}, "supplement-report": {"results": "已查清。"}}
    for _ in range(2):
        asked = hand_over(
            people, investigated, "supplementary-investigation", "anguan", "jianchazhang", texts=texts
        )
        accept(people, asked, "zhencha")
        accept(people, hand_over(people, investigated, "re-transfer", texts=texts))
    with pytest.raises(Refusal) as refused:
        send_up(people, investigated, "supplementary-investigation", "anguan", texts=texts)
    assert "刑事诉讼法第175条第3款" in refused.value.basis


def test_withdrawing_ends_with_acceptance(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    taken = accept(people, sent)
    with pytest.raises(Refusal):
        actions.withdraw(
            people["zhencha"], handover_id=sent.handover_id, version=taken.version, reason="写错了"
        )


def test_withdrawing_needs_a_reason(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    with pytest.raises(BadInput):
        actions.withdraw(people["zhencha"], handover_id=sent.handover_id, version=sent.version, reason=" ")
    done = actions.withdraw(
        people["zhencha"], handover_id=sent.handover_id, version=sent.version, reason="漏了一人"
    )
    assert done.state is State.WITHDRAWN


def test_a_receiver_that_cannot_receive(people: People, investigated: UUID) -> None:
    with pytest.raises(BadInput) as refused:
        actions.compose(
            people["zhencha"],
            case_id=investigated,
            flow="arrest-request",
            receiver_ids=[people["jianyu"].unit_id],
        )
    assert refused.value.code == "receiver"


def test_a_post_that_has_ended(people: People, investigated: UUID) -> None:
    from antong.org.models import Duty

    actor: Actor = people["zhencha"]
    Duty.objects.filter(id=actor.duty_id).update(valid_until=clock.now() - timedelta(seconds=1))
    with pytest.raises(NotPermitted) as refused:
        actions.compose(actor, case_id=investigated, flow="arrest-request")
    assert refused.value.code == "duty-ended"


def test_a_stranger_finds_nothing(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    for who in ("jianyu", "jiaozheng", "faguan"):
        with pytest.raises(NotFound):
            selectors.handover(people[who], sent.handover_id)


def test_silence_is_noticed_once(people: People, investigated: UUID) -> None:
    from antong.flow import _silence
    from antong.ledger import selectors as ledger
    from antong.org import selectors as org

    hand_over(people, investigated, "arrest-request")
    with clock.set_to(clock.now() + timedelta(days=20)):
        assert _silence.sweep() == 1
        assert _silence.sweep() == 0
        assert any(notice.kind == "silence" for notice in org.notices(people["jiandu"])[0])
    assert ledger.entries(investigated)[0].act == "handover.silence"


def test_statements_of_a_whole_hand_over(people: People, investigated: UUID) -> None:
    """Compose, check, approve, send, accept: at most 16 statements an act, its documents issued before."""
    police, chief, office = people["zhencha"], people["juzhang"], people["anguan"]
    first = actions.compose(police, case_id=investigated, flow="prosecution-transfer")
    first = actions.submit(police, handover_id=first.handover_id, version=first.version)
    first = actions.approve(chief, handover_id=first.handover_id, version=first.version)
    actions.withdraw(police, handover_id=first.handover_id, version=first.version, reason="预备文书")
    counts = {}

    def count(name: str, act: Callable[[], Done]) -> Done:
        with CaptureQueriesContext(connection) as captured:
            done = act()
        counts[name] = len(captured)
        return done

    done = count(
        "compose",
        lambda: actions.compose(police, case_id=investigated, flow="prosecution-transfer", key=uuid4()),
    )
    done = count(
        "check",
        lambda: actions.submit(police, handover_id=done.handover_id, version=done.version, key=uuid4()),
    )
    done = count(
        "approve",
        lambda: actions.approve(chief, handover_id=done.handover_id, version=done.version, key=uuid4()),
    )
    done = count(
        "send", lambda: actions.send(police, handover_id=done.handover_id, version=done.version, key=uuid4())
    )
    count(
        "accept",
        lambda: actions.accept(office, handover_id=done.handover_id, version=done.version, key=uuid4()),
    )

    assert counts == STATEMENTS
    assert max(counts.values()) <= MOST_STATEMENTS
