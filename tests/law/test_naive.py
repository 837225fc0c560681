"""The engine beside the naive counter, on histories nobody thought of: extensions, spans left out, restarts, rest days."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest

from antong.law import timelimit
from law import naive
from law.histories import RULES, history


def told(rule: str, facts: dict[str, Any]) -> tuple[date | None, date | None]:
    """Return what the naive counter and what the engine says; None where no date may be given."""
    try:
        slow: date | None = naive.due(rule, facts)
    except naive.No:
        slow = None
    try:
        quick: Any = timelimit.answer(rule, facts).due
    except timelimit.LimitRefused:
        quick = None
    return slow, quick


def set_beside(number: int, seed: int) -> None:
    """Compare on so many histories, each rule as often as any other; most give a date, some none."""
    draw, found = random.Random(seed), Counter[bool]()  # noqa: S311 - no secret
    for index in range(number):
        rule = RULES[index % len(RULES)]
        facts = history(draw, rule)
        slow, quick = told(rule, facts)
        assert quick == slow, (rule, facts)
        found[slow is None] += 1
    assert found[False] > number // 2
    assert found[True] > number // 100


def test_the_naive_counter_knows_every_limit_of_days_and_months() -> None:
    assert {rule.key for rule in timelimit.rules() if not rule.hours} == set(RULES)


def test_both_agree_on_two_thousand_histories() -> None:
    set_beside(2_000, 20240305)


@pytest.mark.full
def test_both_agree_on_a_hundred_thousand_histories() -> None:
    set_beside(100_000, 1979)
