"""Handing on all that somebody of the unit handles: what it is first, then to whom, in one act."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.flow import actions, selectors
from antong.kernel.actor import Actor
from antong.kernel.refusal import Refusal
from antong.org import selectors as org
from antong.org.types import ROLE_PERMISSIONS, Permission, Role
from antong.web import parse
from antong.web.guard import ActorRequest, page

SHOWN = 200


@page(Permission.TASK_ASSIGN, methods=("GET", "POST"))
def hand_on(request: ActorRequest) -> HttpResponse:
    """Show what somebody would hand on; on POST hand it on, and show what is left."""
    if request.method != "POST":
        return _shown(request, _chosen(request.GET.get("from", "")))
    post = request.POST
    whose = _chosen(post.get("from_person", ""))
    try:
        done = actions.hand_on(
            request.actor, from_person=parse.uuid(post, "from_person"), to_person=parse.uuid(post, "to_person"),
            reason=post.get("reason", ""),
        )  # fmt: skip
    except Refusal as refusal:
        if request.headers.get("X-Requested-With") == "fetch":
            raise
        return _shown(request, whose, refusal=refusal)
    return _shown(request, whose, done=done)


def _chosen(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _shown(
    request: ActorRequest, whose: UUID | None, *, refusal: Refusal | None = None, done: Any = None
) -> HttpResponse:
    actor = request.actor
    counts = cases.handlers(actor)
    takers = _takers(actor)
    people = {person: name for person, (name, _) in _members(actor).items()}
    people |= org.person_names([person for person in counts if person not in people])
    facts: dict[str, Any] = {
        # those who have left stand here as long as cases are theirs
        "people": sorted(((person, name, counts.get(person, 0)) for person, name in people.items()), key=lambda row: (-row[2], row[1])),
        "takers": takers,
        "whose": whose,
        "name": people.get(whose, "") if whose else "",
        "refusal": refusal,
        "done": done,
        "typed": request.POST if refusal else {},
    }  # fmt: skip
    if whose in people and whose is not None:
        desk = selectors.desk_of(actor, whose)
        facts |= {"desk": desk, "rows": desk.rows[:SHOWN], "held": sum(row.in_custody for row in desk.rows)}
    return render(request, "flow/hand_on.html", facts, status=refusal.status if refusal else 200)


def _members(actor: Actor) -> dict[UUID, tuple[str, str]]:
    """Return who holds a post in the unit: name and post, the first of each person."""
    found: dict[UUID, tuple[str, str]] = {}
    for duty in org.people_of(actor.unit_id):
        found.setdefault(duty.person_id, (duty.person_name, duty.post_name))
    return found


def _takers(actor: Actor) -> dict[UUID, str]:
    """Return who may be given cases: those of the unit whose post works on them."""
    return {
        duty.person_id: f"{duty.person_name}（{duty.post_name}）"
        for duty in org.people_of(actor.unit_id)
        if Permission.HANDOVER_ANSWER in ROLE_PERMISSIONS[Role(duty.role)]
    }
