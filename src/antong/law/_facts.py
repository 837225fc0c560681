"""Reading the facts of a question: days, minutes, what is missing, and what cannot be at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from antong.kernel.clock import CHINA
from antong.kernel.refusal import Refusal
from antong.law import articles
from antong.law._rules import Rule

Facts = Mapping[str, Any]
COMMON = frozenset({
    "in_custody", "extensions", "suspensions", "host_rule", "travel_days", "posted_on", "arrived_on", "probation_months",
    "appealed", "returns", "in_custody_since", "in_custody_until",
})  # fmt: skip
"""Facts that any rule may use."""
SILENT = frozenset({
    "extensions_before_restart", "suspensions_before_restart", "other_appraisals", "detention_extension_days",
    "custody_extension_months",
})  # fmt: skip
"""Facts that stand beside a question and change nothing; the derivation says why."""
_IN_ORDER = (
    ("detained_on", "arrested_on"), ("arrested_on", "discovered_on"), ("arrested_on", "identity_established_on"),
    ("received_on", "new_organ_received_on"), ("accepted_on", "new_organ_received_on"),
    ("accepted_on", "retransferred_to_court_on"), ("postponed_on", "retransferred_to_court_on"),
    ("accepted_on", "conversion_decided_on"), ("liuzhi_on", "discovered_on"), ("detained_on", "compulsory_decided_on"),
    ("earlier_discovered_on", "discovered_on"), ("earlier_bail_decided_on", "decided_on"),
    ("earlier_retransferred_to_court_on", "retransferred_to_court_on"), ("posted_on", "arrived_on"),
    ("received_on", "found_unfit_for_speedy_on"),
)  # fmt: skip
"""Of two days the first cannot be after the second."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_NUMBERS = {"days", "months", "travel_days", "probation_months", "recounts"}
_LISTS = {"extensions", "suspensions", "returns"}
_FORMS = {
    "extensions": '[{"months": 1, "approved_by": "…"}]',
    "suspensions": '[{"from": "2026-03-01", "to": "…"}]',
    "returns": '[{"returned_on": "…", "retransferred_on": "…"}]',
    "kind": "文字",
    "years": "整数 3",
    "total_years": "整数 3",
    "custody": '[{"measure": "…", "from": "2026-03-01", "to": "…"}]',
}
_RETURN = ("returned_on", "return_received_on", "retransferred_on")
TIMES = {
    "returns": ("补充侦查", "刑事诉讼法第175条第3款", "人民检察院刑事诉讼规则第350条"),
    "postponements": (
        "延期审理补充侦查",
        "最高人民法院关于适用《中华人民共和国刑事诉讼法》的解释第274条第1款",
        "人民检察院刑事诉讼规则第421条第2款",
    ),
}


class LimitRefused(Refusal):
    """Facts from which no date follows, with the article that says so."""

    status = 422


def refused(rule: Rule, why: str, code: str, basis: Sequence[str], remedy: str) -> LimitRefused:
    """Return a refusal of a question about a rule; `basis` by full or by short citations."""
    cited = (articles.find(one).full if articles.exists(one) else one for one in basis)
    return LimitRefused(
        f"不能推算{rule.name}：{why}", code=code, basis=tuple(dict.fromkeys(cited)), remedy=remedy
    )


def known(facts: Facts, name: str) -> Any:
    """Return a fact by its name or path (`returns[-1].retransferred_on`), or None."""
    if "." not in name:
        return facts.get(name)
    value: Any = facts
    for part in name.replace("[-1]", ".-1").split("."):
        try:
            value = value[-1] if part == "-1" else value.get(part)
        except (AttributeError, IndexError, KeyError, TypeError):
            return None
        if value is None:
            return None
    return value


def as_day(value: Any) -> date:
    """Return a day: of a date, an instant (in China), or ISO text. Raises ValueError, TypeError."""
    if isinstance(value, str):
        if not _DAY.match(value):
            raise ValueError(value)
        value = (
            date.fromisoformat(value) if len(value) == len("2026-03-01") else datetime.fromisoformat(value)
        )
    if isinstance(value, datetime):
        return value.astimezone(CHINA).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    raise TypeError(value)


def as_minute(value: Any) -> datetime:
    """Return a local minute without zone: of an instant or ISO text with its time of day. Raises ValueError, TypeError."""
    if isinstance(value, str) and _DAY.match(value) and len(value) > len("2026-03-01"):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise TypeError(value)
    return value.astimezone(CHINA).replace(tzinfo=None) if value.tzinfo else value


def as_number(value: Any) -> int:
    """Return a number of days, months or times: a whole one that is not below nought. Raises ValueError, TypeError."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(value)
    found = int(value)
    if found < 0:
        raise ValueError(value)
    return found


def as_list(value: Any) -> list[Any]:
    """Return what is told once or several times as a list; nothing as none."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def unreadable(facts: Facts) -> list[str]:
    """Return the facts that cannot be read, each with its value, cut short."""
    return [f"{name}={str(value)[:40]}" for name, value in facts.items() if not _readable(name, value)]


def _readable(name: str, value: Any) -> bool:
    try:
        if value is None:
            return True
        if name in _LISTS:
            return all(_readable(part, item) for one in value for part, item in one.items())
        if name in _NUMBERS:
            as_number(value)
        elif name.endswith("_on") or name in {"from", "to"}:
            as_day(_newest(value))
        elif name.endswith("_at"):
            as_minute(value)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return False
    return name != "in_custody" or isinstance(value, bool)


