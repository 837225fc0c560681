"""Nobody is held without a clock: after every act of the road, its returns, withdrawals and refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.cases import _grants
from antong.cases import selectors as cases
from antong.cases.types import GrantChange, GrantRole, LimitView, MeasureKind
from antong.flow import actions, selectors
from antong.flow.models import Task
from antong.flow.types import Done, Outcome, Reason, State, TaskKind
from antong.kernel import clock
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from road import accept, answer, judged, later, limits, through, today

People = dict[str, Any]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Look at the custody of everybody of a case after each act that wrote an entry; the acts, in order."""
    seen: list[str] = []
    real = ledger.record

    def record(actor: Any, **facts: Any) -> Any:
        entry = real(actor, **facts)
        if facts["act"].startswith("handover."):  # the entry is the last thing that an act writes
            seen.append(facts["act"])
            assert cases.held_without_limit(facts["chain_id"]) == [], facts["act"]
        return entry

    monkeypatch.setattr(ledger, "record", record)
    return seen


def running(case_id: UUID, rule: str) -> list[LimitView]:
    return [one for one in cases.limits_of(case_id) if one.rule == rule and one.state == "running"]


def suspects(case_id: UUID) -> tuple[UUID, ...]:
    return tuple(party.id for party in cases.living_sheet(case_id).suspects)


def give_back(people: People, sent: Done) -> Done:
    reasons = [Reason(text="缺末页", where="现场勘验笔录")]
    return actions.return_file(
        people["anguan"], handover_id=sent.handover_id, version=sent.version, reasons=reasons
    )


def test_nobody_is_held_without_a_clock_on_the_whole_road(
    people: People, detained: UUID, watched: list[str]
) -> None:
    first, second = suspects(detained)
    asked = accept(people, through(people, detained, "arrest-request"))
    answer(
        people,
        asked,
        [
            Outcome(party_id=first, outcome="approved"),
            Outcome(party_id=second, outcome="refused", reason="无逮捕必要"),
        ],
    )
    through(people, detained, "bail", party_ids=[second], fields={"guarantor": "其父"})
    through(people, detained, "arrest-execution", party_ids=[first])
    accept(people, through(people, detained, "prosecution-transfer"))
    returned = through(people, detained, "supplementary-investigation", "anguan", "jianchazhang")
    accept(people, returned, "zhencha")
    accept(people, through(people, detained, "re-transfer"))
    accept(people, through(people, detained, "prosecution", "anguan", "jianchazhang"), "lian")
    said = judged(
        detained, ("imprisonment", "判处有期徒刑一年"), ("probation", "判处有期徒刑八个月，缓刑一年")
    )
    through(people, detained, "judgment", "lian", "yuanzhang", **said)
    served = through(
        people,
        detained,
        "judgment-service",
        "lian",
        receiver_ids=[people["anguan"].unit_id, people["kanshou"].unit_id],
        fields={"received_on": today()},
    )
    accept(people, accept(people, served), "kanshou")
    with later(20):
        through(people, detained, "judgment-effective", "lian", "yuanzhang", fields={"appeals": "没有"})
        delivered = through(people, detained, "execution-delivery", "lian", "yuanzhang", party_ids=[first])
        accept(people, delivered, "kanshou")
        accept(people, through(people, detained, "prison-delivery", "kanshou", "suozhang"), "jianyu")
    assert watched.count("handover.accept") >= 8
    in_force = cases.living_sheet(detained).in_force(first)
    assert in_force is not None
    assert in_force.kind is MeasureKind.IMPRISONMENT
    assert in_force.decided_by_id == people["lian"].unit_id
    assert in_force.executed_by_id == people["jianyu"].unit_id


@pytest.mark.parametrize("flow", ["arrest-request", "prosecution-transfer"])
def test_a_return_and_a_withdrawal_leave_the_clock_of_detention_running(
    people: People, detained: UUID, watched: list[str], flow: str
) -> None:
    due = {one.party_id: one.due_at for one in running(detained, "arrest-request-30d")}
    assert set(due) == set(suspects(detained))
    sent = through(people, detained, flow)
    back = give_back(people, sent)
    assert {one.party_id: one.due_at for one in running(detained, "arrest-request-30d")} == due
    actions.withdraw(people["zhencha"], handover_id=back.handover_id, version=back.version, reason="漏了一人")
    assert {one.party_id: one.due_at for one in running(detained, "arrest-request-30d")} == due
    assert not running(detained, "arrest-review-7d")
    assert {party.state for party in cases.living_sheet(detained).suspects} == {"detained"}
    assert watched[-1] == "handover.withdraw"


