"""The second factor: one's own, and its reset by two administrators when the phone is lost."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import segno
from django.http import HttpResponse
from django.shortcuts import render

from antong.kernel.refusal import NotFound, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import guard, shell
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.pages.org import accounts, people, signing


@page(Permission.SELF_MANAGE, methods=("GET", "POST"), while_owing=True)
def factor(request: ActorRequest) -> HttpResponse:
    """Show one's second factor; set up a phone: first its picture, then a code of it, then the recovery codes, once."""
    facts: dict[str, Any] = {
        "next": signing.target_of(request, shell.home_of(request.actor)),
        "first": guard.owes(request) == "factor",
    }
    if request.method != "POST":
        return _show(request, facts)
    try:
        if "begin" in request.POST:
            offer = actions.begin_factor(
                request.actor, code=request.POST.get("begin_code", ""), address=signing.address_of(request)
            )
            return _offered(request, offer, facts)
        codes = actions.enrol_factor(request.actor, code=request.POST.get("code", ""))
    except NotFound:
        raise
    except Refusal as refusal:
        facts["refusal"] = refusal
        pending = selectors.factor_offer(request.actor) if refusal.code == "factor-enrol" else None
        return _offered(request, pending, facts) if pending else _show(request, facts)
    guard.remember(request, request.actor, by=str(request.session.get("by", "")))
    return render(request, "org/factor_codes.html", {**facts, "codes": codes})


def _show(request: ActorRequest, facts: dict[str, Any]) -> HttpResponse:
    refusal = facts.get("refusal")
    shown = {**facts, "factor": selectors.factor_of(request.actor.person_id)}
    return render(request, "org/factor.html", shown, status=refusal.status if refusal else 200)


def _offered(request: ActorRequest, offer: Any, facts: dict[str, Any]) -> HttpResponse:
    picture = segno.make(offer.uri, error="m").svg_data_uri(scale=5, border=2)
    refusal = facts.get("refusal")
    shown = {**facts, "offer": offer, "picture": picture}
    return render(request, "org/factor_offer.html", shown, status=refusal.status if refusal else 200)


@page(Permission.ORG_MANAGE, methods=("POST",))
def propose_reset(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Ask that somebody's lost second factor be forgotten."""
    reason = request.POST.get("reset_reason", "")
    return or_again(
        request,
        lambda: actions.propose_factor_reset(request.actor, person_id=person_id, reason=reason),
        partial(people.show, request, person_id),
        f"/people/{person_id}/",
    )


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def decide_reset(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Forget it, or keep it."""
    agree = request.POST.get("agree") == "yes"
    return or_again(
        request,
        lambda: actions.decide_factor_reset(request.actor, person_id=person_id, agree=agree),
        partial(accounts.show, request, person_id),
        f"/accounts/{person_id}/",
    )