def form_of(name: str) -> str:
    """Return how a fact is written, by its name."""
    last = name.rsplit(".", 1)[-1]
    if name in _FORMS:
        return _FORMS[name]
    if "." in name:
        return f"在 {name.partition('[')[0]} 里：日期 2026-03-01"
    if last in _NUMBERS or last.startswith("earlier_returns"):
        return "整数 3"
    if last.endswith("_on") or last in {"in_custody_since", "in_custody_until"}:
        return "日期 2026-03-01"
    if last.endswith("_at"):
        return "时刻 2026-03-01T08:00"
    return "文字" if last.endswith(("_by", "_rule", "_to")) else "true 或 false"


def start_of(rule: Rule, facts: Facts, names: Sequence[str]) -> Any:
    """Return the fact a term starts from, the first that is known; raises LimitRefused."""
    for name in names:
        value = known(facts, name)
        if value is None and name.endswith("_on"):
            value = known(facts, minute_of(name))
        if value is not None:
            return value
    if "identity_established_on" in names:
        raise refused(
            rule,
            "身份还没有查清，期限没有开始计算。",
            "identity-not-established",
            ("刑事诉讼法第160条第2款",),
            "查清身份后填写查清之日；不得停止侦查取证。",
        )
    raise refused(
        rule,
        f"缺少起算事实 {' 或 '.join(names)}。",
        "fact-missing",
        rule.articles,
        f"补上起算的日期；给出的事实是 {'、'.join(sorted(map(str, facts))[:12]) or '无'}。",
    )


def minute_of(name: str) -> str:
    """Return the name under which a day is told to the minute (detained_at for detained_on)."""
    return f"{name.removesuffix('_on')}_at"


def check(rule: Rule, term: Rule, facts: Facts) -> None:
    """Refuse facts that cannot be at once, or that the rule cannot be asked with; raises LimitRefused.

    `term` is the rule whose length is counted, where that is another one.
    """
    for name, value in (*rule.contrary.items(), *term.contrary.items()):
        if facts.get(name) is value:
            raise refused(
                rule,
                f"{name} 为“{'是' if value else '否'}”，不符合适用这一期限的条件。",
                "contrary",
                rule.articles,
                "核对事实，或者换用一般的期限规则。",
            )
    for first, second in _IN_ORDER:
        if first in facts and second in facts:
            _in_order(rule, facts, first, second)
    _not_too_often(rule, facts)
    if rule.recount and known(facts, "discovered_on") is not None and _recounted(facts):
        raise refused(
            rule,
            "留置时间重新计算以一次为限。",
            "recounted-twice",
            ("监察法第48条第3款",),
            "核对重新计算留置时间的决定。",
        )


def _recounted(facts: Facts) -> bool:
    return known(facts, "earlier_discovered_on") is not None or _count(facts.get("recounts", 1)) > 1


def _in_order(rule: Rule, facts: Facts, first: str, second: str) -> None:
    earlier, later = _newest(known(facts, first)), _newest(known(facts, second))
    if earlier is not None and later is not None and as_day(later) < as_day(earlier):
        raise refused(
            rule,
            f"{second}（{as_day(later)}）早于 {first}（{as_day(earlier)}），前后矛盾。",
            "out-of-order",
            rule.articles,
            "核对两个日期。",
        )


def _newest(value: Any) -> Any:
    """Return the last of what is told as a list (`earlier_…` of several), else the value itself."""
    return value[-1] if isinstance(value, list | tuple) and value else value


def _not_too_often(rule: Rule, facts: Facts) -> None:
    for name, (what, *basis) in TIMES.items():
        listed = facts.get(name) or ()
        days = [
            as_day(one[part])
            for one in (listed if isinstance(listed, Sequence) else ())
            if isinstance(one, Mapping)
            for part in _RETURN
            if one.get(part) is not None
        ]
        if days != sorted(days):
            raise refused(
                rule, f"{what}的日期前后矛盾。", "out-of-order", basis, "核对退回、收到和重报的日期。"
            )
        count = _returned(facts, listed, days) if name == "returns" else _postponed(facts, listed)
        if count > 2:  # noqa: PLR2004 - 法175.3, 释274: at most twice
            raise refused(
                rule, f"{what}以二次为限，这是第 {count} 次。", "too-often", basis, "核对退回的次数。"
            )


def _returned(facts: Facts, listed: Any, days: Sequence[date]) -> int:
    """Return how often a file was returned: those listed, and one that is told beside them and came after."""
    told = next(
        (facts[name] for name in ("return_received_on", *_RETURN) if facts.get(name) is not None), None
    )
    after = 1 if told is not None and (not days or as_day(told) > days[-1]) else 0
    return _count(listed) + _count(facts.get("earlier_returns")) + after


def _postponed(facts: Facts, listed: Any) -> int:
    """Return how often a trial was postponed: those listed, or the earlier ones and the present one."""
    if _count(listed):
        return _count(listed)
    sent = facts.get("earlier_retransferred_to_court_on")
    earlier = max(_count(facts.get(name)) for name in ("earlier_postponements", "earlier_postponed_on"))
    now = known(facts, "postponed_on") is not None or known(facts, "retransferred_to_court_on") is not None
    return max(earlier, _count(sent)) + (1 if now else 0)


def _count(listed: Any) -> int:
    """Return how many are told: a number, a list, or a single day."""
    if listed is None:
        return 0
    return (
        len(listed)
        if isinstance(listed, list | tuple)
        else as_number(listed)
        if isinstance(listed, int)
        else 1
    )
