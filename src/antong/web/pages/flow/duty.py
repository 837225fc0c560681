"""The duty screen (值班大屏): large, refreshing itself; it calls when something urgent arrives, until somebody has heard of it.

It shows numbers and kinds, nobody's name, so it may stay on while its session is idle, once it was switched on by hand
and for twelve hours at most; every act on it asks for a session in use.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from antong.custody import selectors as custody
from antong.flow import actions, selectors
from antong.org import selectors as org
from antong.org.types import Permission
from antong.watch import selectors as watch
from antong.web.guard import SCREEN, ActorRequest, page

SHOWN = 12
"""How many rows are legible at once from three metres."""


def _state(request: ActorRequest) -> str:
    """Return the part of the screen that changes, as it is now; the browser counts down."""
    actor = request.actor
    rows = selectors.arrived(actor)
    urgent = [row for row in rows if row.urgent]
    facts = {
        "rows": [*urgent, *(row for row in rows if not row.urgent)][:SHOWN], "total": len(rows), "urgent": len(urgent),
        "custody": [row for row in rows if row.by_minutes], "calling": [row for row in urgent if row.heard_at is None],
        "alarms": [one for one in watch.calling(actor) if one.kind.over], "silent": sum(row.silent for row in rows), "on_duty": [name for _, name in org.on_duty(actor.unit_id)],
        "ending": custody.ending(actor), "hidden": max(0, len(rows) - SHOWN),
    }  # fmt: skip
    return render_to_string("flow/duty_state.html", facts)


@page(Permission.HANDOVER_RECEIVE, lasting=True)
def duty(request: ActorRequest) -> HttpResponse:
    """Show the duty screen of the own unit."""
    return render(request, "flow/duty.html", {"state": _state(request)})


@page(Permission.HANDOVER_RECEIVE, lasting=True)
def duty_state(request: ActorRequest) -> HttpResponse:
    """Give what the screen shows now, with an ETag so that asking every 15 seconds costs nothing."""
    body = _state(request)
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    return HttpResponse(body, headers={"ETag": etag})


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
def duty_open(request: ActorRequest) -> HttpResponse:
    """Switch the screen on: it stays on while its session is idle."""
    request.session[SCREEN] = True
    return JsonResponse({"on": True})


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
def duty_hear(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Note that the duty room has heard of an arrival."""
    actions.hear(request.actor, handover_id=handover_id)
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"heard": True})
    return HttpResponseRedirect("/duty")