def test_the_seven_days_run_from_the_first_receipt_whatever_is_returned(
    people: People, detained: UUID, watched: list[str]
) -> None:
    sent = through(people, detained, "arrest-request")
    due = {one.due_at for one in running(detained, "arrest-review-7d")}
    assert len(due) == 1
    with later(2):
        back = give_back(people, sent)
        begun = actions.begin_round(people["zhencha"], handover_id=back.handover_id, version=back.version)
        for reason in selectors.open_reasons(back.handover_id):
            actions.resolve_reason(
                people["zhencha"], handover_id=back.handover_id, reason_id=reason.id, state="fixed", resolution="已补"
            )  # fmt: skip
        done = actions.submit(people["zhencha"], handover_id=begun.handover_id, version=begun.version)
        done = actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
        done = actions.send(people["zhencha"], handover_id=done.handover_id, version=done.version)
        assert not running(detained, "arrest-request-30d")
        accept(people, done)
    assert {one.due_at for one in running(detained, "arrest-review-7d")} == due
    assert all(one.in_custody and one.unit_id == people["anguan"].unit_id for one in running(detained, "arrest-review-7d"))  # fmt: skip
    assert watched


def test_who_is_not_detained_is_reviewed_in_fifteen_days(
    people: People, new_case: Callable[..., UUID], scanned: Callable[[UUID], None]
) -> None:
    case_id = new_case(("韩序舟",))
    through(people, case_id, "filing")
    scanned(case_id)
    through(people, case_id, "arrest-request")
    (limit,) = running(case_id, "arrest-review-not-detained-15d")
    assert not limit.in_custody
    assert not running(case_id, "arrest-review-7d")


def test_refused_arrest_is_an_order_to_release_at_once(people: People, detained: UUID) -> None:
    asked = accept(people, through(people, detained, "arrest-request"))
    answer(
        people,
        asked,
        [Outcome(party_id=one, outcome="refused", reason="无必要") for one in suspects(detained)],
    )
    orders = running(detained, "release-at-once")
    assert {one.party_id for one in orders} == set(suspects(detained))
    assert {one.unit_id for one in orders} == {people["zhencha"].unit_id}
    assert all(one.due_at <= clock.now() + timedelta(hours=2) for one in orders)
    (task,) = Task.objects.filter(case_id=detained, kind=TaskKind.EXECUTE, closed_at__isnull=True)
    assert task.unit_id == people["zhencha"].unit_id
    first, second = suspects(detained)
    through(people, detained, "release", party_ids=[first], fields={"release_reason": "检察院不批准逮捕"})
    assert Task.objects.filter(id=task.id, closed_at__isnull=True).exists()
    through(people, detained, "bail", party_ids=[second], fields={"guarantor": "其父"})
    assert not running(detained, "release-at-once")
    assert not Task.objects.filter(id=task.id, closed_at__isnull=True).exists()


def test_approved_arrest_is_an_order_to_execute_and_knows_who_decided(people: People, detained: UUID) -> None:
    asked = accept(people, through(people, detained, "arrest-request"))
    answer(people, asked, [Outcome(party_id=one, outcome="approved") for one in suspects(detained)])
    assert {one.unit_id for one in running(detained, "arrest-execution-at-once")} == {
        people["zhencha"].unit_id
    }
    through(people, detained, "arrest-execution")
    assert not running(detained, "arrest-execution-at-once")
    measure = cases.living_sheet(detained).in_force(suspects(detained)[0])
    assert measure is not None
    assert measure.decided_by_id == people["anguan"].unit_id
    assert measure.executed_by_id == people["juzhang"].unit_id
    assert measure.place == "看守所"
    assert {"arrest-family-notice-24h", "arrest-first-interrogation-24h"} <= limits(detained)


@pytest.mark.parametrize(
    ("day", "roaming", "last"),
    [
        ((2025, 9, 30), "否", (2025, 10, 3)),  # 国庆
        ((2026, 2, 14), "否", (2026, 2, 17)),  # 春节
        ((2025, 9, 1), "是", (2025, 10, 1)),
    ],
)
def test_a_holiday_never_lengthens_detention(
    people: People,
    new_case: Callable[..., UUID],
    day: tuple[int, int, int],
    roaming: str,
    last: tuple[int, int, int],
) -> None:
    with clock.set_to(clock.at(*day, 10)):
        case_id = new_case(("韩序舟",))
        through(people, case_id, "filing")
        through(people, case_id, "detention", fields={"roaming": roaming})
    (limit,) = [one for one in cases.limits_of(case_id) if one.rule.startswith("arrest-request-")]
    assert clock.local(limit.due_at) == clock.at(*last) + timedelta(days=1)
    assert limit.in_custody


