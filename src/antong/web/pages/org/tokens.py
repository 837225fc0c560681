"""Tokens of agencies' systems: issued by the system administrator, put in force by the security administrator."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from antong.catalog import loader
from antong.kernel import clock
from antong.kernel.refusal import NotFound, Refusal
from antong.org import actions, selectors
from antong.org.types import ADMIN_ROLES, GRANTABLE, ROLE_PERMISSIONS, Permission, TokenState
from antong.web import dates, parse
from antong.web.guard import ActorRequest, page
from antong.web.lists import in_order, listing, order_of
from antong.web.words import PERMISSIONS

FIELDS = {
    "system": "系统名称", "acts_as": "以谁的身份办理", "permissions": "权限", "flows": "流程", "addresses": "来源地址",
    "valid_until": "到期",
}  # fmt: skip


@page(Permission.TOKEN_REVOKE)
def tokens(request: ActorRequest) -> HttpResponse:
    """Show the tokens: whose, what each may do, until when, when it was last used."""
    state = request.GET.get("state", "")
    words = {one.value: one.label for one in TokenState}
    frame = listing(request, total=0, words={"state": words})
    rows = [row for row in selectors.tokens(request.actor, frame.text) if not state or row.state == state]
    order = order_of(request, ("issued", "unit", "until"), "-issued")
    keys: dict[str, Any] = {
        "issued": lambda row: row.issued_at, "unit": lambda row: row.unit_name, "until": lambda row: row.valid_until,
    }  # fmt: skip
    frame = listing(request, total=len(rows), words={"state": words}, order=order)
    shown = in_order(rows, order, keys)[(frame.page - 1) * frame.size : frame.page * frame.size]
    facts = {
        "rows": shown, "list": frame, "states": words, "chosen": state, "permissions": PERMISSIONS,
        "flows": {flow.key: flow.name for flow in loader.load().flows.values()},
        "issues": Permission.ORG_MANAGE in request.actor.permissions, "allows": Permission.ACCOUNT_MANAGE in request.actor.permissions,
    }  # fmt: skip
    return render(request, "org/tokens.html", facts)


@page(Permission.ORG_MANAGE, methods=("GET", "POST"))
def issue_token(request: ActorRequest) -> HttpResponse:
    """Choose the unit, then what its system may do; the secret is shown on the page that answers, once."""
    given = request.POST if request.method == "POST" else request.GET
    unit_id = parse.optional_uuid(given, "unit")
    if request.method != "POST" or unit_id is None:
        return render(request, "org/token_new.html", _choices(given, unit_id, None))
    faults: dict[str, str] = {}
    acts_as = given.get("acts_as", "")
    flows = _flows(given, faults)
    try:
        until = _until(given.get("valid_until", ""), faults)
        made = actions.issue_token(
            request.actor, unit_id=unit_id, system=given.get("system", ""), permissions=given.getlist("permission"), valid_until=until,
            role=acts_as.removeprefix("role:"), duty_id=_duty(acts_as), flows=flows,
            addresses=[text for text in re.split(r"[\s,，、;；]+", given.get("addresses", "")) if text], faults=faults,
        )  # fmt: skip
    except NotFound:
        raise
    except Refusal as refusal:
        return render(request, "org/token_new.html", _choices(given, unit_id, refusal), status=refusal.status)
    return render(request, "org/token_issued.html", {"made": made, "unit": selectors.unit(unit_id)})


def _duty(acts_as: str) -> UUID | None:
    """Return the duty that was picked; what is no duty is left to be refused as a role."""
    kind, _, text = acts_as.partition(":")
    return parse.optional_uuid({"duty": text}, "duty") if kind == "duty" else None


def _until(text: str, faults: dict[str, str]) -> datetime | None:
    """Return the end of the day that was typed."""
    try:
        day = dates.day(text)
    except dates.Unreadable as problem:
        faults["valid_until"] = str(problem)
        return None
    return clock.at(day.year, day.month, day.day) + timedelta(days=1)


def _flows(given: QueryDict, faults: dict[str, str]) -> list[str]:
    known = loader.load().flows
    found = given.getlist("flow")
    if any(one not in known for one in found):
        faults["flows"] = "从列表中选"
    return [one for one in found if one in known]


def _choices(given: QueryDict, unit_id: UUID | None, refusal: Refusal | None) -> dict[str, Any]:
    """Return what the form offers: for a unit, its posts and people, and the flows it may send or receive."""
    facts: dict[str, Any] = {
        "units": [one for one in selectors.all_units() if one.is_active], "unit_id": unit_id, "refusal": refusal, "labels": FIELDS,
        "given": given, "picked": {*given.getlist("permission"), *given.getlist("flow"), given.get("acts_as", "")},
        "permissions": [(one.value, PERMISSIONS[one.value]) for one in GRANTABLE],
    }  # fmt: skip
    if unit_id is None:
        return facts
    unit, people = selectors.unit(unit_id), selectors.people_of(unit_id)
    people = [one for one in people if one.role not in ADMIN_ROLES]
    roles = dict.fromkeys(
        one.role for one in people if Permission.HANDOVER_APPROVE not in ROLE_PERMISSIONS[one.role]
    )
    kinds = {unit.kind.value, *(("police",) if unit.kind.value == "police_station" else ())}
    flows = [
        flow
        for flow in loader.load().flows.values()
        if kinds & {*flow.from_.kinds, *(flow.to.kinds if flow.to else ())}
    ]
    return facts | {"unit": unit, "people": people, "roles": roles, "flows": flows}


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def allow_token(request: ActorRequest, token_id: UUID) -> HttpResponse:
    """Put a token in force."""
    actions.allow_token(request.actor, token_id=token_id)
    return HttpResponseRedirect("/tokens")


@page(Permission.TOKEN_REVOKE, methods=("POST",))
def revoke_token(request: ActorRequest, token_id: UUID) -> HttpResponse:
    """End a token at once."""
    actions.revoke_token(request.actor, token_id=token_id, reason=request.POST.get("reason", ""))
    return HttpResponseRedirect("/tokens")
