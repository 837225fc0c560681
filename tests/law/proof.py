"""Sentences of real judgments beside the engine: what is asked, what came out, and why what differs does.

A cause is found by reckoning, never typed in: each is a way of counting that gives the printed day and the engine's
way does not. What no way of counting explains is called so.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from antong.law import sentence
from antong.law.timelimit import LimitRefused
from law.judgments import Judgment, Person, Term, custody_of, read

DAY = timedelta(days=1)
ENOUGH = "enough"
EXACT = "exact"
PARSE, RULE, ERROR, UNTOLD = "our parse", "our rule", "the judgment's own error", "not told in the judgment"
_MERGED = re.compile(
    r"前罪|原犯|原罪|漏罪|余刑|剩余|未执行|没有执行|尚未执行|已执行|解回|服刑|前判|(?:缓刑|假释)(?:部分|裁定|的执行|宣告)|撤销[^。；]{0,60}(?:缓刑|假释)|原判[^决。；]{0,20}(?:刑罚|徒刑|拘役)"
    r"|原[^，。]{0,20}罪[^，。]{0,10}判处|与[^。]{0,30}判处[^。]{0,40}并罚"
)
_SAID = re.compile(r"(?:折抵|抵|扣除|扣减|羁押|拘留|计|共)[^，。；]{0,12}?(?P<n>[0-9]{1,3}|[一二两三四五六七八九十百]{1,5})[日天]")


def texts(shared: Path) -> Iterator[tuple[str, str]]:
    """Yield each judgment with where it is from."""
    with (shared / "data" / "judge_judgments" / "judgments.jsonl").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield f"judge/{row['text_id']}", row["fd"]
    with lzma.open(shared / "data" / "lecard" / "docs.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield f"lecard/{row['id']}", row["qw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One accused: what was asked, what the engine said, what is printed, whether it is exact, the cause if not."""

    mark: str
    person: Person
    outcome: str
    by: str = ""
    told: bool = True
    facts: dict[str, Any] | None = None
    first: date | None = None
    last: date | None = None
    cause: str = ""


def results(shared: Path) -> Iterator[Result]:
    """Yield a result for each accused of each judgment."""
    for mark, text in texts(shared):
        judgment = read(mark, text)
        for person in judgment.people:
            yield result(judgment, person)


def lacking(person: Person) -> str:
    """Return why nothing can be asked about somebody, empty where it can; says nothing of whether it would fit."""
    before = person.operative.split(person.printed)[0] if person.printed else person.operative
    for why, true in (
        ("two accused bear one name", person.twin),
        ("no term read (acquitted, life, death, fine, or not found)", person.term is None),
        ("probation: no days of a term", "缓刑" in before or "缓刑" in person.printed),
        ("no days printed", not person.printed),
        ("several spans printed", person.printed == "several"),
        ("a printed day is no date", bool(person.printed) and (person.begins is None or person.ends is None)),
        ("joined with an earlier sentence", _MERGED.search(before + person.about[-80:]) is not None),
        ("nothing told of custody", not custody_of(person)),
        ("not held at the judgment, and no day of execution printed", _free_then(person)),
    ):
        if true:
            return why
    return ""


def _free_then(person: Person) -> bool:
    """Whether somebody was at large when he was judged, and the printed first day is not the one he was taken in."""
    custody = custody_of(person)
    held = [one["from"] for one in custody if one["measure"] == "custody"]
    return bool(
        custody and custody[-1]["measure"] != "custody" and held and person.begins and person.begins.isoformat() <= held[-1]
    )


def asked(judgment: Judgment, person: Person) -> dict[str, Any]:
    """Return the question: facts of the judgment; `executed_on` is the printed first day where nobody was held then."""
    term = person.term
    assert term is not None
    assert person.begins is not None
    custody: list[dict[str, Any]] = [*custody_of(person)]
    judged = judgment.judged or person.begins
    facts = {
        "kind": term.kind, "years": term.years, "months": term.months, "days": term.days, "custody": custody,
        "judged_on": judged.isoformat(),
    }  # fmt: skip
    if "执行" in person.operative:
        facts |= {"plural": True, "total_years": 35}  # sums are not read: the bounds of one crime are not what is tried
    if custody[-1]["measure"] != "custody":
        facts["executed_on"] = person.begins.isoformat()
    return facts


