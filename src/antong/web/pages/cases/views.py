"""Lists of cases and the case page. Registering and changing are in entry.py, papers in printing.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from antong.cases import access, selectors
from antong.cases.selectors import CaseFilter, SheetView
from antong.cases.types import CaseAccess, GrantRole, LimitView, Stage
from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.flow.selectors import Offer
from antong.flow.types import HandOverView, State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.ledger import selectors as ledger
from antong.ledger.selectors import EntryFilter
from antong.org import selectors as org
from antong.org.types import Permission, UnitView
from antong.watch import selectors as watch
from antong.web import find, reading
from antong.web.guard import ActorRequest, page
from antong.web.lists import MOST_EXPORTED, Words, listing, page_of, table_file
from antong.web.pages.cases.custody import Asked, lanes
from antong.web.pages.cases.road import road
from antong.web.pages.cases.tabs import TABS, tab_of
from antong.web.pages.cases.track import track, unit_ids

GROUPS = (("overdue", "逾期", "overdue"), ("day", "24 小时内", "red"), ("three", "3 天内", "orange"), ("week", "7 天内", "yellow"), ("later", "7 天以上", "blue"))  # fmt: skip
WORDS: Words = {
    "stage": {stage.value: stage.label for stage in Stage}, "role": {role.value: role.label for role in GrantRole},
    "held": {"yes": "有在押", "no": "无在押"}, "due": {**{key: word for key, word, _ in GROUPS}, "soon": "7 天内届满", "none": "无期限"},
    "mine": {"1": "我承办"},
}  # fmt: skip
WITH_LANES = {"people", "limits"}
"""Tabs above which the custody lines stand; the others need the height."""
CLOCKS = 3
"""How many clocks stand under a person beside people and measures; all of them stand on the tab of limits."""
WITH_TRACK = {"people"}
"""Tabs beside which the track stands on a small screen; the others take the whole width there."""


def _filter(request: HttpRequest) -> CaseFilter:
    get = request.GET.get
    return CaseFilter(
        text=find.text_of(request.GET), stage=get("stage", ""), role=get("role", ""), due=get("due", ""), held=get("held", ""),
        mine=get("mine") == "1", order=get("order", "due"),
    )  # fmt: skip


@page(Permission.CASE_READ)
def case_list(request: ActorRequest) -> HttpResponse:
    """Show the cases of the unit: filtered, sorted, paged."""
    where = _filter(request)
    number, size = page_of(request)
    found = selectors.list_cases(request.actor, where, page=number, size=size)
    frame = listing(request, total=found.total, more=found.more, words=WORDS, keep=("order",))
    sortless = {name: value for name, value in request.GET.items() if name not in {"page", "order"} and value}
    facts = {
        "found": found, "where": where, "names": org.person_names({row.handler_id for row in found.rows if row.handler_id}),
        "stages": list(Stage), "roles": list(GrantRole), "list": frame, "sortless": urlencode(sortless), "groups": GROUPS,
        "urgency": selectors.by_urgency(request.actor, mine=where.mine), "export": "/cases/export", "most": MOST_EXPORTED,
    }  # fmt: skip
    return render(request, "cases/list.html", facts)


@page(Permission.CASE_READ)
def export_list(request: ActorRequest) -> HttpResponse:
    """Write the list, or the cases ticked in it, as a table file: at most a thousand rows, and the last line says so."""
    found = selectors.list_cases(request.actor, _filter(request), page=1, size=MOST_EXPORTED)
    chosen = {text for text in request.GET.getlist("case") if text}
    listed = [row for row in found.rows if not chosen or str(row.case_id) in chosen]
    for row in listed:
        reading.spool(request.actor, row.case_id, "导出案件列表")
    heads = ["案号", "案名", "罪名", "阶段", "在押", "本单位身份", "最近期限", "期限名称", "现承办单位"]
    rows = [
        [row.number, row.name, row.charge, row.stage.label, row.in_custody, row.role.label,
         clock.local(row.next_due).strftime("%Y-%m-%d %H:%M") if row.next_due else "", row.next_due_name, row.handling_unit]
        for row in listed
    ]  # fmt: skip
    if found.more:
        rows.append([f"只导出前 {MOST_EXPORTED} 件，请用筛选分次导出"])
    return table_file("cases", heads, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the case page shows whatever its tab is; gathered once."""

    actor: Actor
    case: CaseAccess
    sheet: SheetView
    supervised: bool
    reason: str
    limits: list[LimitView]
    handovers: list[HandOverView]
    units: dict[UUID, UnitView]
    offers: list[Offer]

    @property
    def content(self) -> bool:
        """Whether what the file says may be shown: to supervisors only once their reason is on record."""
        return not self.supervised or bool(self.reason)

    @property
    def as_of(self) -> datetime | None:
        """Where a snapshot is shown, the instant it shows: when the hand-over happened that left or brought it."""
        if not self.sheet.snapshot:
            return None
        for row in self.handovers:
            if any(one.sheet_id == self.case.sheet_id for one in row.rounds):
                return row.happened_at or row.sent_at
        return self.sheet.as_of


