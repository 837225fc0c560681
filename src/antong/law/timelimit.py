"""Time limits: facts in, due instant with articles, derivation and other readings out (docs/law.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any
from zlib import crc32

from antong.kernel import clock
from antong.kernel.clock import CHINA
from antong.law import _rules, articles
from antong.law._count import add_months
from antong.law._facts import (
    COMMON,
    SILENT,
    TIMES,
    LimitRefused,
    as_day,
    check,
    known,
    minute_of,
    refused,
    unreadable,
)
from antong.law._rules import VERSION, Outside, Rule, rule_of
from antong.law._term import end_of, ends_at
from antong.law._work import Step, Work
from antong.law.calendar import Calendar, announced
from antong.law.conventions import CONVENTIONS

__all__ = [
    "Further", "LimitAnswer", "LimitRefused", "Outside", "Step", "add_months", "answer", "further", "holds", "of_right",
    "outside", "rules", "version",
]  # fmt: skip
_TOGETHER = frozenset({"corresponding-day", "months-chained"})
"""Two readings that, taken together, end a month on a clipped day's own number: earlier than either alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitAnswer:
    """A computed limit. `due` is the last lawful day (it ends at 24:00) or minute; `due_at` the instant it ends.

    `begun` is the day or minute it is counted from (of a limit counted backwards, the day of the event).
    """

    rule: str
    name: str
    due: date | datetime
    due_at: datetime
    articles: tuple[str, ...]
    steps: tuple[Step, ...]
    alternatives: tuple[tuple[str, date | datetime], ...] = ()
    table_version: str = VERSION
    begun: date | datetime | None = None

    @property
    def provisional(self) -> bool:
        """Whether it ends in a year whose rest days have not been announced."""
        return any(step.kind == "provisional" for step in self.steps)

    @property
    def derivation(self) -> tuple[str, ...]:
        """The steps in words."""
        return tuple(step.text for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain JSON values."""
        return {
            "due": _text(self.due),
            "articles": list(self.articles),
            "derivation": list(self.derivation),
            "alternatives": [{"convention": name, "due": _text(due)} for name, due in self.alternatives],
        }


def rules() -> tuple[Rule, ...]:
    """Return every rule of the table."""
    return _rules.rules()


def answer(
    rule: str,
    facts: Mapping[str, Any],
    *,
    calendar: Calendar | None = None,
    conventions: Collection[str] = (),
) -> LimitAnswer:
    """Return when a limit ends, from its facts; raises LimitRefused with the article.

    Facts are named as in docs/law.md: dates (`…_on`) as date or ISO text, minutes (`…_at`) as local datetime or ISO
    text, `in_custody` the status on the last day. `conventions` are the readings an operator has chosen instead of
    the usual ones (keys of `CONVENTIONS`); the others stand among the alternatives.
    """
    found = rule_of(rule)
    if found is None:
        near = get_close_matches(rule[:80], [one.key for one in rules()], 1)
        raise LimitRefused(
            f"不能推算：期限表里没有“{rule}”。",
            code="limit-unknown",
            remedy=f"从期限表中选（antong timelimit --rules）{f'，是不是 {near[0]}' if near else ''}。",
        )
    try:
        work = Work(found, facts, calendar or announced(), frozenset(conventions))
        check(found, work.term, facts)
        due = end_of(work)
        over = ends_at(due, CHINA)
        others = tuple(_others(work, due))
        _notes(work)
        _outside(work)
        cited = _cited(work)
    except (ValueError, TypeError, AttributeError, OverflowError, KeyError) as problem:
        gone = f"缺少 {problem.args[0]}" if isinstance(problem, KeyError) else "日期超出历法"
        raise refused(
            found,
            f"有一项事实读不懂：{'、'.join(unreadable(facts)) or gone}。",
            "fact-unreadable",
            found.articles,
            "日期写成 2026-03-01，时刻写成 2026-03-01T08:30，是否写成 true 或 false。",
        ) from problem
    return LimitAnswer(
        rule=rule,
        name=found.name,
        due=due,
        due_at=over,
        articles=cited,
        steps=tuple(work.steps),
        alternatives=others,
        begun=work.begun,
        table_version=version(work.calendar, work.chosen),
    )


def version(calendar: Calendar | None = None, conventions: Collection[str] = ()) -> str:
    """Return by what a limit is computed: the table's version, the calendar's mark, and that of the readings chosen.

    What was computed under another version may end on another day.
    """
    by = f"/{crc32(','.join(sorted(conventions)).encode()):08x}" if conventions else ""
    return f"{VERSION}/{(calendar or announced()).mark}{by}"


def _cited(work: Work) -> tuple[str, ...]:
    """Return the articles an answer rests on; before the statute was in force, the one before it comes first."""
    named = (*work.rule.articles, *(work.term.articles if work.term is not work.rule else ()))
    cited = tuple(dict.fromkeys(articles.find(article).full for article in named))
    former = work.rule.former
    start = known(work.facts, work.rule.start[-1]) if former is not None else None
    if former is None or start is None or as_day(start) >= former.until:
        return cited
    source = former.source
    work.tell(
        "statute",
        f"{former.until} 前施行的是{source.title}（{source.seen}），其后为{articles.short(named[0])}",
    )
    return (source.title, *cited)


def _others(work: Work, due: date | datetime) -> Iterator[tuple[str, date | datetime]]:
    """Yield what the other readings give, where that is another day; the earlier first."""
    found: dict[date | datetime, str] = {}
    keys = list(_open_to(work))
    both = [_TOGETHER] if _TOGETHER.issubset(keys) and not _TOGETHER & work.chosen else []
    for turned in (*({key} for key in keys), *both):
        other = Work(work.rule, work.facts, work.calendar, work.chosen ^ turned, telling=False)
        try:
            end = end_of(other)
        except LimitRefused:  # under that reading it had ended before it was made longer
            continue
        if end != due and end not in found:
            names = (
                CONVENTIONS[key].usual if key in work.chosen else CONVENTIONS[key].name
                for key in sorted(turned)
            )
            found[end] = "、".join(names)
    for end in sorted(found):
        yield found[end], end


def _open_to(work: Work) -> Iterator[str]:
    """Yield the readings that may give another end for this question."""
    term, facts = work.term, work.facts
    if term.hours:
        yield "start-hour-not-counted"
        return
    if term.holidays == "B":
        yield "clear-days"
        return
    granted, stopped = facts.get("extensions"), facts.get("suspensions") or work.rule.excludes
    turned = "in_custody_since" in facts or "in_custody_until" in facts
    appealable = work.rule.effective and "effective_on" not in facts
    yield "start-day-counted"
    for keys, asked in (
        (("corresponding-day",), term.months or term.probation or granted),
        (("months-chained", "extension-from-shifted-end"), granted),
        (("exclusion-both-days", "file-review-whole"), stopped),
        (("extension-before-exclusion",), granted and stopped),
        (("liberty-cap-shifted",), term.holidays == "L"),
        (("right-in-custody-fixed",), (term.right or appealable) and facts.get("in_custody")),
        (("effective-on-last-day",), appealable),
        (("custody-at-start",), term.holidays == "C" and turned),
    ):
        if asked:
            yield from keys


def _notes(work: Work) -> None:
    """Say which facts changed nothing, and why."""
    facts, rule = work.facts, work.rule
    for key in sorted(work.chosen.intersection(_open_to(work))):
        work.tell("reading", f"按所选的算法：{CONVENTIONS[key].name}")
    if facts.get("other_appraisals"):
        work.tell("counted", "其他鉴定的时间计入期限（公257）", article="公257")
    if any(facts.get(name) for name in ("extensions_before_restart", "suspensions_before_restart")):
        work.tell("wiped", "重新计算前的延长和不计入的期间作废")
    if (
        facts.get("identity_unknown")
        and "identity_unknown" in rule.facts
        and not rule.restart
        and rule.months == 0
    ):
        work.tell("counted", "身份不明不停止提请批准逮捕的期限，可以按自报姓名提请（公130）", article="公130")
    if facts.get("found_unfit_for_speedy_on") and rule.key.startswith("prosecution-review"):
        work.tell("counted", "不符合速裁条件的，仍自收案起按一般期限计算（检273.1）", article="检273.1")
    _posted(work)
    starts = {name.split("[")[0].split(".")[0] for name in (*rule.start, *work.term.start)}
    sent_back = any(
        known(facts, f"returns[-1].{part}") for part in ("retransferred_on", "return_received_on")
    )
    if sent_back and "returns" not in starts and not rule.restart:
        work.tell(
            "note",
            "退回补充侦查后重报的，审查起诉期限重新计算（法175.3），这里是退回前的期限",
            article="法175.3",
        )
    starts |= {minute_of(name) for name in starts if name not in facts}
    used = COMMON | SILENT | starts | rule.facts | work.term.facts | set(rule.contrary) | set(TIMES)
    used |= {"obstacle_ended_at"} if "notice_obstacle" in rule.facts else set()
    used |= {f"earlier_{name}" for name in TIMES} | {rule.at_once, "earlier_discovered_on"}
    if rule.excludes is not None:
        used |= {*rule.excludes.since, *rule.excludes.until}
    if rule.effective:
        used |= {"judgment_received_on", "ruling_received_on"}
    other = sorted(set(facts) - used)
    if other:
        work.tell("unused", f"未用到的事实：{'、'.join(other)}")


def _outside(work: Work) -> None:
    """Say on which sources that are not among the texts a limit rests: known from copies, not checked."""
    for source in work.rule.outside:
        work.tell("outside", source.words)


def _posted(work: Work) -> None:
    posted = known(work.facts, "posted_on")
    if posted is None or not work.steps:
        return
    last = next((step.to for step in reversed(work.steps) if step.to is not None), None)
    text = as_day(posted).isoformat()
    if last is not None and text <= str(last)[:10]:
        work.tell("posted", f"{text} 交邮，在期满前，不算过期（法105.3）", article="法105.3")
    elif last is not None:
        work.tell("posted", f"{text} 交邮，已过期满之日（法105.3）", article="法105.3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """How much longer the law would let a running limit be made: until when, by which article, in words."""

    due_at: datetime
    article: str
    words: str


def further(rule: str, facts: Mapping[str, Any], *, conventions: Collection[str] = ()) -> Further | None:
    """Return the longest extension of a limit that may still be granted, or None; it is not granted by this.

    A limit whose extension is a rule of its own (侦查羁押延长一个月) is answered by that rule.
    """
    own, listed = rule_of(rule), list(facts.get("extensions") or ())
    if own is None:
        return None
    found = own if _slot(own, len(listed)) else rule_of(own.next) if own.next else None
    slot = _slot(found, len(listed)) if found else None
    if found is None or slot is None:
        return None
    more = {**facts, "extensions": [*listed, {slot.unit: slot.most, "approved_by": slot.by}]}
    try:
        longer = answer(found.key, more, conventions=conventions)
    except LimitRefused:
        return None
    length = f"{slot.most} {'日' if slot.unit == 'days' else '个月'}"
    last = clock.local(longer.due_at - timedelta(minutes=1))
    words = f"可延长 {length}至 {last:%Y-%m-%d}（{articles.short(slot.article)}，未批准）"
    return Further(due_at=longer.due_at, article=articles.find(slot.article).full, words=words)


def _slot(rule: Rule, number: int) -> _rules.Extension | None:
    slots = [slot for slot in rule.extensions for _ in range(slot.times)]
    return slots[number] if number < len(slots) else None


def outside(rule: str) -> tuple[Outside, ...]:
    """Return the sources of a rule that are not among the texts: known from copies, not checked against a text."""
    found = rule_of(rule)
    return found.outside if found is not None else ()


def of_right(rule: str) -> bool:
    """Whether a limit is the time of somebody's right (上诉、复议): when it ends nobody is late."""
    found = rule_of(rule)
    return found is not None and found.right


def holds(rule: str) -> bool:
    """Whether holding somebody rests on a limit of this rule: past it, there is no basis left."""
    found = rule_of(rule)
    return found is not None and found.custody


def _text(value: date | datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value.isoformat()
