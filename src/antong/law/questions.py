"""Questions of time limits as JSON lines, for `antong timelimit`: no database, one answer a line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from antong.law import _facts as facts
from antong.law import sentence, timelimit
from antong.law._rules import Rule, rule_of
from antong.law.conventions import CONVENTIONS


def answers(
    lines: Iterable[bytes], *, conventions: Collection[str] = (), steps: bool = False
) -> Iterator[bytes]:
    """Yield one answer for each line that is not blank, in UTF-8."""
    for line in lines:
        if line.strip():
            text = line.decode("utf-8-sig", errors="surrogateescape")
            yield answer_line(text, conventions=conventions, steps=steps).encode()


def answer_line(line: str, *, conventions: Collection[str] = (), steps: bool = False) -> str:
    """Answer one question `{"id", "rule", "facts"}` with one line: the limit, or why there is none and by which article.

    With `steps` the derivation is data instead of words. A line that cannot be read is refused like any other.
    """
    try:
        asked = _read(line)
    except ValueError:
        return _refused(None, "读不懂这一行：不是 UTF-8 的 JSON。")
    if not isinstance(asked, dict):
        return _refused(None, "读不懂这一行：应为 {id, rule, facts}。")
    mark, rule, facts = asked.get("id"), asked.get("rule"), asked.get("facts")
    if not isinstance(mark, str | int | float | None):
        return _refused(None, "读不懂这一行：id 应为文字或者数字。")
    if not isinstance(rule, str) or not isinstance(facts, dict):
        return _refused(mark, "读不懂这一行：rule 应为期限的名称，facts 应为 {名称: 值}。")
    try:
        found = _answer(rule, facts, conventions)
    except timelimit.LimitRefused as refusal:
        return _refused(mark, f"{refusal.what}{refusal.remedy}", refusal.basis)
    told = found.as_json()
    if steps:
        told["derivation"] = [step.as_json() for step in found.steps]
    return _line({"id": mark, **told})


def _answer(
    rule: str, facts: dict[str, Any], conventions: Collection[str]
) -> timelimit.LimitAnswer | sentence.SentenceAnswer:
    """Return a limit, or the days of a sentence; raises LimitRefused."""
    ask = sentence.answer if rule in sentence.RULES else timelimit.answer
    return ask(rule, facts, conventions=conventions)


_OF_SENTENCES = {
    "kind": "管制、拘役或有期徒刑",
    "years": "年、月、日至少有一项",
    "months": "同上",
    "days": "同上",
    "executed_on": "开始执行之日",
    "custody": "可有",
    "plural": "可有，数罪并罚",
    "total_years": "可有，数罪并罚的总和刑期",
    "judged_on": "可有",
}
"""What the reckoning of a sentence may be told; docs/law.md says more."""


def _read(text: str) -> Any:
    """Return what a text says as JSON; raises ValueError, also for what only Python takes for JSON (NaN)."""
    try:
        text.encode()
        return json.loads(text, parse_constant=_no_number)
    except RecursionError as problem:
        raise ValueError("nested too deep") from problem


def _no_number(name: str) -> Any:
    raise ValueError(name)


def listed() -> Iterator[str]:
    """Yield the rules, a line each: key, name, length, start fact, class, articles; then what is asked of sentences."""
    yield from (_rule(rule) for rule in timelimit.rules())
    yield from (f"{key:42}  {name}" for key, name in sentence.RULES.items())


def facts_of(key: str) -> Iterator[str]:
    """Yield what a rule may be told, a line each: name, form, whether it must be there. Raises LimitRefused for no rule."""
    if key in sentence.RULES:
        yield f"{key:42}  {sentence.RULES[key]}"
        yield from (_fact(name, needed) for name, needed in _OF_SENTENCES.items())
        return
    rule = rule_of(key)
    if rule is None:
        raise timelimit.LimitRefused(
            f"没有期限“{key}”。", code="rule-unknown", basis=("案通期限规则表",), remedy="antong timelimit --rules 列出全部名称。"
        )  # fmt: skip
    yield _rule(rule)
    starts = "必有" if len(rule.start) == 1 else "必有其一"
    yield from (_fact(name, starts) for name in rule.start)
    if rule.hosts:
        yield _fact("host_rule", "所附的期限，写明才准：" + "、".join(rule.hosts))
    if rule.required:
        yield _fact("extensions", f"必有，至少 {rule.required} 次")
    yield from (_fact(name, "可有") for name in sorted(rule.facts - set(rule.start)))
    yield from (_fact(name, f"不得是 {json.dumps(wrong)}") for name, wrong in sorted(rule.contrary.items()))
    told = {*rule.start, *rule.facts, *rule.contrary, *(["extensions"] if rule.required else []), "host_rule"}
    yield from (_fact(name, "可有，各期限通用") for name in sorted(facts.COMMON - told))


def _fact(name: str, needed: str) -> str:
    return f"  {name:34} {facts.form_of(name):44} {needed}"


def readings() -> Iterator[str]:
    """Yield the other readings that may be chosen, a line each."""
    yield from (f"{one.key:28}  {one.name}（通行：{one.usual}）  {one.basis}" for one in CONVENTIONS.values())


def value_of(text: str) -> Any:
    """Return a fact as written on the command line: JSON where it is JSON (true, 3, [...]), else the text."""
    try:
        return _read(text)
    except ValueError:
        return text


def in_words(rule: str, facts: dict[str, Any], *, conventions: Collection[str] = ()) -> Iterator[str]:
    """Yield an answer as lines to read; raises LimitRefused."""
    found = _answer(rule, facts, conventions)
    told = found.as_json()
    since = f"{told['from']} 起至 " if "from" in told else ""
    yield f"{found.name}：{since}{told['due']}  {'、'.join(found.articles)}"
    yield from (f"  {step}" for step in found.derivation)
    yield from (f"  另一算法（{one['convention']}）：{one['due']}" for one in told["alternatives"])


def _rule(rule: Rule) -> str:
    return "  ".join([
        f"{rule.key:42}", rule.name, rule.length, "|".join(rule.start) or "-", rule.holidays, "、".join(rule.articles),
    ])  # fmt: skip


def _refused(mark: str | float | None, why: str, basis: Collection[str] = ()) -> str:
    return _line({"id": mark, "refused": why, "articles": list(basis)})


def _line(told: dict[str, Any]) -> str:
    """Return JSON on one line; half a character, which no file can hold, stays as it was escaped."""
    return json.dumps(told, ensure_ascii=False).encode("utf-8", errors="backslashreplace").decode()