def gather(request: ActorRequest, case_id: UUID) -> Shown:
    """Return what a case page shows to the actor; records nothing."""
    actor = request.actor
    case = access.case_for(actor, case_id, Permission.CASE_READ)
    sheet = selectors.sheet(actor, case)
    supervised = case.role is GrantRole.SUPERVISION
    limits = selectors.limits_seen(actor, case)
    handovers = flow.handovers_of(actor, case_id)
    named = unit_ids(handovers) | {case.registered_unit_id, *(limit.unit_id for limit in limits)}
    for measure in sheet.measures:
        named |= {measure.decided_by_id} | ({measure.executed_by_id} if measure.executed_by_id else set())
    return Shown(
        actor=actor, case=case, sheet=sheet, supervised=supervised, limits=limits, handovers=handovers,
        units=org.units(named), offers=flow.offers(actor, case, sheet),
        reason=str(request.session.get(f"reason:{case_id}", "")) if supervised else "",
    )  # fmt: skip


@page(Permission.CASE_READ)
def case_page(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show a case: stage, custody lines, people, file, documents, hand-overs, limits, ledger."""
    shown = gather(request, case_id)
    reading.spool(request.actor, case_id, "案件页", reason=shown.reason)
    tab = request.GET.get("tab", "people")
    tab = tab if tab in dict(TABS) else "people"
    facts = _head(shown, tab) | tab_of(request, shown, tab)
    return render(request, "cases/case.html", facts)


def _head(shown: Shown, tab: str) -> dict[str, Any]:
    """Return what stands above the tabs and beside them."""
    case, sheet, handovers = shown.case, shown.sheet, shown.handovers
    stage = case.stage if case.living or shown.supervised else Stage(sheet.body["case"]["stage"])
    charges = {charge.code: charge for party in sheet.suspects for charge in party.charges}
    last = ledger.last(case.id)
    return {
        "proof": proof_of(last), "calls": watch.of_case(case.id),
        "case": case, "sheet": sheet, "supervised": shown.supervised, "content": shown.content, "as_of": shown.as_of, "limits": shown.limits, "stage": stage,
        "tab": tab, "tab_template": f"cases/tabs/{tab}.html", "wide": tab not in WITH_TRACK, "tabs": _tabs(shown, last[0]), "charges": charges.values(),
        "stages": road(stage, case, sheet, handovers, shown.limits, shown.units), "handovers": handovers, "units": shown.units,
        "track": track(handovers, shown.units, shown.actor.unit_id), "returned": sum(one.returned_at is not None for row in handovers for one in row.obligations),
        "offers": shown.offers, "next_act": _next_act(shown), "names": {party.id: party.name for party in sheet.parties},
        "lanes": lanes(sheet, shown.limits, asked(shown, most=CLOCKS if tab == "people" else 100)) if tab in WITH_LANES else None, "may_edit": case.living and Permission.CASE_EDIT in shown.actor.permissions,
        "held": sum(bool((now := sheet.in_force(party.id)) and now.kind.holds) for party in sheet.suspects),
        "may_destroy": case.stage is Stage.CLOSED and Permission.ARCHIVE_PROPOSE in shown.actor.permissions and not shown.supervised,
        "no_suspect": not sheet.suspects and case.living and Permission.CASE_EDIT in shown.actor.permissions,
        "handler": org.person_names({case.handler_id}).get(case.handler_id, "") if case.handler_id else "",
    }  # fmt: skip


def asked(shown: Shown, *, most: int = 100) -> Asked:
    """Return how the lanes of a case are drawn for who looks."""
    every = (shown.case.whole or shown.supervised) and shown.as_of is None
    return Asked(units=shown.units, as_of=shown.as_of, full=shown.content, every=every, most=most)


def proof_of(last: tuple[int, bytes]) -> dict[str, Any] | None:
    """Return what a print names: the number of the case's last entry, and the code by which it is checked."""
    number, digest = last
    code = digest.hex()[:16].upper()
    return {"number": number, "code": f"{code[:4]} {code[4:8]} {code[8:12]} {code[12:]}"} if number else None


def _tabs(shown: Shown, entries: int) -> list[tuple[str, str, str]]:
    """Return each tab with its count in words."""
    pages, documents = dossier.counts_of(shown.case)
    if not (shown.case.living or shown.supervised):
        entries = ledger.count_entries(shown.case.id, EntryFilter(unit_id=shown.actor.unit_id))
    counts = {
        "people": str(len(shown.sheet.parties)), "dossier": f"{pages} 页", "documents": str(documents), "handovers": str(len(shown.handovers)),
        "limits": str(len(shown.limits)), "ledger": str(entries),
    }  # fmt: skip
    return [(key, word, counts[key]) for key, word in TABS]


def _next_act(shown: Shown) -> tuple[str, str] | None:
    """Return the words and the address of what the unit has begun and must go on with."""
    for row in shown.handovers:
        if (
            row.from_unit_id != shown.actor.unit_id
            or Permission.HANDOVER_COMPOSE not in shown.actor.permissions
        ):
            continue
        if row.state is State.RETURNED:
            return f"补正{row.flow_name}", f"/handovers/{row.id}/"
        if row.state is State.DRAFT:
            return f"继续{row.flow_name}", f"/handovers/{row.id}/"
    return None