def result(judgment: Judgment, person: Person) -> Result:
    """Ask the engine about one accused and set its days beside the printed ones."""
    why = lacking(person)
    if why:
        return Result(mark=judgment.mark, person=person, outcome=why)
    facts = asked(judgment, person)
    told = "executed_on" not in facts
    try:
        found = sentence.answer("sentence-term", facts)
    except LimitRefused as refusal:
        cause = ("refused: " + refusal.code, PARSE)
        return Result(mark=judgment.mark, person=person, outcome="miss", by=cause[1], cause=cause[0], facts=facts, told=told)
    if found.due == person.ends:
        return Result(
            mark=judgment.mark, person=person, outcome=EXACT, facts=facts, told=told, first=found.first, last=found.due
        )
    by, cause = why_not(judgment, person, facts, found)
    return Result(
        mark=judgment.mark, person=person, outcome="miss", by=by, cause=cause, facts=facts, told=told,
        first=found.first, last=found.due,
    )  # fmt: skip


def counted(term: Term, first: date, *, after_2021: bool = False) -> date:
    """Return the last day of a term from a first day, nothing set off."""
    facts = {
        "kind": term.kind, "years": term.years, "months": term.months, "days": term.days, "plural": True,
        "total_years": 35, "executed_on": first, "judged_on": "2022-01-01" if after_2021 else "2019-01-01",
    }  # fmt: skip
    return sentence.answer("sentence-term", facts).due


def why_not(judgment: Judgment, person: Person, facts: dict[str, Any], found: sentence.SentenceAnswer) -> tuple[str, str]:
    """Return whose cause it is and which, by the first way of counting that gives the printed last day."""
    for way in (_another_sum, _another_reading, _another_first_day, _seized_before, _another_length, _another_credit):
        cause = way(judgment, person, facts, found)
        if cause:
            return cause
    return PARSE, "no way of counting explains it"


def _another_reading(_: Judgment, person: Person, __: dict[str, Any], found: sentence.SentenceAnswer) -> tuple[str, str] | None:
    for name, begins, ends in found.alternatives:
        if ends == person.ends and begins == person.begins:
            return RULE, f"another reading: {name}"
    for name, _begins, ends in found.alternatives:
        if ends == person.ends:
            return RULE, f"another reading, its first day not printed: {name}"
    return None


def _another_first_day(judgment: Judgment, person: Person, facts: dict[str, Any], found: sentence.SentenceAnswer) -> tuple[str, str] | None:
    """The printed days are whole in themselves (start + term - 1 day), but begin on another day than the engine's."""
    term, first, last = person.term, person.begins, person.ends
    assert term is not None
    assert first is not None
    assert last is not None
    if first == found.first or last not in {counted(term, first), counted(term, first, after_2021=True)}:
        return None
    days = {event.day: event for event in reversed(person.events)}
    held = [date.fromisoformat(one["from"]) for one in facts["custody"] if one["measure"] == "custody"]
    away = (first - found.first).days
    if first in days and days[first].kind == "free":
        return ERROR, "days of 监视居住 at home counted as custody (刑诉法76 knows only 指定居所)"
    if first in days and days[first].kind == "designated":
        return ERROR, "designated residence counted a day for a day (刑诉法76: two days for one)"
    if first in held and first < found.first:
        return ERROR, "time on bail counted as served: the term runs through from custody that had ended"
    if first in days and first > found.first:
        return RULE, f"begins with a later measure of the same custody ({days[first].kind})"
    if first in days:
        return PARSE, f"begins on a day we took for no custody ({days[first].kind})"
    if first in person.seen:
        return RULE, "another reading: begins on the day of being seized (told elsewhere in the text), not of being detained"
    if (first.month, first.day) == (found.first.month, found.first.day):
        return ERROR, "contradicts itself: the first day and the day of detention differ in the year alone"
    if first.day == found.first.day and abs(away) <= 366:
        return ERROR, "contradicts itself: the first day and the day of detention differ in the month alone"
    if found.credited and first < found.first:
        return _moved(person, found, away)
    if abs(away) <= 3:
        return UNTOLD, f"begins {'before' if away < 0 else 'after'} the day of detention, by 1 to 3 days"
    if away < 0:
        return UNTOLD, "begins before any custody told"
    return UNTOLD, "begins after the first day of custody told, on a day told nowhere"


def _moved(_: Person, found: sentence.SentenceAnswer, away: int) -> tuple[str, str]:
    """The first day was moved forward for days held before: by so many, or by others."""
    if abs(-away - found.credited) <= 1:
        return RULE, "another reading: 先行羁押的日数从起日前移, the day of release not counted"
    return ERROR, "the first day moved forward for earlier custody, by another number of days than was held"


