"""Reading the facts of a question: days, minutes, what is missing, and what cannot be at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from antong.kernel.clock import CHINA
from antong.kernel.refusal import Refusal
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
    ("received_on", "found_unfit_for_speedy_on"), ("in_custody_since", "in_custody_until"),
)  # fmt: skip
"""Of two days the first cannot be after the second."""
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
    """Return a refusal of a question about a rule."""
    return LimitRefused(f"不能推算{rule.name}：{why}", code=code, basis=tuple(basis), remedy=remedy)


def known(facts: Facts, name: str) -> Any:
    """Return a fact by its name or path (`returns[-1].retransferred_on`), or None."""
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
    """Return a day: of a date, an instant (in China), or ISO text. Raises ValueError."""
    if isinstance(value, datetime):
        return value.astimezone(CHINA).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(str(value)[:10])


def as_minute(value: Any) -> datetime:
    """Return a local minute without zone: of an instant or ISO text. Raises ValueError."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.astimezone(CHINA).replace(tzinfo=None) if found.tzinfo else found


def start_of(rule: Rule, facts: Facts, names: Sequence[str]) -> Any:
    """Return the fact a term starts from, the first that is known; raises LimitRefused."""
    for name in names:
        value = known(facts, name)
        if value is not None:
            return value
    if rule.key == "identity-unknown":
        raise refused(
            rule,
            "身份还没有查清，期限没有开始计算。",
            "identity-not-established",
            ("刑事诉讼法第160条第2款",),
            "查清身份后填写查清之日；不得停止侦查取证。",
        )
    raise refused(
        rule, f"缺少起算事实 {' 或 '.join(names)}。", "fact-missing", rule.articles, "补上起算的日期。"
    )


def check(rule: Rule, facts: Facts) -> None:
    """Refuse facts that cannot be at once, or that the rule cannot be asked with; raises LimitRefused."""
    for name, value in rule.contrary.items():
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
    _returns(rule, facts)
    if rule.recount and known(facts, "discovered_on") is not None and _recounted(facts):
        raise refused(
            rule,
            "留置时间重新计算以一次为限。",
            "recounted-twice",
            ("监察法第48条第3款",),
            "核对重新计算留置时间的决定。",
        )


def _recounted(facts: Facts) -> bool:
    times = facts.get("recounts", facts.get("recount_times", 1))
    often = len(times) if isinstance(times, Sequence) and not isinstance(times, str) else int(times)
    return known(facts, "earlier_discovered_on") is not None or often > 1


def _in_order(rule: Rule, facts: Facts, first: str, second: str) -> None:
    earlier, later = known(facts, first), known(facts, second)
    if earlier is not None and later is not None and as_day(later) < as_day(earlier):
        raise refused(
            rule,
            f"{second}（{as_day(later)}）早于 {first}（{as_day(earlier)}），前后矛盾。",
            "out-of-order",
            rule.articles,
            "核对两个日期。",
        )


def _returns(rule: Rule, facts: Facts) -> None:
    for name, (what, *basis) in TIMES.items():
        listed = facts.get(name) or ()
        earlier = facts.get(f"earlier_{name}") or ()
        count = _count(listed) + _count(earlier)
        if name == "postponements" and not _count(listed):
            count += 1 if known(facts, "postponed_on") is not None else 0
        if count > 2:  # noqa: PLR2004 - 法175.3, 释274: at most twice
            raise refused(rule, f"{what}以二次为限，这是第 {count} 次。", "too-often", basis, "核对退回的次数。")
        days = [
            as_day(one[part])
            for one in (listed if isinstance(listed, Sequence) else ())
            if isinstance(one, Mapping)
            for part in _RETURN
            if one.get(part) is not None
        ]
        if days != sorted(days):
            raise refused(rule, f"{what}的日期前后矛盾。", "out-of-order", basis, "核对退回、收到和重报的日期。")


def _count(listed: Any) -> int:
    return int(listed) if isinstance(listed, int) else len(listed)
