"""Acts on hand-overs: each parses its form and calls one action. A refused one shows its page again, with what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from antong.catalog import loader
from antong.flow import actions, selectors
from antong.flow.types import Changes, Done, Outcome, Reason
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page
from antong.web.pages.flow.handover import show
from antong.web.typed import timed

_REASON = re.compile(r"^reason\.(\d{1,3})\.text$")


View = Callable[..., HttpResponse]


def _on_its_page(view: View) -> View:
    """Show the page of the hand-over again where an act is refused, the refusal on top; scripts get the refusal alone."""

    @wraps(view)
    def run(request: ActorRequest, handover_id: UUID) -> HttpResponse:
        try:
            return view(request, handover_id)
        except NotFound:
            raise
        except Refusal as refusal:
            if request.headers.get("X-Requested-With") == "fetch":
                raise
            return show(request, handover_id, refusal)

    return run


def _common(request: ActorRequest) -> dict[str, Any]:
    return {"version": parse.version(request.POST), **parse.entered(request.POST)}


def _to(done: Done, part: str = "") -> HttpResponse:
    return HttpResponseRedirect(f"/handovers/{done.handover_id}/{part}")


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
@_on_its_page
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
        if name.startswith("text.") and name.count(".") > 1 and value.strip():
            _, kind, field = name.split(".", 2)
            known = loader.load().document(kind)
            asked = next((one for one in known.fields if one.key == field), None) if known else None
            if asked:
                texts.setdefault(kind, {})[field] = timed(asked.label, name, asked.type, value, written=True)
    return texts


def _changes(request: ActorRequest, flow: Any) -> Changes:
    post = {name: str(value) for name, value in request.POST.items()}
    fields: dict[str, Any] = {
        item.key: timed(item.label, f"field.{item.key}", item.type, post[f"field.{item.key}"], written=False)
        for item in flow.fields
        if f"field.{item.key}" in post
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
@_on_its_page
def submit(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Save, check and send up for approval."""
    _, _, flow = selectors.handover(request.actor, handover_id)
    return _to(
        actions.submit(
            request.actor,
            handover_id=handover_id,
            changes=_changes(request, flow),
            approver_id=parse.optional_uuid(request.POST, "approver"),
            **_common(request),
        )
    )


def _decision(request: ActorRequest) -> dict[str, Any]:
    """Return what was decided; a form that says neither yes nor no decides nothing."""
    said = request.POST.get("decision", "")
    if said not in {"yes", "no"}:
        raise BadInput(
            "没有审批：没有选批准还是退回修改。",
            code="decision",
            basis=("案通审批规则：审批须明确同意或不同意",),
            remedy="按“批准”或“退回修改”。",
            who="审批人",
        )
    return {"approved": said == "yes", "comment": request.POST.get("comment", "")}


@page(Permission.HANDOVER_APPROVE, methods=("POST",))
@_on_its_page
def approve(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Approve, or send back with a comment."""
    actions.approve(request.actor, handover_id=handover_id, **_decision(request), **_common(request))
    return HttpResponseRedirect("/approvals")


@page(Permission.HANDOVER_SEND, methods=("POST",))
@_on_its_page
def send(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Send what was approved."""
    return _to(actions.send(request.actor, handover_id=handover_id, **_common(request)))


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
@_on_its_page
def accept(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Accept (or sign for) a hand-over and assign it."""
    handler = parse.optional_uuid(request.POST, "handler")
    return _to(
        actions.accept(
            request.actor, handover_id=handover_id, handler_id=handler, assign_reason=request.POST.get("assign_reason", ""),
            **_common(request),
        )
    )  # fmt: skip


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
@_on_its_page
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
    pinned = page_id is not None and all(one.isascii() and one.isdigit() for one in (x, y))
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
@_on_its_page
def assign(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Give an accepted hand-over to another person."""
    person = parse.optional_uuid(request.POST, "handler")
    return _to(
        actions.assign(
            request.actor, handover_id=handover_id, person_id=person, reason=request.POST.get("reason", "")
        )
    )


@page(Permission.HANDOVER_ANSWER, methods=("POST",))
@_on_its_page
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
@_on_its_page
def approve_answer(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Approve a proposed answer, or send it back."""
    actions.approve_answer(request.actor, handover_id=handover_id, **_decision(request), **_common(request))
    return HttpResponseRedirect("/approvals")


@page(Permission.HANDOVER_COMPOSE, methods=("POST",))
@_on_its_page
def read_answer(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Sign for an answer."""
    actions.read_answer(request.actor, handover_id=handover_id)
    return HttpResponseRedirect("/desk")


@page(Permission.HANDOVER_COMPOSE, methods=("POST",))
@_on_its_page
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
@_on_its_page
def resolve_reason(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Answer a reason of the last return."""
    post = request.POST
    done = actions.resolve_reason(
        request.actor, handover_id=handover_id, reason_id=parse.uuid(post, "reason"), state=post.get("state", "fixed"),
        resolution=post.get("resolution", ""),
    )  # fmt: skip
    return _to(done, "#last-reasons")


@page(Permission.HANDOVER_WITHDRAW, methods=("POST",))
@_on_its_page
def withdraw(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Withdraw what nobody has accepted."""
    post = request.POST
    done = actions.withdraw(
        request.actor, handover_id=handover_id, version=parse.version(post), reason=post.get("reason", ""),
        key=parse.optional_uuid(post, "key"),
    )  # fmt: skip
    return _to(done)


@page(Permission.HANDOVER_NUDGE, methods=("POST",))
@_on_its_page
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
    """Keep a wording in the unit's phrase library, or in one's own."""
    post = request.POST
    made = actions.add_phrase(request.actor, text=post.get("text", ""), mine=post.get("whose") == "mine")
    if request.headers.get("X-Requested-With") != "fetch":
        return HttpResponseRedirect("/phrases")
    return JsonResponse({"id": str(made.id), "name": made.name, "text": made.text})


@page(Permission.HANDOVER_RECEIVE, methods=("POST",))
def drop_phrase(request: ActorRequest, phrase_id: UUID) -> HttpResponse:
    """Remove a wording of the unit."""
    actions.drop_phrase(request.actor, phrase_id=phrase_id)
    return HttpResponseRedirect("/phrases")


@page(Permission.HANDOVER_RECEIVE)
def phrases(request: ActorRequest) -> HttpResponse:
    """Show the unit's phrase library and one's own; to scripts as JSON, to pick from in any text."""
    if request.headers.get("X-Requested-With") == "fetch":
        rows = selectors.phrases(request.actor)
        said = [
            {"text": row.text, "whose": "我的" if row.mine else "本单位" if row.id else "标准"}
            for row in rows
        ]
        return JsonResponse({"rows": said})
    return render(request, "flow/phrases.html", {"rows": selectors.phrases(request.actor)})
