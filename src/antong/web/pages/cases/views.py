"""Lists of cases and the case page. Registering and changing are in entry.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from antong.cases import access, selectors
from antong.cases.selectors import CaseFilter, SheetView
from antong.cases.types import CaseAccess, GrantRole, Stage
from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.flow.types import HandOverView
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.org import selectors as org
from antong.org.types import Permission
from antong.web import parse, reading
from antong.web.guard import ActorRequest, page
from antong.web.lists import Words, listing, page_of, table_file
from antong.web.pages.cases.custody import lanes

TABS = (
    ("people", "人员与措施"), ("dossier", "卷宗"), ("documents", "文书"), ("handovers", "移送"), ("limits", "期限"),
    ("ledger", "留痕"),
)  # fmt: skip
GROUPS = (("overdue", "逾期", "overdue"), ("day", "24 小时内", "red"), ("three", "3 天内", "orange"), ("week", "7 天内", "yellow"), ("later", "7 天以上", "blue"))  # fmt: skip
WORDS: Words = {
    "q": lambda value: f"含“{value}”", "stage": {stage.value: stage.label for stage in Stage}, "role": {role.value: role.label for role in GrantRole},
    "held": {"yes": "有在押", "no": "无在押"}, "due": {**{key: word for key, word, _ in GROUPS}, "soon": "7 天内届满", "none": "无期限"},
}  # fmt: skip
SHOWN_STAGES = (
    Stage.REGISTERED, Stage.INVESTIGATION, Stage.PROSECUTION_REVIEW, Stage.TRIAL, Stage.EFFECTIVE, Stage.EXECUTION,
)  # fmt: skip


def _filter(request: HttpRequest) -> CaseFilter:
    get = request.GET.get
    return CaseFilter(
        text=get("q", ""), stage=get("stage", ""), role=get("role", ""), due=get("due", ""), held=get("held", ""),
        mine=get("mine") == "1", order=get("order", "due"),
    )  # fmt: skip


@page(Permission.CASE_READ)
def case_list(request: ActorRequest) -> HttpResponse:
    """Show the cases of the unit: filtered, sorted, paged."""
    where = _filter(request)
    number, size = page_of(request)
    found = selectors.list_cases(request.actor, where, page=number, size=size)
    frame = listing(request, total=found.total, more=found.more, words=WORDS, keep=("mine", "order"))
    sortless = {name: value for name, value in request.GET.items() if name not in {"page", "order"} and value}
    facts = {
        "found": found, "where": where, "names": org.person_names({row.handler_id for row in found.rows if row.handler_id}), "q": where.text,
        "stages": list(Stage), "roles": list(GrantRole), "list": frame, "sortless": urlencode(sortless), "groups": GROUPS,
        "urgency": selectors.by_urgency(request.actor, mine=where.mine), "export": "/cases/export",
    }  # fmt: skip
    return render(request, "cases/list.html", facts)


@page(Permission.CASE_READ)
def export_list(request: ActorRequest) -> HttpResponse:
    """Write the list as a table file, at most a thousand rows."""
    found = selectors.list_cases(request.actor, _filter(request), page=1, size=1000)
    heads = ["案号", "案名", "罪名", "阶段", "在押", "本单位身份", "最近期限", "期限名称", "现承办单位"]
    rows = [
        [row.number, row.name, row.charge, row.stage.label, row.in_custody, row.role.label,
         clock.local(row.next_due).strftime("%Y-%m-%d %H:%M") if row.next_due else "", row.next_due_name, row.handling_unit]
        for row in found.rows
    ]  # fmt: skip
    return table_file("cases", heads, rows)


@page(Permission.CASE_READ)
def case_page(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show a case: stage, custody lines, people, file, documents, hand-overs, limits, ledger."""
    actor = request.actor
    case = access.case_for(actor, case_id, Permission.CASE_READ)
    reading.spool(actor, case_id, "案件页")
    sheet = selectors.sheet(actor, case)
    supervised = case.role is GrantRole.SUPERVISION
    tab = request.GET.get("tab", "people")
    tab = tab if tab in dict(TABS) else "people"
    limits = [
        limit
        for limit in selectors.limits_of(case_id)
        if case.living or supervised or limit.unit_id == actor.unit_id
    ]
    handovers = flow.handovers_of(actor, case_id)
    running = [limit for limit in limits if limit.state == "running"]
    stage = case.stage if case.living or supervised else Stage(sheet.body["case"]["stage"])
    counts = {"people": len(sheet.parties), "handovers": len(handovers), "limits": len(running)}
    charges = {charge.code: charge for party in sheet.suspects for charge in party.charges}
    facts: dict[str, Any] = {
        "case": case, "sheet": sheet, "tab": tab, "tab_template": f"cases/tabs/{tab}.html", "supervised": supervised, "limits": limits,
        "tabs": [(key, word, counts.get(key)) for key, word in TABS], "stages": _stages(stage, handovers, sheet, case), "charges": charges.values(),
        "handovers": handovers, "returned": sum(one.returned_at is not None for row in handovers for one in row.obligations),
        "offers": flow.offers(actor, case, sheet), "lanes": lanes(sheet, limits), "names": {party.id: party.name for party in sheet.parties},
        "may_edit": case.living and Permission.CASE_EDIT in actor.permissions, "held": sum(bool((now := sheet.in_force(party.id)) and now.kind.holds) for party in sheet.suspects),
        "handler": org.person_names({case.handler_id}).get(case.handler_id, "") if case.handler_id else "",
    }  # fmt: skip
    facts.update(_tab(request, case, tab, supervised=supervised))
    return render(request, "cases/case.html", facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stage on the strip: its word, how it looks, and when and by whom it was reached."""

    word: str
    look: str
    note: str


def _stages(stage: Stage, handovers: list[HandOverView], sheet: SheetView, case: CaseAccess) -> list[Step]:
    here = Stage.PROSECUTION_REVIEW if stage is Stage.SUPPLEMENTARY else stage
    order = list(Stage)
    reached = _reached(handovers)
    reached.setdefault(Stage.REGISTERED, f"{sheet.body['case']['registered_unit']}")
    steps = []
    for item in SHOWN_STAGES:
        look = "here" if item is here else "past" if order.index(item) < order.index(here) else ""
        note = reached.get(item, "") if look else "—"
        steps.append(Step(word=stage.label if item is here else item.label, look=look, note=note or "　"))
    return steps


def _reached(handovers: list[HandOverView]) -> dict[Stage, str]:
    """Return when each stage was first reached, by the hand-overs whose effect it is."""
    found: dict[Stage, str] = {}
    for row in reversed(handovers):
        definition = loader.load().flow(row.flow)
        done = row.state.value in {"accepted", "answered", "closed"}
        if definition is None or not done:
            continue
        for effect in definition.all_effects():
            if effect.do == "set-stage" and effect.stage:
                at = row.happened_at or row.sent_at or row.created_at
                to = row.receivers[0] if row.receivers else row.from_unit_name
                found.setdefault(Stage(effect.stage), f"{clock.local(at):%m-%d} {to}")
    return found


def _tab(request: ActorRequest, case: CaseAccess, tab: str, *, supervised: bool) -> dict[str, Any]:
    manifest = None if case.living else case.manifest_id
    if tab == "dossier" and not supervised:
        return {
            "tree": dossier.tree(case.id, manifest), "catalogue": dossier.catalogue() if case.living else {}, "progress": dossier.progress(case.id),
            "scans": dossier.found_scans(case.id) if case.living else [], "removed": dossier.removed(case.id) if case.living else [],
        }  # fmt: skip
    if tab == "documents" and not supervised:
        sent = None if case.living else dossier.documents_in_manifest(case.manifest_id)
        mine = request.actor.unit_id
        listed = [
            one for one in dossier.documents(case.id) if sent is None or one.id in sent or one.unit_id == mine
        ]
        return {
            "documents": listed, "kinds": flow.draftable(request.actor, case),
            "scans": dossier.found_scans(case.id) if case.living else [],
        }  # fmt: skip
    if tab == "ledger":
        before = parse.number(request.GET, "before", 0)
        only = None if case.living or supervised else request.actor.unit_id
        entries = ledger.entries(case.id, most=40, before=before or None, unit_id=only)
        return {
            "entries": entries, "people": org.person_names({entry.person_id for entry in entries}), "units": org.units({entry.unit_id for entry in entries}),
            "grants": selectors.grants_of(request.actor, case.id), "readings": ledger.readings(case.id, most=20),
        }  # fmt: skip
    return {}


@page(Permission.CONTENT_READ)
def print_index(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show the index of each volume as a paper to print (卷内目录、备考表)."""
    case = access.case_for(request.actor, case_id, Permission.CONTENT_READ)
    reading.spool(request.actor, case_id, "卷内目录")
    tree = dossier.tree(case_id, None if case.living else case.manifest_id)
    volumes = []
    for volume in tree.volumes:
        rows = [
            {"title": entry.title, "first": entry.pages[0].number, "last": entry.pages[-1].number, "count": len(entry.pages),
             "doubtful": sum(page.doubtful for page in entry.pages)}
            for entry in volume.entries if entry.pages
        ]  # fmt: skip
        if rows:
            volumes.append({"title": volume.title, "page_count": volume.page_count, "rows": rows})
    return render(request, "cases/print_index.html", {"case": case, "tree": tree, "volumes": volumes})


@page(Permission.CONTENT_READ)
def sheet_json(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Give the case sheet (案卡) as JSON, as the actor's unit sees it."""
    case = access.case_for(request.actor, case_id, Permission.CONTENT_READ)
    reading.spool(request.actor, case_id, "案卡")
    answer = JsonResponse(
        selectors.sheet(request.actor, case).body, json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{case.number}.json"'
    return answer
