"""Registering a case, changing what it says, and the pickers of those forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from antong.cases import access, actions, selectors
from antong.cases.types import CaseAccess, PartyKind, PartyView
from antong.catalog import loader
from antong.kernel.refusal import BadInput, NotFound, Refusal, Stale
from antong.law import identity
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from antong.web import dates, parse, reading
from antong.web.guard import ActorRequest, page
from antong.web.pages.cases import forms
from antong.web.pages.cases.conflicts import Merged, case_words, merge, party_words

CASE_LABELS = {"source": "案件来源", "category": "案件类别", "place": "案发地点", "brief": "简要案情"}
NEW_LABELS = {
    **CASE_LABELS, "secret": "是否涉密", "occurred_at": "案发时间", "happened_at": "受案时间", "late_reason": "迟录理由",
}  # fmt: skip


@page(Permission.CASE_REGISTER, methods=("GET", "POST"))
def new_case(request: ActorRequest) -> HttpResponse:
    """Register a case."""
    if request.method != "POST":
        return render(request, "cases/new.html", _choices({}, None, [], range(2)))
    values = request.POST
    faults: dict[str, str] = {}
    occurred = parse.noted(values, "occurred_at", faults, dates.moment)
    happened = parse.noted(values, "happened_at", faults, dates.moment)
    rows = forms.parties(values, faults)
    try:
        made = actions.register(
            request.actor, source=values.get("source", ""), category=values.get("category", ""), occurred_at=occurred,
            place=values.get("place", ""), brief=values.get("brief", ""), parties=[one for _, one in rows], faults=faults,
            secret={"yes": True, "no": False}.get(values.get("secret", "")), happened_at=happened,
            late_reason=values.get("late_reason", ""), key=parse.optional_uuid(values, "key"),
        )  # fmt: skip
    except Refusal as refusal:
        wrong = forms.faults_of(refusal.fields, [index for index, _ in rows], NEW_LABELS)
        shown = _choices(forms.as_values(values), refusal, wrong, forms.indexes(values) or range(2))
        return render(request, "cases/new.html", shown, status=refusal.status)
    return HttpResponseRedirect(f"/cases/{made.case_id}/")


def _choices(
    values: dict[str, Any], refusal: Refusal | None, faults: list[forms.Fault], rows: Any
) -> dict[str, Any]:
    codes = loader.load().codes
    return {
        "values": values, "refusal": refusal, "faults": faults, "wrong": {fault.name: fault.words for fault in faults},
        "sources": codes["case_source"].values(), "id_types": codes["id_type"].values(), "educations": codes["education"].values(),
        "kinds": list(PartyKind), "flags": forms.FLAGS, "rows": [forms.row(values, index, faults) for index in rows], "blank": forms.row({}, 0, []),
        "example": dates.EXAMPLE, "example_day": dates.EXAMPLE_DAY,
    }  # fmt: skip


def _shown_version(request: HttpRequest) -> int:
    """Return the version the form was shown; it is kept with a draft, unlike that of the page around it."""
    return parse.number(request.POST, "shown", 0) or parse.version(request.POST)


def _seen(request: HttpRequest) -> int:
    """Return the number of the case's last entry when the form was shown."""
    return parse.number(request.POST, "seen", 0)


