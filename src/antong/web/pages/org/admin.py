"""What concerns the three administrators (三员分立), none of whom sees a case: units, accounts, heads of the ledger."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.ledger import selectors as ledger
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web.guard import ActorRequest, page
from antong.web.lists import in_order, listing, order_of, page_of

STATES = {"paused_until": "登录暂停", "first": "未改初始口令", "off": "已停用"}


@page(Permission.ORG_MANAGE)
def units(request: ActorRequest) -> HttpResponse:
    """Show the units, and how many people hold posts there."""
    rows = selectors.staffing()
    kinds = {row.unit.kind.value: row.unit.kind.label for row in rows}
    kind = request.GET.get("kind", "")
    frame = listing(request, total=0, words={"kind": kinds})
    rows = [
        row
        for row in rows
        if (not kind or row.unit.kind == kind)
        and frame.text.lower() in f"{row.unit.name} {row.unit.code}".lower()
    ]
    order = order_of(request, ("code", "people"), "code")
    keys: dict[str, Any] = {"code": lambda row: row.unit.code, "people": lambda row: row.people}
    frame = listing(request, total=len(rows), words={"kind": kinds}, order=order)
    shown = in_order(rows, order, keys)[(frame.page - 1) * frame.size : frame.page * frame.size]
    return render(request, "org/units.html", {"rows": shown, "list": frame, "kinds": kinds, "chosen": kind})


@page(Permission.ACCOUNT_MANAGE)
def accounts(request: ActorRequest) -> HttpResponse:
    """Show the accounts: when each last signed in, which are paused, which still have their first password."""
    state = request.GET.get("state", "")
    frame = listing(request, total=0, words={"state": STATES})
    rows = [row for row in selectors.accounts(frame.text) if not state or getattr(row, state, False)]
    order = order_of(request, ("unit", "seen"), "unit")
    keys: dict[str, Any] = {"unit": lambda row: (row.unit, row.name), "seen": lambda row: row.last_login}
    frame = listing(request, total=len(rows), words={"state": STATES}, order=order)
    shown = in_order(rows, order, keys)[(frame.page - 1) * frame.size : frame.page * frame.size]
    return render(
        request, "org/accounts.html", {"rows": shown, "list": frame, "states": STATES, "chosen": state}
    )


@page(Permission.AUDIT_READ)
def heads(request: ActorRequest) -> HttpResponse:
    """Show the signed heads of the ledger, and which have been taken elsewhere."""
    number, size = page_of(request)
    rows, total = ledger.heads(page=number, size=size)
    return render(request, "org/heads.html", {"rows": rows, "list": listing(request, total=total)})


@page(Permission.AUDIT_READ, methods=("POST",))
def head_file(request: ActorRequest, number: int) -> HttpResponse:
    """Give a head out as the file that `antong verify --head` takes; a POST, since it is noted."""
    content = actions.give_head(request.actor, number=number)
    answer = HttpResponse(content, content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="head-{number}.json"'
    return answer
