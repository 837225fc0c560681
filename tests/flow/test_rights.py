"""What a unit may see and do by its right to a case: only its own hand-overs, only what it was given."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from antong.cases import access
from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.models import Grant
from antong.cases.types import CaseAccess, GrantChange, GrantRole, NewParty, PartyKind
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import Upload
from antong.flow import actions, selectors
from antong.flow.types import Done, Reason, State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound, NotPermitted, Refusal
from antong.org.types import Permission
from walking import hand_over, send_up

People = dict[str, Any]
OUTLINE = {"supplement-outline": {"questions": "查清数额。"}, "supplement-report": {"results": "已查清。"}}


def accept(people: People, done: Done, who: str = "anguan") -> Done:
    return actions.accept(people[who], handover_id=done.handover_id, version=done.version)


def notify(people: People, case_id: UUID) -> Done:
    """Send the detention centre the notice of a transfer of custody, which nobody approves."""
    done = send_up(people, case_id, "custody-transfer", "anguan")
    return actions.send(people["anguan"], handover_id=done.handover_id, version=done.version)


def sees(actor: Actor, case_id: UUID) -> CaseAccess:
    return access.case_for(actor, case_id, Permission.CASE_READ)


def titles(case: CaseAccess) -> list[str]:
    return [
        entry.title for volume in dossier.file_of(case).volumes for entry in volume.entries if entry.pages
    ]


def role_of(case_id: UUID, unit_id: UUID) -> str:
    return Grant.objects.get(case_id=case_id, unit_id=unit_id).role


def test_a_receiver_does_not_withdraw_what_was_sent_to_it(people: People, investigated: UUID) -> None:
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    asked = hand_over(
        people, investigated, "supplementary-investigation", "anguan", "jianchazhang", texts=OUTLINE
    )
    with pytest.raises(NotPermitted) as refused:
        actions.withdraw(
            people["zhencha"], handover_id=asked.handover_id, version=asked.version, reason="不想办"
        )
    assert refused.value.code == "not-sender"


def test_the_registering_unit_changes_no_other_units_draft(people: People, investigated: UUID) -> None:
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    made = actions.compose(people["anguan"], case_id=investigated, flow="prosecution")
    with pytest.raises(NotFound):
        actions.amend(people["zhencha"], handover_id=made.handover_id, version=made.version, track="dual")


def test_a_unit_whose_case_has_gone_sends_nothing_more(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "prosecution-transfer")
    made = actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    accept(people, sent)
    with pytest.raises(NotPermitted) as refused:
        actions.amend(people["zhencha"], handover_id=made.handover_id, version=made.version, track="dual")
    assert refused.value.code == "not-handling"


def test_no_unit_voids_another_units_document(people: People, investigated: UUID) -> None:
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    opinion = next(one for one in dossier.documents(investigated) if one.kind == "indictment-opinion")
    with pytest.raises(NotPermitted) as refused:
        dossier_actions.void(people["anguan"], document_id=opinion.id, reason="错")
    assert refused.value.code == "not-issuer"
    with pytest.raises(NotPermitted):
        dossier_actions.void(people["zhencha"], document_id=opinion.id, reason="错")


def test_what_was_sent_is_not_voided(people: People, investigated: UUID) -> None:
    hand_over(people, investigated, "arrest-request")
    request = next(one for one in dossier.documents(investigated) if one.kind == "arrest-request")
    with pytest.raises(Refusal) as refused:
        dossier_actions.void(people["zhencha"], document_id=request.id, reason="错")
    assert refused.value.code == "document-sent"


def test_a_document_voided_before_sending_stops_the_sending(people: People, investigated: UUID) -> None:
    done = send_up(people, investigated, "arrest-request")
    done = actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    request = next(one for one in dossier.documents(investigated) if one.kind == "arrest-request")
    version, pages = dossier.version(investigated), dossier.tree(investigated).page_count
    dossier_actions.void(people["zhencha"], document_id=request.id, reason="错")
    assert dossier.version(investigated) == version + 1
    assert dossier.tree(investigated).page_count < pages
    with pytest.raises(Refusal) as refused:
        actions.send(people["zhencha"], handover_id=done.handover_id, version=done.version)
    assert refused.value.code == "document-void"


def test_a_document_voided_before_approval_stops_the_approval(people: People, investigated: UUID) -> None:
    done = send_up(people, investigated, "arrest-request")
    request = next(one for one in dossier.documents(investigated) if one.kind == "arrest-request")
    dossier_actions.void(people["zhencha"], document_id=request.id, reason="错")
    with pytest.raises(Refusal) as refused:
        actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    assert refused.value.code == "document-void"


def test_a_unit_whose_case_has_gone_draws_up_no_paper(people: People, investigated: UUID) -> None:
    from antong.catalog import loader

    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    police = people["zhencha"]
    kind = loader.load().drafts(police.unit_kind, "prosecution_review")[0]
    with pytest.raises(NotPermitted) as refused:
        actions.draft_document(police, case_id=investigated, kind=kind.key, party_ids=[], fields={})
    assert refused.value.code == "not-handling"


def test_a_notice_shows_its_own_paper_and_no_evidence(people: People, investigated: UUID) -> None:
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    notify(people, investigated)
    case = sees(people["kanshou"], investigated)
    assert case.role is GrantRole.REVIEWING
    assert {title.split()[0] for title in titles(case)} == {"换押证"}
    evidence = [
        page
        for volume in dossier.tree(investigated).volumes
        for entry in volume.entries
        for page in entry.pages
        if volume.catalogue_key == "evidence"
    ]
    assert evidence
    assert not any(dossier.shows_page(case, page.id) for page in evidence)
    assert not any(dossier.shows_original(case, page.original_id) for page in evidence)
    sheet = cases.sheet(people["kanshou"], case)
    assert {party.kind for party in sheet.parties} == {PartyKind.SUSPECT}
    assert all(not party.id_number and not party.phone for party in sheet.parties)
    assert not sheet.brief
    assert sheet.measures
    assert selectors.handovers_of(people["kanshou"], investigated)


def test_a_second_notice_comes_beside_the_first(people: People, investigated: UUID) -> None:
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    notify(people, investigated)
    first = titles(sees(people["kanshou"], investigated))
    sent = notify(people, investigated)
    both = titles(sees(people["kanshou"], investigated))
    assert set(first) <= set(both)
    actions.withdraw(people["anguan"], handover_id=sent.handover_id, version=sent.version, reason="重复")
    assert titles(sees(people["kanshou"], investigated)) == first


def test_the_file_comes_whole_only_where_it_is_carried(people: People, investigated: UUID) -> None:
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    whole = len(titles(sees(people["anguan"], investigated)))
    asked = hand_over(
        people, investigated, "supplementary-investigation", "anguan", "jianchazhang", texts=OUTLINE
    )
    police = sees(people["zhencha"], investigated)
    assert not police.living
    assert "补充侦查提纲" in " ".join(titles(police))
    accept(people, asked, "zhencha")
    left = sees(people["anguan"], investigated)
    assert left.role is GrantRole.PAST
    assert len(titles(left)) > whole
    assert len(cases.sheet(people["anguan"], left).parties) == len(cases.living_sheet(investigated).parties)


def test_a_page_taken_out_before_sending_is_not_sent(people: People, investigated: UUID, scan: bytes) -> None:
    made = dossier_actions.upload(
        people["zhencha"],
        case_id=investigated,
        catalogue_key="ev-victim.victim",
        files=[Upload(file_name="误.jpg", content=io.BytesIO(scan + b"secret"))],
    )
    for original_id in dossier.originals_waiting(investigated):
        dossier_actions.derive_original(original_id)
    dossier_actions.remove_page(
        people["zhencha"], case_id=investigated, page_id=made.page_ids[0], reason="与本案无关"
    )
    hand_over(people, investigated, "arrest-request")
    case = sees(people["anguan"], investigated)
    assert not dossier.shows_page(case, made.page_ids[0])
    assert not dossier.shows_original(case, made.original_ids[0])


def test_withdrawing_ends_the_right_to_read(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    assert titles(sees(people["anguan"], investigated))
    actions.withdraw(people["zhencha"], handover_id=sent.handover_id, version=sent.version, reason="发错单位")
    with pytest.raises(NotFound):
        sees(people["anguan"], investigated)
    sent = hand_over(people, investigated, "arrest-request")
    assert sees(people["anguan"], investigated).role is GrantRole.REVIEWING


def test_withdrawing_gives_back_what_the_unit_had_before(people: People, investigated: UUID) -> None:
    accept(people, hand_over(people, investigated, "arrest-request"))
    before = Grant.objects.get(case_id=investigated, unit_id=people["anguan"].unit_id)
    case_actions.add_parties(
        people["zhencha"], case_id=investigated, parties=[NewParty(kind=PartyKind.WITNESS, name="宓茗芮")]
    )
    sheet, _ = case_actions.keep_sheet(investigated)
    later, manifest = uuid4(), dossier_actions.snapshot(investigated)
    change = GrantChange(
        unit_id=before.unit_id, role=GrantRole.REVIEWING, basis="移送审查起诉", handover_id=later,
        sheet_id=sheet.id, manifest_id=manifest.id,
    )  # fmt: skip
    case_actions.apply_effects(
        investigated, case_actions.CaseEffects(grants=(change,)), at=clock.now(), same_version=True
    )
    assert "宓茗芮" in Grant.objects.get(id=before.id).search
    case_actions.take_back_grants(investigated, later, [before.unit_id])
    after = Grant.objects.get(id=before.id)
    for column in ("role", "basis", "handover_id", "sheet_id", "manifest_id", "search", "until_at"):
        assert getattr(after, column) == getattr(before, column), column


def test_a_new_round_to_another_unit_ends_the_first_ones_right(people: People, investigated: UUID) -> None:
    from antong.org import selectors as org
    from antong.org.types import UnitKind

    sent = hand_over(people, investigated, "prosecution-transfer")
    back = actions.return_file(
        people["anguan"],
        handover_id=sent.handover_id,
        version=sent.version,
        reasons=[Reason(text="不归我院管辖")],
    )
    done = actions.begin_round(people["zhencha"], handover_id=sent.handover_id, version=back.version)
    (reason,) = selectors.open_reasons(sent.handover_id)
    actions.resolve_reason(
        people["zhencha"], handover_id=sent.handover_id, reason_id=reason.id, state="fixed", resolution="改送"
    )
    other = next(
        unit
        for unit in org.find_units(kinds=[UnitKind.PROCURATORATE], most=50)
        if unit.id != people["anguan"].unit_id and unit.level.value == "county"
    )
    done = actions.amend(
        people["zhencha"], handover_id=sent.handover_id, version=done.version, receiver_ids=[other.id]
    )
    done = actions.submit(people["zhencha"], handover_id=sent.handover_id, version=done.version)
    done = actions.approve(people["juzhang"], handover_id=sent.handover_id, version=done.version)
    actions.send(people["zhencha"], handover_id=sent.handover_id, version=done.version)
    with pytest.raises(NotFound):
        sees(people["anguan"], investigated)


def test_lists_of_a_reviewing_unit_do_not_learn_what_came_later(people: People, investigated: UUID) -> None:
    hand_over(people, investigated, "arrest-request")
    before = Grant.objects.get(case_id=investigated, unit_id=people["anguan"].unit_id)
    with clock.set_to(clock.now() + timedelta(minutes=5)):
        case_actions.add_parties(
            people["zhencha"],
            case_id=investigated,
            parties=[
                NewParty(kind=PartyKind.WITNESS, name="宓茗芮"),
                NewParty(kind=PartyKind.SUSPECT, name="亓官岳"),
            ],
        )
    after = Grant.objects.get(case_id=investigated, unit_id=people["anguan"].unit_id)
    for column in ("name", "search", "charge", "in_custody", "handling_unit", "stage", "updated_at"):
        assert getattr(after, column) == getattr(before, column), column
    found = cases.list_cases(people["anguan"], cases.CaseFilter(text="宓茗芮")).total
    assert found == 0
    assert cases.list_cases(people["zhencha"], cases.CaseFilter(text="宓茗芮")).total == 1
    assert cases.list_cases(people["anguan"], cases.CaseFilter(text="韩序舟")).total >= 1


def test_a_snapshot_offers_no_duplicate_of_somebody_added_later(people: People, investigated: UUID) -> None:
    hand_over(people, investigated, "arrest-request")
    case_actions.add_parties(
        people["zhencha"],
        case_id=investigated,
        parties=[NewParty(kind=PartyKind.WITNESS, name="宓茗芮", born_on=clock.at(1990, 1, 2).date())],
    )
    known = {"name": "宓茗芮", "born_on": "1990-01-02"}
    assert cases.duplicates(people["zhencha"], **known)
    assert cases.duplicates(people["anguan"], **known) == []


@pytest.mark.parametrize("role", [GrantRole.REVIEWING, GrantRole.PAST])
def test_without_a_snapshot_nothing_is_shown(people: People, investigated: UUID, role: GrantRole) -> None:
    hand_over(people, investigated, "arrest-request")
    Grant.objects.filter(case_id=investigated, unit_id=people["anguan"].unit_id).update(
        role=role, sheet_id=None, manifest_id=None
    )
    case = sees(people["anguan"], investigated)
    with pytest.raises(NotFound):
        cases.sheet(people["anguan"], case)
    assert dossier.file_of(case).page_count == 0
    page = next(e.pages[0] for v in dossier.tree(investigated).volumes for e in v.entries if e.pages)
    assert not dossier.shows_page(case, page.id)
    assert not dossier.shows_original(case, page.original_id)


def test_the_whole_side_gains_and_loses_the_case(people: People, investigated: UUID) -> None:
    station, bureau = people["zhencha"].unit_id, people["juzhang"].unit_id
    assert (role_of(investigated, station), role_of(investigated, bureau)) == ("handling", "co_handling")
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    assert (role_of(investigated, station), role_of(investigated, bureau)) == ("past", "past")
    asked = hand_over(
        people, investigated, "supplementary-investigation", "anguan", "jianchazhang", texts=OUTLINE
    )
    accept(people, asked, "zhencha")
    assert (role_of(investigated, station), role_of(investigated, bureau)) == ("handling", "co_handling")
    done = send_up(people, investigated, "re-transfer", texts=OUTLINE)
    leader = sees(people["juzhang"], investigated)
    assert any("补充侦查报告书" in one.name for one in dossier.documents_of(leader))
    actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)


def test_a_station_does_not_keep_a_case_that_its_bureau_gave_away(people: People, investigated: UUID) -> None:
    case_actions.apply_effects(
        investigated,
        case_actions.CaseEffects(
            grants=(
                GrantChange(unit_id=people["juzhang"].unit_id, role=GrantRole.PAST, basis="移送审查起诉"),
            )
        ),
        at=clock.now(),
    )
    assert role_of(investigated, people["zhencha"].unit_id) == "past"


def test_a_supervisor_reminds(people: People, investigated: UUID) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    assert actions.nudge(people["jiandu"], handover_id=sent.handover_id) == 1
    assert sent.state is State.ENTERED
