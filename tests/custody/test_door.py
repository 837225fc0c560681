"""The door of a place of custody: who is let in and out on which paper, what the place knows, whom it lets in to question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from antong.cases import selectors as cases
from antong.custody import actions, selectors
from antong.custody.models import Admission
from antong.custody.types import Held, Nearness
from antong.flow.types import Outcome
from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal, Stale
from antong.ledger import selectors as ledger
from antong.org.models import Notice
from road import accept, answer, later, through

People = dict[str, Any]
IDENTITY = selectors.IDENTITIES[0]


def admitted(people: People, case_id: UUID, index: int = 0) -> Held:
    """Take a suspect of the case in at the county's detention centre; as the board shows it."""
    sheet = cases.living_sheet(case_id)
    party = sheet.suspects[index]
    measure = sheet.in_force(party.id)
    assert measure is not None
    actions.admit(
        people["kanshou"], number=measure.document_number, name=party.name, identity=IDENTITY, cell="3 区 11"
    )
    return held(people, party.id)


def held(people: People, party_id: UUID) -> Held:
    """The row of somebody on the board of the detention centre."""
    return next(row for row in selectors.board(people["kanshou"]) if row.party_id == party_id)


def arrested(people: People, case_id: UUID) -> UUID:
    """Have the first suspect arrested; return the person."""
    first, second = (one.id for one in cases.living_sheet(case_id).suspects)
    asked = accept(people, through(people, case_id, "arrest-request"))
    answer(
        people, asked,
        [Outcome(party_id=first, outcome="approved"), Outcome(party_id=second, outcome="refused", reason="无逮捕必要")],
    )  # fmt: skip
    through(people, case_id, "arrest-execution", party_ids=[first])
    return first


def test_somebody_is_taken_in_on_the_paper_that_names_them(people: People, investigated: UUID) -> None:
    row = admitted(people, investigated)
    assert (row.paper, row.measure, row.holds, row.cell) == ("拘留证", "拘留", True, "3 区 11")
    assert row.until == row.told_until
    assert row.until is not None
    assert row.agency_told
    entry = ledger.entries(investigated, most=1)[0]
    assert entry.act == "custody.admit"
    assert row.party_id in entry.subject_ids


def test_without_the_paper_nobody_is_taken_in(people: People, investigated: UUID) -> None:
    sheet = cases.living_sheet(investigated)
    party = sheet.suspects[0]
    measure = sheet.in_force(party.id)
    assert measure is not None
    for number, name in (
        ("青公拘〔2020〕999号", party.name),
        (measure.document_number, "别人"),
        ("", party.name),
    ):
        with pytest.raises(Refusal) as refused:
            actions.admit(people["kanshou"], number=number, name=name, identity=IDENTITY)
        assert refused.value.code == "no-paper"
        assert "看守所条例第9条" in refused.value.basis
    with pytest.raises(BadInput):
        actions.admit(people["kanshou"], number=measure.document_number, name=party.name, identity="")
    with pytest.raises(NotPermitted):
        actions.admit(people["zhencha"], number=measure.document_number, name=party.name, identity=IDENTITY)
    assert not Admission.objects.exists()


