"""Registered terminals: the list, the code that is read out, the rule of a unit; and the machine's own page."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from antong.kernel import clock
from antong.kernel.refusal import NotFound, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import dates, parse
from antong.web.again import or_again
from antong.web.guard import TERMINAL, ActorRequest, page, public, terminal_at
from antong.web.lists import MOST_EXPORTED, listing, order_of, page_of, table_file, wants_file
from antong.web.pages.org.signing import address_of

STATES = selectors.TERMINAL_STATES
HEADS = ["终端", "单位", "地点", "使用人", "状态", "到期", "最近登录", "登记人", "登记时间", "收回原因"]


@public("making a machine known", methods=("GET", "POST"))
def terminal(request: HttpRequest) -> HttpResponse:
    """Say as which terminal this machine is registered; take the code that an administrator reads out."""
    if request.method != "POST":
        return render(request, "org/terminal.html", {"terminal": terminal_at(request)})
    try:
        secret, until = actions.enrol_terminal(request.POST.get("code", ""), address_of(request))
    except Refusal as refusal:
        shown = {"refusal": refusal, "terminal": terminal_at(request)}
        return render(request, "org/terminal.html", shown, status=refusal.status)
    answer = HttpResponseRedirect("/terminal")
    answer.set_cookie(
        TERMINAL,
        secret,
        expires=until,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return answer


@page(Permission.TERMINAL_MANAGE)
def terminals(request: ActorRequest) -> HttpResponse:
    """Show the registered terminals: where each stands, who uses it, until when, when somebody last signed in there."""
    return _terminals(request)


def _terminals(
    request: ActorRequest, terminal_id: UUID | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    order = order_of(request, selectors.TERMINAL_ORDERS, "unit")
    frame = listing(request, total=0, words={"state": STATES}, order=order)
    number, size = (1, MOST_EXPORTED) if wants_file(request) else page_of(request)
    state = request.GET.get("state", "")
    rows, total = selectors.terminals(
        request.actor, frame.text, state=state, order=order, page=number, size=size
    )
    if wants_file(request):
        return table_file("terminals", HEADS, [_cells(row) for row in rows])
    frame = listing(request, total=total, words={"state": STATES}, order=order)
    facts = {
        "rows": rows, "list": frame, "states": STATES, "chosen": state, "export": request.path, "refusal": refusal,
        "refused_id": terminal_id, "typed": request.POST if refusal else {}, "soon": clock.now() + timedelta(days=30),
        "registers": Permission.ORG_MANAGE in request.actor.permissions,
    }  # fmt: skip
    request.place = "/terminals"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "org/terminals.html", facts, status=refusal.status if refusal else 200)


def _cells(row: selectors.TerminalView) -> list[object]:
    def day(instant: datetime | None) -> str:
        return f"{clock.local(instant):%Y-%m-%d %H:%M}" if instant else ""

    return [
        row.name, row.unit_name, row.place, row.users, row.state.label, day(row.valid_until), day(row.used_at),
        row.registered_by, day(row.registered_at), row.revoked_why,
    ]  # fmt: skip


@page(Permission.ORG_MANAGE, methods=("GET", "POST"))
def new_terminal(request: ActorRequest) -> HttpResponse:
    """Register a terminal; its code stands on the page that answers, once."""
    facts: dict[str, Any] = {
        "units": [one for one in selectors.all_units() if one.is_active],
        "typed": request.POST,
        "most": f"例：{dates.words(clock.today() + timedelta(days=364))}",
    }
    if request.method != "POST":
        return render(request, "org/terminal_new.html", facts)
    until, fault = _until(request)
    try:
        made = actions.register_terminal(
            request.actor, unit_id=parse.uuid(request.POST, "unit"), name=request.POST.get("name", ""),
            place=request.POST.get("place", ""), users=request.POST.get("users", ""), valid_until=until, fault=fault,
        )  # fmt: skip
    except NotFound:
        raise
    except Refusal as refusal:
        return render(request, "org/terminal_new.html", {**facts, "refusal": refusal}, status=refusal.status)
    return render(request, "org/terminal_code.html", {"made": made})


def _until(request: ActorRequest) -> tuple[datetime | None, str]:
    """Return the end of the day that was typed, or what is wrong with it."""
    try:
        day = dates.day(request.POST.get("valid_until", ""))
    except dates.Unreadable as problem:
        return None, str(problem)
    return clock.at(day.year, day.month, day.day) + timedelta(days=1), ""


@page(Permission.ORG_MANAGE, methods=("POST",))
def renew_terminal(request: ActorRequest, terminal_id: UUID) -> HttpResponse:
    """Give a terminal a new code, which stands on the page that answers, once."""
    until, fault = _until(request)
    try:
        made = actions.renew_terminal(request.actor, terminal_id=terminal_id, valid_until=until, fault=fault)
    except NotFound:
        raise
    except Refusal as refusal:
        return _terminals(request, terminal_id, refusal)
    request.place = "/terminals"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "org/terminal_code.html", {"made": made})


@page(Permission.TERMINAL_MANAGE, methods=("POST",))
def revoke_terminal(request: ActorRequest, terminal_id: UUID) -> HttpResponse:
    """Take a terminal back."""
    reason = request.POST.get("reason", "")
    return or_again(
        request,
        lambda: actions.revoke_terminal(request.actor, terminal_id=terminal_id, reason=reason),
        partial(_terminals, request, terminal_id),
        "/terminals",
    )


@page(Permission.TERMINAL_MANAGE)
def terminal_rules(request: ActorRequest) -> HttpResponse:
    """Show which units sign in at their registered terminals alone."""
    return _rules(request)


def _rules(request: ActorRequest, refusal: Refusal | None = None) -> HttpResponse:
    words = {"only": {"yes": "只在登记终端上登录", "no": "不限"}}
    only = request.GET.get("only", "")
    frame = listing(request, total=0, words=words)
    rows = [
        row
        for row in selectors.terminal_rules(request.actor, frame.text)
        if only not in words["only"] or (row.since is not None) == (only == "yes")
    ]
    frame = listing(request, total=len(rows), words=words)
    facts = {
        "rows": rows[(frame.page - 1) * frame.size : frame.page * frame.size], "list": frame, "refusal": refusal,
        "words": words["only"], "chosen": only, "sets": Permission.ACCOUNT_MANAGE in request.actor.permissions,
    }  # fmt: skip
    return render(request, "org/terminal_rules.html", facts, status=refusal.status if refusal else 200)


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def set_terminal_rule(request: ActorRequest, unit_id: UUID) -> HttpResponse:
    """Let a unit sign in at its terminals alone, or anywhere again."""
    only = request.POST.get("only") == "yes"
    return or_again(
        request,
        lambda: actions.set_terminal_rule(request.actor, unit_id=unit_id, only=only),
        partial(_rules, request),
        "/terminals/rules",
    )
