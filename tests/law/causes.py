"""Why a printed last day is not the engine's: the first way of counting that gives the printed one.

Whose cause it is: `RULE`, another reading of the law, or of which day custody began; `ERROR`, the judgment departs from
the law or from its own facts, by a difference that is reckoned; `UNTOLD`, days that no word of the judgment accounts
for; `PARSE`, we read the text wrongly, or not where it says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from antong.law import sentence
from antong.law.timelimit import LimitRefused
from law.judgments import Event, Person, Term, number

PARSE, RULE, ERROR, UNTOLD = "our parse", "our rule", "the judgment's own error", "not told in the judgment"
_SAID = re.compile(
    r"(?:折抵|抵|扣除|扣减|羁押|拘留|计|共)[^，。；]{0,12}?(?P<n>[0-9]{1,3}|[一二两三四五六七八九十]{1,3})[日天]"
)
_NEAR, _YEAR = 3, 366
SLIP = 12
"""So many months more or less are a slip; what differs by more is left unexplained."""


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """Whose cause it is, and which."""

    whose: str
    what: str


@dataclass(frozen=True, slots=True)
class Case:
    """What is compared: the person with what was printed, and what the engine answered."""

    person: Person
    term: Term
    first: date
    last: date
    facts: dict[str, Any]
    found: sentence.SentenceAnswer

    @property
    def whole(self) -> date:
        """The last day of the whole term from the printed first day, nothing set off."""
        return counted(self.term, self.first)

    @property
    def off(self) -> int:
        """How many days the judgment set off from the end."""
        return (self.whole - self.last).days

    @property
    def ours(self) -> int:
        """How many the engine set off."""
        return self.found.credited

    @property
    def held(self) -> list[date]:
        """The first day of each custody that was told."""
        return [
            date.fromisoformat(one["from"]) for one in self.facts["custody"] if one["measure"] == "custody"
        ]


def of(person: Person, facts: dict[str, Any], found: sentence.SentenceAnswer) -> Cause:
    """Return the cause of a difference."""
    term, first, last = person.term, person.begins, person.ends
    if term is None or first is None or last is None:
        raise ValueError(person.name)
    case = Case(person, term, first, last, facts, found)
    for way in (_no_term, _reading, _first_day, _seized, _length, _credit):
        for cause in way(case):
            return cause
    return Cause(
        UNTOLD, "ends later than the whole term" if case.off < 0 else "no way of counting explains it"
    )


def counted(term: Term, first: date, *, now: bool = False) -> date:
    """Return the last day of a term from a first day, as counted before 2021, or `now`."""
    facts = {
        "kind": term.kind, "years": term.years, "months": term.months, "days": term.days, "plural": True,
        "total_years": 35, "executed_on": first, "judged_on": "2022-01-01" if now else "2019-01-01",
    }  # fmt: skip
    return sentence.answer("sentence-term", facts).due


def _no_term(case: Case) -> Iterator[Cause]:
    if case.last < case.first:
        yield Cause(ERROR, "the printed end lies before the printed start")
    if case.person.masked:
        yield Cause(UNTOLD, "a day of custody is masked or misprinted")
    if case.last in {event.day for event in case.person.events if event.kind == "free"}:
        yield Cause(PARSE, "the printed span is custody already spent, until bail, and not the term")


def _reading(case: Case) -> Iterator[Cause]:
    for name, begins, ends in case.found.alternatives:
        if ends == case.last:
            other = "" if begins == case.first else ", its first day not printed"
            yield Cause(RULE, f"another reading: {name}{other}")


def _first_day(case: Case) -> Iterator[Cause]:
    """The printed days are a whole term in themselves, but begin on another day than the engine's."""
    first, found = case.first, case.found
    if first == found.first or case.last not in {
        counted(case.term, first),
        counted(case.term, first, now=True),
    }:
        return
    days = {event.day: event for event in reversed(case.person.events)}
    if first in days:
        yield _of_event(case, days[first])
    if first in case.person.seen:
        yield Cause(
            RULE, "another reading: begins with being seized, told elsewhere in the text, not with detention"
        )
    if first.day == found.first.day and abs((first - found.first).days) <= _YEAR:
        yield Cause(
            ERROR, "contradicts itself: the first day and the day of detention differ in month or year alone"
        )
    if case.ours and first < found.first:
        yield Cause(ERROR, "the first day moved forward by another number of days than was held")
    where = "before" if first < found.first else "after"
    near = ", by 1 to 3 days" if abs((first - found.first).days) <= _NEAR else ""
    yield Cause(UNTOLD, f"begins {where} the first day of custody told{near}")


