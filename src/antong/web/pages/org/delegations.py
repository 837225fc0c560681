"""Delegations: one's own, and those the system administrator enters for whoever cannot."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.kernel import clock
from antong.kernel.refusal import NotFound, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import parse
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.pages.org import people

OWN = "/delegations"


def _shown(request: ActorRequest, refusal: Refusal | None = None) -> HttpResponse:
    actor = request.actor
    rows = selectors.delegations_of(actor.person_id)
    colleagues = {
        duty.person_id: f"{duty.person_name}（{duty.post_name}）"
        for duty in selectors.people_of(actor.unit_id)
        if duty.person_id != actor.person_id
    }
    facts = {
        "lent": [row for row in rows if row.holder_id == actor.person_id],
        "got": [row for row in rows if row.to_id == actor.person_id],
        "duties": [
            duty for duty in selectors.duties_of(actor.person_id) if duty.person_id == actor.person_id
        ],
        "colleagues": colleagues,
        "on_behalf": actor.on_behalf_of is not None,
        "refusal": refusal,
        "typed": request.POST if refusal else {},
    }
    return render(request, "org/delegations.html", facts, status=refusal.status if refusal else 200)


def _lend(request: ActorRequest) -> None:
    post = request.POST
    starts_at = parse.instant(post, "starts_at") or clock.now()
    actions.delegate(
        request.actor, duty_id=parse.uuid(post, "duty"), to_person=parse.uuid(post, "to_person"), starts_at=starts_at,
        ends_at=parse.instant(post, "ends_at") or starts_at, reason=post.get("reason", ""),
    )  # fmt: skip


@page(Permission.SELF_MANAGE)
def delegations(request: ActorRequest) -> HttpResponse:
    """Show whom one has asked to act, and for whom one acts."""
    return _shown(request)


@page(Permission.SELF_MANAGE, methods=("POST",))
def delegate(request: ActorRequest) -> HttpResponse:
    """Let a colleague act on one's own duty."""
    held = {
        duty.id
        for duty in selectors.duties_of(request.actor.person_id)
        if duty.person_id == request.actor.person_id
    }

    def act() -> None:
        if parse.uuid(request.POST, "duty") not in held:
            raise NotFound
        _lend(request)

    return or_again(request, act, partial(_shown, request), OWN)


@page(Permission.SELF_MANAGE, methods=("POST",))
def end_delegation(request: ActorRequest, own_delegation_id: UUID) -> HttpResponse:
    """End a delegation of one's own duty before its day."""
    return or_again(
        request,
        lambda: actions.end_delegation(request.actor, delegation_id=own_delegation_id),
        partial(_shown, request),
        OWN,
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def delegate_for(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Let somebody act on the duty of a person who cannot ask for it."""

    def act() -> None:
        held = {one.duty_id for one in selectors.person_sheet(person_id).held}
        if parse.uuid(request.POST, "duty") not in held:
            raise NotFound
        _lend(request)

    return or_again(request, act, partial(people.show, request, person_id), f"/people/{person_id}/")


@page(Permission.ORG_MANAGE, methods=("POST",))
def end_delegation_for(request: ActorRequest, person_id: UUID, delegation_id: UUID) -> HttpResponse:
    """End a delegation that a person has given or been given."""
    if delegation_id not in {one.id for one in selectors.delegations_of(person_id)}:
        raise NotFound
    return or_again(
        request,
        lambda: actions.end_delegation(request.actor, delegation_id=delegation_id),
        partial(people.show, request, person_id),
        f"/people/{person_id}/",
    )
