"""Acts on hand-overs: each parses its form and calls one action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from antong.catalog import loader
from antong.flow import actions, selectors
from antong.flow.types import Changes, Done, Outcome, Reason
from antong.kernel.refusal import NotFound
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page

_REASON = re.compile(r"^reason\.(\d{1,3})\.text$")


def _common(request: ActorRequest) -> dict[str, Any]:
    return {
        "version": parse.version(request.POST),
        "key": parse.optional_uuid(request.POST, "key"),
        "happened_at": parse.instant(request.POST, "happened_at"),
        "late_reason": request.POST.get("late_reason", ""),
    }


def _to(done: Done) -> HttpResponse:
    return HttpResponseRedirect(f"/handovers/{done.handover_id}/")


@page(Permission.HANDOVER_COMPOSE, methods=("POST",))
def compose(request: ActorRequest) -> HttpResponse:
    """Begin a hand-over: its documents that follow from the case are drafted, and the compose page opens."""
    case_id, flow = parse.uuid(request.POST, "case"), request.POST.get("flow", "")
    if loader.load().flow(flow) is None:
        raise NotFound
    done = actions.compose(
        request.actor,
        case_id=case_id,
        flow=flow,
        party_ids=parse.uuids(request, "party"),
        key=parse.optional_uuid(request.POST, "key"),
    )
    return _to(done)


@page(Permission.HANDOVER_COMPOSE, methods=("POST",))
def amend(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Save what the compose page says: subjects, receivers, fields, explanations, texts of documents."""
    _, _, flow = selectors.handover(request.actor, handover_id)
    given = _changes(request, flow)
    done = actions.amend(
        request.actor, handover_id=handover_id, version=parse.version(request.POST), party_ids=given.party_ids,
        receiver_ids=given.receiver_ids, fields=given.fields, texts=given.texts, track=given.track,
        explanations=given.explanations, note=given.note,
    )  # fmt: skip
    return _to(done)


def _texts(post: dict[str, str]) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for name, value in post.items():
        if name.startswith("text.") and value.strip():
            _, kind, field = name.split(".", 2)
            texts.setdefault(kind, {})[field] = value
    return texts


def _changes(request: ActorRequest, flow: Any) -> Changes:
    post = {name: str(value) for name, value in request.POST.items()}
    fields: dict[str, Any] = {
        item.key: post[f"field.{item.key}"] for item in flow.fields if f"field.{item.key}" in post
    }
    outcomes = {
        name.removeprefix("outcome."): {
            "outcome": value,
            "term": post.get(f"term.{name.removeprefix('outcome.')}", ""),
        }
        for name, value in post.items()
        if name.startswith("outcome.") and value
    }
    if outcomes:
        fields["outcomes"] = outcomes
    return Changes(
        party_ids=parse.uuids(request, "party") if "parties" in post else None,
        receiver_ids=parse.uuids(request, "receiver") or None,
        fields=fields or None,
        texts=_texts(post) or None,
        track=post.get("track") or None,
        explanations={name.removeprefix("explain."): value for name, value in post.items() if name.startswith("explain.") and value.strip()} or None,
        note=post.get("note"),
    )  # fmt: skip


