"""Computing the end of one term under one set of readings: the day or minute, and each step to it.

Conventions K1 to K12: hours run by the clock (K1); the day a term starts from is not counted (K2, K5); a month ends on
the same day number, on the last day where there is none or where the start was a month's last (K3), half a month is
fifteen days (K4); extensions run from the unshifted end and months that follow one another are added up from the first
start (K6); a term that ends on a rest day moves to the next working day (K7), except for a person in custody (K8) and
for caps on liberty; what does not count moves the end by the day it resumes less the day it began (K9); "N days before"
counts back without shifting (K10); time on the way is not within the term (K11); a restart drops all before it (K12).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from antong.law import articles
from antong.law._count import add_months, clip
from antong.law._facts import as_day, as_list, as_minute, as_number, known, refused, start_of
from antong.law._links import REQUESTED, UNITS, in_time, links_of
from antong.law._rules import Rule, rule_of, span
from antong.law._stops import bad_span, exclude, stops_of
from antong.law._work import Work

_APPEALS = {"judgment_received_on": "appeal-judgment-10d", "ruling_received_on": "appeal-ruling-5d"}


def end_of(work: Work) -> date | datetime:
    """Return the last lawful day or minute; raises LimitRefused, ValueError for a fact that cannot be read."""
    if work.term.hours:
        return _hours(work)
    return _before(work) if work.term.holidays == "B" else _days(work)


def _hours(work: Work) -> datetime:
    start = as_minute(start_of(work.rule, work.facts, work.term.start))
    work.begun = begins = start
    if "start-hour-not-counted" in work.chosen and (start.minute or start.second):
        begins = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    due = begins + timedelta(hours=work.rule.hours)
    work.tell(
        "clock",
        f"{start:%m-%d %H:%M} 起算，满 {work.rule.hours} 小时 → {due:%m-%d %H:%M}（不因节假日顺延）",
        due,
    )
    if work.rule.note:
        work.tell("note", work.rule.note)
    hindered = bool(work.facts.get("notice_obstacle")) and "notice_obstacle" in work.rule.facts
    ended = known(work.facts, "obstacle_ended_at") if hindered else None
    if ended is not None and as_minute(ended) > due:
        due = as_minute(ended)
        work.tell("obstacle", f"有碍侦查或者无法通知的情形 {due:%m-%d %H:%M} 消失，应当立即通知", due)
    if hindered:
        hinders = (
            "或者通知可能有碍侦查（限危害国家安全、恐怖活动犯罪）"
            if work.rule.start == ("detained_at",)
            else ""
        )
        work.tell("note", f"无法通知{hinders}的除外，情形消失后立即通知；没有这种情形的，期限照算")
    if work.facts.get("away") and "away" in work.rule.facts:
        work.tell("note", "异地执行：送抓获地看守所羁押（公126.2）", article="公126.2")
    return due


def _before(work: Work) -> date:
    work.begun = event = as_day(start_of(work.rule, work.facts, work.term.start))
    if work.rule.start == ("term_ends_on",):
        in_time(work.rule, work.facts, event, REQUESTED)
    days = work.rule.days + (1 if "clear-days" in work.chosen else 0)
    due = event - timedelta(days=days)
    counted = f"{event} 的 {work.rule.days} 日以前"
    work.tell("before", f"{counted} → {due}（倒计，不顺延）", due)
    return due


def _days(work: Work) -> date:
    work.begun = start = _start(work)
    if work.restarts:
        work.tell("restart", f"{start} 重新计算，此前期间作废", start)
    months, days = _length(work, start)
    due = _links(work, start, months, days)
    travel = 0 if _derived(work) else as_number(work.facts.get("travel_days") or 0)
    if travel:
        due += timedelta(days=travel)
        work.tell("travel", f"路途 {travel} 日不在期间以内（法105.3）→ {due}", due, "法105.3")
    if "start-day-counted" in work.chosen and due > start:
        due -= timedelta(days=1)
        work.tell("reading", f"起算日计入 → {due}", due)
    return _shift(work, start, due)


def _derived(work: Work) -> bool:
    """Whether the term starts from a day that itself follows from when the judgment was received."""
    return work.rule.effective and known(work.facts, "effective_on") is None


def _start(work: Work) -> date:
    facts, instead = work.facts, work.term.restart and not work.rule.hosts
    names = work.term.start if instead or not work.rule.start else work.rule.start
    if _derived(work):
        return _effective(work)
    start = as_day(start_of(work.rule, facts, names))
    if "earlier_bail_decided_on" in work.rule.facts and known(facts, "earlier_bail_decided_on") is not None:
        return _bail(work, start)
    return start


def _bail(work: Work, start: date) -> date:
    """Return the day from which bail counts: the same organ's first decision; each other organ counts anew (检103)."""
    days, organs = (as_list(work.facts.get(f"earlier_bail_decided_{name}")) for name in ("on", "by"))
    told = [(as_day(day), organs[index] if index < len(organs) else None) for index, day in enumerate(days)]
    same = [day for day, organ in told if organ is not None and organ == work.facts.get("decided_by")]
    if same:
        work.tell("start", f"同一机关 {min(same)} 已经决定，合并计算", min(same), "法79.1")
        return min(same)
    for day, organ in told:
        work.tell(
            "restart", f"{organ or '前一机关'} {day} 的决定不计，重新计算（检103、释162.2）", start, "检103"
        )
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
    own = {one: facts[one] for one in (name, "in_custody", "travel_days") if one in facts}
    inner = Work(rule, own, work.calendar, work.chosen - {"start-day-counted"}, telling=False)
    last = end_of(inner)
    effective = last if "effective-on-last-day" in work.chosen else last + timedelta(days=1)
    work.tell(
        "effective",
        f"{as_day(facts[name])} 收到裁判，上诉期至 {last}，没有上诉、抗诉 → {effective} 生效",
        effective,
        "法230",
    )
    return effective


