"""Working days: State Council notices, and what is computed where a year is not yet announced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from importlib.resources import files

from antong.law.notices import FIXED, SATURDAY, Notice


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Rest days and moved working days of announced years; other years are provisional."""

    rest: frozenset[date]
    work: frozenset[date]
    years: frozenset[int]
    papers: Mapping[int, tuple[str, ...]]

    @cached_property
    def mark(self) -> str:
        """A short name of exactly these days: two calendars of one mark give the same dates."""
        days = [sorted(map(str, part)) for part in (self.rest, self.work, self.years)]
        return hashlib.sha256(json.dumps(days).encode()).hexdigest()[:8]

    def with_notices(self, notices: Collection[Notice]) -> Calendar:
        """Return the calendar in which these notices say what the days of their years are, whatever stood there before."""
        rest, work, papers = set(self.rest), set(self.work), dict(self.papers)
        for notice in sorted(notices, key=lambda one: one.year):
            days = {day for day in rest | work if notice.covers(day) and day.year == notice.year}
            rest, work = (rest - days) | set(notice.rest), (work - days) | set(notice.work)
            papers[notice.year] = (notice.number,)
        return Calendar(
            rest=frozenset(rest - work),
            work=frozenset(work),
            years=self.years | {one.year for one in notices},
            papers=papers,
        )

    def is_rest(self, day: date) -> bool:
        """Whether no work is done: a holiday, or a weekend day that was not made a working day."""
        if day in self.work:
            return False
        if day in self.rest:
            return True
        if day.weekday() >= SATURDAY:
            return True
        return day.year not in self.years and (day.month, day.day) in FIXED

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


class _Brought:
    """The notices that an operator brought, beside the package data; one for the process."""

    notices: tuple[Notice, ...] = ()
    whole: Calendar | None = None


def bring(notices: Collection[Notice]) -> None:
    """Compute with these notices from now on, in this process."""
    listed = tuple(sorted(notices, key=lambda one: one.year))
    if listed != _Brought.notices:
        _Brought.notices, _Brought.whole = listed, None


def announced() -> Calendar:
    """Return the calendar of the package data and of what was brought since."""
    if _Brought.whole is None:
        _Brought.whole = packaged().with_notices(_Brought.notices) if _Brought.notices else packaged()
    return _Brought.whole


def brought() -> tuple[Notice, ...]:
    """Return the notices that this process computes with beside the package data."""
    return _Brought.notices


@cache
def packaged() -> Calendar:
    """Return the calendar of the package data."""
    data = json.loads(files("antong.law").joinpath("data", "calendar.json").read_text("utf-8"))
    years = data["years"]
    return Calendar(
        rest=frozenset(date.fromisoformat(day) for year in years.values() for day in year["rest"]),
        work=frozenset(date.fromisoformat(day) for year in years.values() for day in year["work"]),
        years=frozenset(int(year) for year in years),
        papers={int(year): tuple(body["papers"]) for year, body in years.items()},
    )
