"""Lists of cases, the case page, registering, parties."""

from __future__ import annotations

import csv
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from antong.cases import access, actions, selectors
from antong.cases.selectors import CaseFilter
from antong.cases.types import GrantRole, PartyKind, Stage
from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import selectors as ledger
from antong.org import selectors as org
from antong.org.types import Permission
from antong.web import parse, reading
from antong.web.guard import ActorRequest, page
from antong.web.pages.cases import forms
from antong.web.pages.cases.custody import lanes

TABS = (
    ("people", "人员与措施"), ("dossier", "卷宗"), ("documents", "文书"), ("handovers", "移送"), ("limits", "期限"),
    ("ledger", "留痕"),
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
    number = parse.number(request.GET, "page", 1)
    found = selectors.list_cases(
        request.actor, where, page=number, size=parse.number(request.GET, "size", 20)
    )
    names = org.person_names({row.handler_id for row in found.rows if row.handler_id})
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    facts = {
        "found": found, "where": where, "names": names, "q": where.text, "stages": list(Stage), "roles": list(GrantRole),
        "query": urlencode(kept), "urgency": selectors.by_urgency(request.actor, mine=where.mine),
    }  # fmt: skip
    return render(request, "cases/list.html", facts)


@page(Permission.CASE_READ)
def export_list(request: ActorRequest) -> HttpResponse:
    """Write the list as a table file, at most a thousand rows."""
    found = selectors.list_cases(request.actor, _filter(request), page=1, size=1000)
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="cases.csv"'},
    )
    answer.write("\ufeff")
    table = csv.writer(answer)
    table.writerow(["案号", "案名", "罪名", "阶段", "在押", "本单位身份", "最近期限", "期限名称"])
    for row in found.rows:
        due = clock.local(row.next_due).strftime("%Y-%m-%d %H:%M") if row.next_due else ""
        cells = [
            row.number,
            row.name,
            row.charge,
            row.stage.label,
            row.in_custody,
            row.role.label,
            due,
            row.next_due_name,
        ]
        table.writerow(
            ["'" + cell if isinstance(cell, str) and cell[:1] in "=+-@" else cell for cell in cells]
        )
    return answer


@page(Permission.CASE_REGISTER, methods=("GET", "POST"))
def new_case(request: ActorRequest) -> HttpResponse:
    """Register a case."""
    if request.method != "POST":
        return render(request, "cases/new.html", _choices({}))
    values = request.POST
    try:
        secret = {"yes": True, "no": False}.get(values.get("secret", ""))
        occurred = parse.instant(values, "occurred_at")
        if occurred is None:
            raise BadInput(
                "不能登记：有 1 处要改。",
                code="case-fields",
                fields={"occurred_at": "写明案发时间"},
                remedy="改正标红的各项。",
            )
        made = actions.register(
            request.actor, source=values.get("source", ""), category=values.get("category", ""), occurred_at=occurred,
            place=values.get("place", ""), brief=values.get("brief", ""), parties=forms.parties(values), secret=secret,
            happened_at=parse.instant(values, "happened_at"), late_reason=values.get("late_reason", ""),
            key=parse.optional_uuid(values, "key"),
        )  # fmt: skip
    except Refusal as refusal:
        return render(
            request, "cases/new.html", {**_choices(values.dict()), "refusal": refusal}, status=refusal.status
        )
    return HttpResponseRedirect(f"/cases/{made.case_id}/")


def _choices(values: dict[str, Any]) -> dict[str, Any]:
    codes = loader.load().codes
    return {
        "values": values, "sources": codes["case_source"].values(), "id_types": codes["id_type"].values(),
        "kinds": list(PartyKind), "flags": forms.FLAGS, "rows": range(forms.MOST_PARTIES),
    }  # fmt: skip