@page(Permission.HANDOVER_COMPOSE, methods=("POST",))
def submit(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Save, check and send up for approval."""
    _, _, flow = selectors.handover(request.actor, handover_id)
    changes = _changes(request, flow)
    return _to(actions.submit(request.actor, handover_id=handover_id, changes=changes, **_common(request)))


@page(Permission.HANDOVER_APPROVE, methods=("POST",))
def approve(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Approve, or send back with a comment."""
    yes = request.POST.get("decision") != "no"
    comment = request.POST.get("comment", "")
    actions.approve(request.actor, handover_id=handover_id, approved=yes, comment=comment, **_common(request))
    return HttpResponseRedirect("/approvals")


@page(Permission.HANDOVER_SEND, methods=("POST",))
def send(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Send what was approved."""
    return _to(actions.send(request.actor, handover_id=handover_id, **_common(request)))


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
def accept(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Accept (or sign for) a hand-over and assign it."""
    handler = parse.optional_uuid(request.POST, "handler")
    return _to(actions.accept(request.actor, handover_id=handover_id, handler_id=handler, **_common(request)))


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
def return_file(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Return a file with its reasons."""
    post, basis = request.POST, selectors.return_basis(request.actor)
    numbers = sorted(int(found[1]) for found in map(_REASON.match, post) if found)
    reasons = [reason for reason in (_reason(post, number, basis) for number in numbers) if reason]
    fix_by = parse.instant(post, "fix_by")
    return _to(
        actions.return_file(
            request.actor,
            handover_id=handover_id,
            reasons=reasons,
            fix_by=fix_by,
            fix_reason=post.get("fix_reason", ""),
            **_common(request),
        )
    )


def _reason(post: Mapping[str, str], number: int, basis: str) -> Reason | None:
    stem = f"reason.{number}."
    text = post.get(stem + "text", "").strip()
    if not text:
        return None
    page_id = parse.optional_uuid(post, stem + "page")
    x, y = post.get(stem + "x", ""), post.get(stem + "y", "")
    pinned = page_id is not None and x.isdigit() and y.isdigit()
    code = post.get(stem + "code", "")
    return Reason(
        text=text,
        page_id=page_id,
        code=code if code in loader.load().return_reasons else "other",
        basis=basis,
        x=int(x[:5]) if pinned else None,
        y=int(y[:5]) if pinned else None,
    )


@page(Permission.TASK_ASSIGN, methods=("POST",))
def assign(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Give an accepted hand-over to another person."""
    person = parse.uuid(request.POST, "handler")
    return _to(
        actions.assign(
            request.actor, handover_id=handover_id, person_id=person, reason=request.POST.get("reason", "")
        )
    )


@page(Permission.HANDOVER_ANSWER, methods=("POST",))
def answer(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Propose how a request is answered."""
    shown, _, _ = selectors.handover(request.actor, handover_id)
    outcomes = [
        Outcome(
            party_id=subject.party_id, outcome=request.POST.get(f"outcome.{subject.party_id}", ""),
            reason=request.POST.get(f"reason.{subject.party_id}", ""),
        )
        for subject in shown.subjects
    ]  # fmt: skip
    return _to(
        actions.propose_answer(request.actor, handover_id=handover_id, outcomes=outcomes, **_common(request))
    )


@page(Permission.HANDOVER_APPROVE, methods=("POST",))
def approve_answer(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Approve a proposed answer, or send it back."""
    yes = request.POST.get("decision") != "no"
    comment = request.POST.get("comment", "")
    actions.approve_answer(
        request.actor, handover_id=handover_id, approved=yes, comment=comment, **_common(request)
    )
    return HttpResponseRedirect("/approvals")


@page(Permission.HANDOVER_COMPOSE, methods=("POST",))
def read_answer(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Sign for an answer."""
    actions.read_answer(request.actor, handover_id=handover_id)
    return HttpResponseRedirect("/desk")


@page(Permission.HANDOVER_COMPOSE, methods=("POST",))
def begin_round(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Begin to mend a returned file."""
    post = request.POST
    done = actions.begin_round(
        request.actor,
        handover_id=handover_id,
        version=parse.version(post),
        key=parse.optional_uuid(post, "key"),
    )
    return _to(done)


@page(Permission.HANDOVER_COMPOSE, methods=("POST",))
def resolve_reason(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Answer a reason of the last return."""
    post = request.POST
    done = actions.resolve_reason(
        request.actor, handover_id=handover_id, reason_id=parse.uuid(post, "reason"), state=post.get("state", "fixed"),
        resolution=post.get("resolution", ""),
    )  # fmt: skip
    return _to(done)


@page(Permission.HANDOVER_WITHDRAW, methods=("POST",))
def withdraw(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Withdraw what nobody has accepted."""
    post = request.POST
    done = actions.withdraw(
        request.actor, handover_id=handover_id, version=parse.version(post), reason=post.get("reason", ""),
        key=parse.optional_uuid(post, "key"),
    )  # fmt: skip
    return _to(done)


@page(Permission.HANDOVER_NUDGE, methods=("POST",))
def nudge(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Remind whoever has to act."""
    post = request.POST
    times = actions.nudge(
        request.actor,
        handover_id=handover_id,
        text=post.get("text", ""),
        key=parse.optional_uuid(post, "key"),
    )
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"times": times})
    return HttpResponseRedirect(f"/handovers/{handover_id}/")


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
def keep_phrase(request: ActorRequest) -> HttpResponse:
    """Keep a wording in the unit's phrase library."""
    made = actions.add_phrase(request.actor, text=request.POST.get("text", ""))
    return JsonResponse({"id": str(made.id), "name": made.name, "text": made.text})


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
def drop_phrase(request: ActorRequest, phrase_id: UUID) -> HttpResponse:
    """Remove a wording of the unit."""
    actions.drop_phrase(request.actor, phrase_id=phrase_id)
    return HttpResponseRedirect("/phrases")


@page(Permission.HANDOVER_RECEIVE)
def phrases(request: ActorRequest) -> HttpResponse:
    """Show the unit's phrase library."""
    return render(request, "flow/phrases.html", {"rows": selectors.phrases(request.actor)})
