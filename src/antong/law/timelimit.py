"""Time limits: facts in, due instant with articles and derivation out (docs/time-limits.md).

Conventions: hours run by the clock (K1); days and months do not count the day they start from (K2, K3, K5);
a month ends on the same day number, on the last day where there is none or where the start was a month's last
(K3); extensions run from the unshifted end (K6); a term ending on a rest day moves to the next working day,
except for custody and for caps on liberty (K7, K8); "N days before" counts back without shifting (K10). Whether
somebody is held is never guessed: a custody rule without `in_custody` is refused.
"""

from __future__ import annotations

import calendar as months_of
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from antong.kernel import clock
from antong.kernel.clock import CHINA
from antong.kernel.refusal import Refusal
from antong.law import articles
from antong.law._rules import Rule, table
from antong.law.calendar import Calendar, announced

_COMMON = {"in_custody", "extensions", "suspensions"}
_STOPS = {
    "psychiatric-appraisal": "刑事诉讼法第149条",
    "trial-suspension": "刑事诉讼法第206条第2款",
    "prosecutor-file-review": "刑事诉讼法第235条",
    "compulsory-measure-decision": "刑事诉讼法第170条第2款",
}
"""The reasons for which time does not count; any other appraisal counts (公安机关办理刑事案件程序规定第257条)."""


class LimitRefused(Refusal):
    """Facts from which no date follows, with the article that says so."""

    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitAnswer:
    """A computed limit. `due` is the last lawful day (it ends at 24:00) or minute; `due_at` the instant it ends."""

    rule: str
    name: str
    due: date | datetime
    due_at: datetime
    articles: tuple[str, ...]
    derivation: tuple[str, ...]
    alternatives: tuple[tuple[str, date | datetime], ...] = ()
    table_version: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain JSON values."""
        return {
            "due": _text(self.due),
            "articles": list(self.articles),
            "derivation": list(self.derivation),
            "alternatives": [{"convention": name, "due": _text(due)} for name, due in self.alternatives],
        }


@dataclass(slots=True)
class _Working:
    """A computation under way: its steps, and the facts it has used."""

    rule: Rule
    facts: Mapping[str, Any]
    calendar: Calendar
    steps: list[str] = field(default_factory=list)
    alternatives: list[tuple[str, date | datetime]] = field(default_factory=list)


def rules() -> tuple[Rule, ...]:
    """Return every rule of the table."""
    return table().rules


def answer(rule: str, facts: Mapping[str, Any], *, calendar: Calendar | None = None) -> LimitAnswer:
    """Return when a limit ends, from its facts; raises LimitRefused with the article.

    Facts are named as in docs/time-limits.md: dates (`…_on`) as date or ISO text, minutes (`…_at`) as local
    datetime or ISO text, `in_custody` the status on the last day.
    """
    found = table().rule(rule)
    if found is None:
        raise LimitRefused(f"不能推算：期限表里没有“{rule}”。", code="limit-unknown", remedy="从期限表中选。")
    work = _Working(rule=found, facts=facts, calendar=calendar or announced())
    due: date | datetime
    if found.hours:
        due = _hours(work)
        due_at = due.replace(tzinfo=CHINA)
    else:
        due = _before(work) if found.holidays == "B" else _term(work)
        due_at = datetime.combine(due + timedelta(days=1), time(), CHINA)
    _note_unknown(work)
    cited = tuple(articles.find(article).full for article in found.articles)
    return LimitAnswer(
        rule=rule,
        name=found.name,
        due=due,
        due_at=due_at,
        articles=cited,
        derivation=tuple(work.steps),
        alternatives=tuple(work.alternatives),
        table_version=table().version,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """How much longer the law would let a running limit be made: until when, by which article, in words."""

    due_at: datetime
    article: str
    words: str


def further(rule: str, facts: Mapping[str, Any]) -> Further | None:
    """Return the longest extension of a limit that may still be granted, or None; it is not granted by this.

    A limit whose extension is a rule of its own (侦查羁押延长一个月) is answered by that rule.
    """
    listed = list(facts.get("extensions") or ())
    found = _extended_by(rule, len(listed))
    if found is None or found.extension is None:
        return None
    allowed = found.extension
    more = {**facts, "extensions": [*listed, {allowed.unit: allowed.per}]}
    try:
        longer = answer(found.key, more)
    except LimitRefused:
        return None
    length = f"{allowed.per} {'日' if allowed.unit == 'days' else '个月'}"
    last = clock.local(longer.due_at - timedelta(minutes=1))
    words = f"可延长 {length}至 {last:%Y-%m-%d}（{articles.short(allowed.article)}，未批准）"
    return Further(due_at=longer.due_at, article=allowed.article, words=words)


def _extended_by(rule: str, times: int) -> Rule | None:
    own = table().rule(rule)
    if own is None:
        return None
    if own.extension is not None:
        return own if times < own.extension.times else None
    return next(
        (
            other
            for other in table().rules
            if other.extension is not None
            and other.extension.required
            and (other.start, other.months, other.days) == (own.start, own.months, own.days)
            and set(other.articles) & set(own.articles)
        ),
        None,
    )


def of_right(rule: str) -> bool:
    """Whether a limit is the time of somebody's right (上诉、复议): when it ends nobody is late."""
    found = table().rule(rule)
    return found is not None and found.right