@page(Permission.CASE_EDIT, methods=("GET", "POST"))
def edit_case(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Change the basic facts of a case; where somebody else did meanwhile, show what differs."""
    case = access.case_for(request.actor, case_id, Permission.CASE_EDIT)
    sheet = selectors.living_sheet(case_id)
    now = {name: str(sheet.body["case"].get(name, "")) for name in CASE_LABELS}
    typed = {name: request.POST.get(name, now[name]) for name in CASE_LABELS}
    refusal, merged, faults = None, Merged(values=typed, clashes=()), []
    if request.method == "POST":
        changed = selectors.changes_since(case_id, _seen(request), act="case.amend")
        merged = merge(typed, now, changed, CASE_LABELS, case_words)
        try:
            _amend_case(request, case_id, sheet.version, now, merged)
            return HttpResponseRedirect(f"/cases/{case_id}/")
        except Refusal as problem:
            refusal, faults = problem, forms.faults_of(problem.fields, [], CASE_LABELS)
    reading.spool(request.actor, case_id, "案件登记内容")
    values = merged.values | {"category_name": case_words("category", merged.values["category"])}
    facts = {
        **_choices(values, refusal, faults, ()), "case": case, "merged": merged, "stale": isinstance(refusal, Stale),
        "version": sheet.version, "seen": ledger.last_number(case_id),
    }  # fmt: skip
    return render(request, "cases/edit.html", facts, status=refusal.status if refusal else 200)


def _amend_case(
    request: ActorRequest, case_id: UUID, version: int, now: dict[str, str], merged: Merged
) -> None:
    """Save what was typed: where others changed nothing that this form says, on the version there is now."""
    shown = _shown_version(request)
    changes = {name: value for name, value in merged.values.items() if value != now[name]}
    actions.amend_case(
        request.actor,
        case_id=case_id,
        version=shown if merged.clashes else max(shown, version),
        changes=changes,
    )


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
    merged, refusal, wrong = Merged(values=now, clashes=()), None, []
    if found is not None:
        reading.spool(request.actor, case.id, "人员登记内容")
    if request.method == "POST":
        merged = _merged_party(request, case, found, now)
        try:
            _save_party(request, case, found, merged)
            return HttpResponseRedirect(f"/cases/{case.id}/")
        except Refusal as problem:
            refusal, wrong = problem, forms.faults_of(problem.fields, [0], {})
    facts = {
        **_choices(merged.values, refusal, wrong, range(1)), "case": case, "party": found, "merged": merged,
        "stale": isinstance(refusal, Stale), "version": case.version, "seen": ledger.last_number(case.id),
    }  # fmt: skip
    return render(request, "cases/party.html", facts, status=refusal.status if refusal else 200)


def _merged_party(
    request: ActorRequest, case: CaseAccess, found: PartyView | None, now: dict[str, Any]
) -> Merged:
    typed = forms.as_values(request.POST)
    if found is None:
        return Merged(values=typed, clashes=())
    changes = selectors.changes_since(case.id, _seen(request), act="case.amend-party", subject_id=found.id)
    changed = {}
    for name, change in changes.items():
        field, before = forms.from_fact(name, change.before)
        changed[field] = replace(change, before=before, after=forms.from_fact(name, change.after)[1])
    labels = {f"p0_{name}": label for name, label in forms.LABELS.items()}
    untouched: dict[str, Any] = {f"p0_{name}": "" for name, _ in forms.FLAGS} | {"p0_charge": []}
    return merge(untouched | typed, now, changed, labels, party_words)


def _save_party(request: ActorRequest, case: CaseAccess, found: PartyView | None, merged: Merged) -> None:
    faults: dict[str, str] = {}
    new = forms.party(merged.values, 0, faults)
    if new is None:
        raise BadInput(
            "不能保存：没有填姓名。",
            code="party-fields",
            basis=("案通登记规则：当事人须有姓名或注明身份不明",),
            remedy="写明姓名或单位名称；身份不明的，勾选“身份不明”。",
            who="登记人",
            fields={"parties.0.name": "写明姓名；身份不明的，勾选“身份不明”", **faults},
        )
    if found is None:
        actions.add_parties(request.actor, case_id=case.id, parties=[new], faults=faults)
        return
    shown = _shown_version(request)
    actions.amend_party(
        request.actor, case_id=case.id, party_id=found.id, party=new, faults=faults,
        version=shown if merged.clashes else max(shown, case.version),
    )  # fmt: skip


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


@page(Permission.CASE_EDIT, methods=("POST",))
def check_date(request: ActorRequest) -> HttpResponse:
    """Say how a date was read, or what is allowed; asked on leaving the field."""
    text, timed = request.POST.get("text", ""), request.POST.get("timed") == "1"
    try:
        return JsonResponse({"words": dates.words(dates.moment(text) if timed else dates.day(text))})
    except dates.Unreadable as problem:
        return JsonResponse({"wrong": str(problem)})


@page(Permission.CASE_EDIT, methods=("POST",))
def same_person(request: ActorRequest) -> HttpResponse:
    """Say whether an identity number is well formed, and in which cases the actor may see the person stands already.

    A POST, so that no name and no number stands in an address.
    """
    number, name = request.POST.get("id_number", "").strip(), request.POST.get("name", "").strip()
    try:
        born = dates.day(request.POST.get("born_on", "")).isoformat()
    except dates.Unreadable:
        born = ""
    resident = request.POST.get("id_type", "") in {"", "resident"}
    checked = identity.check(number) if number and resident else None
    number = checked.number if checked else number
    found = selectors.duplicates(request.actor, id_number=number, name=name, born_on=born)
    rows = [
        {"name": one.case.name, "number": one.case.number, "because": one.because, "url": f"/cases/{one.case.case_id}/", "party": one.party_name}
        for one in found
    ]  # fmt: skip
    return JsonResponse(
        {
            "wrong": checked.problem if checked else "",
            "note": checked.warning if checked else "",
            "born": dates.words(checked.born_on) if checked and checked.born_on else "",
            "sex": checked.sex if checked else "",
            "rows": rows,
        }
    )
