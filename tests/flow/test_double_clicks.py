"""Two at once, really: threads on connections of their own, each act committed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.models import Case
from antong.dossier import actions as dossier_actions
from antong.dossier.models import Document, Original
from antong.dossier.types import Upload
from antong.flow import actions
from antong.flow.models import HandOver, Nudge, Obligation
from antong.flow.types import Done, Outcome, Reason
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import Refusal
from antong.ledger import selectors as ledger
from antong.org import selectors as org
from antong.org.types import Permission
from meeting import at_once
from walking import hand_over, send_up, theft

People = dict[str, Any]
CLICKS = 4


@pytest.fixture
def crowd(apart: UUID) -> People:
    """The people of the story, in the copy."""
    from antong.demo import carriage

    return carriage.actors()


def colleague(of: Actor) -> Actor:
    """Somebody else of the same unit who may receive."""
    duty = next(
        duty
        for duty in org.people_of(of.unit_id)
        if duty.person_id != of.person_id
        and (actor := org.actor_for(duty.person_id, duty.id)) is not None
        and Permission.HANDOVER_RECEIVE in actor.permissions
    )
    found = org.actor_for(duty.person_id, duty.id)
    assert found is not None
    return found


def acts_of(case_id: UUID) -> list[str]:
    return [entry.act for entry in ledger.entries(case_id, most=500)]


def test_two_people_accepting_at_once(crowd: People, apart: UUID) -> None:
    sent = hand_over(crowd, apart, "arrest-request")
    both = (crowd["anguan"], colleague(crowd["anguan"]))

    def accept(actor: Actor) -> Callable[[], Done]:
        return lambda: actions.accept(actor, handover_id=sent.handover_id, version=sent.version, key=uuid4())

    found = at_once([accept(actor) for actor in both])
    (taken,) = [one for one in found if isinstance(one, Done)]
    (late,) = [one for one in found if isinstance(one, Refusal)]
    assert late.code in {"stale", "accepted-already"}
    assert late.remedy
    obligation = Obligation.objects.get(handover_id=sent.handover_id)
    assert obligation.accepted_by == both[found.index(taken)].person_id
    assert acts_of(apart).count("handover.accept") == 1
    assert ledger.audit(apart) == []


def test_accepting_and_returning_at_once(crowd: People, apart: UUID) -> None:
    sent = hand_over(crowd, apart, "prosecution-transfer")
    other = colleague(crowd["anguan"])
    found = at_once(
        [
            lambda: actions.accept(
                crowd["anguan"], handover_id=sent.handover_id, version=sent.version, key=uuid4()
            ),
            lambda: actions.return_file(
                other,
                handover_id=sent.handover_id,
                version=sent.version,
                reasons=[Reason(text="缺页", where="卷")],
                key=uuid4(),
            ),
            lambda: actions.withdraw(
                crowd["zhencha"], handover_id=sent.handover_id, version=sent.version, reason="写错了"
            ),
        ]
    )
    assert sum(isinstance(one, Done) for one in found) == 1, found
    assert sum(isinstance(one, Refusal) for one in found) == 2, found
    done = {"handover.accept", "handover.return", "handover.withdraw"}
    assert sum(act in done for act in acts_of(apart)) == 1


Prepared = Callable[[], Any]


def register(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    at = clock.now()
    return lambda: case_actions.register(
        people["zhencha"], source="01", category="050200", occurred_at=at, place="河西路", brief="盗窃。", parties=[], key=key
    )  # fmt: skip


def compose(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    return lambda: actions.compose(people["zhencha"], case_id=case_id, flow="arrest-request", key=key)


def upload(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    return lambda: dossier_actions.upload(
        people["zhencha"],
        case_id=case_id,
        catalogue_key="ev-victim.victim",
        files=[Upload(file_name="1.jpg", content=io.BytesIO(scan + b"new"))],
        key=key,
    )


def draft(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    return lambda: actions.draft_document(
        people["zhencha"], case_id=case_id, kind="detention-notice", party_ids=[], fields={}, key=key
    )


def approve(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    done = send_up(people, case_id, "arrest-request")
    return lambda: actions.approve(
        people["juzhang"], handover_id=done.handover_id, version=done.version, key=key
    )


def disapprove(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    done = send_up(people, case_id, "arrest-request")
    return lambda: actions.approve(
        people["juzhang"],
        handover_id=done.handover_id,
        version=done.version,
        approved=False,
        comment="补罪名",
        key=key,
    )


def accept(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    done = hand_over(people, case_id, "arrest-request")
    return lambda: actions.accept(
        people["anguan"], handover_id=done.handover_id, version=done.version, key=key
    )


def withdraw(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    done = hand_over(people, case_id, "arrest-request")
    return lambda: actions.withdraw(
        people["zhencha"], handover_id=done.handover_id, version=done.version, reason="写错了", key=key
    )


def nudge(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    done = hand_over(people, case_id, "arrest-request")
    return lambda: actions.nudge(people["zhencha"], handover_id=done.handover_id, key=key)


def answer(people: People, case_id: UUID, scan: bytes, key: UUID) -> Prepared:
    done = accept(people, case_id, scan, uuid4())()
    outcomes = [
        Outcome(party_id=party.id, outcome="approved") for party in cases.living_sheet(case_id).suspects
    ]
    proposed = actions.propose_answer(
        people["anguan"], handover_id=done.handover_id, version=done.version, outcomes=outcomes
    )
    return lambda: actions.approve_answer(
        people["jianchazhang"], handover_id=done.handover_id, version=proposed.version, key=key
    )


COUNTED: dict[Any, type] = {
    register: Case, compose: HandOver, upload: Original, draft: Document, approve: Document, nudge: Nudge, answer: Document
}  # fmt: skip
DOUBLE = [register, compose, upload, draft, approve, disapprove, accept, withdraw, nudge, answer]


@pytest.mark.parametrize("prepare", DOUBLE, ids=lambda act: act.__name__)
def test_a_double_click_does_it_once_and_answers_alike(
    crowd: People, apart: UUID, scan: bytes, prepare: Any
) -> None:
    act = prepare(crowd, apart, scan, uuid4())
    table = COUNTED.get(prepare)
    before = table.objects.count() if table else 0  # type: ignore[attr-defined]
    entries = len(acts_of(apart))
    found = at_once([act] * CLICKS)
    found.append(act())
    assert all(one == found[0] for one in found), found
    assert not isinstance(found[0], Exception)
    if table in {Case, HandOver, Original}:
        assert table.objects.count() == before + 1  # type: ignore[union-attr]
    new = acts_of(apart)[: len(acts_of(apart)) - entries]
    assert len(new) == len(set(new)), "an act of the command is there twice"
    assert new or prepare is register
    assert ledger.audit(apart) == []


def test_two_changing_one_case_the_second_is_told(crowd: People, apart: UUID) -> None:
    version = case_version(crowd, apart)
    found = at_once(
        [
            lambda place=place: case_actions.amend_case(  # type: ignore[misc]
                crowd["zhencha"], case_id=apart, version=version, changes={"place": place}
            )
            for place in ("河东路", "河西路 2 号")
        ]
    )
    (late,) = [one for one in found if isinstance(one, Refusal)]
    assert late.code == "stale"
    assert late.items
    assert case_version(crowd, apart) == version + 1


def case_version(people: People, case_id: UUID) -> int:
    from antong.cases import access

    return access.case_for(people["zhencha"], case_id, Permission.CASE_READ).version


def test_many_cases_registered_at_once_are_numbered_without_gap(crowd: People, apart: UUID) -> None:
    before = set(Case.objects.values_list("number", flat=True))
    found = at_once([lambda name=name: theft(crowd, [name]) for name in "甲乙丙丁戊己庚辛"])  # type: ignore[misc]
    assert not [one for one in found if isinstance(one, Exception)]
    new = sorted(set(Case.objects.values_list("number", flat=True)) - before)
    last = [int(number.rpartition("-")[2]) for number in new]
    assert last == list(range(last[0], last[0] + len(found)))