def test_nobody_is_held_in_two_places(people: People, investigated: UUID) -> None:
    row = admitted(people, investigated)
    with pytest.raises(Refusal, match="已羁押在"):
        actions.admit(people["kanshou"], number=row.number, name=row.name, identity=IDENTITY)
    one = Admission.objects.get(id=row.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Admission.objects.create(
            case_id=one.case_id, party_id=one.party_id, place_id=one.place_id, identity="", admitted_at=one.admitted_at,
            recorded_at=one.recorded_at, admitted_name="", paper="", agency_id=one.agency_id, told_at=one.told_at,
        )  # fmt: skip


def test_an_act_tells_the_place_in_its_own_transaction(people: People, investigated: UUID) -> None:
    before = admitted(people, investigated)
    arrested(people, investigated)
    after = held(people, before.party_id)
    assert (after.paper, after.measure) == ("逮捕证", "逮捕")
    assert after.told_until == after.until
    assert after.until is not None
    assert before.until is not None
    assert after.until > before.until
    _, story = selectors.story(people["kanshou"], after.id)
    assert [one.paper for one in story.told][0::3] == ["逮捕证", "拘留证"]


def test_custody_transfer_tells_who_is_in_charge_once_it_is_signed_for(
    people: People, investigated: UUID
) -> None:
    first = admitted(people, investigated).party_id
    arrested(people, investigated)
    accept(people, through(people, investigated, "prosecution-transfer", fields={}))
    assert not held(people, first).agency_told
    assert replace(held(people, first), sentence=True).agency_told, (
        "who serves a sentence is nobody's to hand over"
    )
    sent = through(people, investigated, "custody-transfer", "anguan", party_ids=[first])
    assert not held(people, first).agency_told
    accept(people, sent, "kanshou")
    row = held(people, first)
    assert row.agency_told
    assert (row.paper, row.told_agency) == ("换押证", "青岚县人民检察院")
    assert row.told_until == row.until


def test_a_release_on_paper_tells_the_place_and_only_then_is_the_door_opened(
    people: People, investigated: UUID
) -> None:
    row = admitted(people, investigated)
    with pytest.raises(Refusal) as refused:
        actions.discharge(
            people["kanshou"],
            admission_id=row.id,
            version=row.version,
            reason="释放通知书",
            paper="青公释〔2025〕1号",
        )
    assert refused.value.code == "measure-in-force"
    through(
        people, investigated, "release", party_ids=[row.party_id], fields={"release_reason": "不应当拘留"}
    )
    row = held(people, row.party_id)
    assert row.release_ordered_at is not None
    assert row.nearness is Nearness.NONE
    assert Notice.objects.filter(kind="release", to_unit_id=people["kanshou"].unit_id).count() == 1
    with pytest.raises(Stale):
        actions.discharge(people["kanshou"], admission_id=row.id, version=99, reason="释放通知书", paper="一")
    actions.discharge(
        people["kanshou"],
        admission_id=row.id,
        version=row.version,
        reason="释放通知书",
        paper="青公释〔2025〕1号",
    )
    assert selectors.board(people["kanshou"]) == []
    with pytest.raises(NotFound):
        actions.discharge(people["kanshou"], admission_id=row.id, version=row.version, reason="脱逃")


def test_on_an_expired_basis_nobody_is_let_in_to_question(people: People, investigated: UUID) -> None:
    row = admitted(people, investigated)
    ask = {
        "admission_id": row.id, "version": row.version, "agency_id": Admission.objects.get().agency_id,
        "paper": "提讯证 1 号",
    }  # fmt: skip
    with pytest.raises(BadInput, match="不得少于二人"):
        actions.interrogate(people["kanshou"], officers=["周序", " "], **ask)
    let_in = actions.interrogate(people["kanshou"], officers=["周序", "秦若"], **ask)
    assert let_in.allowed
    other = people["anguan"].unit_id
    refused = actions.interrogate(people["kanshou"], officers=["甲", "乙"], **{**ask, "agency_id": other})
    assert "换押" in refused.reason
    with later(60):
        refused = actions.interrogate(people["kanshou"], officers=["周序", "秦若"], **ask)
    assert not refused.allowed
    assert "届满" in refused.reason
    assert ledger.entries(investigated, most=1)[0].act == "custody.interrogation-refused"
    _, story = selectors.story(people["kanshou"], row.id)
    assert [one.allowed for one in story.interrogations] == [False, False, True]


def test_a_repeated_admission_is_answered_once(people: People, investigated: UUID) -> None:
    sheet = cases.living_sheet(investigated)
    party = sheet.suspects[0]
    measure = sheet.in_force(party.id)
    assert measure is not None
    facts = {"number": measure.document_number, "name": party.name, "identity": IDENTITY, "key": UUID(int=77)}
    first = actions.admit(people["kanshou"], **facts)
    assert actions.admit(people["kanshou"], **facts).admission_id == first.admission_id


def test_who_sees_whom(people: People, investigated: UUID) -> None:
    row = admitted(people, investigated)
    assert [one.id for one in selectors.board(people["jiandu"])] == [row.id]
    assert selectors.board(people["zhencha"]) == []
    assert selectors.board(people["jianyu"]) == []
    with pytest.raises(NotFound):
        selectors.story(people["jianyu"], row.id)


def test_a_paper_that_came_by_hand(people: People, investigated: UUID) -> None:
    row = admitted(people, investigated)
    until = clock.now() + clock.now().resolution * 10**12
    actions.enter_paper(
        people["kanshou"], admission_id=row.id, version=row.version, paper="变更羁押期限通知书", number="雾公变〔2025〕2号",
        agency_id=Admission.objects.get().agency_id, until=until,
    )  # fmt: skip
    row = held(people, row.party_id)
    assert (row.number, row.told_until) == ("雾公变〔2025〕2号", until)
    assert row.until != until


def test_one_act_hands_over_several_people(people: People, investigated: UUID) -> None:
    both = [admitted(people, investigated, index).party_id for index in (0, 1)]
    accept(people, through(people, investigated, "prosecution-transfer", fields={}))
    sent = through(people, investigated, "custody-transfer", "anguan", party_ids=both)
    accept(people, sent, "kanshou")
    rows = [held(people, party_id) for party_id in both]
    assert all(row.agency_told and row.told_until == row.until for row in rows)
    assert len({row.number for row in rows}) == 2, "a custody-transfer paper for each"


def test_a_notice_of_a_changed_limit_tells_the_end_and_hands_nobody_over(
    people: People, investigated: UUID
) -> None:
    row = admitted(people, investigated)
    Admission.objects.filter(id=row.id).update(told_until=clock.now())
    sent = through(people, investigated, "custody-limit-notice", party_ids=[row.party_id])
    accept(people, sent, "kanshou")
    after = held(people, row.party_id)
    assert after.told_until == after.until
    assert after.paper == "变更羁押期限通知书"
    assert after.told_agency_id == row.told_agency_id


def test_each_act_is_one_transaction(
    people: People, investigated: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of any: what fails at its entry leaves nothing behind."""
    import inspect

    from antong.custody import _door

    for act in (_door.admit, _door.discharge, _door.enter_paper, _door._interrogate):
        inner = inspect.getsource(inspect.unwrap(act)).splitlines()
        assert "@transaction.atomic" in inner, act.__name__
    monkeypatch.setattr(_door.ledger, "record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        admitted(people, investigated)
    assert not Admission.objects.exists()


def test_what_is_destroyed_leaves_nobody_behind(people: People, investigated: UUID) -> None:
    from antong.watch import actions as watch
    from antong.watch.models import Alarm

    row = admitted(people, investigated)
    with later(60):
        watch.run_round()
    assert Alarm.objects.filter(case_id=investigated).exists()
    watch.erase(investigated)
    actions.erase(investigated)
    assert not Alarm.objects.filter(party_id=row.party_id).exists()
    assert not Admission.objects.exists()
