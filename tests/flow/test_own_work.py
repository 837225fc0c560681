"""Nobody approves the own work: not with another hat, not through a delegation, on neither side of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.flow import actions, selectors
from antong.flow.types import Done, Outcome, State
from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.refusal import BadInput, NotPermitted
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.models import Duty
from antong.org.types import Role
from walking import hand_over

People = dict[str, Any]


def also(person_id: UUID, like: Actor) -> Actor:
    """Give somebody a B duty of another's post (where it is not held), and return who he or she is on it."""
    duty, _ = Duty.objects.get_or_create(
        post_id=like.post_id,
        person_id=person_id,
        valid_until=None,
        defaults={"rank": Rank.BACKUP, "valid_from": clock.now() - timedelta(days=1)},
    )
    actor = org.actor_for(person_id, duty.id)
    assert actor is not None
    return actor


def standing_in(for_: Actor, person_id: UUID) -> Actor:
    """Let somebody act for another on the other's duty, and return who he or she is on it."""
    org_actions.delegate(
        for_,
        duty_id=for_.duty_id,
        to_person=person_id,
        starts_at=clock.now() - timedelta(hours=1),
        ends_at=clock.now() + timedelta(days=3),
        reason="外出培训",
    )
    actor = org.actor_for(person_id, for_.duty_id)
    assert actor is not None
    assert actor.on_behalf_of == for_.person_id
    return actor


@pytest.fixture
def mate(people: People) -> UUID:
    """Another investigator of the same squad."""
    squad = org.people_of(people["zhencha"].unit_id, (Role.INVESTIGATOR,))
    return next(duty.person_id for duty in squad if duty.person_id != people["zhencha"].person_id)


def filed(case_id: UUID, composer: Actor, submitter: Actor | None = None) -> Done:
    """Send a filing decision up for approval."""
    made = actions.compose(composer, case_id=case_id, flow="filing")
    return actions.submit(submitter or composer, handover_id=made.handover_id, version=made.version)


def refused(approver: Actor, done: Done) -> None:
    before = selectors.handover(approver, done.handover_id)[0]
    with pytest.raises(NotPermitted) as problem:
        actions.approve(approver, handover_id=done.handover_id, version=done.version)
    assert problem.value.code == "own-work"
    assert problem.value.basis
    assert problem.value.remedy
    after = selectors.handover(approver, done.handover_id)[0]
    assert (after.state, after.version, after.approvals) == (State.CHECKED, before.version, ())


def test_with_another_hat(people: People, new_case: Callable[..., UUID]) -> None:
    done = filed(new_case(), people["zhencha"])
    refused(also(people["zhencha"].person_id, people["juzhang"]), done)


def test_who_sent_it_up_though_another_began_it(
    people: People, new_case: Callable[..., UUID], mate: UUID
) -> None:
    other = also(mate, people["zhencha"])
    done = filed(new_case(), people["zhencha"], submitter=other)
    refused(also(mate, people["juzhang"]), done)
    refused(also(people["zhencha"].person_id, people["juzhang"]), done)


def test_who_amended_it(people: People, new_case: Callable[..., UUID], mate: UUID) -> None:
    case_id, actor = new_case(), people["zhencha"]
    made = actions.compose(actor, case_id=case_id, flow="filing")
    changed = actions.amend(
        also(mate, actor), handover_id=made.handover_id, version=made.version, note="补充说明"
    )
    done = actions.submit(actor, handover_id=made.handover_id, version=changed.version)
    refused(also(mate, people["juzhang"]), done)


def test_what_a_delegate_made_in_ones_name(people: People, new_case: Callable[..., UUID], mate: UUID) -> None:
    """The delegate composes for X: neither X, nor the delegate, nor anybody acting for either approves."""
    actor = people["zhencha"]
    done = filed(new_case(), standing_in(actor, mate))
    as_leader = also(actor.person_id, people["juzhang"])
    refused(as_leader, done)
    refused(also(mate, people["juzhang"]), done)
    third = next(
        duty.person_id
        for duty in org.people_of(actor.unit_id)
        if duty.person_id not in {actor.person_id, mate}
    )
    refused(standing_in(as_leader, third), done)


def test_ones_own_through_ones_delegate(people: People, new_case: Callable[..., UUID], mate: UUID) -> None:
    """X composes and lends the leader's duty to somebody: on that duty the other is X."""
    done = filed(new_case(), people["zhencha"])
    as_leader = also(people["zhencha"].person_id, people["juzhang"])
    refused(standing_in(as_leader, mate), done)


def test_somebody_elses_work_is_approved_also_by_a_delegate(
    people: People, new_case: Callable[..., UUID], mate: UUID
) -> None:
    done = filed(new_case(), people["zhencha"])
    delegate = standing_in(people["juzhang"], mate)
    approved = actions.approve(delegate, handover_id=done.handover_id, version=done.version)
    assert approved.state is State.CLOSED
    shown = selectors.handover(people["juzhang"], done.handover_id)[0]
    assert shown.approvals[0]["name"] == delegate.person_name


def test_ones_own_answer(people: People, investigated: UUID) -> None:
    """The same of a decision: who proposed it, for whom it was proposed, or who acts for either."""
    office, chief = people["anguan"], people["jianchazhang"]
    mates = [duty.person_id for duty in org.people_of(office.unit_id) if duty.person_id != office.person_id]
    sent = hand_over(people, investigated, "arrest-request")
    sent = actions.accept(office, handover_id=sent.handover_id, version=sent.version)
    shown = selectors.handover(office, sent.handover_id)[0]
    proposed = actions.propose_answer(
        standing_in(office, mates[0]),
        handover_id=sent.handover_id,
        version=sent.version,
        outcomes=[Outcome(party_id=one.party_id, outcome="approved") for one in shown.subjects],
    )
    for person_id in (mates[0], office.person_id):
        with pytest.raises(NotPermitted) as problem:
            actions.approve_answer(
                also(person_id, chief), handover_id=sent.handover_id, version=proposed.version
            )
        assert problem.value.code == "own-work"
    done = actions.approve_answer(chief, handover_id=sent.handover_id, version=proposed.version)
    assert done.state is State.ANSWERED


@pytest.mark.parametrize("comment", ["", "   "])
def test_sending_back_needs_a_comment(people: People, new_case: Callable[..., UUID], comment: str) -> None:
    done = filed(new_case(), people["zhencha"])
    with pytest.raises(BadInput) as problem:
        actions.approve(
            people["juzhang"],
            handover_id=done.handover_id,
            version=done.version,
            approved=False,
            comment=comment,
        )
    assert problem.value.fields.keys() == {"comment"}
    assert problem.value.basis


def test_what_was_sent_back_is_not_marked_approved(people: People, new_case: Callable[..., UUID]) -> None:
    done = filed(new_case(), people["zhencha"])
    back = actions.approve(
        people["juzhang"],
        handover_id=done.handover_id,
        version=done.version,
        approved=False,
        comment="补罪名",
    )
    shown = selectors.handover(people["zhencha"], done.handover_id)[0]
    assert back.state is State.DRAFT
    assert shown.rounds[-1].approved_at is None
    assert [one["approved"] for one in shown.approvals] == [False]
