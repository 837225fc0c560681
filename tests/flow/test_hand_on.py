"""Handing on all that somebody handles: cases, what was received, tasks; told, on the record, and nothing of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from antong.cases import selectors as cases
from antong.cases.models import Grant
from antong.flow import actions, selectors
from antong.flow.models import Obligation, Task
from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.models import Duty
from walking import hand_over

People = dict[str, Actor]


@pytest.fixture
def mate(people: People) -> UUID:
    """Another investigator of the squad."""
    mine = people["zhencha"]
    return next(
        duty.person_id
        for duty in org.people_of(mine.unit_id)
        if duty.role == mine.role and duty.person_id != mine.person_id
    )


@pytest.fixture
def chief(people: People) -> Actor:
    """Somebody of the squad who may assign: the investigator's own post may."""
    return people["zhencha"]


def on(people: People, chief: Actor, to: UUID, **more: Any) -> selectors.HandedOn:
    given = {"from_person": people["zhencha"].person_id, "to_person": to, "reason": "调离"} | more
    return actions.hand_on(chief, **given)


def handler(actor: Actor, case_id: UUID) -> UUID | None:
    return Grant.objects.get(unit_id=actor.unit_id, case_id=case_id).handler_id


def test_cases_and_tasks_move_with_one_entry_each_and_one_notice(
    people: People, chief: Actor, mate: UUID, investigated: UUID, new_case: Callable[..., UUID]
) -> None:
    other = new_case()
    actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    before = {case: ledger.last_number(case) for case in (investigated, other)}
    open_before = Task.objects.filter(person_id=people["zhencha"].person_id, closed_at__isnull=True).count()
    done = on(people, chief, mate)
    assert done.cases >= 2
    assert done.tasks == open_before
    for case in (investigated, other):
        assert handler(chief, case) == mate
        assert ledger.last_number(case) == before[case] + 1
        entry = ledger.entries(case, most=1)[0]
        assert (entry.act, entry.after["handler"], entry.before["handler"]) == (  # type: ignore[index]
            "case.hand-on", str(mate), str(people["zhencha"].person_id),
        )  # fmt: skip
    assert not cases.handled(chief, people["zhencha"].person_id, most=9)
    told = org.notices(people["zhencha"], kind="handed-on")[0]
    assert not told
    standing = next(one for one in org.people_of(chief.unit_id) if one.person_id == mate)
    actor = org.actor_for(mate, standing.id)
    assert actor is not None
    (told,) = org.notices(actor, kind="handed-on")[0]
    assert f"{done.cases} 件案件" in told.title
    with pytest.raises(Refusal) as refused:
        on(people, chief, mate)
    assert refused.value.code == "hand-on-nothing"


