"""Computing the end of one term under one set of readings: the day or minute, and each step to it.

Conventions K1 to K12: hours run by the clock (K1); the day a term starts from is not counted (K2, K5); a month ends on
the same day number, on the last day where there is none or where the start was a month's last (K3), half a month is
fifteen days (K4); extensions run from the unshifted end and months that follow one another are added up from the first
start (K6); a term that ends on a rest day moves to the next working day (K7), except for a person in custody (K8) and
for caps on liberty; what does not count moves the end by the day it resumes less the day it began (K9); "N days before"
counts back without shifting (K10); time on the way is not within the term (K11); a restart drops all before it (K12).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from antong.law import articles
from antong.law._count import add_months, clip
from antong.law._facts import Facts, as_day, as_minute, known, refused, start_of
from antong.law._links import UNITS, in_time, links_of
from antong.law._rules import Rule, rule_of, span
from antong.law.calendar import Calendar

STOPS = {
    "psychiatric-appraisal": "刑事诉讼法第149条",
    "trial-suspension": "刑事诉讼法第206条第2款",
    "prosecutor-file-review": "刑事诉讼法第235条",
    "compulsory-measure-decision": "刑事诉讼法第170条第2款",
}
"""The reasons for which time does not count; any other appraisal counts (公安机关办理刑事案件程序规定第257条)."""
_APPEALS = {"judgment_received_on": "appeal-judgment-10d", "ruling_received_on": "appeal-ruling-5d"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: its kind, in words, the day or minute it leads to, its article."""

    kind: str
    text: str
    to: date | datetime | None = None
    article: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as plain values; what is empty is left out."""
        to = self.to.isoformat() if isinstance(self.to, date) else ""
        row = {"kind": self.kind, "text": self.text, "to": to, "article": self.article}
        return {name: value for name, value in row.items() if value}


@dataclass(slots=True)
class Work:
    """A computation under way: the rule asked, the rule whose term it works on, the readings chosen, the steps."""

    rule: Rule
    facts: Facts
    calendar: Calendar
    chosen: frozenset[str]
    telling: bool = True
    term: Rule = field(init=False)
    steps: list[Step] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.term = _host(self.rule, self.facts) if self.rule.hosts else self.rule

    def tell(self, kind: str, text: str, to: date | datetime | None = None, article: str = "") -> None:
        """Add a step; nothing where only the end is wanted."""
        if self.telling:
            self.steps.append(Step(kind, text, to, article))


def end_of(work: Work) -> date | datetime:
    """Return the last lawful day or minute; raises LimitRefused, ValueError for a fact that cannot be read."""
    if work.term.hours:
        return _hours(work)
    return _before(work) if work.term.holidays == "B" else _days(work)


def _host(rule: Rule, facts: Facts) -> Rule:
    """Return the rule that an exclusion or a restart works on: named, or the one whose start is known."""
    named = facts.get("host_rule")
    if named is not None:
        found = rule_of(str(named))
        if found is None or found.hosts or found.hours or found.holidays == "B":
            raise refused(rule, f"“{named}”不是可以附上去的期限。", "host", rule.articles, "填写所附的期限规则。")
        return found
    hosts = [one for one in (rule_of(key) for key in rule.hosts) if one is not None]
    return next((one for one in hosts if any(known(facts, name) is not None for name in one.start)), hosts[0])


def _hours(work: Work) -> datetime:
    start = as_minute(start_of(work.rule, work.facts, work.term.start))
    begins = start
    if "start-hour-not-counted" in work.chosen and (start.minute or start.second):
        begins = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    due = begins + timedelta(hours=work.rule.hours)
    work.tell("clock", f"{start:%m-%d %H:%M} 起算，满 {work.rule.hours} 小时 → {due:%m-%d %H:%M}（不因节假日顺延）", due)
    if work.rule.note:
        work.tell("note", work.rule.note)
    if work.facts.get("notice_obstacle") and "notice_obstacle" in work.rule.facts:
        work.tell("note", "有无法通知或者有碍侦查的情形：情形消失后立即通知，并写明原因")
    if work.facts.get("away") and "away" in work.rule.facts:
        work.tell("note", "异地执行：送抓获地看守所羁押（公126.2）", article="公126.2")
    return due


def _before(work: Work) -> date:
    event = as_day(start_of(work.rule, work.facts, work.term.start))
    days = work.rule.days + (1 if "clear-days" in work.chosen else 0)
    due = event - timedelta(days=days)
    counted = f"{event} 的 {work.rule.days} 日以前"
    work.tell("before", f"{counted} → {due}（倒计，不顺延）", due)
    return due


def _days(work: Work) -> date:
    start = _start(work)
    if work.rule.restart:
        work.tell("restart", f"{start} 重新计算，此前期间作废", start)
    months, days = _length(work, start)
    due = _links(work, start, months, days)
    travel = work.facts.get("travel_days")
    if travel:
        due += timedelta(days=int(travel))
        work.tell("travel", f"路途 {int(travel)} 日不在期间以内（法105.3）→ {due}", due, "法105.3")
    if "start-day-counted" in work.chosen:
        due -= timedelta(days=1)
        work.tell("reading", f"起算日计入 → {due}", due)
    return _shift(work, due)


def _start(work: Work) -> date:
    facts, names = work.facts, work.term.start
    if not work.rule.hosts or work.rule.start:
        names = work.rule.start
    if work.rule.effective and known(facts, "effective_on") is None:
        return _effective(work)
    start = as_day(start_of(work.rule, facts, names))
    if names[-1] == "decided_on" and known(facts, "earlier_bail_decided_on") is not None:
        earlier, by = as_day(facts["earlier_bail_decided_on"]), facts.get("earlier_bail_decided_by")
        if by is not None and by == facts.get("decided_by"):
            work.tell("start", f"同一机关 {earlier} 已经决定，合并计算", earlier, "法79.1")
            return earlier
        work.tell("restart", f"{by or '前一机关'} {earlier} 的决定不计，重新计算（检103、释162.2）", start, "检103")
    return start


def _effective(work: Work) -> date:
    """Return the day a judgment takes effect that nobody appealed: the day after the time for it (K2, K7)."""
    facts = work.facts
    name = next((one for one in _APPEALS if known(facts, one) is not None), "")
    if not name or facts.get("appealed") is not False:
        start_of(work.rule, facts, work.rule.start)
    rule = rule_of(_APPEALS[name])
    if rule is None:  # pragma: no cover - both are in the table
        raise LookupError(name)
    inner = Work(rule, facts, work.calendar, work.chosen - {"start-day-counted"}, telling=False)
    last = end_of(inner)
    effective = last if "effective-on-last-day" in work.chosen else last + timedelta(days=1)
    work.tell("effective", f"{as_day(facts[name])} 收到裁判，上诉期至 {last}，没有上诉、抗诉 → {effective} 生效", effective, "法230")
    return effective


def _length(work: Work, start: date) -> tuple[int, int]:
    rule, facts = work.term, work.facts
    if rule.probation is not None:
        least, most = rule.probation
        months = facts.get("probation_months")
        if months is None:
            raise refused(work.rule, "缺少考验期的月数 probation_months。", "fact-missing", rule.articles, "补上考验期。")
        if not least <= int(months) <= most:
            raise refused(
                work.rule, f"考验期应在 {least} 至 {most} 个月之间。", "probation", rule.articles, "核对考验期。"
            )
        return int(months), 0
    if rule.in_custody_as and facts.get("in_custody") is True:
        other = rule_of(rule.in_custody_as)
        if other is not None:
            work.tell("length", f"被告人在押，适用{other.name}的期限（法212.2、208.1）", article="法212.2")
            return other.months, other.days
    if rule.at_once and facts.get(rule.at_once) is False:
        work.tell("length", "定期宣判的，宣告后立即送达：当日", start, "法202.2")
        return 0, 0
    return _whole(work, rule) if rule.of else (rule.months, rule.days)


def _whole(work: Work, rule: Rule) -> tuple[int, int]:
    """Return the length of a rule that is the whole of a term: less where less than all of it was granted."""
    base, listed = rule_of(rule.of), list(work.facts.get("extensions") or ())
    if base is None or not listed:
        return rule.months, rule.days
    for unit in ("days", "months"):
        whole, short = getattr(rule, unit), getattr(base, unit)
        given = sum(int(one.get(unit, 0)) for one in listed)
        other = "months" if unit == "days" else "days"
        if not (whole and short and given) or getattr(rule, other) or getattr(base, other):
            continue
        if short + given > whole and given != whole:
            raise refused(
                work.rule, f"一共不得超过 {whole} {UNITS[unit]}。", "extension-too-long", rule.articles, "核对延长决定。"
            )
        granted = min(whole, short + given)
        if granted < whole:
            work.tell("length", f"批准延长 {given} {UNITS[unit]}，一共 {granted} {UNITS[unit]}")
        return (0, granted) if unit == "days" else (granted, 0)
    return rule.months, rule.days


def _links(work: Work, start: date, months: int, days: int) -> date:
    """Lay the term and its extensions one after another, and what does not count on the term in force (K6, K9)."""
    add = clip if "corresponding-day" in work.chosen else add_months
    due = (add(start, months) if months else start) + timedelta(days=days)
    if months or days:
        work.tell("term", f"{start}，次日起算 → {span(months, days)} → {due}", due, work.term.articles[0])
    stops, granted = _stops(work, start), links_of(work.rule, work.term, work.facts)
    at_once = "extension-before-exclusion" not in work.chosen
    anchor, run_months, run_days = start, months, days
    for number, (one, slot) in enumerate(granted):
        before = due
        due = _exclude(work, due, stops) if at_once else due
        in_time(work.rule, one, due)
        _in_force(work, number, due)
        if "extension-from-shifted-end" in work.chosen and not _held(work):
            due = work.calendar.next_working_day(due)
        if due != before or "months-chained" in work.chosen or (run_days and slot.unit == "months"):
            anchor, run_months, run_days = due, 0, 0
        length = int(one[slot.unit])
        run_months += length if slot.unit == "months" else 0
        run_days += length if slot.unit == "days" else 0
        due = (add(anchor, run_months) if run_months else anchor) + timedelta(days=run_days)
        by, basis = str(one.get("approved_by") or ""), articles.short(slot.article)
        work.tell("extension", f"延长 {length} {UNITS[slot.unit]}（{basis}{'，' + by if by else ''}）→ {due}", due, basis)
    _in_force(work, len(granted), due)
    due = _exclude(work, due, stops)
    if stops:
        raise _bad_span(work, stops[0][2])
    return due


def _in_force(work: Work, number: int, begins: date) -> None:
    """Refuse what the statute did not know when it would have begun."""
    since = work.term.since
    if since is not None and number == max(0, work.term.required - 1) and begins < since:
        raise refused(
            work.rule, f"{since} 前的法律没有这一期限。", "not-in-force", work.term.articles, "按行为时有效的法律核对措施。"
        )


_Stop = tuple[date, date, str]


def _stops(work: Work, start: date) -> list[_Stop]:
    """Return the spans that do not count: first day, the day time resumes, why; in order."""
    found: list[_Stop] = []
    for one in work.facts.get("suspensions") or ():
        reason = str(one.get("reason", ""))
        if reason not in STOPS:
            work.tell("counted", f"{reason or '未写明理由的期间'}计入期限（法149、公257：只有法定事由不计入）")
            continue
        if one.get("to") is None:
            raise refused(
                work.rule, "中止还没有恢复，期限停止计算。", "suspension-open", (STOPS[reason],), "恢复后填写恢复的日期。"
            )
        found.append((as_day(one["from"]), as_day(one["to"]), reason))
    named = work.rule.excludes
    if named is not None and not found:
        ends = next((known(work.facts, name) for name in named.until if known(work.facts, name) is not None), None)
        begins = next((known(work.facts, name) for name in named.since if known(work.facts, name) is not None), None)
        if begins is not None and ends is not None:
            found.append((max(as_day(begins), start), as_day(ends), named.reason))
    for begins, resumes, reason in found:
        if resumes < begins or begins < start:
            raise _bad_span(work, reason)
    return sorted(found)


def _bad_span(work: Work, reason: str) -> Exception:
    return refused(
        work.rule,
        "中止的起止不在期限之内。",
        "suspension-span",
        (STOPS[reason],),
        "核对中止和恢复的日期：恢复不早于中止，中止时期限仍在进行。",
    )


def _exclude(work: Work, due: date, stops: list[_Stop]) -> date:
    """Return the end moved by the spans that begin in the term in force; they are taken from `stops`."""
    while stops and stops[0][0] <= due:
        begins, resumes, reason = stops.pop(0)
        last = resumes
        if reason == "prosecutor-file-review" and "file-review-whole" not in work.chosen:
            last = min(resumes, add_months(begins, 1))
        moved = (last - begins).days
        if moved and "exclusion-both-days" in work.chosen:
            moved += 1
        due += timedelta(days=moved)
        basis = articles.short(STOPS[reason])
        most = "（以一个月为限）" if last < resumes else ""
        work.tell("exclusion", f"{begins} 至 {last} 不计入 {moved} 日{most}（{basis}）→ {due}", due, basis)
    return due


def _held(work: Work) -> bool:
    """Whether an end is not shifted by reason of custody or as a cap on liberty."""
    kind, held = work.term.holidays, work.facts.get("in_custody")
    return kind == "L" or (kind == "C" and held is True)


def _shift(work: Work, due: date) -> date:
    kind, held = work.term.holidays, work.facts.get("in_custody")
    if kind == "C" and held not in {True, False}:
        raise refused(
            work.rule,
            "没有写明是否在押。",
            "custody-unknown",
            ("刑事诉讼法第105条第4款",),
            "写明到期时是否在押：在押的不因节假日顺延。",
        )
    if "custody-at-start" in work.chosen and kind == "C":
        held = not held
    if kind == "L" and "liberty-cap-shifted" not in work.chosen:
        work.tell("fixed", "限制自由的上限，不因节假日顺延", due)
        return due
    if kind == "C" and held:
        work.tell("fixed", "在押，不因节假日顺延（法105.4）", due, "法105.4")
        return due
    if kind == "O" and work.term.right and held and "right-in-custody-fixed" in work.chosen:
        work.tell("fixed", "在押，不因节假日顺延（法105.4 但书）", due, "法105.4")
        return due
    moved = work.calendar.next_working_day(due)
    if moved != due:
        work.tell("shift", f"{due} 是休息日 → 顺延至 {moved}（法105.4）", moved, "法105.4")
    if work.calendar.is_provisional(moved):
        work.tell("provisional", f"{moved.year} 年放假安排尚未公布，暂按固定节日推算", moved)
    return moved


def ends_at(due: date | datetime, zone: Any) -> datetime:
    """Return the instant a last lawful minute, or a last lawful day at 24:00, is over."""
    if isinstance(due, datetime):
        return due.replace(tzinfo=zone)
    return datetime.combine(due + timedelta(days=1), time(), zone)
