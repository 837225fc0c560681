"""What must be true before a hand-over goes up: each check of a definition, answered from gathered facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from antong.cases.selectors import SheetView
from antong.cases.types import LimitView, PartyView
from antong.catalog import loader
from antong.catalog.schema import Check, FlowDef
from antong.dossier.types import DocumentView, Stats
from antong.flow.types import Finding
from antong.kernel import clock


@dataclass(slots=True, kw_only=True)
class Facts:
    """Everything checks look at, gathered once."""

    sheet: SheetView
    subjects: tuple[PartyView, ...]
    documents: Sequence[DocumentView]
    stats: Stats | None
    limits: Sequence[LimitView]
    sent_before: Mapping[str, int]
    open_flows: Mapping[str, int]
    fields: Mapping[str, Any]
    open_reasons: Sequence[str] = ()
    decided: Mapping[UUID, str] = field(default_factory=dict)


_Result = tuple[str, tuple[str, ...]]


def run(flow: FlowDef, facts: Facts, explanations: Mapping[str, str]) -> list[Finding]:
    """Return what every check finds, the flow's own after those that follow from what it carries."""
    findings = [_documents(flow, facts), *_fields(flow, facts)]
    if flow.outcomes:
        findings.append(_outcomes(flow, facts))
    if facts.open_reasons:
        findings.append(
            Finding(
                key="reasons",
                text="上一轮退回理由已逐条回应",
                result="missing",
                level="must",
                items=tuple(facts.open_reasons),
                articles=("案通移送规则：补正须逐条回应",),
                remedy="替换或补上被指出的页面；不能补的，写明说明",
            )
        )
    for check in flow.checks:
        result, items = _TESTS[check.test](check, facts)
        if result == "missing" and check.level == "doubt":
            result = "doubt"
        findings.append(
            Finding(
                key=check.key,
                text=check.text,
                result=result,
                level=check.level,
                articles=check.articles,
                items=items,
                remedy=check.remedy,
                explanation=explanations.get(check.key, ""),
            )
        )
    return findings


def _documents(flow: FlowDef, facts: Facts) -> Finding:
    missing = []
    for carried in flow.carries.documents:
        kind = loader.load().document(carried.kind)
        name = kind.name if kind else carried.kind
        have = [document for document in facts.documents if document.kind == carried.kind]
        if carried.per == "case":
            if not have and carried.required:
                missing.append(name)
            continue
        missing += [
            f"{name}（{party.name}）"
            for party in facts.subjects
            if carried.required and not any(party.id in document.party_ids for document in have)
        ]
    return Finding(
        key="documents",
        text="应随附的文书已起草",
        result="missing" if missing else "ok",
        level="must",
        articles=flow.articles[:1],
        items=tuple(missing),
        remedy="在“文书”里起草" if missing else "",
    )


def _fields(flow: FlowDef, facts: Facts) -> list[Finding]:
    missing = [item.label for item in flow.fields if item.required and not facts.fields.get(item.key)]
    if not flow.fields:
        return []
    return [
        Finding(
            key="fields",
            text="表单已填写",
            result="missing" if missing else "ok",
            level="must",
            items=tuple(missing),
            remedy="填写缺少的项" if missing else "",
        )
    ]


def _outcomes(flow: FlowDef, facts: Facts) -> Finding:
    names = {outcome.key for outcome in flow.outcomes}
    missing = tuple(party.name for party in facts.subjects if facts.decided.get(party.id) not in names)
    return Finding(
        key="outcomes",
        text="每人的结果已登记",
        result="missing" if missing else "ok",
        level="must",
        articles=flow.articles[:1],
        items=missing,
        remedy="逐人选定结果" if missing else "",
    )


def _answer(bad: Sequence[str]) -> _Result:
    return ("missing", tuple(bad)) if bad else ("ok", ())


def _parties_named(_check: Check, facts: Facts) -> _Result:
    return _answer(
        [f"第 {p.position} 人没有姓名" for p in facts.subjects if not p.name and not p.identity_unknown]
    )


def _charges_present(_check: Check, facts: Facts) -> _Result:
    return _answer([f"{party.name}没有罪名" for party in facts.subjects if not party.charges])


def _volumes_not_empty(check: Check, facts: Facts) -> _Result:
    titles = {volume.key: volume.title for volume in loader.load().dossier.volumes}
    have = facts.stats.by_volume if facts.stats else {}
    return _answer([f"{titles[key]}没有页面" for key in check.params["volumes"] if not have.get(key)])


def _entries_present(check: Check, facts: Facts) -> _Result:
    have = facts.stats.by_entry if facts.stats else {}
    missing = []
    for key in check.params["entries"]:
        place = loader.load().dossier.entry(key)
        if not have.get(key) and place is not None:
            missing.append(f"{place[0].title}缺“{place[1].title}”")
    return _answer(missing)


def _measure_in_force(check: Check, facts: Facts) -> _Result:
    bad = []
    for party in facts.subjects:
        measure = facts.sheet.in_force(party.id)
        if measure is None or measure.kind.value not in check.params["kinds"]:
            bad.append(f"{party.name}现为“{measure.kind.label if measure else '未采取措施'}”")
    return _answer(bad)


def _limit_not_passed(check: Check, facts: Facts) -> _Result:
    now = clock.now()
    late = [
        f"{limit.name}已于 {clock.local(limit.due_at - timedelta(minutes=1)):%Y-%m-%d} 24:00 届满"
        for limit in facts.limits
        if limit.rule in check.params["rules"] and limit.state == "running" and limit.due_at < now
    ]
    return _answer(late)


def _pages_readable(_check: Check, facts: Facts) -> _Result:
    if facts.stats is None:
        return "ok", ()
    waiting = [f"{facts.stats.waiting} 页还在检查"] if facts.stats.waiting else []
    return _answer([*(where for _, where in facts.stats.doubtful), *waiting])


def _times_at_most(check: Check, facts: Facts) -> _Result:
    done, most = facts.sent_before.get(check.params["flow"], 0), int(check.params["most"])
    return _answer([f"本案已退回 {done} 次，以 {most} 次为限"] if done >= most else [])


def _none_open(check: Check, facts: Facts) -> _Result:
    flows = loader.load().flows
    return _answer(
        [f"{flows[key].name}尚未办结" for key in check.params["flows"] if facts.open_flows.get(key)]
    )


def _days_ahead(check: Check, facts: Facts) -> _Result:
    text = str(facts.fields.get(check.params["field"], ""))
    if not text:
        return "missing", ("没有填日期",)
    day = datetime.fromisoformat(text).date() if "T" in text else date.fromisoformat(text)
    start = facts.fields.get("_happened_on")
    today = date.fromisoformat(str(start)) if start else clock.today()
    days = int(check.params["days"])
    if (day - today).days < days:
        return "missing", (f"距 {day:%Y-%m-%d} 不足 {days} 日",)
    return "ok", ()


_TESTS: dict[str, Callable[[Check, Facts], _Result]] = {
    "parties-named": _parties_named,
    "charges-present": _charges_present,
    "volumes-not-empty": _volumes_not_empty,
    "entries-present": _entries_present,
    "measure-in-force": _measure_in_force,
    "limit-not-passed": _limit_not_passed,
    "pages-readable": _pages_readable,
    "times-at-most": _times_at_most,
    "none-open": _none_open,
    "days-ahead": _days_ahead,
}


def needs(flow: FlowDef) -> frozenset[str]:
    """Return which tests a flow uses, so that only the facts they look at are gathered."""
    return frozenset(check.test for check in flow.checks)
