"""One hand-over as a person needs it: to compose, receive, approve or follow; its receipts and check list on paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render

from antong.cases.types import GrantRole
from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.flow import selectors
from antong.flow.types import State
from antong.kernel.refusal import Refusal
from antong.org import selectors as org
from antong.org.types import Permission, UnitKind
from antong.web import reading
from antong.web.guard import ActorRequest, page
from antong.web.pages.flow import composing, following, receiving

_FACTS = {
    "compose": composing.facts,
    "receive": receiving.facts,
    "approve": following.approve_facts,
    "follow": following.follow_facts,
}
_APART = {"csrfmiddlewaretoken", "key", "_draft"}
"""What a form carries besides what somebody typed."""
_PLACES = {"receive": "/inbox", "approve": "/approvals"}


@page(Permission.CASE_READ)
def handover(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Show a hand-over."""
    return show(request, handover_id)


def _given(post: QueryDict) -> dict[str, Any]:
    """Return what a refused form said, for the scripts that put it back: the name it saves itself under, and its values."""
    form = post.get("_draft", "").partition("#")[2]
    return {"form": form, "values": {name: post.getlist(name) for name in post if name not in _APART}}


def show(request: ActorRequest, handover_id: UUID, refusal: Refusal | None = None) -> HttpResponse:
    """Return the page of a hand-over; with `refusal` the one on which an act was refused, what was typed still there."""
    actor = request.actor
    shown, case, flow = selectors.handover(actor, handover_id)
    reading.spool(actor, shown.case_id, f"移送 {shown.flow_name}")
    path = f"/handovers/{shown.id}/"
    known: dict[str, Any] = {
        "shown": shown, "case": case, "flow": flow, "names": selectors.outcome_names(flow), "refusal": refusal, "path": path, "back": path,
        "mine": shown.from_unit_id == actor.unit_id, "catalog": loader.load(), "supervised": case.role is GrantRole.SUPERVISION,
    }  # fmt: skip
    known["obligation"] = next(
        (one for one in shown.obligations if one.unit_id == actor.unit_id and one.round == shown.round), None
    )
    if refusal is not None:
        known |= {"typed": request.POST, "given": _given(request.POST)}
    mode = following.mode(request, shown, known)
    request.place = _PLACES.get(mode, path)  # type: ignore[attr-defined] # the place in the navigation
    request.screen = f"handover.{mode}"  # type: ignore[attr-defined] # the help beside it
    facts = {**known, **_FACTS[mode](request, shown, known), "mode": mode}
    return render(request, f"flow/{mode}.html", facts, status=refusal.status if refusal else 200)


@page(Permission.CASE_READ)
def receipt(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Show the receipts of a hand-over as a paper to print."""
    return render(request, "flow/receipt.html", receipt_facts(request, handover_id))


def receipt_facts(request: ActorRequest, handover_id: UUID) -> dict[str, Any]:
    """Return what the paper of a hand-over's receipts says; a reading of its case."""
    shown, case, _ = selectors.handover(request.actor, handover_id)
    reading.spool(request.actor, shown.case_id, f"回执 {shown.flow_name}")
    supervised = case.role is GrantRole.SUPERVISION
    documents = [] if supervised else dossier.documents_by_id(shown.case_id, shown.document_ids)
    return {"shown": shown, "case": case, "documents": documents, "current": shown.rounds[-1]}


@page(Permission.CONTENT_READ)
def checklist(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Show what was checked before sending, and what the machine doubts, as a paper to print."""
    shown, case, flow = selectors.handover(request.actor, handover_id)
    reading.spool(request.actor, shown.case_id, f"核对单 {shown.flow_name}")
    current = shown.rounds[-1]
    draft = shown.state is State.DRAFT
    findings = selectors.preview(request.actor, shown.id) if draft else list(current.findings)
    tree = dossier.tree(shown.case_id, current.manifest_id)
    cards = receiving.cards(tree, receiving.compared(shown.rounds), {})
    doubtful = [card for card in cards if card.page.doubtful]
    doubts = dossier.doubts(shown.case_id, [card.page.id for card in doubtful]) if doubtful else {}
    facts = {
        "shown": shown, "case": case, "flow": flow, "current": current, "findings": findings, "tree": tree,
        "documents": dossier.documents_by_id(shown.case_id, shown.document_ids) or selectors.composing(request.actor, shown.id),
        "doubts": [(card, doubts.get(card.page.id, ())) for card in doubtful], "changed": [card for card in cards if card.change],
        "earlier": [reason for reason in shown.reasons if reason.round == shown.round - 1],
    }  # fmt: skip
    return render(request, "flow/checklist.html", facts)


@page(Permission.HANDOVER_COMPOSE)
def pick_units(request: ActorRequest) -> JsonResponse:
    """Find units that may receive a flow, by name or pinyin initials; counterparts first where nothing is typed."""
    flow = loader.load().flow(request.GET.get("flow", ""))
    text = request.GET.get("q", "")
    if flow is None or flow.to is None:
        return JsonResponse({"rows": []})
    if text.strip():
        found = org.find_units(text, kinds=[UnitKind(kind) for kind in flow.to.kinds], most=20)
    else:
        found = selectors.receivers_for(request.actor, flow)[:20]
    return JsonResponse({"rows": [{"code": str(unit.id), "name": unit.name} for unit in found]})
