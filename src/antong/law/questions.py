"""Questions of time limits as JSON lines, for `antong timelimit`: no database, one answer a line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from antong.law import timelimit
from antong.law._rules import Rule
from antong.law.conventions import CONVENTIONS


def answer_line(line: str, *, conventions: Collection[str] = (), steps: bool = False) -> str:
    """Answer one question `{"id", "rule", "facts"}` with one line: the limit, or why there is none and by which article.

    With `steps` the derivation is data instead of words. A line that cannot be read is refused like any other.
    """
    try:
        asked = json.loads(line)
    except ValueError:
        return _line({"id": None, "refused": "读不懂这一行：不是 JSON。", "articles": []})
    if not isinstance(asked, dict) or not isinstance(asked.get("facts", {}), dict):
        return _line({"id": None, "refused": "读不懂这一行：应为 {id, rule, facts}。", "articles": []})
    try:
        found = timelimit.answer(str(asked.get("rule", "")), asked.get("facts", {}), conventions=conventions)
    except timelimit.LimitRefused as refusal:
        return _line({
            "id": asked.get("id"), "refused": f"{refusal.what}{refusal.remedy}", "articles": list(refusal.basis),
        })  # fmt: skip
    told = found.as_json()
    if steps:
        told["derivation"] = [step.as_json() for step in found.steps]
    return _line({"id": asked.get("id"), **told})


def listed() -> Iterator[str]:
    """Yield the rules, a line each: key, name, length, start fact, class, articles."""
    yield from (_rule(rule) for rule in timelimit.rules())


def readings() -> Iterator[str]:
    """Yield the other readings that may be chosen, a line each."""
    yield from (f"{one.key:28}  {one.name}（通行：{one.usual}）  {one.basis}" for one in CONVENTIONS.values())


def value_of(text: str) -> Any:
    """Return a fact as written on the command line: JSON where it is JSON (true, 3, [...]), else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def in_words(rule: str, facts: dict[str, Any], *, conventions: Collection[str] = ()) -> list[str]:
    """Return an answer as lines to read; raises LimitRefused."""
    found = timelimit.answer(rule, facts, conventions=conventions)
    told = found.as_json()
    return [
        f"{found.name}：{told['due']}  {'、'.join(found.articles)}",
        *(f"  {step}" for step in found.derivation),
        *(f"  另一算法（{one['convention']}）：{one['due']}" for one in told["alternatives"]),
    ]


def _rule(rule: Rule) -> str:
    return "  ".join([
        f"{rule.key:42}", rule.name, rule.length, "|".join(rule.start) or "-", rule.holidays, "、".join(rule.articles),
    ])  # fmt: skip


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)
