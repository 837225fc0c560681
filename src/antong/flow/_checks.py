"""What must be true before a hand-over goes up: each check of a definition, answered from gathered facts."""

from __future__ import annotations

import re
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
from antong.kernel.refusal import Refusal


@dataclass(slots=True, kw_only=True)
class Facts:
    """Everything checks look at, gathered once.

    `at` is when the act happened; `alike` are all suspects who stand where the subjects stand; `served` the kinds of
    unit that have signed for the service asked about, by person; `same_open` who is in an open hand-over of the flow.
    """

    sheet: SheetView
    subjects: tuple[PartyView, ...]
    documents: Sequence[DocumentView]
    stats: Stats | None
    limits: Sequence[LimitView]
    sent_before: Mapping[str, int]
    open_flows: Mapping[str, int]
    fields: Mapping[str, Any]
    at: datetime = field(default_factory=clock.now)
    open_reasons: Sequence[str] = ()
    decided: Mapping[UUID, str] = field(default_factory=dict)
    alike: tuple[PartyView, ...] = ()
    served: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    same_open: Sequence[str] = ()


WAIT = "等检查完成；有存疑的再补"
_Result = tuple[str, tuple[str, ...]]


def run(flow: FlowDef, facts: Facts, explanations: Mapping[str, str]) -> list[Finding]:
    """Return what every check finds, the flow's own after those that follow from what it carries."""
    findings = [_documents(flow, facts), *_fields(flow, facts)]
    if flow.outcomes:
        findings += [_outcomes(flow, facts), *_wording(flow, facts)]
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
    findings += [_finding(check, facts, explanations) for check in flow.checks]
    return findings


OF_LAW = frozenset(
    {
        "parties-named",
        "charges-present",
        "measure-in-force",
        "times-at-most",
        "none-open",
        "days-ahead",
        "day-not-ahead",
        "field-is",
        "limit-not-passed",
        "limit-run-out",
        "limit-running",
        "limit-suspended",
        "served-on",
    }
)
"""Tests that are asked again when a hand-over is approved and sent."""


def of_law(flow: FlowDef, facts: Facts) -> list[Finding]:
    """Return what those checks find that are asked again at approval and sending."""
    return [
        _finding(check, facts, {}) for check in flow.checks if check.level == "must" and check.test in OF_LAW
    ]


def refuse(flow: FlowDef, findings: Sequence[Finding], doing: str) -> None:
    """Refuse what lacks something that must be there, naming each with its article and remedy."""
    blocking = [finding for finding in findings if finding.blocks]
    if not blocking:
        return
    basis = tuple(dict.fromkeys(article for finding in blocking for article in finding.articles))
    explainable = any(finding.level == "explain" for finding in blocking)
    raise Refusal(
        f"不能{doing}：{flow.name}缺 {len(blocking)} 项。",
        code="checks-missing",
        basis=basis or flow.articles,
        remedy="；".join(dict.fromkeys(finding.remedy for finding in blocking if finding.remedy)) + "。",
        who="确实不能补的材料，说明理由，由审批人决定" if explainable else "承办人",
        items=[f"{finding.text}：{'、'.join(finding.items)}" for finding in blocking],
    )


def _only_waits(check: Check, facts: Facts) -> bool:
    """Whether nothing is wrong with the pages so far, and some are still looked at."""
    stats = facts.stats
    return check.test == "pages-readable" and stats is not None and stats.waiting > 0 and not stats.doubtful


def _finding(check: Check, facts: Facts, explanations: Mapping[str, str]) -> Finding:
    result, items = _TESTS[check.test](check, facts)
    if result == "missing" and check.level == "doubt":
        result = "doubt"
    return Finding(
        key=check.key,
        text=check.text,
        result=result,
        level=check.level,
        articles=check.articles,
        items=items,
        remedy=WAIT if _only_waits(check, facts) else check.remedy,
        explanation=explanations.get(check.key, ""),
    )


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


_SENTENCES = re.compile(r"[\n。；;]+")