def test_what_was_received_goes_with_it_and_only_in_the_unit(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    actions.accept(people["anguan"], handover_id=sent.handover_id, version=sent.version)
    to = people["jianchaguan"].person_id
    police = handler(people["zhencha"], investigated)
    actions.hand_on(
        people["jianchazhang"], from_person=people["anguan"].person_id, to_person=to, reason="休假"
    )
    row = Obligation.objects.get(handover_id=sent.handover_id)
    assert (row.handler_id, row.handler_name) == (to, people["jianchaguan"].person_name)
    assert Task.objects.get(handover_id=sent.handover_id, closed_at__isnull=True).person_id == to
    assert handler(people["anguan"], investigated) == to
    assert handler(people["zhencha"], investigated) == police
    outcome = {
        one.party_id: "approved"
        for one in selectors.handover(people["jianchaguan"], sent.handover_id)[0].subjects
    }
    assert outcome


def test_who_has_left_hands_on_too(people: People, investigated: UUID, mate: UUID) -> None:
    gone = people["zhencha"]
    duty_id = next(one.id for one in org.people_of(gone.unit_id) if one.person_id == mate)
    actor = org.actor_for(mate, duty_id)
    assert actor is not None
    org_actions.leave_service(people["xitong"], person_id=gone.person_id, reason="退休")
    assert actions.hand_on(actor, from_person=gone.person_id, to_person=mate, reason="退休").cases
    assert handler(actor, investigated) == mate


def test_approvals_stay_where_the_receiver_may_not_approve(people: People, investigated: UUID) -> None:
    made = actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    actions.submit(
        people["zhencha"],
        handover_id=made.handover_id,
        version=made.version,
        approver_id=people["juzhang"].person_id,
    )
    task = Task.objects.get(handover_id=made.handover_id, kind="approve", closed_at__isnull=True)
    assert task.person_id == people["juzhang"].person_id
    worker = next(one for one in org.people_of(people["juzhang"].unit_id) if one.role == "police_legal")
    with pytest.raises(BadInput):  # who does not work on cases is given none
        actions.hand_on(
            people["juzhang"],
            from_person=people["juzhang"].person_id,
            to_person=worker.person_id,
            reason="出差",
        )
    post = org_actions.new_post(
        people["xitong"], unit_id=people["juzhang"].unit_id, name="办案民警9", role="investigator"
    )
    stranger = org.people_of(next(one.id for one in org.all_units() if one.code == "990122xz"))[0].person_id
    org_actions.assign_duty(people["xitong"], post_id=post, person_id=stranger, rank=Rank.PRIMARY)
    with pytest.raises(Refusal) as refused:
        actions.hand_on(
            people["juzhang"], from_person=people["juzhang"].person_id, to_person=stranger, reason="出差"
        )
    assert refused.value.code == "hand-on-nothing"
    task.refresh_from_db()
    assert task.person_id == people["juzhang"].person_id


@pytest.mark.parametrize("reason", ["", " ", "长" * 121])
def test_a_reason_is_asked_for(
    people: People, chief: Actor, mate: UUID, investigated: UUID, reason: str
) -> None:
    with pytest.raises(BadInput) as refused:
        on(people, chief, mate, reason=reason)
    assert list(refused.value.fields) == ["reason"]


def test_to_nobody_else_and_not_to_oneself(people: People, chief: Actor, investigated: UUID) -> None:
    mine = people["zhencha"].person_id
    for to in (people["anguan"].person_id, people["fuzhu"].person_id, uuid4(), mine):
        with pytest.raises(BadInput):
            on(people, chief, to)
    assert handler(chief, investigated) == mine


def test_who_may_not_assign_hands_nothing_on(people: People, mate: UUID, investigated: UUID) -> None:
    for who in ("fuzhu", "xitong", "anquan", "shenji", "jiandu"):
        with pytest.raises(NotPermitted):
            on(people, people[who], mate)
    with pytest.raises(Refusal):  # another unit sees nothing of it
        on(people, people["lian"], people["lian"].person_id)
    Duty.objects.filter(id=people["zhencha"].duty_id).update(valid_until=clock.now())
    with pytest.raises(NotPermitted):
        on(people, people["zhencha"], mate)
    assert handler(people["zhencha"], investigated) == people["zhencha"].person_id


def test_the_page_shows_first_what_it_is_and_who_is_held(
    people: People, investigated: UUID, mate: UUID, passwords: dict[str, str]
) -> None:
    client = Client()
    client.post("/login", {"username": "zhencha", "password": passwords["zhencha"]})
    mine = people["zhencha"].person_id
    page = client.get(f"/hand-on?from={mine}").content.decode()
    for party in cases.living_sheet(investigated).suspects:
        assert f"<b>{party.name}</b>" in page or party.name in page
    refused = client.post("/hand-on", {"from_person": mine, "to_person": mate, "reason": " "})
    assert refused.status_code == 422
    assert "必填" in refused.content.decode()
    done = client.post("/hand-on", {"from_person": mine, "to_person": mate, "reason": "调离"})
    assert "已移交" in done.content.decode()
    assert handler(people["zhencha"], investigated) == mate
    assert client.get("/hand-on?from=x").status_code == 200
    assert client.get(f"/hand-on?from={people['anguan'].person_id}").status_code == 200
