"""Contradictions, receivers that cannot receive, posts that have ended: refused in Chinese, and nothing half done."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.cases import selectors as cases
from antong.catalog.loader import load
from antong.flow import actions, selectors
from antong.flow.types import Done, Reason, State
from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.org import actions as org_actions
from antong.org.models import Delegation, Duty, Person, Post, Unit
from walking import fields_for, hand_over, send_up, texts_for

People = dict[str, Any]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def refused(act: Callable[[], Any], case_id: UUID, kind: type[Refusal] = Refusal) -> Refusal:
    """Run an act that must be refused: clearly, in Chinese, with its basis and remedy, and without a trace."""
    before = (ledger.entries(case_id, most=1), cases.living_sheet(case_id).body)
    with pytest.raises(kind) as problem:
        act()
    refusal = problem.value
    assert CHINESE.search(refusal.what)
    assert refusal.basis, refusal.what
    assert CHINESE.search(refusal.remedy)
    assert (ledger.entries(case_id, most=1), cases.living_sheet(case_id).body) == before
    return refusal


def bail(people: People, case_id: UUID, **when: Any) -> Done:
    """Send bail of both suspects up for approval."""
    flow, actor = load().flows["bail"], people["zhencha"]
    made = actions.compose(
        actor, case_id=case_id, flow="bail", fields=fields_for(flow), texts=texts_for(flow)
    )
    return actions.submit(actor, handover_id=made.handover_id, version=made.version, **when)


def test_a_measure_before_the_one_in_force(people: People, investigated: UUID) -> None:
    """Bail from yesterday, of somebody detained today: measures follow one another."""
    when = {"happened_at": clock.now() - timedelta(hours=20), "late_reason": "昨日口头决定，今日补录"}
    done = bail(people, investigated, **when)
    before = selectors.handover(people["zhencha"], done.handover_id)[0]
    problem = refused(
        lambda: actions.approve(
            people["juzhang"], handover_id=done.handover_id, version=done.version, **when
        ),
        investigated,
        BadInput,
    )
    assert problem.code == "measure-before-current"
    assert "happened_at" in problem.fields
    assert "拘留" in problem.what
    assert selectors.handover(people["zhencha"], done.handover_id)[0] == before


def test_a_measure_in_the_future(people: People, investigated: UUID) -> None:
    done = bail(people, investigated)
    before = selectors.handover(people["zhencha"], done.handover_id)[0]
    problem = refused(
        lambda: actions.approve(
            people["juzhang"],
            handover_id=done.handover_id,
            version=done.version,
            happened_at=clock.now() + timedelta(hours=2),
        ),
        investigated,
        BadInput,
    )
    assert problem.code == "future"
    assert "happened_at" in problem.fields
    assert selectors.handover(people["zhencha"], done.handover_id)[0] == before


def test_dead_and_detained(people: People, new_case: Callable[..., UUID]) -> None:
    """Detention and withdrawal for death, both sent up: once the one is in force the other is refused."""
    case_id = new_case(("韩序舟",))
    hand_over(people, case_id, "filing")
    detain = send_up(people, case_id, "detention")
    hand_over(people, case_id, "case-withdrawal", fields={"withdrawal_reason": "犯罪嫌疑人死亡"})
    problem = refused(
        lambda: actions.approve(people["juzhang"], handover_id=detain.handover_id, version=detain.version),
        case_id,
    )
    assert problem.code == "subjects-changed"
    assert cases.living_sheet(case_id).measures == ()
    assert problem.items


def test_a_file_to_be_mended_before_it_was_returned(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "prosecution-transfer")
    problem = refused(
        lambda: actions.return_file(
            people["anguan"],
            handover_id=sent.handover_id,
            version=sent.version,
            reasons=[Reason(text="缺末页", where="卷")],
            fix_by=clock.now() - timedelta(minutes=1),
        ),
        investigated,
        BadInput,
    )
    assert "fix_by" in problem.fields


def test_a_delegation_that_ends_before_it_begins(people: People, investigated: UUID) -> None:
    actor, now = people["zhencha"], clock.now()
    other = people["fuzhu"].person_id
    problem = refused(
        lambda: org_actions.delegate(
            actor,
            duty_id=actor.duty_id,
            to_person=other,
            starts_at=now + timedelta(days=2),
            ends_at=now + timedelta(days=1),
            reason="外出",
        ),
        investigated,
        BadInput,
    )
    assert "ends_at" in problem.fields
    assert not Delegation.objects.filter(duty_id=actor.duty_id).exists()


FUTURE = timedelta(hours=1)


@pytest.mark.parametrize("name", ["submit", "approve", "send", "accept", "return_file"])
def test_nothing_happens_in_the_future(people: People, investigated: UUID, name: str) -> None:
    done, act = reached(people, investigated, name)
    problem = refused(
        lambda: act(done, happened_at=clock.now() + FUTURE, late_reason=""), investigated, BadInput
    )
    assert "happened_at" in problem.fields


def reached(people: People, case_id: UUID, name: str) -> tuple[Done, Callable[..., Any]]:
    """Return a hand-over in the state in which an act may be done, and the act."""
    police, chief, office = people["zhencha"], people["juzhang"], people["anguan"]
    if name == "submit":
        done = actions.compose(police, case_id=case_id, flow="arrest-request")
        actor = police
    elif name == "approve":
        done, actor = send_up(people, case_id, "arrest-request"), chief
    elif name == "send":
        done = send_up(people, case_id, "arrest-request")
        done = actions.approve(chief, handover_id=done.handover_id, version=done.version)
        actor = police
    else:
        done, actor = hand_over(people, case_id, "arrest-request"), office
    more: dict[str, Any] = {"reasons": [Reason(text="缺末页", where="卷")]} if name == "return_file" else {}

    def act(at: Done, **facts: Any) -> Done:
        found: Done = getattr(actions, name)(
            actor, handover_id=at.handover_id, version=at.version, **more, **facts
        )
        return found

    return done, act


@pytest.mark.parametrize("name", ["submit", "approve", "send", "accept", "return_file"])
@pytest.mark.parametrize("ended", ["duty", "post", "person", "unit"])
def test_a_post_that_ended_since_the_page_was_opened(
    people: People, investigated: UUID, name: str, ended: str
) -> None:
    done, act = reached(people, investigated, name)
    actor = {"approve": people["juzhang"], "accept": people["anguan"], "return_file": people["anguan"]}.get(
        name, people["zhencha"]
    )
    past = clock.now() - timedelta(seconds=1)
    if ended == "duty":
        Duty.objects.filter(id=actor.duty_id).update(valid_until=past)
    elif ended == "post":
        Post.objects.filter(id=actor.post_id).update(valid_until=past)
    elif ended == "person":
        Person.objects.filter(id=actor.person_id).update(is_active=False)
    else:
        Unit.objects.filter(id=actor.unit_id).update(valid_until=past)
    problem = refused(lambda: act(done), investigated, NotPermitted)
    assert problem.code == "duty-ended"


@pytest.mark.parametrize("who", ["jianyu", "lian", "jiandu", "zhencha"])
def test_a_receiver_of_the_wrong_kind(people: People, investigated: UUID, who: str) -> None:
    problem = refused(
        lambda: actions.compose(
            people["zhencha"],
            case_id=investigated,
            flow="arrest-request",
            receiver_ids=[people[who].unit_id],
        ),
        investigated,
        BadInput,
    )
    assert problem.code == "receiver"
    assert "检察院" in problem.what


def test_a_closed_receiver_is_neither_chosen_nor_sent_to(people: People, investigated: UUID) -> None:
    office = people["anguan"].unit_id
    done = send_up(people, investigated, "arrest-request")
    done = actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    Unit.objects.filter(id=office).update(valid_until=clock.now() - timedelta(seconds=1))
    problem = refused(
        lambda: actions.send(people["zhencha"], handover_id=done.handover_id, version=done.version),
        investigated,
        BadInput,
    )
    assert problem.code == "receiver"
    assert "撤回" in problem.remedy
    actions.withdraw(
        people["zhencha"], handover_id=done.handover_id, version=done.version, reason="对方已撤销"
    )
    refused(
        lambda: actions.compose(
            people["zhencha"], case_id=investigated, flow="arrest-request", receiver_ids=[office]
        ),
        investigated,
        BadInput,
    )
    made = actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    shown, _, _ = selectors.handover(people["zhencha"], made.handover_id)
    assert office not in shown.to_unit_ids


def test_two_receivers_where_one_receives(people: People, investigated: UUID) -> None:
    office = people["anguan"].unit_id
    other = Unit.objects.filter(kind="procuratorate").exclude(id=office).first()
    assert other is not None
    refused(
        lambda: actions.compose(
            people["zhencha"],
            case_id=investigated,
            flow="arrest-request",
            receiver_ids=[office, other.id],
        ),
        investigated,
        BadInput,
    )


@pytest.mark.parametrize("name", ["submit", "approve", "send", "accept", "return_file"])
def test_a_stale_form_of_every_act(people: People, investigated: UUID, name: str) -> None:
    done, act = reached(people, investigated, name)
    old = Done(handover_id=done.handover_id, state=State.DRAFT, version=done.version - 1, entry_number=0)
    before = selectors.handover(people["zhencha"], done.handover_id)[0]
    with pytest.raises(Refusal) as problem:
        act(old)
    assert problem.value.code == "stale"
    assert problem.value.items
    assert problem.value.remedy
    assert selectors.handover(people["zhencha"], done.handover_id)[0] == before
