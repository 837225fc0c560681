"""Many limits of the law on one core, beside a counter that walks the calendar day by day.

    .venv/bin/python bench/timelimits.py

The questions are the random histories of `tests/law`, every limit of days or months as often as any other: extensions,
spans left out, restarts, custody. Each is asked as a line of JSON would be: facts as text, all derivations and other
readings in the answer. No database, no process but this one.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "tests"))

from _machine import machine

from antong.law import timelimit
from antong.law._rules import rule_of
from antong.law._term import end_of
from antong.law._work import Work
from antong.law.calendar import announced
from law import naive
from law.histories import RULES, history

LIMITS = 100_000
Question = tuple[str, dict[str, Any]]


def questions(number: int, seed: int) -> list[Question]:
    """Return so many questions, each rule in its turn."""
    draw = random.Random(seed)
    return [(rule, history(draw, rule)) for rule in (RULES[index % len(RULES)] for index in range(number))]


def engine(rule: str, facts: dict[str, Any]) -> Any:
    """Return the engine's day, None where it refuses."""
    try:
        return timelimit.answer(rule, facts).due
    except timelimit.LimitRefused:
        return None


def day_alone(rule: str, facts: dict[str, Any]) -> Any:
    """Return the engine's day without derivation, articles and other readings; None where it refuses."""
    found = rule_of(rule)
    assert found is not None
    try:
        return end_of(Work(found, facts, announced(), frozenset(), telling=False))
    except timelimit.LimitRefused:
        return None


def walked(rule: str, facts: dict[str, Any]) -> Any:
    """Return the naive counter's day, None where it refuses."""
    try:
        return naive.due(rule, facts)
    except naive.No:
        return None


def timed(count: Callable[[str, dict[str, Any]], Any], asked: Sequence[Question]) -> tuple[list[Any], float]:
    """Return the answers, and the CPU seconds they took."""
    began = time.process_time()
    found = [count(rule, facts) for rule, facts in asked]
    return found, time.process_time() - began


def main() -> None:
    """Run both on the same questions and print what each took."""
    print(machine())
    asked = questions(LIMITS, 1979)
    counters = {"engine": engine, "its day alone": day_alone, "day by day": walked}
    seconds, found = {}, {}
    for name, count in counters.items():
        timed(count, asked[: len(RULES)])  # tables and texts are read once
        found[name], seconds[name] = timed(count, asked)
    refused = sum(one is None for one in found["engine"])
    assert found["engine"] == found["day by day"]
    print(f"{LIMITS} limits, {refused} of them refused; engine and counter agree on every one")
    for name, spent in seconds.items():
        beside = spent / seconds["day by day"]
        print(
            f"{name:14} {spent:6.2f} s   {spent / LIMITS * 1e6:6.1f} µs a limit   {beside:.2f} of day by day"
        )


if __name__ == "__main__":
    main()
