"""Limits against the texts, and what holds of any of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antong.law import articles, identity, timelimit
from antong.law.calendar import announced


def test_every_rule_quotes_words_that_stand_in_its_articles() -> None:
    for rule in timelimit.rules():
        text = "".join(articles.find(article).text for article in rule.articles)
        for quote in rule.quotes:
            assert quote in text, f"{rule.key}: {quote}"


DAYS = st.dates(date(2008, 1, 1), date(2026, 6, 30))


@given(DAYS, st.integers(1, 4))
def test_days_in_custody_agree_with_counting_one_by_one(start: date, extra: int) -> None:
    facts: dict[str, Any] = {"detained_on": start, "in_custody": True, "extensions": [{"days": extra}]}
    day = start
    for _ in range(3 + extra):
        day += timedelta(days=1)
    assert timelimit.answer("arrest-request-3d", facts).due == day


@given(DAYS)
def test_out_of_custody_a_limit_never_ends_on_a_rest_day(start: date) -> None:
    held = timelimit.answer("prosecution-review-1m", {"received_on": start, "in_custody": True}).due
    free = timelimit.answer("prosecution-review-1m", {"received_on": start, "in_custody": False}).due
    assert not announced().is_rest(free)  # type: ignore[arg-type]
    assert free >= held


@given(DAYS, st.integers(1, 3))
def test_a_longer_extension_never_ends_earlier(start: date, days: int) -> None:
    def due(length: int) -> Any:
        facts = {"detained_on": start, "in_custody": True, "extensions": [{"days": length}]}
        return timelimit.answer("arrest-request-3d", facts).due

    assert due(days) < due(days + 1)


@given(st.dates(date(1900, 1, 1), date(2300, 12, 31)), st.integers(1, 24))
def test_months_end_on_the_same_number_or_on_a_last_day(start: date, months: int) -> None:
    end = timelimit.add_months(start, months)
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


def test_what_cannot_be_computed_is_refused_with_the_article() -> None:
    with pytest.raises(timelimit.LimitRefused) as refused:
        timelimit.answer("arrest-request-3d", {"detained_on": "2024-03-05", "extensions": [{"days": 5}]})
    assert refused.value.basis == ("刑事诉讼法第91条第1款",)
    with pytest.raises(timelimit.LimitRefused):
        timelimit.answer("bail-12m", {})


def test_before_a_statute_was_in_force_the_one_before_it_is_cited_first() -> None:
    def cited(start: str) -> tuple[str, ...]:
        return timelimit.answer("liuzhi-3m", {"liuzhi_on": start, "in_custody": True}).articles

    assert cited("2025-05-31") == ("监察法（2018）第四十三条", *cited("2025-06-01"))
    assert cited("2025-06-01") == ("监察法第48条第1款", "监察法第48条第3款")


def test_identity_numbers() -> None:
    digits = "99012119910614101"
    good = digits + identity.check_character(digits)
    found = identity.check(good)
    assert found.valid
    assert found.sex == "男"
    assert found.born_on == date(1991, 6, 14)
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert not identity.check(wrong).valid
    assert not identity.check("123").valid
