"""Webhooks of agencies' systems: registered by the system administrator, put in force by the security administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from antong.flow.selectors import EVENTS
from antong.kernel.refusal import NotFound, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page
from antong.web.lists import in_order, listing, order_of
from antong.web.words import EVENT_WORDS

FIELDS = {"url": "回调地址", "types": "动态", "reason": "理由", "act": "办理"}
TYPES = tuple(dict.fromkeys(EVENTS.values()))


@page(Permission.TOKEN_REVOKE)
def webhooks(request: ActorRequest) -> HttpResponse:
    """Show the webhooks: whose, where to, how they stand."""
    state = request.GET.get("state", "")
    words = {one.value: one.label for one in selectors.WebhookState}
    frame = listing(request, total=0, words={"state": words})
    rows = [row for row in selectors.webhooks(request.actor, frame.text) if not state or row.state == state]
    order = order_of(request, ("made", "unit"), "-made")
    keys: dict[str, Any] = {"made": lambda row: row.made_at, "unit": lambda row: row.unit_name}
    frame = listing(request, total=len(rows), words={"state": words}, order=order)
    shown = in_order(rows, order, keys)[(frame.page - 1) * frame.size : frame.page * frame.size]
    facts = {
        "rows": shown, "list": frame, "states": words, "chosen": state, "events": EVENT_WORDS,
        "registers": Permission.ORG_MANAGE in request.actor.permissions,
    }  # fmt: skip
    return render(request, "org/webhooks.html", facts)


@page(Permission.ORG_MANAGE, methods=("GET", "POST"))
def new_webhook(request: ActorRequest) -> HttpResponse:
    """Register a webhook; its secret is shown on the page that answers, once."""
    given = request.POST if request.method == "POST" else request.GET
    facts: dict[str, Any] = {
        "units": [one for one in selectors.all_units() if one.is_active], "given": given, "labels": FIELDS, "events": EVENT_WORDS,
        "types": TYPES, "picked": set(given.getlist("type")), "unit_id": parse.optional_uuid(given, "unit"),
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "org/webhook_new.html", facts)
    try:
        made = actions.new_webhook(
            request.actor, unit_id=parse.uuid(request.POST, "unit"), url=given.get("url", ""),
            types=[one for one in TYPES if one in facts["picked"]],
        )  # fmt: skip
    except NotFound:
        raise
    except Refusal as refusal:
        return render(request, "org/webhook_new.html", facts | {"refusal": refusal}, status=refusal.status)
    return render(request, "org/webhook_secret.html", {"webhook_id": made[0], "secret": made[1], "new": True})


@page(Permission.TOKEN_REVOKE)
def webhook(request: ActorRequest, webhook_id: UUID) -> HttpResponse:
    """Show a webhook with what its system has said to the last calls, and what may be done with it."""
    return render(request, "org/webhook.html", _facts(request, webhook_id))


def _facts(request: ActorRequest, webhook_id: UUID) -> dict[str, Any]:
    one, calls = selectors.webhook(request.actor, webhook_id)
    permissions = request.actor.permissions
    return {
        "one": one, "calls": calls, "events": EVENT_WORDS, "labels": FIELDS, "rotates": Permission.ORG_MANAGE in permissions,
        "allows": Permission.ACCOUNT_MANAGE in permissions,
    }  # fmt: skip


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def allow_webhook(request: ActorRequest, webhook_id: UUID) -> HttpResponse:
    """Put a webhook in force."""
    return _done(request, webhook_id, lambda: actions.allow_webhook(request.actor, webhook_id=webhook_id))


@page(Permission.ORG_MANAGE, methods=("POST",))
def rotate_webhook(request: ActorRequest, webhook_id: UUID) -> HttpResponse:
    """Give a webhook a new secret and show it, once."""
    secret = actions.rotate_webhook(request.actor, webhook_id=webhook_id)
    return render(
        request, "org/webhook_secret.html", {"webhook_id": webhook_id, "secret": secret, "new": False}
    )


@page(Permission.TOKEN_REVOKE, methods=("POST",))
def change_webhook(request: ActorRequest, webhook_id: UUID) -> HttpResponse:
    """Hold a webhook, go on, send again, or end it."""
    actor, reason = request.actor, request.POST.get("reason", "")
    place = parse.number(request.POST, "place", -1)
    acts: dict[str, Callable[[], object]] = {
        "pause": lambda: actions.pause_webhook(actor, webhook_id=webhook_id, reason=reason),
        "resume": lambda: actions.resume_webhook(actor, webhook_id=webhook_id),
        "resend": lambda: actions.resend_webhook(
            actor, webhook_id=webhook_id, place=None if place < 0 else place
        ),
        "end": lambda: actions.end_webhook(actor, webhook_id=webhook_id, reason=reason),
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise NotFound
    return _done(request, webhook_id, act)


def _done(request: ActorRequest, webhook_id: UUID, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except NotFound:
        raise
    except Refusal as refusal:
        facts = _facts(request, webhook_id) | {"refusal": refusal}
        return render(request, "org/webhook.html", facts, status=refusal.status)
    return HttpResponseRedirect(f"/tokens/webhooks/{webhook_id}/")
