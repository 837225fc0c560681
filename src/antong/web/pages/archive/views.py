"""Lawful destruction: the register, one destruction with its certificate, proposing one, deciding it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from antong.archive import actions, selectors
from antong.archive.types import WAIT, DestructionState, DestructionView
from antong.cases import access as cases_access
from antong.kernel import clock
from antong.kernel.refusal import NotFound, Refusal
from antong.org.types import Permission
from antong.web import dates
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.lists import MOST_EXPORTED, listing, page_of, table_file, wants_file
from antong.web.pages.flow.desk import when

STATES = {state.value: state.label for state in DestructionState}
LIST = "/destructions"


@page(Permission.ARCHIVE_READ)
def destructions(request: ActorRequest) -> HttpResponse:
    """Show the register of destructions of the cases that the actor's unit had."""
    state = request.GET.get("state", "")
    text = listing(request, total=0, keep=("state",)).text
    number, size = (1, MOST_EXPORTED) if wants_file(request) else page_of(request)
    rows, total = selectors.destructions(
        request.actor, state=state if state in STATES else "", text=text, page=number, size=size
    )
    if wants_file(request):
        heads = [
            "案号",
            "状态",
            "批准文号",
            "批准日期",
            "保管期满",
            "理由",
            "提请单位",
            "提请人",
            "提请时间",
            "决定人",
            "决定时间",
            "页数",
            "账本条目",
        ]
        return table_file("destructions", heads, [_cells(row) for row in rows])
    facts = {
        "rows": rows, "state": state, "states": STATES, "export": LIST,
        "list": listing(request, total=total, keep=("state",)),
    }  # fmt: skip
    return render(request, "archive/destructions.html", facts)


def _cells(row: DestructionView) -> list[str]:
    return [
        row.number, row.state.label, row.approval_number, str(row.approved_on), str(row.retention_ended_on), row.reason, row.unit_name,
        row.proposed_name, when(row.proposed_at), row.decided_name, when(row.decided_at),
        str(row.held.get("pages", "")), str(row.entry_number or ""),
    ]  # fmt: skip


@page(Permission.ARCHIVE_PROPOSE, methods=("GET", "POST"))
def propose(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show the form by which the destruction of a case's file is proposed; propose it."""
    if request.method != "POST":
        return _form(request, case_id, {})
    post = request.POST
    try:
        own = actions.propose(
            request.actor,
            case_id=case_id,
            grounds=actions.Grounds(
                approval_number=post.get("approval_number", ""), reason=post.get("reason", ""),
                approved_on=_day(post, "approved_on"), retention_ended_on=_day(post, "retention_ended_on"),
            ),
        )  # fmt: skip
    except Refusal as refusal:
        if isinstance(refusal, NotFound) or request.headers.get("X-Requested-With") == "fetch":
            raise
        return _form(request, case_id, post, refusal)
    return HttpResponseRedirect(f"{LIST}/{own}/")


def _day(post: Mapping[str, str], name: str) -> date | None:
    """Return a day that was typed; None for what is none, which the action refuses by the field's name."""
    try:
        return dates.day(post.get(name, ""))
    except dates.Unreadable:
        return None


def _form(
    request: ActorRequest, case_id: UUID, typed: Mapping[str, str], refusal: Refusal | None = None
) -> HttpResponse:
    case = cases_access.case_for(request.actor, case_id, Permission.ARCHIVE_PROPOSE)
    facts = {
        "case": case, "loose": selectors.loose_ends(case), "waits": selectors.newest_of(case_id), "typed": typed,
        "refusal": refusal, "days": WAIT.days,
    }  # fmt: skip
    return render(request, "archive/propose.html", facts, status=refusal.status if refusal else 200)


@page(Permission.ARCHIVE_READ)
def destruction(request: ActorRequest, destruction_id: UUID) -> HttpResponse:
    """Show one destruction: who, when, by which approval, what it held, and what proves it."""
    return _show(request, destruction_id)


def _show(request: ActorRequest, destruction_id: UUID, refusal: Refusal | None = None) -> HttpResponse:
    shown, actor = selectors.destruction(request.actor, destruction_id), request.actor
    waits = shown.state is DestructionState.PROPOSED
    ours = actor.unit_id == shown.unit_id
    leads = waits and Permission.ARCHIVE_DECIDE in actor.permissions
    facts: dict[str, Any] = {
        "shown": shown, "refusal": refusal, "typed": request.POST, "early": clock.now() < shown.waits_until,
        "may_destroy": leads and ours and shown.proposed_by not in {actor.person_id, actor.on_behalf_of}, "may_refuse": leads,
        "may_withdraw": waits and ours and Permission.ARCHIVE_PROPOSE in actor.permissions,
    }  # fmt: skip
    return render(request, "archive/destruction.html", facts, status=refusal.status if refusal else 200)


def _decided(request: ActorRequest, destruction_id: UUID, act: Callable[[], None]) -> HttpResponse:
    return or_again(request, act, partial(_show, request, destruction_id), f"{LIST}/{destruction_id}/")


@page(Permission.ARCHIVE_DECIDE, methods=("POST",))
def destroy(request: ActorRequest, destruction_id: UUID) -> HttpResponse:
    """Approve a proposal and carry it out."""
    number = request.POST.get("number", "")
    return _decided(
        request,
        destruction_id,
        lambda: actions.destroy(request.actor, destruction_id=destruction_id, number=number),
    )


@page(Permission.ARCHIVE_DECIDE, methods=("POST",))
def refuse(request: ActorRequest, destruction_id: UUID) -> HttpResponse:
    """Object to a proposal; it ends."""
    note = request.POST.get("note", "")
    return _decided(
        request,
        destruction_id,
        lambda: actions.refuse(request.actor, destruction_id=destruction_id, note=note),
    )


@page(Permission.ARCHIVE_PROPOSE, methods=("POST",))
def withdraw(request: ActorRequest, destruction_id: UUID) -> HttpResponse:
    """Take a proposal back."""
    return _decided(
        request, destruction_id, lambda: actions.withdraw(request.actor, destruction_id=destruction_id)
    )