def holds(rule: str) -> bool:
    """Whether holding somebody rests on a limit of this rule: past it, there is no basis left."""
    found = table().rule(rule)
    return found is not None and found.custody


def _hours(work: _Working) -> datetime:
    start = _minute(work, work.rule.start)
    due = start + timedelta(hours=work.rule.hours)
    work.steps.append(
        f"{start:%m-%d %H:%M} 起算，满 {work.rule.hours} 小时 → {due:%m-%d %H:%M}（不因节假日顺延）"
    )
    if work.rule.note:
        work.steps.append(work.rule.note)
    return due


def _before(work: _Working) -> date:
    event = _day(work, work.rule.start)
    due = event - timedelta(days=work.rule.days)
    work.steps.append(f"{_md(event)} 的 {work.rule.days} 日以前 → {_md(due)}（倒计，不顺延）")
    work.alternatives.append((f"间隔满 {work.rule.days} 日", due - timedelta(days=1)))
    return due


def _term(work: _Working) -> date:
    rule = work.rule
    start = _day(work, rule.start)
    if rule.restart:
        work.steps.append(f"{_md(start)} 重新计算，此前期间作废")
    extra_days, extra_months = _extensions(work)
    months, days = rule.months + extra_months, rule.days + extra_days
    due = add_months(start, months) if months else start
    due += timedelta(days=days)
    parts = ([f"{months} 个月"] if months else []) + ([f"{days} 日"] if days else [])
    work.steps.append(f"{_md(start)}，次日起算 → {'加'.join(parts)} → {_md(due)}")
    unmoved = due
    due, stops = _suspend(work, start, due)
    others = [("起算日计入", due - timedelta(days=1))]
    if months and add_months(start, months) != _clip(start, months):
        literal = _clip(start, months) + timedelta(days=days)
        others.append(("按对应日（不取月末）", literal + (due - unmoved)))
    if stops:
        others.append(("不计入的首尾两日都不算", due + timedelta(days=stops)))
    shifted = _shift(work, due)
    stays = work.rule.holidays == "L" or (work.rule.holidays == "C" and work.facts["in_custody"])
    work.alternatives += [
        (name, day if stays else work.calendar.next_working_day(day)) for name, day in others
    ]
    return shifted


def _extensions(work: _Working) -> tuple[int, int]:
    rule, listed = work.rule, work.facts.get("extensions") or ()
    allowed = rule.extension
    if allowed is None:
        if listed:
            raise LimitRefused(
                f"不能推算：{rule.name}没有延长。",
                code="extension-not-allowed",
                basis=rule.articles,
                remedy="删去延长，或换用延长后的期限规则。",
            )
        return 0, 0
    if allowed.required and not listed:
        raise LimitRefused(
            f"不能推算：{rule.name}须先有批准的延长。",
            code="extension-missing",
            basis=(allowed.article,),
            remedy="填写批准延长的机关和长度。",
        )
    if len(listed) > allowed.times:
        raise LimitRefused(
            f"不能推算：{rule.name}最多延长 {allowed.times} 次。",
            code="extension-too-often",
            basis=(allowed.article,),
            remedy="核对延长决定。",
        )
    totals = {"days": 0, "months": 0}
    for one in listed:
        length = int(one.get(allowed.unit, 0))
        if set(one) & {"days", "months"} != {allowed.unit} or not 0 < length <= allowed.per:
            unit = "日" if allowed.unit == "days" else "个月"
            raise LimitRefused(
                f"不能推算：{rule.name}每次延长不得超过 {allowed.per} {unit}。",
                code="extension-too-long",
                basis=(allowed.article,),
                remedy="核对延长决定的长度。",
            )
        totals[allowed.unit] += length
        unit = "日" if allowed.unit == "days" else "个月"
        by = one.get("approved_by", "")
        work.steps.append(
            f"延长 {length} {unit}（{articles.short(allowed.article)}{'，' + by if by else ''}）"
        )
    return totals["days"], totals["months"]