def _another_length(_: Judgment, person: Person, __: dict[str, Any], found: sentence.SentenceAnswer) -> tuple[str, str] | None:
    """From the same first day, a whole number of months more or less, or one day: the sum was done wrong."""
    term, first, last = person.term, person.begins, person.ends
    assert term is not None
    assert first is not None
    assert last is not None
    if found.credited:
        return None
    whole = counted(term, first)
    if last - whole == DAY:
        return ERROR, "one day too long: ends on the same day number instead of the day before (释202.2)"
    if whole - last == DAY:
        return ERROR, "one day too short: two days taken off instead of one"
    months = term.years * 12 + term.months
    for other in range(1, 300):
        years, rest = divmod(other, 12)
        if other == months or counted_free(term, first, other) != last:
            continue
        said = f"{_chinese(years)}年" if years and not rest else f"{_chinese(rest)}个月" if not years else f"{_chinese(years)}年{_chinese(rest)}个月"
        if said in person.operative.replace("年又", "年").replace("年〇", "年"):
            return PARSE, "another term stands in the operative part, and the days are its own"
        return ERROR, f"{abs(other - months)} months too {'long' if other > months else 'short'}: the days fit no term that was imposed"
    return None


def counted_free(term: Term, first: date, months: int) -> date | None:
    """Return the last day of so many months, None where the law knows no such term."""
    try:
        return counted(Term("有期徒刑", months // 12, months % 12, 0), first)
    except LimitRefused:
        return None if term is None else None


def _chinese(number: int) -> str:
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return (digits[ones] if not tens else ("十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")).replace("二个", "二个")


def _another_credit(_: Judgment, person: Person, facts: dict[str, Any], found: sentence.SentenceAnswer) -> tuple[str, str] | None:
    """From the same first day, another number of days set off than the engine's."""
    term, first, last = person.term, person.begins, person.ends
    assert term is not None
    assert first is not None
    assert last is not None
    whole = counted(term, first)
    off, ours = (whole - last).days, found.credited if first == found.first else 0
    if off == 0 and ours:
        return ERROR, "earlier custody not set off at all"
    said = {_number(one["n"]) for one in _SAID.finditer(person.operative)}
    if ours and off > 0 and last == _months_back(whole, ours):
        return ERROR, "a month set off for its 28, 30 or 31 days: days are set off, not months"
    if ours and abs(off - ours) <= 2:
        stated = "; the judgment states its number" if off in said else ""
        return ERROR, f"{abs(off - ours)} day(s) {'more' if off > ours else 'fewer'} set off than the days told hold, first and last both counted{stated}"
    admin = [event.days for event in person.events if event.kind == "admin" and event.days]
    if any(abs(off - ours - days) <= 1 for days in [*admin, sum(admin)] if days):
        return UNTOLD, "an administrative detention set off; the text does not say that it was for the same act"
    if off > ours and off in said:
        return PARSE, "days set off that only the operative part tells"
    if off > ours:
        return UNTOLD, "more days set off than custody is told of"
    if ours and off > 0:
        return UNTOLD, "fewer days set off than custody is told of"
    if off < 0:
        return UNTOLD, "ends later than the whole term, by no whole number of months"
    return None


def _months_back(whole: date, ours: int) -> date | None:
    months = round(ours / 30.4)
    index = whole.year * 12 + whole.month - 1 - months
    try:
        return date(index // 12, index % 12 + 1, whole.day) if months else None
    except ValueError:
        return None


def _number(text: str) -> int:
    if text.isascii():
        return int(text)
    total, digits = 0, {one: index for index, one in enumerate("〇一二三四五六七八九")} | {"两": 2}
    if "百" in text:
        head, _, text = text.partition("百")
        total = digits.get(head, 1) * 100
    if "十" in text:
        head, _, text = text.partition("十")
        total += (digits.get(head, 1) if head else 1) * 10
    return total + (digits.get(text[-1], 0) if text else 0)


def _another_sum(_: Judgment, person: Person, facts: dict[str, Any], found: sentence.SentenceAnswer) -> tuple[str, str] | None:
    """Whether the last day stands against the first, whatever was held: it lies before it."""
    assert person.begins is not None
    assert person.ends is not None
    if person.ends < person.begins:
        return ERROR, "the printed end lies before the printed start"
    if person.ends in {event.day for event in person.events if event.kind == "free"}:
        return PARSE, "the printed span is custody already spent, until bail, and not the term"
    return None


def _seized_before(_: Judgment, person: Person, facts: dict[str, Any], found: sentence.SentenceAnswer) -> tuple[str, str] | None:
    """Days set off that lie between being seized and being detained, or days before the printed start."""
    term, first, last = person.term, person.begins, person.ends
    assert term is not None
    assert first is not None
    assert last is not None
    off = (counted(term, first) - last).days
    if first > found.first and off == (first - found.first).days + found.credited:
        return RULE, "another reading: begins with a later measure, the days of custody before it set off from the end"
    held = [date.fromisoformat(one["from"]) for one in facts["custody"] if one["measure"] == "custody"]
    for day in person.seen:
        for start in held:
            if 0 < (start - day).days <= 3 and off in {found.credited + (start - day).days, found.credited + (start - day).days + 1}:
                return RULE, "another reading: days between being seized (told elsewhere in the text) and detained set off"
    return None