def _length(work: Work, start: date) -> tuple[int, int]:
    rule, facts = work.term, work.facts
    if rule.probation is not None:
        return _probation(work, rule.probation), 0
    if rule.in_custody_as and facts.get("in_custody") is True:
        other = rule_of(rule.in_custody_as)
        if other is not None:
            work.tell("length", f"被告人在押，适用{other.name}的期限（法212.2、208.1）", article="法212.2")
            return other.months, other.days
    if rule.at_once and facts.get(rule.at_once) is False:
        work.tell("length", "定期宣判的，宣告后立即送达：当日", start, "法202.2")
        return 0, 0
    return _whole(work, rule) if rule.of else (rule.months, rule.days)


def _probation(work: Work, bounds: tuple[int, int]) -> int:
    """Return the months of a probation, made longer within what the law allows; raises LimitRefused."""
    told, (least, most) = work.facts.get("probation_months"), bounds
    if told is None:
        why, remedy = "缺少考验期的月数 probation_months。", "补上考验期。"
        raise refused(work.rule, why, "fact-missing", work.rule.articles, remedy)
    listed = work.facts.get("extensions") or ()
    months, more = as_number(told), sum(as_number(one.get("months", 0)) for one in listed)
    if any(set(one) & {"days", "months"} != {"months"} for one in listed) or not (
        least <= months and months + more <= most
    ):
        why = f"考验期应在 {least} 至 {most} 个月之间。"
        raise refused(work.rule, why, "probation", work.rule.articles, "核对考验期。")
    if more:
        work.tell("extension", f"考验期延长 {more} 个月，一共 {months + more} 个月")
    return months + more


