"""The duty roster of a unit, week by week: by the system administrator for any, by a leader for the own."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.kernel.refusal import Refusal
from antong.org import actions
from antong.org.types import Permission
from antong.web import dates, parse
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.pages.org import units
from antong.web.pages.org.weeks import week_of


def _shown(request: ActorRequest, refusal: Refusal | None = None) -> HttpResponse:
    unit_id = request.actor.unit_id
    week = request.POST.get("week") or request.GET.get("week", "")
    facts = {
        "roster": week_of(unit_id, week),
        "to": "/roster",
        "may": True,
        "refusal": refusal,
        "typed": request.POST if refusal else {},
    }
    return render(request, "org/roster.html", facts, status=refusal.status if refusal else 200)


def _add(request: ActorRequest, unit_id: UUID) -> None:
    post = request.POST
    actions.add_shift(
        request.actor, unit_id=unit_id, person_id=parse.uuid(post, "shift_person"), starts_at=parse.instant(post, "starts_at"),
        ends_at=parse.instant(post, "ends_at"), days=parse.number(post, "days", 1),
    )  # fmt: skip


def _back(request: ActorRequest, path: str) -> str:
    """Return the week that a form was sent from."""
    try:
        return f"{path}week={dates.day(request.POST.get('week', '')).isoformat()}"
    except dates.Unreadable:
        return path.rstrip("?&")


@page(Permission.TASK_ASSIGN)
def roster(request: ActorRequest) -> HttpResponse:
    """Show a leader the roster of the own unit."""
    return _shown(request)


@page(Permission.TASK_ASSIGN, methods=("POST",))
def add_own_shift(request: ActorRequest) -> HttpResponse:
    """Put somebody of the own unit on the roster."""
    return or_again(
        request,
        lambda: _add(request, request.actor.unit_id),
        lambda refusal: _shown(request, refusal),
        _back(request, "/roster?"),
    )


@page(Permission.TASK_ASSIGN, methods=("POST",))
def end_own_shift(request: ActorRequest, own_shift_id: UUID) -> HttpResponse:
    """Take a shift of the own unit off the roster."""
    return or_again(
        request,
        lambda: actions.end_shift(request.actor, unit_id=request.actor.unit_id, shift_id=own_shift_id),
        lambda refusal: _shown(request, refusal),
        _back(request, "/roster?"),
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def add_shift(request: ActorRequest, unit_id: UUID) -> HttpResponse:
    """Put somebody of a unit on its roster."""
    return or_again(
        request,
        lambda: _add(request, unit_id),
        lambda refusal: units.show(request, unit_id, "roster", refusal),
        _back(request, f"/units/{unit_id}/?tab=roster&"),
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def end_shift(request: ActorRequest, unit_id: UUID, shift_id: UUID) -> HttpResponse:
    """Take a shift of a unit off its roster."""
    return or_again(
        request,
        lambda: actions.end_shift(request.actor, unit_id=unit_id, shift_id=shift_id),
        lambda refusal: units.show(request, unit_id, "roster", refusal),
        _back(request, f"/units/{unit_id}/?tab=roster&"),
    )