@page(Permission.CASE_READ)
def case_page(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show a case: stage, custody lines, people, file, documents, hand-overs, limits, ledger."""
    actor = request.actor
    case = access.case_for(actor, case_id, Permission.CASE_READ)
    reading.spool(actor, case_id, "案件页")
    sheet = selectors.sheet(actor, case)
    supervised = case.role is GrantRole.SUPERVISION
    tab = request.GET.get("tab", "people")
    limits = [
        limit
        for limit in selectors.limits_of(case_id)
        if case.living or supervised or limit.unit_id == actor.unit_id
    ]
    facts: dict[str, Any] = {
        "case": case, "sheet": sheet, "tab": tab, "tabs": TABS, "supervised": supervised, "limits": limits,
        "running": [limit for limit in limits if limit.state == "running"], "stages": _stages(case.stage if case.living or supervised else Stage(sheet.body["case"]["stage"])),
        "handovers": flow.handovers_of(actor, case_id), "offers": flow.offers(actor, case, sheet),
        "lanes": lanes(sheet, limits), "names": {party.id: party.name for party in sheet.parties},
        "may_edit": case.living and Permission.CASE_EDIT in actor.permissions,
    }  # fmt: skip
    facts.update(_tab(request, case, tab, supervised=supervised))
    return render(request, "cases/case.html", facts)


def _stages(stage: Stage) -> list[tuple[str, str]]:
    shown = [
        Stage.REGISTERED,
        Stage.INVESTIGATION,
        Stage.PROSECUTION_REVIEW,
        Stage.TRIAL,
        Stage.EFFECTIVE,
        Stage.EXECUTION,
    ]
    here = Stage.PROSECUTION_REVIEW if stage is Stage.SUPPLEMENTARY else stage
    order = list(Stage)
    return [
        (
            item.label if item is not here else stage.label,
            "here" if item is here else "past" if order.index(item) < order.index(here) else "",
        )
        for item in shown
    ]


def _tab(request: ActorRequest, case: Any, tab: str, *, supervised: bool) -> dict[str, Any]:
    manifest = None if case.living else case.manifest_id
    if tab == "dossier" and not supervised:
        return {
            "tree": dossier.tree(case.id, manifest),
            "catalogue": dossier.catalogue(),
            "progress": dossier.progress(case.id),
        }
    if tab == "documents" and not supervised:
        sent = None if case.living else dossier.documents_in_manifest(case.manifest_id)
        shown = dossier.documents(case.id)
        return {
            "documents": [
                one for one in shown if sent is None or one.id in sent or one.unit_id == request.actor.unit_id
            ]
        }
    if tab == "ledger":
        before = parse.number(request.GET, "before", 0)
        only = None if case.living or supervised else request.actor.unit_id
        entries = ledger.entries(case.id, most=40, before=before or None, unit_id=only)
        people = org.person_names({entry.person_id for entry in entries})
        units = org.units({entry.unit_id for entry in entries})
        return {
            "entries": entries,
            "people": people,
            "units": units,
            "grants": selectors.grants_of(request.actor, case.id),
            "readings": ledger.readings(case.id, most=20),
        }
    return {}


@page(Permission.CASE_EDIT, methods=("GET", "POST"))
def add_party(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Add a person to a case."""
    case = access.case_for(request.actor, case_id, Permission.CASE_EDIT)
    return _party_form(request, case, None)


@page(Permission.CASE_EDIT, methods=("GET", "POST"))
def edit_party(request: ActorRequest, case_id: UUID, party_id: UUID) -> HttpResponse:
    """Change what is known of a person."""
    case = access.case_for(request.actor, case_id, Permission.CASE_EDIT)
    return _party_form(request, case, party_id)


def _party_form(request: ActorRequest, case: Any, party_id: UUID | None) -> HttpResponse:
    found = selectors.living_sheet(case.id).party(party_id) if party_id else None
    if party_id and found is None:
        raise NotFound
    values: dict[str, Any] = request.POST.dict() if request.method == "POST" else _as_form(found)
    refusal = None
    if request.method == "POST":
        try:
            new = forms.party(request.POST, 0)
            if new is None:
                raise BadInput("不能保存：没有填姓名。", code="form", fields={"parties.0.name": "写明姓名"})
            version = parse.version(request.POST)
            if party_id:
                actions.amend_party(
                    request.actor, case_id=case.id, party_id=party_id, party=new, version=version
                )
            else:
                actions.add_parties(request.actor, case_id=case.id, parties=[new], version=version)
            return HttpResponseRedirect(f"/cases/{case.id}/")
        except Refusal as problem:
            refusal = problem
    facts = {**_choices(values), "case": case, "party": found, "refusal": refusal, "rows": range(1)}
    return render(request, "cases/party.html", facts, status=refusal.status if refusal else 200)


def _as_form(party: Any) -> dict[str, Any]:
    if party is None:
        return {}
    values = {f"p0_{name}": getattr(party, name) for name in forms.TEXTS}
    values |= {f"p0_{name}": "on" for name, _ in forms.FLAGS if getattr(party, name)}
    charge = party.charges[0] if party.charges else None
    return values | {
        "p0_kind": party.kind.value, "p0_born_on": party.born_on.isoformat() if party.born_on else "",
        "p0_aliases": "、".join(party.aliases), "p0_charge": charge.code if charge else "", "p0_charge_name": charge.name if charge else "",
    }  # fmt: skip


@page(Permission.CASE_READ)
def pick_charges(request: ActorRequest) -> HttpResponse:
    """Find charges by name or pinyin initials."""
    rows = loader.load().find_charges(request.GET.get("q", ""))
    return JsonResponse({"rows": [{"code": row.code, "name": row.name} for row in rows]})


@page(Permission.CASE_READ)
def pick_categories(request: ActorRequest) -> HttpResponse:
    """Find case categories by name or pinyin initials."""
    rows = loader.load().find_codes("case_category", request.GET.get("q", ""))
    return JsonResponse({"rows": [{"code": row.code, "name": row.name} for row in rows]})
