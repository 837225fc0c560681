"""One account and who is signed in: by the security administrator, who sees no case."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from antong.kernel.refusal import Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.lists import listing


def show(request: ActorRequest, person_id: UUID, refusal: Refusal | None = None) -> HttpResponse:
    """Return the page of an account; with `refusal` the one on which an act was refused."""
    person = selectors.person_sheet(person_id)
    failures, paused_until = selectors.pause(person.username)
    facts = {
        "person": person,
        "certificates": selectors.certificates_of(person_id),
        "typed": request.POST if refusal else {},
        "factor": selectors.factor_of(person_id),
        "failures": failures,
        "paused_until": paused_until,
        "sessions": selectors.open_sessions(person_id),
        "self": person_id == request.actor.person_id,
        "refusal": refusal,
    }
    request.place = "/accounts"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "org/account.html", facts, status=refusal.status if refusal else 200)


@page(Permission.ACCOUNT_MANAGE)
def account(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Show an account."""
    return show(request, person_id)


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def set_active(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Close an account, or open it again."""
    active = request.POST.get("active") == "yes"
    return or_again(
        request,
        lambda: actions.set_active(request.actor, person_id=person_id, active=active),
        partial(show, request, person_id),
        f"/accounts/{person_id}/",
    )


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def reset_password(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Give a person a new first password; it stands on this answer alone."""
    password = actions.reset_password(request.actor, person_id=person_id)
    person = selectors.person_sheet(person_id)
    made = {"name": person.name, "username": person.username, "password": password}
    request.place = "/accounts"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "org/first_password.html", {"made": made, "to": f"/accounts/{person_id}/"})


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def lift_pause(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Let somebody who mistyped the password try again at once."""
    return or_again(
        request,
        lambda: actions.lift_pause(request.actor, person_id=person_id),
        partial(show, request, person_id),
        f"/accounts/{person_id}/",
    )


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def end_sessions(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """End all open sessions of a person."""
    return or_again(
        request,
        lambda: actions.end_sessions(request.actor, person_id=person_id),
        partial(show, request, person_id),
        f"/accounts/{person_id}/",
    )


@page(Permission.ACCOUNT_MANAGE)
def sessions(request: ActorRequest) -> HttpResponse:
    """Show who is signed in."""
    text = listing(request, total=0).text.lower()
    rows = [
        row
        for row in selectors.open_sessions()
        if all(word in f"{row.person_name} {row.username} {row.unit_name} {row.address}".lower() for word in text.split())
    ]  # fmt: skip
    frame = listing(request, total=len(rows))
    shown = rows[(frame.page - 1) * frame.size : frame.page * frame.size]
    return render(request, "org/sessions.html", {"rows": shown, "list": frame})


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def end_session(request: ActorRequest, mark: str) -> HttpResponse:
    """End one open session."""
    actions.end_session(request.actor, mark=mark)
    return HttpResponseRedirect("/sessions")
