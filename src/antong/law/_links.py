"""The links by which a term is made longer: whether the law allows them, in their order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from antong.law import articles
from antong.law._facts import Facts, as_day, as_number, refused
from antong.law._rules import Extension, Rule, rule_of

UNITS = {"days": "日", "months": "个月"}
REQUESTED = ("requested_on", "asked_on", "applied_on", "submitted_on", "extension_requested_on")
"""Facts that say when an extension was asked for: of the extension, or beside the newest one."""
_ASKED = (*REQUESTED, "approved_on", "granted_on", "decided_on")


def longer(term: Rule, listed: Sequence[Mapping[str, Any]]) -> Rule:
    """Return the rule that a term is by what was granted: itself, or the one of those that follow which knows so much."""
    found: Rule | None = term
    if term.extensions:
        return term
    while found is not None and not _knows(found, listed):
        if not found.next:
            return found if found.extensions else term
        found = rule_of(found.next)
    return found or term


def _knows(rule: Rule, listed: Sequence[Mapping[str, Any]]) -> bool:
    if rule.extensions or not listed:
        return len(listed) <= sum(slot.times for slot in rule.extensions)
    base = rule_of(rule.of)
    if base is None:
        return False
    given = sum(as_number(one.get("months", 0)) for one in listed)
    return not (rule.next and given and base.months + given > rule.months)


def links_of(rule: Rule, term: Rule, facts: Facts) -> list[tuple[Mapping[str, Any], Extension]]:
    """Return the extensions with the link each of them is; raises LimitRefused where the law does not allow them."""
    listed = list(facts.get("extensions") or ())
    if (term.of and not term.extensions) or term.probation is not None:
        return []
    slots = [slot for slot in term.extensions for _ in range(slot.times)]
    if not slots and listed:
        raise refused(
            rule, "没有延长。", "extension-not-allowed", term.articles, "删去延长，或换用延长后的期限规则。"
        )
    found = list(zip(listed, slots, strict=False))
    for one, slot in found:
        _in_order(rule, term, one, slot)
    if len(listed) < term.required:
        missing = slots[len(listed)]
        raise refused(
            rule,
            f"须先有批准的延长（{articles.short(missing.article)}）。",
            "extension-missing",
            (missing.article, *term.articles),
            "填写批准延长的机关和长度。",
        )
    if len(listed) > len(slots):
        most = f"最多延长 {len(slots)} 次。"
        raise refused(rule, most, "extension-too-often", (slots[-1].article,), "核对延长决定。")
    for one, slot in found:
        _fits(rule, one, slot)
    return found


def _in_order(rule: Rule, term: Rule, one: Mapping[str, Any], slot: Extension) -> None:
    """Refuse an extension that says it is by another article than the one whose turn it is."""
    said, mine = _number(str(one.get("article") or "")), _number(slot.article)
    claimed = next((link for link in term.extensions if _number(link.article) == said), None)
    if claimed is not None and said != mine and not slot.only:
        raise refused(
            rule,
            f"第{said}条的延长之前须先有第{mine}条的延长。",
            "extension-order",
            (claimed.article, slot.article, *term.articles),
            "按先后填写延长决定。",
        )


@lru_cache(maxsize=512)  # of what a question cites, anything at all
def _number(citation: str) -> str:
    """Return the number of the article of a citation (法208.1, 第208条第1款), empty where it has none."""
    found = re.search(r"[0-9]+", citation)
    return found[0] if found else ""


def _fits(rule: Rule, one: Mapping[str, Any], slot: Extension) -> None:
    length = as_number(one.get(slot.unit, 0))
    if set(one) & {"days", "months"} != {slot.unit} or not 0 < length <= slot.most:
        raise refused(
            rule,
            f"每次延长不得超过 {slot.most} {UNITS[slot.unit]}（{articles.short(slot.article)}）。",
            "extension-too-long",
            (slot.article,),
            "核对延长决定的长度；前一次延长没有批准的，不能有后一次。",
        )
    if slot.only and slot.by not in str(one.get("approved_by") or ""):
        raise refused(
            rule,
            f"再延长须由{slot.by}批准。",
            "extension-by",
            (slot.article,),
            "核对批准的机关；上一级只能批准一次。",
        )


def in_time(rule: Rule, one: Mapping[str, Any], due: date, names: Sequence[str] = _ASKED) -> None:
    """Refuse an extension that was asked for, or given, after the term had ended."""
    for name in names:
        if one.get(name) is not None and as_day(one[name]) > due:
            raise refused(
                rule,
                f"期限 {due} 已经届满，其后（{as_day(one[name])}）不得再延长。",
                "extension-too-late",
                ("人民检察院刑事诉讼规则第309条第3款",),
                "期限届满的应当释放或者变更强制措施。",
            )
