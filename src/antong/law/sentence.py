"""Sentences: first and last day of a term, of a probation, of a loss of political rights (docs/law.md).

The last day of a term is the day before the same day number (释202.2). Custody that goes on into the execution makes
the term begin on its first day, as judgments print it (即自某日起至某日止); custody that had ended before is set off
against the end, a day for a day, for 管制 two; designated residence two days for one, for 管制 one (刑法41, 44, 47,
刑诉法76, 监察法50.4).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from antong.kernel.clock import CHINA
from antong.law import articles
from antong.law._count import add_months, clip
from antong.law._credit import DAY, HELD, RESIDENCE, WORDS, Crossed, Span, common, days_of, joined, spans_of
from antong.law._facts import Facts, LimitRefused, as_day, as_number
from antong.law._term import ends_at
from antong.law._work import Step
from antong.law.conventions import CONVENTIONS

RULES = {
    "sentence-term": "刑期",
    "sentence-probation": "缓刑考验期",
    "sentence-political-rights": "剥夺政治权利的刑期",
}
"""What may be asked, beside the limits of the table."""
KINDS = {"管制": "刑41", "拘役": "刑44", "有期徒刑": "刑47"}
_TWELVE = 12
_INTERPRETED = date(2021, 3, 1)
"""From this day an interpretation says how a term is counted; before, courts took the day before the same number."""
_READINGS = {
    "sentence-term": (
        "sentence-same-day", "sentence-from-execution", "credit-moves-start", "release-day-not-credited",
        "residence-odd-day-credited",
    ),
    "sentence-probation": ("sentence-same-day", "effect-day-not-counted"),
    "sentence-political-rights": ("sentence-same-day", "effect-day-not-counted"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceAnswer:
    """A computed term: its first day, `due` its last, `due_at` the instant that is over, `credited` the days set off."""

    rule: str
    name: str
    first: date
    due: date
    due_at: datetime
    credited: int
    articles: tuple[str, ...]
    steps: tuple[Step, ...]
    alternatives: tuple[tuple[str, date, date], ...] = ()

    @property
    def derivation(self) -> tuple[str, ...]:
        """The steps in words."""
        return tuple(step.text for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain JSON values, in the form of a limit's."""
        others = [
            {"convention": name, "from": first.isoformat(), "due": last.isoformat()}
            for name, first, last in self.alternatives
        ]
        return {
            "from": self.first.isoformat(),
            "due": self.due.isoformat(),
            "articles": list(self.articles),
            "derivation": list(self.derivation),
            "alternatives": others,
        }


@dataclass(slots=True)
class _Work:
    """A computation under way: the facts, the readings chosen, the steps and articles so far."""

    rule: str
    facts: Facts
    chosen: frozenset[str]
    telling: bool = True
    steps: list[Step] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)

    def tell(self, kind: str, text: str, to: date | None = None, article: str = "") -> None:
        """Add a step, and its article to those the answer rests on."""
        if article:
            self.cited.append(article)
        if self.telling:
            self.steps.append(Step(kind, f"{text}（{article}）" if article else text, to, article))

    def refused(self, why: str, code: str, basis: Collection[str], remedy: str) -> LimitRefused:
        """Return a refusal with its articles."""
        full = tuple(articles.find(one).full for one in basis)
        return LimitRefused(f"不能推算{RULES[self.rule]}：{why}", code=code, basis=full, remedy=remedy)


def answer(rule: str, facts: Mapping[str, Any], *, conventions: Collection[str] = ()) -> SentenceAnswer:
    """Return the first and last day of what a judgment imposed; raises LimitRefused with the article.

    Facts: `kind` (管制, 拘役, 有期徒刑), `years`, `months`, `days`; `executed_on`; `custody`, a list of `{measure, from, to}`
    whose first and last day were both spent there; `plural` and `total_years` where several crimes were joined;
    `judged_on`. `conventions` as with limits.
    """
    work = _Work(rule, facts, frozenset(conventions))
    try:
        first, last, credited = _COUNTED[rule](work)
        others = tuple(_others(work, first, last))
    except Crossed as problem:
        why = f"羁押 {problem} 的终日早于始日。"
        raise work.refused(why, "out-of-order", ("刑47",), "核对羁押的起止。") from problem
    except (ValueError, TypeError, AttributeError, OverflowError, KeyError) as problem:
        raise work.refused(
            "有一项事实读不懂，或者日期超出历法。",
            "fact-unreadable",
            _ABOUT[rule],
            "日期写成 2026-03-01；羁押写成 [{measure, from, to}]；年、月、日写成数字。",
        ) from problem
    return SentenceAnswer(
        rule=rule,
        name=RULES[rule],
        first=first,
        due=last,
        due_at=ends_at(last, CHINA),
        credited=credited,
        articles=tuple(dict.fromkeys(articles.find(one).full for one in work.cited)),
        steps=tuple(work.steps),
        alternatives=others,
    )


