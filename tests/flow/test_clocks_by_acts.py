"""What acts do to clocks that run: extensions one after another, recounts, rests, other procedures, applications answered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.cases import selectors as cases
from antong.cases.types import LimitView
from antong.flow.types import Outcome
from antong.kernel import clock
from antong.kernel.refusal import Refusal
from antong.law import timelimit
from road import accept, answer, later, limits, through

People = dict[str, Any]
FIRST, SECOND, THIRD = "第156条延长一个月", "第158条延长二个月", "第159条再延长二个月"


def of(case_id: UUID, rule: str) -> LimitView:
    (found, *_) = [
        one for one in cases.limits_of(case_id) if one.rule == rule and (one.running or one.suspended)
    ]
    return found


def last_day(limit: LimitView) -> date:
    return clock.local(limit.due_at - timedelta(minutes=1)).date()


def suspects(case_id: UUID) -> list[UUID]:
    return [party.id for party in cases.living_sheet(case_id).suspects]


@pytest.fixture
def arrested(people: People, investigated: UUID) -> UUID:
    asked = accept(people, through(people, investigated, "arrest-request"))
    answer(people, asked, [Outcome(party_id=one, outcome="approved") for one in suspects(investigated)])
    through(people, investigated, "arrest-execution")
    return investigated


@pytest.fixture
def tried(people: People, arrested: UUID) -> UUID:
    accept(people, through(people, arrested, "prosecution-transfer"))
    accept(people, through(people, arrested, "prosecution", "anguan", "jianchazhang"), "lian")
    return arrested


def extend(people: People, case_id: UUID, basis: str, outcome: str = "approved") -> None:
    asked = accept(people, through(people, case_id, "custody-extension", fields={"basis": basis}))
    reason = {"reason": "理由不足"} if outcome == "refused" else {}
    answer(people, asked, [Outcome(party_id=one, outcome=outcome, **reason) for one in suspects(case_id)])


def test_extensions_of_custody_follow_one_another(people: People, arrested: UUID) -> None:
    began = date.fromisoformat(of(arrested, "investigation-custody-2m").facts["arrested_on"])
    for basis, rule, months in (
        (FIRST, "investigation-custody-ext-1m", 3),
        (SECOND, "investigation-custody-ext-2m", 5),
        (THIRD, "investigation-custody-ext-2m-10y", 7),
    ):
        extend(people, arrested, basis)
        assert last_day(of(arrested, rule)) == timelimit.add_months(began, months)
        assert len([one for one in cases.limits_of(arrested) if one.running and one.of_stage]) == 2, (
            "one each"
        )
        assert cases.held_without_limit(arrested) == []
    assert [one["article"] for one in of(arrested, rule).facts["extensions"]] == ["法156", "法158", "法159"]
    accept(people, through(people, arrested, "prosecution-transfer"))
    assert not any(rule.startswith("investigation-custody") for rule in limits(arrested))


def test_the_second_extension_needs_the_first(people: People, arrested: UUID) -> None:
    with pytest.raises(Refusal) as refused:
        extend(people, arrested, SECOND)
    assert "刑事诉讼法第156条" in refused.value.basis
    assert "investigation-custody-2m" in limits(arrested)


def test_a_refused_extension_leaves_the_term(people: People, arrested: UUID) -> None:
    before = of(arrested, "investigation-custody-2m").due_at
    extend(people, arrested, FIRST, "refused")
    assert of(arrested, "investigation-custody-2m").due_at == before


def test_another_grave_crime_counts_afresh_from_its_discovery(people: People, arrested: UUID) -> None:
    extend(people, arrested, FIRST)
    with later(20):
        day = clock.today() - timedelta(days=2)
        through(
            people, arrested, "custody-recount", fields={"discovered_on": day.isoformat(), "crime": "抢劫"}
        )
        assert last_day(of(arrested, "restart-new-crime")) == timelimit.add_months(day, 2)
        assert "investigation-custody-ext-1m" not in limits(arrested)
        extend(people, arrested, FIRST)
        assert last_day(of(arrested, "restart-new-crime")) == timelimit.add_months(day, 3)


def test_an_appraisal_lets_custody_rest_and_its_end_takes_it_up(people: People, arrested: UUID) -> None:
    before = last_day(of(arrested, "investigation-custody-2m"))
    with later(5):
        through(people, arrested, "psychiatric-appraisal", fields={"appraiser": "州医院"})
        resting = of(arrested, "investigation-custody-2m")
        assert resting.suspended
        assert cases.held_without_limit(arrested) == [], "time does not run, the basis stands"
    with later(25):
        with pytest.raises(Refusal):
            through(people, arrested, "custody-extension", fields={"basis": FIRST})
        through(people, arrested, "psychiatric-appraisal-end", fields={"finding": "有刑事责任能力"})
        again = of(arrested, "investigation-custody-2m")
        assert again.running
        assert last_day(again) == before + timedelta(days=20)
        assert any("法149" in step for step in again.derivation)
        extend(people, arrested, FIRST)
        longer = of(arrested, "investigation-custody-ext-1m")
        assert longer.facts["suspensions"] == again.facts["suspensions"]
        assert last_day(longer) == timelimit.add_months(before + timedelta(days=20), 1)


def test_a_trial_rests_and_goes_on(people: People, tried: UUID) -> None:
    before = last_day(of(tried, "first-instance-2m"))
    court = {"who": "lian", "approver": "yuanzhang"}
    with later(3):
        through(people, tried, "trial-suspension", **court, fields={"ground": "由于不能抗拒的原因"})
        assert of(tried, "first-instance-2m").suspended
    with later(13):
        through(people, tried, "trial-resumption", **court)
    assert last_day(of(tried, "first-instance-2m")) == before + timedelta(days=10)
    through(people, tried, "trial-extension", **court)
    longer = of(tried, "first-instance-3m")
    assert last_day(longer) == timelimit.add_months(before, 1) + timedelta(days=10)


def test_a_simple_procedure_is_shorter_and_conversion_counts_afresh(people: People, tried: UUID) -> None:
    court = {"who": "lian", "approver": "yuanzhang"}
    began = date.fromisoformat(of(tried, "first-instance-2m").facts["accepted_on"])
    through(people, tried, "procedure-choice", **court, fields={"procedure": "简易程序"})
    assert last_day(of(tried, "summary-procedure-20d")) == began + timedelta(days=20)
    with later(8):
        through(people, tried, "procedure-conversion", **court)
        assert last_day(of(tried, "procedure-conversion-restart")) == timelimit.add_months(clock.today(), 2)
    assert "summary-procedure-20d" not in limits(tried)
    assert cases.held_without_limit(tried) == []


def test_review_is_made_longer_once(people: People, arrested: UUID) -> None:
    accept(people, through(people, arrested, "prosecution-transfer"))
    before = last_day(of(arrested, "prosecution-review-1m"))
    through(people, arrested, "review-extension", "anguan", "jianchazhang", fields={"ground": "案情复杂"})
    assert last_day(of(arrested, "prosecution-review-ext-15d")) == before + timedelta(days=15)
    with pytest.raises(Refusal):
        through(people, arrested, "review-extension", "anguan", "jianchazhang", fields={"ground": "案情复杂"})


def test_an_application_is_answered_within_three_days(people: People, arrested: UUID) -> None:
    (first, _) = suspects(arrested)
    said = {"applicant": "辩护律师", "received_on": clock.today().isoformat(), "asks": "变更强制措施"}
    through(people, arrested, "change-application", party_ids=[first], fields=said)
    asked = of(arrested, "coercive-change-application-3d")
    assert asked.party_id == first
    assert last_day(asked) == clock.today() + timedelta(days=3), "held: no rest day moves it"
    fields = {"outcomes": {str(first): {"outcome": "refused", "term": "可能妨碍作证"}}}
    through(people, arrested, "change-answer", party_ids=[first], fields=fields)
    assert "coercive-change-application-3d" not in limits(arrested)


def test_designated_surveillance_is_told_to_the_family(people: People, investigated: UUID) -> None:
    asked = accept(people, through(people, investigated, "arrest-request"))
    refused = [
        Outcome(party_id=one, outcome="refused", reason="无逮捕必要") for one in suspects(investigated)
    ]
    answer(people, asked, refused)
    through(
        people, investigated, "residential-surveillance", fields={"designated": "是", "dwelling": "某招待所"}
    )
    assert "rs-designated-family-notice-24h" in limits(investigated)
