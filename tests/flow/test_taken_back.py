"""What comes back before it was accepted has not been made: the suspect, the measures and the limits as before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from antong.cases import access, selectors
from antong.catalog.loader import load
from antong.flow import actions
from antong.flow.types import Done, Reason
from antong.kernel.refusal import NotFound, Refusal
from antong.org.types import Permission
from stories import HELD
from walking import Roads, Walker, plan


def sent(roads: Roads, key: str, outcome: str = "", via: Any = (("detention", ""),)) -> Any:
    walker = roads.walk(plan((key, outcome), via)[:-1])
    before = picture(walker.case_id)
    definition = load().flows[key]
    return walker, before, walker.send(definition, walker.compose(definition, outcome))


def picture(case_id: UUID) -> tuple[Any, ...]:
    """Where the suspect stands, what is in force, and which limits run until when."""
    sheet = selectors.living_sheet(case_id)
    (party,) = sheet.suspects
    now = sheet.in_force(party.id)
    limits = {
        (limit.rule, limit.party_id, limit.unit_id, limit.due_at)
        for limit in selectors.limits_of(case_id)
        if limit.state == "running"
    }
    return party.stage, party.state, now and (now.kind, now.starts_at, now.document_id), limits


def withdraw(walker: Walker, done: Done) -> None:
    actions.withdraw(walker.sender, handover_id=done.handover_id, version=done.version, reason="写错了")


def give_back(walker: Walker, done: Done) -> Done:
    (receiver,) = walker.receivers(done)
    return actions.return_file(
        receiver,
        handover_id=done.handover_id,
        version=done.version,
        reasons=[Reason(text="缺笔录", where="卷")],
    )


@pytest.mark.parametrize("come_back", [withdraw, give_back])
def test_a_request_for_arrest_that_comes_back_stops_no_limit(roads: Roads, come_back: Any) -> None:
    """拘留期限照算 (consequence of a return): else somebody detained is watched by no limit at all."""
    walker, before, done = sent(roads, "arrest-request", "approved")
    assert any(rule == "arrest-request-3d" for rule, *_ in before[3])
    assert not any(rule == "arrest-request-3d" for rule, *_ in picture(walker.case_id)[3])
    come_back(walker, done)
    assert picture(walker.case_id) == before


def test_sent_again_in_its_next_round_it_takes_effect_again(roads: Roads) -> None:
    walker, before, done = sent(roads, "arrest-request", "approved")
    gone = picture(walker.case_id)
    back = give_back(walker, done)
    begun = actions.begin_round(walker.sender, handover_id=back.handover_id, version=back.version)
    from antong.flow import selectors as flow

    (reason,) = flow.open_reasons(back.handover_id)
    actions.resolve_reason(
        walker.sender, handover_id=back.handover_id, reason_id=reason.id, state="fixed", resolution="已补"
    )
    assert picture(walker.case_id) == before
    again = actions.submit(walker.sender, handover_id=begun.handover_id, version=begun.version)
    walker.send(load().flows["arrest-request"], again)
    assert picture(walker.case_id) == gone


@pytest.mark.parametrize(
    ("key", "via"),
    [
        ("arrest-execution", HELD[:1]),
        ("judgment-service", (*HELD, ("judgment", "imprisonment"))),
        ("community-correction-receipt", None),
    ],
)
def test_a_notice_withdrawn_before_anybody_signed(roads: Roads, key: str, via: Any) -> None:
    walker, before, done = sent(roads, key, "", via)
    assert picture(walker.case_id) != before
    withdraw(walker, done)
    assert picture(walker.case_id) == before


def test_who_was_moved_since_is_left_where_the_later_act_put_him(roads: Roads) -> None:
    walker, _, done = sent(roads, "arrest-request", "approved")
    bail = load().flows["bail"]
    walker.spot = replace(walker.spot, state="arrest_requested")
    walker.send(bail, walker.compose(bail, ""))
    bailed = picture(walker.case_id)
    assert bailed[1] == "bailed"
    withdraw(walker, done)
    left = picture(walker.case_id)
    assert left[:3] == bailed[:3]
    # nobody reviews what was withdrawn; nothing else of the later act is touched
    assert left[3] == {limit for limit in bailed[3] if limit[0] != "arrest-review-7d"} != bailed[3]


def test_withdrawn_from_the_wrong_unit_it_is_seen_there_no_more(roads: Roads) -> None:
    walker, _, done = sent(roads, "arrest-request", "approved")
    assert access.case_for(roads.people["anguan"], walker.case_id, Permission.CASE_READ).living is False
    withdraw(walker, done)
    with pytest.raises(NotFound):
        access.case_for(roads.people["anguan"], walker.case_id, Permission.CASE_READ)


def test_withdrawn_from_who_had_the_case_before_it_is_seen_as_it_was_then(roads: Roads) -> None:
    walker = roads.walk(plan(("hearing-notice", ""), HELD)[:-1])
    before = access.case_for(roads.people["anguan"], walker.case_id, Permission.CASE_READ)
    notice = load().flows["hearing-notice"]
    done = walker.send(notice, walker.compose(notice, ""))
    shown = access.case_for(roads.people["anguan"], walker.case_id, Permission.CASE_READ)
    # the notice's papers come beside the file it had, and take nothing of it
    assert (shown.sheet_id, shown.manifest_id) == (before.sheet_id, before.manifest_id)
    assert len(shown.part_ids) == len(before.part_ids) + 1
    withdraw(walker, done)
    after = access.case_for(roads.people["anguan"], walker.case_id, Permission.CASE_READ)
    assert (after.role, after.sheet_id, after.manifest_ids) == (
        before.role,
        before.sheet_id,
        before.manifest_ids,
    )
    with pytest.raises(NotFound):
        access.case_for(roads.people["kanshou"], walker.case_id, Permission.CASE_READ)


def test_two_papers_about_one_person_the_first_decides(roads: Roads) -> None:
    """Bail and release of one detainee, both sent up: the second is refused when it would take effect."""
    walker = roads.walk(plan(("release", ""), (("detention", ""),))[:-1])
    bail, release = load().flows["bail"], load().flows["release"]
    one, two = walker.compose(bail, ""), walker.compose(release, "")
    walker.send(bail, one)
    before = picture(walker.case_id)
    with pytest.raises(Refusal) as refused:
        walker.send(release, two)
    assert refused.value.code == "subjects-changed"
    assert any("取保候审" in item for item in refused.value.items)
    assert picture(walker.case_id) == before


def test_a_case_closed_while_it_was_on_its_way_is_not_taken(roads: Roads) -> None:
    walker, _, done = sent(roads, "prosecution-transfer", "", HELD)
    closing = load().flows["case-withdrawal"]
    walker.send(closing, walker.compose(closing, ""))
    closed = picture(walker.case_id)
    (receiver,) = walker.receivers(done)
    with pytest.raises(Refusal) as refused:
        actions.accept(receiver, handover_id=done.handover_id, version=done.version)
    assert refused.value.code == "subjects-changed"
    assert picture(walker.case_id) == closed
    give_back(walker, done)
