"""What holds of every limit and every reading of the law, whatever the history."""

from __future__ import annotations

import calendar as months_of
import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antong.law import timelimit
from antong.law._rules import Rule
from antong.law.calendar import Calendar
from antong.law.conventions import CONVENTIONS
from law import naive
from law.histories import RULES, history

KNOWN = settings(max_examples=150, derandomize=True, deadline=None, database=None)
HISTORIES = st.tuples(st.sampled_from(RULES), st.integers(0, 2**32)).map(
    lambda drawn: (drawn[0], history(random.Random(drawn[1]), drawn[0]))  # noqa: S311 - no secret
)
LONGER = [rule for rule in timelimit.rules() if rule.extensions]
BY_KEY = {rule.key: rule for rule in timelimit.rules()}


def told(rule: str, facts: dict[str, Any], **by: Any) -> timelimit.LimitAnswer | None:
    """Return the answer, None where there is none."""
    try:
        return timelimit.answer(rule, facts, **by)
    except timelimit.LimitRefused:
        return None


@KNOWN
@given(HISTORIES)
def test_every_other_reading_is_another_day_the_earlier_first(drawn: tuple[str, dict[str, Any]]) -> None:
    found = told(*drawn)
    if found is not None:
        days: list[Any] = [day for _, day in found.alternatives]
        assert found.due not in days
        assert days == sorted(set(days))


@KNOWN
@given(HISTORIES)
def test_choosing_a_reading_gives_what_the_alternative_said(drawn: tuple[str, dict[str, Any]]) -> None:
    usual = told(*drawn)
    if usual is None:
        return
    said = dict(usual.alternatives)
    for key, convention in CONVENTIONS.items():
        chosen = told(*drawn, conventions=[key])
        if chosen is None:  # under that reading it had ended before it was made longer, or begun earlier
            assert convention.name not in said
            continue
        assert chosen.due == said.get(convention.name, chosen.due)
        assert chosen.due in {usual.due, *said.values()}
        if chosen.due != usual.due:
            assert usual.due in dict(chosen.alternatives).values()


@KNOWN
@given(
    HISTORIES,
    st.text("abcdefgh_", min_size=30, max_size=40),
    st.none() | st.booleans() | st.integers() | st.text(),
)
def test_a_fact_that_no_rule_knows_changes_nothing(
    drawn: tuple[str, dict[str, Any]], name: str, value: object
) -> None:
    rule, facts = drawn
    plain, more = told(rule, facts), told(rule, {**facts, name: value})
    assert (plain is None) == (more is None)
    if plain is not None and more is not None:
        assert (more.due, more.alternatives, more.articles) == (plain.due, plain.alternatives, plain.articles)
        assert any(name in step for step in more.derivation)


@KNOWN
@given(HISTORIES, st.integers(0, 400))
def test_a_suspension_of_no_days_changes_nothing(drawn: tuple[str, dict[str, Any]], after: int) -> None:
    rule, facts = drawn
    plain = told(rule, facts)
    if plain is None or BY_KEY[rule].holidays == "B" or "suspensions" not in facts:
        return
    assert isinstance(plain.due, date)
    day = (plain.due - timedelta(days=after)).isoformat()
    none = {"reason": "psychiatric-appraisal", "from": day, "to": day}
    more = told(rule, {**facts, "suspensions": [*facts["suspensions"], none]})
    assert (
        more is None or more.due == plain.due
    )  # refused where it lies before the term, or in what rest days add


@KNOWN
@given(HISTORIES, st.sets(st.integers(0, 800)), st.sets(st.integers(0, 800)))
def test_no_calendar_moves_the_end_for_a_person_in_custody(
    drawn: tuple[str, dict[str, Any]], rest: set[int], work: set[int]
) -> None:
    rule, facts = drawn
    facts["in_custody"] = True
    kind = BY_KEY[facts.get("host_rule", rule)].holidays
    usual = told(rule, facts)
    if kind == "O" or usual is None or "appealed" in facts:  # an appeal's end is a start that rest days move
        return
    assert isinstance(usual.due, date)
    days = {one: usual.due + timedelta(days=one - 400) for one in rest | work}
    other = Calendar(
        rest=frozenset(days[one] for one in rest),
        work=frozenset(days[one] for one in work - rest),
        years=frozenset(range(2000, 2030)),
        papers={},
    )
    again = told(rule, facts, calendar=other)
    assert again is not None
    assert again.due == usual.due


@KNOWN
@given(st.sampled_from(LONGER), st.dates(date(2025, 6, 1), date(2030, 12, 31)), st.booleans(), st.data())
def test_a_longer_extension_never_ends_earlier(rule: Rule, start: date, held: bool, data: Any) -> None:  # noqa: FBT001 - drawn
    number = data.draw(st.integers(max(rule.required, 1), len(rule.extensions)))
    links = [{link.unit: link.most, "approved_by": link.by} for link in rule.extensions[:number]]
    slot = rule.extensions[number - 1]
    name = rule.start[-1]
    facts: dict[str, Any] = {name: start, "in_custody": held}
    ends: list[Any] = []
    for length in range(1, slot.most + 1):
        found = told(
            rule.key, {**facts, "extensions": [*links[:-1], {slot.unit: length, "approved_by": slot.by}]}
        )
        assert found is not None
        ends.append(found.due)
    assert ends == sorted(ends)
    assert ends[-1] > start + timedelta(days=rule.days + rule.months * 28)


@KNOWN
@given(st.sampled_from(RULES), st.dates(date(2025, 6, 1), date(2026, 6, 1)), st.integers(1, 9), st.booleans())
def test_what_begins_later_never_ends_earlier(key: str, start: date, later: int, held: bool) -> None:  # noqa: FBT001 - drawn
    rule = BY_KEY[key]
    name = next(one for one in (rule.start or BY_KEY[rule.hosts[0]].start) if "[" not in one)
    ends: list[Any] = []
    for day in (start, start + timedelta(days=later)):
        facts: dict[str, Any] = {name: day, "in_custody": held, "probation_months": 6}
        links = rule.extensions[: rule.required]
        facts["extensions"] = [{link.unit: link.most, "approved_by": link.by} for link in links]
        found = told(key, facts)
        assert found is not None
        ends.append(found.due)
    assert ends == sorted(ends)


def test_months_at_every_month_end_of_four_hundred_years() -> None:
    for index in range(2000 * 12, 2400 * 12):
        year, month = divmod(index, 12)
        last = months_of.monthrange(year, month + 1)[1]
        for day in range(27, last + 1):
            start = date(year, month + 1, day)
            for months in (1, 2, 3, 5, 6, 7, 8, 12):
                end = timelimit.add_months(start, months)
                whole = months_of.monthrange(end.year, end.month)[1]
                assert end.year * 12 + end.month - 1 == index + months
                assert end.day == (whole if day == last else min(day, whole))


@pytest.mark.full
def test_months_walked_at_every_month_end_of_four_hundred_years() -> None:
    for year in range(2000, 2400):
        for month in range(1, 13):
            for day in range(27, months_of.monthrange(year, month)[1] + 1):
                for months in (1, 2, 3, 6, 12):
                    start = date(year, month, day)
                    assert timelimit.add_months(start, months) == naive.months_after(start, months)
