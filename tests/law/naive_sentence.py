"""A second counter of sentences, written from the articles: it walks the calendar one day at a time.

It shares nothing with the engine. Slow and plain on purpose; `test_sentence.py` sets the two beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)
SHUT_IN = {"custody", "detention", "arrest", "liuzhi"}
INTERPRETED = date(2021, 3, 1)


class No(Exception):
    """No last day may be given."""


def last_of_month(day: date) -> bool:
    """Whether a day is the last of its month."""
    return (day + DAY).month != day.month


def months_on(first: date, months: int, *, to_the_last: bool) -> tuple[date, bool]:
    """Walk so many months on: to the same number, and whether it is there; else to the month's last day."""
    day, walked = first, 0
    while walked < months:
        day += DAY
        walked += day.day == 1
    while day.day != first.day and not last_of_month(day):
        day += DAY
    there = day.day == first.day
    if to_the_last:
        while not last_of_month(day):
            day += DAY
    return day, there


def last_day(first: date, facts: Mapping[str, Any], *, interpreted: bool) -> date:
    """Return the last day of a term whose first day is given."""
    years, months, days = facts.get("years", 0), facts.get("months", 0), facts.get("days", 0)
    if not interpreted:
        end, there = months_on(first, years * 12 + months, to_the_last=False)
        if there:
            end -= DAY
    else:
        end, _ = months_on(first, years * 12, to_the_last=False)
        if months:
            end, _ = months_on(end, months, to_the_last=last_of_month(end))
        end -= DAY
    for _ in range(days):
        end += DAY
    return end


def lived(facts: Mapping[str, Any], until: date) -> Iterator[tuple[date, set[str]]]:
    """Yield each day before `until` on which somebody was held, with the measures of that day."""
    spans = [
        (one["measure"], date.fromisoformat(one["from"]), one.get("to")) for one in facts.get("custody", [])
    ]
    day = min((begins for _, begins, _ in spans), default=until)
    while day < until:
        kinds = {
            kind
            for kind, begins, ends in spans
            if begins <= day and (ends is None or day <= date.fromisoformat(ends))
        }
        if kinds:
            yield day, kinds
        day += DAY


def term(facts: Mapping[str, Any]) -> tuple[date, date]:
    """Return the first and the last day to be served."""
    executed = date.fromisoformat(facts["executed_on"])
    day_by_day = dict(lived(facts, executed))
    first = executed
    if facts["kind"] != "管制":
        while day_by_day.get(first - DAY, set()) & SHUT_IN:
            first -= DAY
    worth = half = 0
    for day, kinds in day_by_day.items():
        if day >= first:
            continue
        if kinds & SHUT_IN:
            worth += 2 if facts["kind"] == "管制" else 1
        elif "designated-residence" in kinds:
            half += 1
    worth += half if facts["kind"] == "管制" else half // 2
    end = last_day(
        first,
        facts,
        interpreted=date.fromisoformat(facts.get("judged_on", facts["executed_on"])) >= INTERPRETED,
    )
    for _ in range(worth):
        end -= DAY
    if end < first:
        raise No
    return first, end