def _whole(work: Work, rule: Rule) -> tuple[int, int]:
    """Return the length of a rule that is the whole of a term: less where less than all of it was granted."""
    base, listed = rule_of(rule.of), list(work.facts.get("extensions") or ())
    if base is None or not listed:
        return rule.months, rule.days
    for unit in ("days", "months"):
        whole, short = getattr(rule, unit), getattr(base, unit)
        given = sum(as_number(one.get(unit, 0)) for one in listed)
        other = "months" if unit == "days" else "days"
        if not (whole and short and given) or getattr(rule, other) or getattr(base, other):
            continue
        if short + given > whole and (given != whole or len(listed) > 1):
            raise refused(
                work.rule,
                f"一共不得超过 {whole} {UNITS[unit]}。",
                "extension-too-long",
                rule.articles,
                "核对延长决定。",
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
    if not work.term.required:
        _in_force(work, 0, start)
    if work.telling and (months or days):
        work.tell("term", f"{start}，次日起算 → {span(months, days)} → {due}", due, work.term.articles[0])
    stops, granted = stops_of(work, start), links_of(work.rule, work.term, work.facts)
    at_once = "extension-before-exclusion" not in work.chosen
    anchor, run_months, run_days = start, months, days
    for number, (one, slot) in enumerate(granted):
        before = due
        due = exclude(work, due, stops) if at_once else due
        in_time(work.rule, one, due)
        if number == len(granted) - 1:
            in_time(work.rule, work.facts, due, REQUESTED)
        _in_force(work, number + 1, due)
        if "extension-from-shifted-end" in work.chosen and not _held(work, start, due):
            due = work.calendar.next_working_day(due)
        if due != before or "months-chained" in work.chosen or (run_days and slot.unit == "months"):
            anchor, run_months, run_days = due, 0, 0
        length = as_number(one[slot.unit])
        run_months += length if slot.unit == "months" else 0
        run_days += length if slot.unit == "days" else 0
        due = (add(anchor, run_months) if run_months else anchor) + timedelta(days=run_days)
        if not work.telling:
            continue
        by, basis = str(one.get("approved_by") or ""), articles.short(slot.article)
        work.tell(
            "extension",
            f"延长 {length} {UNITS[slot.unit]}（{basis}{'，' + by if by else ''}）→ {due}",
            due,
            basis,
        )
    due = exclude(work, due, stops)
    if stops:
        raise bad_span(work, stops[0].reason)
    return due


def _in_force(work: Work, number: int, begins: date) -> None:
    """Refuse what the statute did not know when it would have begun: the term, or the link that the rule is."""
    since = work.term.since
    if since is not None and number == work.term.required and begins < since:
        raise refused(
            work.rule,
            f"{since} 前的法律没有这一期限。",
            "not-in-force",
            work.term.articles,
            "按行为时有效的法律核对措施。",
        )


def _custody(work: Work, start: date, due: date) -> bool | None:
    """Return whether somebody is held on the last day: as told, or by since when and until when; None if unknown.

    By the other reading it is the day the term began that decides.
    """
    told = work.facts.get("in_custody")
    since, until = known(work.facts, "in_custody_since"), known(work.facts, "in_custody_until")
    if told is not None and not isinstance(told, bool):
        raise TypeError(told)
    if since is None and until is None:
        return False if told is None and work.term.free else told
    day = start if "custody-at-start" in work.chosen else due
    if told is not None and day == due:
        return told
    begun, over = since is None or as_day(since) <= day, until is not None and as_day(until) < day
    again = since is not None and until is not None and as_day(until) < as_day(since)
    return begun or not over if again else begun and not over  # released, then arrested again


def _held(work: Work, start: date, due: date) -> bool:
    """Whether an end is not shifted by reason of custody or as a cap on liberty."""
    kind = work.term.holidays
    return kind == "L" or (kind == "C" and _custody(work, start, due) is True)


def _shift(work: Work, start: date, due: date) -> date:
    kind, held = work.term.holidays, _custody(work, start, due)
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
        if kind == "C" and held is None:
            raise refused(
                work.rule,
                f"{due} 是休息日，没有写明到期时是否在押。",
                "custody-unknown",
                ("刑事诉讼法第105条第4款",),
                "写明到期时是否在押：在押的不因节假日顺延。",
            )
        work.tell("shift", f"{due} 是休息日 → 顺延至 {moved}（法105.4）", moved, "法105.4")
    if work.calendar.is_provisional(moved):
        work.tell("provisional", f"{moved.year} 年放假安排尚未公布，暂按固定节日推算", moved)
    return moved


def ends_at(due: date | datetime, zone: Any) -> datetime:
    """Return the instant a last lawful minute, or a last lawful day at 24:00, is over."""
    if isinstance(due, datetime):
        return due.replace(tzinfo=zone)
    return datetime.combine(due + timedelta(days=1), time(), zone)