def _suspend(work: _Working, start: date, due: date) -> tuple[date, int]:
    """Return the end moved by what does not count, and how many exclusions moved it."""
    stops = 0
    for one in work.facts.get("suspensions") or ():
        reason = str(one.get("reason", ""))
        if reason not in _STOPS:
            work.steps.append(f"{reason or '未写明理由的期间'}计入期限（法149：只有法定事由不计入）")
            continue
        stops += 1
        begins, resumes = _as_day(one["from"]), _as_day(one["to"])
        if resumes < begins or begins > due or begins < start:
            raise LimitRefused(
                "不能推算：中止的起止不在期限之内。",
                code="suspension-span",
                basis=("刑事诉讼法第149条",),
                remedy="核对中止和恢复的日期：恢复不早于中止，中止时期限仍在进行。",
            )
        moved = (resumes - begins).days
        due += timedelta(days=moved)
        basis = articles.short(_STOPS[reason])
        work.steps.append(f"{_md(begins)} 至 {_md(resumes)} 不计入 {moved} 日（{basis}）→ {_md(due)}")
    return due, stops


def _shift(work: _Working, due: date) -> date:
    kind, held = work.rule.holidays, work.facts.get("in_custody")
    if kind == "C" and held not in {True, False}:
        raise LimitRefused(
            f"不能推算{work.rule.name}：没有写明是否在押。",
            code="custody-unknown",
            basis=("刑事诉讼法第105条第4款",),
            remedy="写明到期时是否在押：在押的不因节假日顺延。",
        )
    if kind == "L":
        work.steps.append("限制自由的上限，不因节假日顺延")
        return due
    if kind == "C" and held:
        work.steps.append("在押，不因节假日顺延（法105.4）")
        return due
    moved = work.calendar.next_working_day(due)
    if moved != due:
        work.steps.append(f"{_md(due)} 是休息日 → 顺延至 {_md(moved)}（法105.4）")
    if work.calendar.is_provisional(moved):
        work.steps.append(f"{moved.year} 年放假安排尚未公布，暂按固定节日推算")
    return moved


def _note_unknown(work: _Working) -> None:
    used = _COMMON | {work.rule.start.split("[")[0].split(".")[0]}
    other = sorted(set(work.facts) - used)
    if other:
        work.steps.append(f"未用到的事实：{'、'.join(other)}")


def _fact(work: _Working, name: str) -> Any:
    value: Any = work.facts
    for part in name.replace("[-1]", ".-1").split("."):
        try:
            value = value[-1] if part == "-1" else value[part]
        except (KeyError, IndexError, TypeError):
            raise LimitRefused(
                f"不能推算{work.rule.name}：缺少起算事实 {name}。",
                code="fact-missing",
                basis=work.rule.articles,
                remedy="补上起算的日期。",
            ) from None
    return value


def _day(work: _Working, name: str) -> date:
    return _as_day(_fact(work, name))


def _as_day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.astimezone(CHINA).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(str(value)[:10])


def _minute(work: _Working, name: str) -> datetime:
    value = _fact(work, name)
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.astimezone(CHINA).replace(tzinfo=None) if found.tzinfo else found


def _clip(start: date, months: int) -> date:
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    last = months_of.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def add_months(start: date, months: int) -> date:
    """Return the day `months` later: same number, or a month's last day from a month's last day (释202.1, K3)."""
    end = _clip(start, months)
    if start.day == months_of.monthrange(start.year, start.month)[1]:
        return end.replace(day=months_of.monthrange(end.year, end.month)[1])
    return end


def _md(day: date) -> str:
    return f"{day:%Y-%m-%d}"


def _text(value: date | datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value.isoformat()
