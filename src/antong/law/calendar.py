"""Working days: State Council notices, and what is computed where a year is not yet announced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

SATURDAY = 5
_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""Days off in every year whose date is fixed (全国年节及纪念日放假办法, as amended in 2024); lunar ones are not guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Rest days and moved working days of announced years; other years are provisional."""

    rest: frozenset[date]
    work: frozenset[date]
    years: frozenset[int]
    papers: Mapping[int, tuple[str, ...]]

    def is_rest(self, day: date) -> bool:
        """Whether no work is done: a holiday, or a weekend day that was not made a working day."""
        if day in self.work:
            return False
        if day in self.rest:
            return True
        if day.weekday() >= SATURDAY:
            return True
        return day.year not in self.years and (day.month, day.day) in _FIXED

    def is_provisional(self, day: date) -> bool:
        """Whether the year of `day` has not been announced."""
        return day.year not in self.years

    def next_working_day(self, day: date) -> date:
        """Return `day`, or the first working day after it."""
        while self.is_rest(day):
            day += timedelta(days=1)
        return day

    def working_days_after(self, day: date) -> Iterator[date]:
        """Yield the working days after `day`."""
        while True:
            day = self.next_working_day(day + timedelta(days=1))
            yield day


@cache
def announced() -> Calendar:
    """Return the calendar of the package data."""
    data = json.loads(files("antong.law").joinpath("data", "calendar.json").read_text("utf-8"))
    years = data["years"]
    return Calendar(
        rest=frozenset(date.fromisoformat(day) for year in years.values() for day in year["rest"]),
        work=frozenset(date.fromisoformat(day) for year in years.values() for day in year["work"]),
        years=frozenset(int(year) for year in years),
        papers={int(year): tuple(body["papers"]) for year, body in years.items()},
    )
