"""Faults and suggestions: reported from any page, answered by whoever runs the house."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from antong.kernel import clock
from antong.kernel.refusal import Refusal
from antong.org import actions, selectors
from antong.org.types import Permission, ReportKind
from antong.web import parse
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.lists import listing, page_of, table_file, wants_file

KINDS = {kind.value: kind.label for kind in ReportKind}
STATES = {"open": "待答复", "answered": "已答复"}
FACTS = ("窗口", "语言")
MOST = 1000


@page(Permission.SELF_MANAGE)
def reports(request: ActorRequest) -> HttpResponse:
    """Show what was reported: to who runs the house all of it, to everybody else their own."""
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    frame = listing(request, total=0, words={"kind": KINDS}, keep=("state",))
    number, size = (1, MOST) if wants_file(request) else page_of(request)
    rows, total = selectors.reports(
        request.actor, state=state, kind=kind, text=frame.text, page=number, size=size
    )
    if wants_file(request):
        heads = ["时间", "种类", "内容", "页面", "报告人", "单位", "答复", "答复人", "答复时间"]
        cells = [
            [_when(row.created_at), row.kind.label, row.text, row.page, row.person_name, row.unit_name, row.answer, row.answered_name, _when(row.answered_at)]
            for row in rows
        ]  # fmt: skip
        return table_file("reports", heads, cells)
    facts = {
        "rows": rows, "kinds": KINDS, "kind": kind, "state": state, "counts": selectors.report_counts(request.actor), "export": request.path,
        "list": listing(request, total=total, words={"kind": KINDS}, keep=("state",)), "answers": Permission.ORG_MANAGE in request.actor.permissions,
    }  # fmt: skip
    return render(request, "org/reports.html", facts)


def _when(instant: datetime | None) -> str:
    return clock.local(instant).strftime("%Y-%m-%d %H:%M") if instant else ""


def _came_from(request: HttpRequest) -> str:
    """The path of the page one came from, if it is of this house; without what was asked there."""
    back = request.headers.get("Referer", "")
    return urlsplit(back).path if url_has_allowed_host_and_scheme(back, {request.get_host()}) else ""


@page(Permission.SELF_MANAGE, methods=("GET", "POST"))
def new_report(request: ActorRequest) -> HttpResponse:
    """Report a fault or a suggestion about the page one comes from."""
    if request.method != "POST":
        return _form(request, {"page": _came_from(request)[:200]})
    given = request.POST
    facts = {name: given.get(f"fact.{name}", "") for name in FACTS if given.get(f"fact.{name}")}
    facts["浏览器"] = request.headers.get("User-Agent", "")
    return or_again(
        request,
        lambda: actions.report(
            request.actor,
            kind=given.get("kind", ""),
            text=given.get("text", ""),
            page=given.get("page", ""),
            facts=facts,
            key=parse.optional_uuid(given, "key"),
        ),
        partial(_form, request, given),
        "/reports",
    )


def _form(request: ActorRequest, typed: Mapping[str, str], refusal: Refusal | None = None) -> HttpResponse:
    shown = {"kinds": KINDS, "typed": typed, "refusal": refusal}
    return render(request, "org/new_report.html", shown, status=refusal.status if refusal else 200)


@page(Permission.ORG_MANAGE, methods=("POST",))
def answer_report(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Answer a report."""
    actions.answer_report(request.actor, report_id=report_id, text=request.POST.get("text", ""))
    return HttpResponseRedirect("/reports")