def _others(work: _Work, first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """Yield what the other readings give, where that is another day; the earlier last day first."""
    found: dict[tuple[date, date], str] = {}
    for key in _READINGS[work.rule]:
        other = _Work(work.rule, work.facts, work.chosen ^ {key}, telling=False)
        try:
            begins, ends, _ = _COUNTED[work.rule](other)
        except LimitRefused:
            continue
        if (begins, ends) != (first, last):
            convention = CONVENTIONS[key]
            name = convention.usual if key in work.chosen else convention.name
            found.setdefault((ends, begins), name)
    for ends, begins in sorted(found):
        yield found[ends, begins], begins, ends


def _length(work: _Work, prefix: str = "") -> tuple[int, int, int]:
    years, months, days = (
        as_number(work.facts.get(f"{prefix}{unit}") or 0) for unit in ("years", "months", "days")
    )
    if not (years or months or days):
        raise work.refused("缺少刑期的长度。", "fact-missing", _ABOUT[work.rule], "填写年、月、日。")
    return years, months, days


def _in_words(years: int, months: int, days: int) -> str:
    parts = ((years, "年"), (months, "个月"), (days, "日"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _kind(work: _Work) -> str:
    kind = str(work.facts.get("kind") or "")
    if kind not in KINDS:
        raise work.refused(
            f"“{kind}”没有可以推算的刑期。" if kind else "缺少刑种 kind。",
            "sentence-kind",
            ("刑33",),
            "刑种写成管制、拘役或者有期徒刑；无期徒刑、死刑没有届满之日。",
        )
    return kind


def _within(work: _Work, kind: str, length: tuple[int, int, int]) -> None:
    """Refuse a term that the law does not know (刑法38, 42, 45, 50, 69)."""
    facts, plural = work.facts, work.facts.get("plural") is True
    years, months, days = length
    whole = (years * _TWELVE + months, days)
    most = {"管制": 36 if plural else 24, "拘役": 12 if plural else 6, "有期徒刑": 240 if plural else 180}[
        kind
    ]
    least = {"管制": 3, "拘役": 1, "有期徒刑": 6}[kind]
    basis = [{"管制": "刑38.1", "拘役": "刑42", "有期徒刑": "刑45"}[kind]]
    if plural:
        basis.append("刑69.1")
    if kind == "有期徒刑" and plural and as_number(facts.get("total_years") or 0) >= 35:  # noqa: PLR2004 - 刑69.1
        most = 300
    if kind == "有期徒刑" and facts.get("commuted") is True:
        most, basis = 300, ["刑50.1", "刑45"]
    if (least, 0) <= whole <= (most, 0):
        return
    bound = f"{_in_words(*divmod(least, _TWELVE), 0)}以上{_in_words(*divmod(most, _TWELVE), 0)}以下"
    raise work.refused(
        f"{kind}{_in_words(*length)}不在{bound}。",
        "sentence-length",
        basis,
        "核对刑期；数罪并罚的写明 plural，总和刑期三十五年以上的写明 total_years。",
    )


def _after(work: _Work, first: date, length: tuple[int, int, int]) -> date:
    """Return the last day of a term that begins on `first` (释202.2; before it, the day before the same number)."""
    years, months, days = length
    if _same_day(work):
        end = clip(first, years * _TWELVE + months)
        return end + timedelta(days=days - (1 if end.day == first.day else 0))
    end = clip(first, years * _TWELVE)
    end = add_months(end, months) if months else end
    return end + timedelta(days=days - 1)


def _same_day(work: _Work) -> bool:
    """Whether months are counted by the same day number: what was usual before 2021-03-01, another reading since."""
    judged = next(
        (work.facts[name] for name in ("judged_on", "executed_on", "effective_on") if work.facts.get(name)),
        None,
    )
    before = judged is not None and as_day(judged) < _INTERPRETED
    return before != ("sentence-same-day" in work.chosen)


def _tell_end(work: _Work, first: date, last: date, length: tuple[int, int, int], kind: str) -> None:
    text = f"{kind}{_in_words(*length)}，自 {first} 起 → {last}"
    if _same_day(work):
        work.tell("term", f"{text}（至对应日的前一日，没有对应日的至月末）", last)
    else:
        work.tell("term", text, last, "释202.2")


def _term(work: _Work) -> tuple[date, date, int]:
    kind = _kind(work)
    length = _length(work)
    _within(work, kind, length)
    work.cited.append(KINDS[kind])
    spans = spans_of(work.facts.get("custody") or ())
    first, before = _first(work, kind, spans)
    credited = _credited(work, kind, spans, before)
    if credited and "credit-moves-start" in work.chosen:
        first -= timedelta(days=credited)
        work.tell("credit", f"折抵 {credited} 日，起日前移 → {first}", first)
    last = _after(work, first, length)
    _tell_end(work, first, last, length, kind)
    if credited and "credit-moves-start" not in work.chosen:
        last -= timedelta(days=credited)
        work.tell("credit", f"折抵 {credited} 日 → {last}", last)
    if last < first:
        raise work.refused(
            f"先行羁押折抵 {credited} 日，已满刑期。",
            "served",
            (KINDS[kind],),
            "没有剩余的刑期，应当释放；核对羁押的起止。",
        )
    executed = work.facts.get("executed_on")
    if executed is not None and last < as_day(executed):
        work.tell("served", f"判决执行之日（{as_day(executed)}）前刑期已满，应当立即释放")
    return first, last, credited


def _first(work: _Work, kind: str, spans: list[Span]) -> tuple[date, date]:
    """Return the first day of the term, and the day before which custody is set off against the end."""
    told = work.facts.get("executed_on")
    executed = None if told is None else as_day(told)
    stretches = joined(spans)
    last = stretches[-1] if stretches else None
    goes_on = last is not None and (
        last.ends is None or (executed is not None and last.ends >= executed - DAY)
    )
    if executed is not None and last is not None and last.begins > executed:
        why = f"羁押始于 {last.begins}，在判决执行之日 {executed} 之后。"
        raise work.refused(why, "out-of-order", (KINDS[kind],), "核对判决执行之日和羁押的起止。")
    if (
        last is not None
        and goes_on
        and kind != "管制"
        and not (executed and "sentence-from-execution" in work.chosen)
    ):
        work.tell(
            "start", f"{last.begins} 起羁押不断，羁押一日折抵一日，刑期自羁押之日起", last.begins, KINDS[kind]
        )
        return last.begins, last.begins
    if executed is None:
        raise work.refused(
            "缺少判决执行之日 executed_on。",
            "fact-missing",
            (KINDS[kind],),
            "没有羁押至执行的，刑期从判决执行之日起计算；仍在羁押的，最后一段羁押不填终日。",
        )
    work.tell("start", f"刑期从判决执行之日 {executed} 起计算", executed, KINDS[kind])
    return executed, executed


def _credited(work: _Work, kind: str, spans: list[Span], before: date) -> int:
    """Return how many days are set off for what was over before the term began, each day once."""
    less = 1 if "release-day-not-credited" in work.chosen else 0
    held = [days for span in joined(spans) if (days := span.before(before, less=less))]
    found = days_of(held) * (2 if kind == "管制" else 1)
    if held:
        rate = "羁押一日折抵二日" if kind == "管制" else "羁押一日折抵一日"
        ends = "首尾都算" if not less else "释放当日不算"
        text = f"{held[0][0]} 至 {held[-1][1]} 间先行羁押 {days_of(held)} 日（{ends}），{rate}"
        work.tell("custody", text, article=KINDS[kind])
    if any(span.measure in {"liuzhi", "guanhu"} for span in spans):
        work.tell("liuzhi", "留置、管护与羁押同样折抵", article="监50.4")
    resided = [days for span in joined(spans, {RESIDENCE}) if (days := span.before(before))]
    if resided:
        number = days_of(resided) - common(resided, held)
        odd = 1 if "residence-odd-day-credited" in work.chosen else 0
        more = number if kind == "管制" else (number + odd) // 2
        found += more
        work.tell("residence", f"指定居所监视居住 {number} 日，折抵 {more} 日", article="法76")
    for span in spans:
        if span.measure not in HELD and span.measure != RESIDENCE:
            work.tell("counted", f"{span.begins} 起{WORDS.get(span.measure, span.measure)}，不折抵")
    return found


def _from_effect(
    work: _Work, article: str, name: str, length: tuple[int, int, int], start: str
) -> tuple[date, date, int]:
    """Return a span that runs from the day something took effect, that day within it."""
    told = work.facts.get(start)
    if told is None:
        raise work.refused(f"缺少起算事实 {start}。", "fact-missing", (article,), "补上起算的日期。")
    day = as_day(told)
    first = day + DAY if "effect-day-not-counted" in work.chosen else day
    work.tell("start", f"从 {day} 起计算" if first == day else f"{day} 的次日起计算", first, article)
    last = _after(work, first, length)
    _tell_end(work, first, last, length, name)
    return first, last, 0


def _probation(work: _Work) -> tuple[date, date, int]:
    kind, imposed, given = _kind(work), _length(work), _length(work, "probation_")
    if kind == "管制":
        raise work.refused(
            "管制不适用缓刑。", "sentence-kind", ("刑72.1",), "缓刑只适用于拘役、三年以下有期徒刑。"
        )
    _within(work, kind, imposed)
    months, spare = imposed[0] * _TWELVE + imposed[1], imposed[2]
    if (months, spare) > (36, 0):
        raise work.refused("三年以上的有期徒刑不适用缓刑。", "sentence-length", ("刑72.1",), "核对刑期。")
    article, least, most = ("刑73.1", 2, 12) if kind == "拘役" else ("刑73.2", 12, 60)
    floor = max((months, spare), (least, 0))
    if not floor <= (given[0] * _TWELVE + given[1], given[2]) <= (most, 0):
        raise work.refused(
            f"考验期{_in_words(*given)}不在原判刑期（至少{_in_words(*divmod(least, _TWELVE), 0)}）以上"
            f"{_in_words(*divmod(most, _TWELVE), 0)}以下。",
            "probation",
            (article,),
            "核对考验期。",
        )
    work.cited.append(article)
    work.tell("note", "先行羁押不折抵考验期；撤销缓刑执行原判刑罚时折抵")
    return _from_effect(work, "刑73.3", "考验期", given, "effective_on")


def _rights(work: _Work) -> tuple[date, date, int]:
    length = _length(work)
    with_control = work.facts.get("kind") == "管制"
    commuted = work.facts.get("commuted") is True
    least, most, article = (
        (3, 36, "刑55.2") if with_control else (36, 120, "刑57.2") if commuted else (12, 60, "刑55.1")
    )
    whole = (length[0] * _TWELVE + length[1], length[2])
    if not (least, 0) <= whole <= (most, 0):
        why = f"剥夺政治权利{_in_words(*length)}不在法定的期限以内。"
        raise work.refused(why, "sentence-length", (article,), "核对期限；减刑后的写明 commuted。")
    work.cited.append(article)
    if with_control:
        return _from_effect(work, "刑55.2", "与管制同时执行，剥夺政治权利", length, "executed_on")
    work.tell("note", "主刑执行期间当然剥夺", article="刑58.1")
    return _from_effect(work, "刑58.1", "剥夺政治权利", length, "released_on")


_COUNTED: dict[str, Callable[[_Work], tuple[date, date, int]]] = {
    "sentence-term": _term,
    "sentence-probation": _probation,
    "sentence-political-rights": _rights,
}
_ABOUT = {
    "sentence-term": ("刑41", "刑44", "刑47"),
    "sentence-probation": ("刑73.3",),
    "sentence-political-rights": ("刑55.1", "刑58.1"),
}