def _wording(flow: FlowDef, facts: Facts) -> list[Finding]:
    """Return whether the operative part says of each person what was decided: one text, one meaning."""
    words = {outcome.key: outcome.words for outcome in flow.outcomes if outcome.words}
    if not words:
        return []
    texts = [str(document.fields.get("decision", "")) for document in facts.documents]
    sentences = [part for text in texts for part in _SENTENCES.split(text) if part.strip()]
    bad = []
    for party in facts.subjects:
        wanted = words.get(facts.decided.get(party.id, ""), ())
        own = [sentence for sentence in sentences if party.name and party.name in sentence]
        other = {word for key, listed in words.items() for word in listed if word not in wanted} - set(wanted)
        if wanted and not any(word in sentence for sentence in own for word in wanted):
            bad.append(f"主文没有写明{party.name}“{'、'.join(wanted)}”")
        elif "无罪" in wanted and any(word in sentence for sentence in own for word in other):
            bad.append(f"{party.name}登记为无罪，主文又判处刑罚")
        elif "无罪" not in wanted and any("无罪" in sentence for sentence in own):
            bad.append(f"{party.name}登记的结果不是无罪，主文写了无罪")
    return [
        Finding(
            key="wording",
            text="文书主文与登记的结果一致",
            result="missing" if bad else "ok",
            level="must",
            articles=flow.articles[:1],
            items=tuple(bad),
            remedy="改写主文，或改正登记的结果" if bad else "",
        )
    ]


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
    whom = {party.id: party.name for party in facts.subjects}
    late = [
        f"{whom.get(limit.party_id, '') if limit.party_id else ''}{limit.name}"
        f"已于 {clock.local(limit.due_at - timedelta(minutes=1)):%Y-%m-%d} 24:00 届满"
        for limit in facts.limits
        if limit.rule in check.params["rules"]
        and limit.state == "running"
        and limit.due_at < facts.at
        and (limit.party_id is None or limit.party_id in whom)
    ]
    return _answer(late)


def _limit_run_out(check: Check, facts: Facts) -> _Result:
    bad = []
    for party in facts.alike:
        own = [
            limit
            for limit in facts.limits
            if limit.rule in check.params["rules"] and limit.state == "running" and limit.party_id == party.id
        ]
        if not own:
            bad.append(f"{party.name}的期限还没有起算")
    for limit in facts.limits:
        running = limit.rule in check.params["rules"] and limit.state == "running"
        if running and limit.due_at > facts.at:
            name = next((party.name for party in facts.alike if party.id == limit.party_id), "检察院")
            last = clock.local(limit.due_at - timedelta(minutes=1))
            bad.append(f"{name}的{limit.name}期限到 {last:%Y-%m-%d} 24:00 才满")
    return _answer(bad)


def _limit_running(check: Check, facts: Facts) -> _Result:
    return _limit_stands(check, facts, "running", "没有在算的期限")


def _limit_suspended(check: Check, facts: Facts) -> _Result:
    return _limit_stands(check, facts, "suspended", "的期限没有中止")


def _limit_stands(check: Check, facts: Facts, state: str, lacks: str) -> _Result:
    rules = check.params["rules"]
    has = {limit.party_id for limit in facts.limits if limit.rule in rules and limit.state == state}
    return _answer([f"{party.name}{lacks}" for party in facts.subjects if party.id not in has])


def _served_on(check: Check, facts: Facts) -> _Result:
    wanted = frozenset(check.params["units"])
    bad = []
    for party in facts.subjects:
        signed = facts.served.get(party.id)
        if signed is None:
            bad.append(f"{party.name}的还没有送达")
        elif not wanted <= signed:
            bad.append(f"{party.name}的检察院还没有签收")
    return _answer(bad)


def _field_is(check: Check, facts: Facts) -> _Result:
    value = str(facts.fields.get(check.params["field"], ""))
    return _answer([] if value == check.params["value"] else [f"登记为“{value or '未填'}”"])


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


def _day(check: Check, facts: Facts) -> date | None:
    text = str(facts.fields.get(check.params["field"], ""))
    if not text:
        return None
    return datetime.fromisoformat(text).date() if "T" in text else date.fromisoformat(text)


def _days_ahead(check: Check, facts: Facts) -> _Result:
    day = _day(check, facts)
    if day is None:
        return "missing", ("没有填日期",)
    if (day - clock.local(facts.at).date()).days < int(check.params["days"]):
        return "missing", (f"距 {day:%Y-%m-%d} 不足 {check.params['days']} 日",)
    return "ok", ()


def _day_not_ahead(check: Check, facts: Facts) -> _Result:
    day = _day(check, facts)
    if day is None:
        return "missing", ("没有填日期",)
    if day > clock.local(facts.at).date():
        return "missing", (f"{day:%Y-%m-%d} 晚于办理的日期",)
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
    "day-not-ahead": _day_not_ahead,
    "field-is": _field_is,
    "limit-run-out": _limit_run_out,
    "limit-running": _limit_running,
    "limit-suspended": _limit_suspended,
    "served-on": _served_on,
}


def needs(flow: FlowDef) -> frozenset[str]:
    """Return which tests a flow uses, so that only the facts they look at are gathered."""
    return frozenset(check.test for check in flow.checks)