def test_an_arrest_from_bail_is_in_custody_at_once(
    people: People, new_case: Callable[..., UUID], scanned: Callable[[UUID], None]
) -> None:
    with clock.set_to(clock.at(2025, 12, 15, 10)):
        case_id = new_case(("韩序舟",))
        through(people, case_id, "filing")
        through(people, case_id, "bail", fields={"guarantor": "其父"})
        scanned(case_id)
        asked = accept(people, through(people, case_id, "arrest-request"))
        answer(people, asked, [Outcome(party_id=suspects(case_id)[0], outcome="approved")])
        through(people, case_id, "arrest-execution")
    (limit,) = running(case_id, "investigation-custody-2m")
    assert limit.in_custody
    assert clock.local(limit.due_at) == clock.at(2026, 2, 16)


def test_the_day_of_detention_comes_from_the_measure(people: People, new_case: Callable[..., UUID]) -> None:
    with clock.set_to(clock.at(2025, 9, 30, 10)):
        case_id = new_case(("韩序舟",))
        through(people, case_id, "filing")
        through(people, case_id, "detention", fields={"roaming": "否"})
    with clock.set_to(clock.at(2025, 10, 2, 10)):
        through(people, case_id, "detention-extension")
    (limit,) = running(case_id, "arrest-request-3d")
    assert clock.local(limit.due_at) == clock.at(2025, 10, 8)


def test_renewed_bail_takes_the_place_of_the_bail_before(people: People, detained: UUID) -> None:
    through(people, detained, "bail", fields={"guarantor": "其父"})
    accept(people, through(people, detained, "prosecution-transfer"))
    through(people, detained, "bail-procuratorate", "anguan", "jianchazhang", fields={"guarantor": "其父"})
    assert {one.unit_id for one in running(detained, "bail-12m")} == {people["anguan"].unit_id}


def test_a_duty_of_24_hours_ends_with_its_paper_and_not_before(people: People, detained: UUID) -> None:
    first, second = suspects(detained)
    assert len(running(detained, "detention-family-notice-24h")) == 2
    draft = actions.draft_document(
        people["zhencha"], case_id=detained, kind="detention-notice", party_ids=[first], fields={}
    )
    actions.issue_document(people["zhencha"], case_id=detained, document_id=draft.id, version=draft.version)
    assert {one.party_id for one in running(detained, "detention-family-notice-24h")} == {second}
    through(people, detained, "arrest-request")
    assert {one.party_id for one in running(detained, "detention-family-notice-24h")} == {second}
    assert not running(detained, "detention-first-interrogation-24h")  # the record is in the file


def test_an_act_cannot_happen_before_what_it_follows(people: People, detained: UUID) -> None:
    sent = through(people, detained, "prosecution-transfer")
    with pytest.raises(Refusal) as refused:
        accept(people, sent, happened_at=clock.now() - timedelta(hours=3))
    assert refused.value.code == "before-last-act"
    with pytest.raises(Refusal) as refused:
        through(
            people,
            detained,
            "release",
            fields={"release_reason": "不应当拘留"},
            at=clock.now() - timedelta(hours=5),
        )
    assert refused.value.code == "measure-before-current"
    assert State(sent.state) is State.ENTERED


def test_who_handles_or_oversees_a_case_sees_when_custody_ends_whoever_owes_it(
    people: People, detained: UUID
) -> None:
    accept(people, through(people, detained, "arrest-request"))
    review = running(detained, "arrest-review-7d")[0]
    for who in ("zhencha", "anguan", "jiandu"):
        (row,) = [
            row
            for row in cases.list_cases(people[who], cases.CaseFilter(), size=100).rows
            if row.case_id == detained
        ]
        held = min(one.due_at for one in cases.limits_of(detained) if one.running and one.in_custody)
        own = [
            one.due_at
            for one in cases.limits_of(detained)
            if one.running and one.unit_id == people[who].unit_id
        ]
        assert row.next_due == min([held, *own])
        assert review.due_at >= held


def test_who_executes_sees_only_its_own_limits_in_its_list(people: People, detained: UUID) -> None:
    _grants.apply(
        detained,
        [GrantChange(unit_id=people["jiaozheng"].unit_id, role=GrantRole.HANDLING, basis="测试")],
    )
    through(people, detained, "arrest-request")
    (row,) = [
        one
        for one in cases.list_cases(people["jiaozheng"], cases.CaseFilter(), size=100).rows
        if one.case_id == detained
    ]
    assert row.next_due is None


def test_a_detention_centre_is_warned_of_whoever_it_holds(people: People, detained: UUID) -> None:
    before = cases.custody_ending(people["kanshou"]).people
    _grants.apply(
        detained,
        [GrantChange(unit_id=people["kanshou"].unit_id, role=GrantRole.HANDLING, basis="测试")],
    )
    # seven days are the procuratorate's, the cell is the centre's
    through(people, detained, "arrest-request")
    with later(2):
        assert cases.custody_ending(people["kanshou"]).people == before + 2
