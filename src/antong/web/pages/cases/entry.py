"""Registering a case, changing what it says, and the pickers of those forms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from antong.cases import access, actions, selectors
from antong.cases.types import CaseAccess, PartyKind, PartyView
from antong.catalog import loader
from antong.kernel.refusal import BadInput, NotFound, Refusal, Stale
from antong.law import identity
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page
from antong.web.pages.cases import forms

CASE_LABELS = {"source": "案件来源", "category": "案件类别", "place": "案发地点", "brief": "简要案情"}


@page(Permission.CASE_REGISTER, methods=("GET", "POST"))
def new_case(request: ActorRequest) -> HttpResponse:
    """Register a case."""
    if request.method != "POST":
        return render(request, "cases/new.html", _choices({}, None, range(2)))
    values = request.POST
    try:
        occurred = parse.instant(values, "occurred_at")
        if occurred is None:
            raise BadInput(
                "不能登记：有 1 处要改。", code="case-fields", fields={"occurred_at": "写明案发时间"}, remedy="改正标红的各项。"
            )  # fmt: skip
        made = actions.register(
            request.actor, source=values.get("source", ""), category=values.get("category", ""), occurred_at=occurred,
            place=values.get("place", ""), brief=values.get("brief", ""), parties=forms.parties(values),
            secret={"yes": True, "no": False}.get(values.get("secret", "")), happened_at=parse.instant(values, "happened_at"),
            late_reason=values.get("late_reason", ""), key=parse.optional_uuid(values, "key"),
        )  # fmt: skip
    except Refusal as refusal:
        facts = _choices(forms.as_values(values), refusal, forms.indexes(values) or range(2))
        return render(request, "cases/new.html", facts, status=refusal.status)
    return HttpResponseRedirect(f"/cases/{made.case_id}/")


def _choices(values: dict[str, Any], refusal: Refusal | None, indexes: Any) -> dict[str, Any]:
    codes = loader.load().codes
    wrong = refusal.fields if refusal else {}
    return {
        "values": values, "refusal": refusal, "sources": codes["case_source"].values(), "id_types": codes["id_type"].values(),
        "kinds": list(PartyKind), "flags": forms.FLAGS, "rows": [forms.row(values, index, wrong) for index in indexes], "blank": forms.row({}, 0, {}),
    }  # fmt: skip


@page(Permission.CASE_EDIT, methods=("GET", "POST"))
def edit_case(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Change the basic facts of a case; where somebody else did meanwhile, show what differs."""
    case = access.case_for(request.actor, case_id, Permission.CASE_EDIT)
    body = selectors.living_sheet(case_id).body["case"]
    now = {name: str(body.get(name, "")) for name in CASE_LABELS}
    values = {name: request.POST.get(name, now[name]) for name in CASE_LABELS}
    refusal, conflict = None, []
    if request.method == "POST":
        try:
            changes = {name: value for name, value in values.items() if value != now[name]}
            actions.amend_case(
                request.actor, case_id=case_id, version=parse.version(request.POST), changes=changes
            )
            return HttpResponseRedirect(f"/cases/{case_id}/")
        except Refusal as problem:
            refusal = problem
            if isinstance(problem, Stale):
                conflict = _differs(CASE_LABELS, now, values)
    shown = {**values, "category_name": loader.load().code_name("case_category", values["category"])}
    facts = {
        "case": case,
        "values": shown,
        "refusal": refusal,
        "conflict": conflict,
        "sources": loader.load().codes["case_source"].values(),
    }
    return render(request, "cases/edit.html", facts, status=refusal.status if refusal else 200)


def _differs(labels: dict[str, str], now: dict[str, Any], mine: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = [(label, _words(now.get(name)), _words(mine.get(name))) for name, label in labels.items()]
    return [row for row in rows if row[1] != row[2]]


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(str(text).partition(":")[2] for text in value)
    return "是" if value == "on" else str(value or "")


@page(Permission.CASE_EDIT, methods=("GET", "POST"))
def add_party(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Add a person to a case."""
    case = access.case_for(request.actor, case_id, Permission.CASE_EDIT)
    return _party_form(request, case, None)


@page(Permission.CASE_EDIT, methods=("GET", "POST"))
def edit_party(request: ActorRequest, case_id: UUID, party_id: UUID) -> HttpResponse:
    """Change what is known of a person."""
    case = access.case_for(request.actor, case_id, Permission.CASE_EDIT)
    found = selectors.living_sheet(case.id).party(party_id)
    if found is None:
        raise NotFound
    return _party_form(request, case, found)


def _party_form(request: ActorRequest, case: CaseAccess, found: PartyView | None) -> HttpResponse:
    now = forms.as_form(found)
    values = forms.as_values(request.POST) if request.method == "POST" else now
    refusal, conflict = None, []
    if request.method == "POST":
        try:
            _save_party(request, case, found)
            return HttpResponseRedirect(f"/cases/{case.id}/")
        except Refusal as problem:
            refusal = problem
            if isinstance(problem, Stale):
                conflict = _differs(forms.LABELS, now, values)
    facts = {**_choices(values, refusal, range(1)), "case": case, "party": found, "conflict": conflict}
    return render(request, "cases/party.html", facts, status=refusal.status if refusal else 200)


def _save_party(request: ActorRequest, case: CaseAccess, found: PartyView | None) -> None:
    new = forms.party(request.POST, 0)
    if new is None:
        raise BadInput("不能保存：没有填姓名。", code="form", fields={"parties.0.name": "写明姓名"})
    version = parse.version(request.POST)
    if found:
        actions.amend_party(request.actor, case_id=case.id, party_id=found.id, party=new, version=version)
    else:
        actions.add_parties(request.actor, case_id=case.id, parties=[new], version=version)


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


@page(Permission.CASE_EDIT)
def same_person(request: ActorRequest) -> HttpResponse:
    """Say whether an identity number is well formed, and in which cases the actor may see it stands already."""
    number = request.GET.get("id_number", "").strip()
    checked = identity.check(number) if number else None
    found = selectors.duplicates(request.actor, id_number=number) if number else []
    rows = [{"name": one.case.name, "number": one.case.number, "because": one.because} for one in found]
    return JsonResponse({"check": (checked.problem or checked.warning) if checked else "", "rows": rows})
