"""The links by which a term is made longer: whether the law allows them, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from antong.law import articles
from antong.law._facts import Facts, as_day, refused
from antong.law._rules import Extension, Rule

UNITS = {"days": "日", "months": "个月"}
_ASKED = ("requested_on", "applied_on", "submitted_on", "approved_on", "granted_on", "decided_on")
"""Facts of an extension that say when it was asked for or given."""


def links_of(rule: Rule, term: Rule, facts: Facts) -> list[tuple[Mapping[str, Any], Extension]]:
    """Return the extensions with the link each of them is; raises LimitRefused where the law does not allow them."""
    listed = list(facts.get("extensions") or ())
    if term.of and not term.extensions:
        return []
    slots = [slot for slot in term.extensions for _ in range(slot.times)]
    if not slots and listed:
        raise refused(rule, "没有延长。", "extension-not-allowed", term.articles, "删去延长，或换用延长后的期限规则。")
    if len(listed) < term.required:
        missing = slots[len(listed)]
        raise refused(
            rule,
            f"须先有批准的延长（{articles.short(missing.article)}）。",
            "extension-missing",
            (articles.find(missing.article).full,),
            "填写批准延长的机关和长度。",
        )
    if len(listed) > len(slots):
        raise refused(
            rule,
            f"最多延长 {len(slots)} 次。",
            "extension-too-often",
            (articles.find(slots[-1].article).full,),
            "核对延长决定。",
        )
    found = list(zip(listed, slots, strict=False))
    for one, slot in found:
        _fits(rule, term, one, slot)
    return found


def _fits(rule: Rule, term: Rule, one: Mapping[str, Any], slot: Extension) -> None:
    basis = (articles.find(slot.article).full,)
    length = int(one.get(slot.unit, 0) or 0)
    if set(one) & {"days", "months"} != {slot.unit} or not 0 < length <= slot.most:
        raise refused(
            rule,
            f"每次延长不得超过 {slot.most} {UNITS[slot.unit]}（{articles.short(slot.article)}）。",
            "extension-too-long",
            basis,
            "核对延长决定的长度；前一次延长没有批准的，不能有后一次。",
        )
    by = str(one.get("approved_by") or "")
    if slot.only and slot.by not in by:
        raise refused(
            rule, f"再延长须由{slot.by}批准。", "extension-by", basis, "核对批准的机关；上一级只能批准一次。"
        )
    said = "".join(filter(str.isdigit, str(one.get("article") or "")))
    links = {"".join(filter(str.isdigit, link.article.split(".")[0])) for link in term.extensions}
    mine = "".join(filter(str.isdigit, slot.article.split(".")[0]))
    if said in links and said != mine:
        raise refused(
            rule, f"第{said}条的延长之前须先有第{mine}条的延长。", "extension-order", basis, "按先后填写延长决定。"
        )


def in_time(rule: Rule, one: Mapping[str, Any], due: date) -> None:
    """Refuse an extension that was asked for, or given, after the term had ended."""
    for name in _ASKED:
        if one.get(name) is not None and as_day(one[name]) > due:
            raise refused(
                rule,
                f"期限 {due} 已经届满，其后（{as_day(one[name])}）不得再延长。",
                "extension-too-late",
                ("人民检察院刑事诉讼规则第309条第3款",),
                "期限届满的应当释放或者变更强制措施。",
            )