def _of_event(case: Case, event: Event) -> Cause:
    """Return the cause where the printed first day is one of which something else is told."""
    if event.kind == "free":
        return Cause(
            ERROR, "residential surveillance at home counted as custody (刑诉法76 knows 指定居所 alone)"
        )
    if event.kind == "designated":
        return Cause(ERROR, "designated residence counted a day for a day (刑诉法76: two for one)")
    if event.kind == "decided" and event.verb == "逮捕":
        return Cause(ERROR, "begins with the decision to arrest, not with its execution")
    if event.day in case.held and case.first < case.found.first:
        return Cause(ERROR, "time on bail counted as served: runs on from custody that had ended")
    if case.first > case.found.first:
        return Cause(RULE, "another reading: begins with a later measure of the same custody")
    return Cause(PARSE, f"begins on a day we took for no custody ({event.kind})")


def _seized(case: Case) -> Iterator[Cause]:
    """Days between being seized and being detained, or before the printed start, are set off from the end."""
    before = (case.first - case.found.first).days
    if before > 0 and case.off == before + case.ours:
        yield Cause(
            RULE, "another reading: begins with a later measure, the days of custody before it set off"
        )
    for day in case.person.seen:
        for start in case.held:
            away = (start - day).days
            if 0 < away <= _NEAR and case.off - case.ours in {away, away + 1}:
                yield Cause(
                    RULE, "another reading: days between being seized, told elsewhere, and detained set off"
                )


def _length(case: Case) -> Iterator[Cause]:
    """From the printed first day, one day or some whole months more or less than the term."""
    if case.ours:
        return
    if case.off == -1:
        yield Cause(ERROR, "one day too long: ends on the same day number, not on the day before")
    if case.off == 1:
        yield Cause(ERROR, "one day too short of the term it printed; no custody told is set off")
    months = case.term.years * 12 + case.term.months
    for other in range(max(1, months - SLIP), months + SLIP + 1):
        if other != months and _months(case, other) == case.last:
            if _said_term(case.person.operative, other):
                yield Cause(PARSE, "another term stands in the operative part, and the days are its own")
            much = "too long" if other > months else "too short"
            yield Cause(ERROR, f"whole months {much}: the days fit no term that was imposed")


def _months(case: Case, months: int) -> date | None:
    try:
        return counted(Term("有期徒刑", *divmod(months, 12), 0), case.first)
    except LimitRefused:
        return None


def _said_term(text: str, months: int) -> bool:
    """Whether a term of so many months stands in a text."""
    numeral = re.compile(
        r"徒刑(?:([一二三四五六七八九十]{1,2})年{1,2})?[〇又零]?(?:([一二三四五六七八九十]{1,2})个月)?"
    )
    lengths = {number(one[1] or "〇") * 12 + number(one[2] or "〇") for one in numeral.finditer(text)}
    return months in lengths


def _credit(case: Case) -> Iterator[Cause]:
    """From the printed first day, another number of days is set off than the engine's."""
    off, ours = case.off, case.ours if case.first == case.found.first else 0
    if ours and off == 0:
        yield Cause(ERROR, "earlier custody not set off at all")
    if off <= 0:
        return
    said = {number(one["n"]) for one in _SAID.finditer(case.person.operative)}
    if ours and case.last == _month_earlier(case.whole, ours):
        yield Cause(ERROR, "whole months set off instead of the days they have")
    admin = [event for event in case.person.events if event.kind == "admin"]
    if off < ours and any(
        event.day in case.held and abs(ours - off - _lasted(case, event)) <= 1 for event in admin
    ):
        yield Cause(RULE, "another reading: an administrative detention not taken for the same act")
    if off < ours:
        much = "one or two" if ours - off < _NEAR else "several"
        yield Cause(ERROR, f"{much} days fewer set off than were held, also with the day of release left out")
    lengths = [event.days for event in admin if event.days]
    if any(abs(off - ours - days) <= 1 for days in [*lengths, sum(lengths)] if days):
        yield Cause(UNTOLD, "an administrative detention set off, not said to be for the same act")
    if off in said:
        yield Cause(PARSE, "set off are days that the operative part alone tells")
    much = "one or two" if off - ours < _NEAR else "several"
    yield Cause(UNTOLD, f"{much} days more set off than custody is told of")


def _lasted(case: Case, event: Event) -> int:
    """Return how many days an administrative detention was counted: until the next custody, or as long as it said."""
    until = min((day for day in case.held if day > event.day), default=event.day)
    return (until - event.day).days or event.days


def _month_earlier(whole: date, days: int) -> date | None:
    """Return the day as many months earlier as so many days are about, None where they are no month."""
    months = round(days / 30.4)
    index = whole.year * 12 + whole.month - 1 - months
    try:
        return date(index // 12, index % 12 + 1, whole.day) if months else None
    except ValueError:
        return whole - timedelta(days=30 * months)
