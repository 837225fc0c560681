"""What somebody sees who follows a hand-over, approves it, sends it, or answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from antong.cases import selectors as cases
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.flow import selectors
from antong.flow.types import HandOverView, State
from antong.org import selectors as org
from antong.org.types import Permission
from antong.web.guard import ActorRequest
from antong.web.pages.flow import composing, receiving

WITHDRAWABLE = {State.CHECKED, State.APPROVED, State.ENTERED, State.RETURNED}
CHASEABLE = {State.CHECKED, State.ENTERED, State.ACCEPTED, State.RETURNED}


def mode(request: ActorRequest, shown: HandOverView, known: dict[str, Any]) -> str:
    """Return what the person does here: compose, receive, approve, or follow."""
    may = request.actor.permissions
    if shown.state is State.DRAFT and known["mine"] and Permission.HANDOVER_COMPOSE in may:
        return "compose"
    owed = known["obligation"]
    if (
        shown.state is State.ENTERED
        and owed
        and not owed.accepted_at
        and not owed.returned_at
        and Permission.HANDOVER_RECEIVE in may
        and not known["supervised"]
    ):
        return "receive"
    if approving(request, shown, known) or answering(request, shown, known):
        return "approve"
    return "follow"


def approving(request: ActorRequest, shown: HandOverView, known: dict[str, Any]) -> bool:
    """Whether the person approves this draft: holds the post that the definition names."""
    actor, approver = request.actor, known["flow"].approver
    return (
        shown.state is State.CHECKED
        and approver is not None
        and Permission.HANDOVER_APPROVE in actor.permissions
        and actor.role == approver.role
    )


def answering(request: ActorRequest, shown: HandOverView, known: dict[str, Any]) -> bool:
    """Whether the person approves the answer that was proposed."""
    answer = known["flow"].answer
    return bool(
        proposed(shown)
        and known["obligation"]
        and shown.state is State.ACCEPTED
        and answer
        and answer.approver
        and Permission.HANDOVER_APPROVE in request.actor.permissions
        and request.actor.role == answer.approver.role
    )


def proposed(shown: HandOverView) -> dict[str, Any] | None:
    """Return the answer that waits for approval."""
    return next((dict(one) for one in reversed(shown.answers) if one["state"] == "proposed"), None)


def _documents(shown: HandOverView, known: dict[str, Any], ids: tuple[UUID, ...] = ()) -> list[DocumentView]:
    return [] if known["supervised"] else dossier.documents_by_id(shown.case_id, [*shown.document_ids, *ids])


def _of_answer(shown: HandOverView, known: dict[str, Any]) -> tuple[UUID, ...]:
    """Return the documents of the answer: issued ones for all who follow, drafts for the unit that answers."""
    seen = {"approved", "proposed"} if known["obligation"] else {"approved"}
    return next((tuple(one["documents"]) for one in reversed(shown.answers) if one["state"] in seen), ())


def approve_facts(request: ActorRequest, shown: HandOverView, known: dict[str, Any]) -> dict[str, Any]:
    """Return what flow/approve.html shows: the paper itself, doubts first, whom it is about, what follows."""
    answer = proposed(shown) if answering(request, shown, known) else None
    flow, case_id = known["flow"], shown.case_id
    documents = _documents(shown, known, tuple(answer["documents"]) if answer else ())
    if answer:
        documents = [one for one in documents if one.id in set(answer["documents"])] or documents
    current, sheet = shown.rounds[-1], cases.living_sheet(case_id)
    limits = [limit for limit in cases.limits_of(case_id) if limit.running]
    order = {"missing": 0, "doubt": 1, "ok": 2}
    findings = sorted(current.findings, key=lambda one: order.get(one.result, 3))
    tree = dossier.file_of(known["case"])
    return {
        "answer": answer, "documents": documents, "findings": findings, "current": current,
        "doubts": [one for one in findings if one.result in {"missing", "doubt"}], "sheet": sheet,
        "people": [
            (subject, sheet.party(subject.party_id), sheet.in_force(subject.party_id), [limit for limit in limits if limit.party_id == subject.party_id])
            for subject in shown.subjects
        ],
        "outcomes": {one["party_id"]: one for one in answer["outcomes"]} if answer else {},
        "volumes": composing.volumes(tree, []), "pages": tree.page_count, "receivers": [] if answer else list(org.units(shown.to_unit_ids).values()),
        "consequences": selectors.answer_consequences(request.actor, shown, flow, answer["outcomes"]) if answer else selectors.consequences(request.actor, shown, flow),
        "limits": limits, "earlier": [] if answer else [reason for reason in shown.reasons if reason.round == shown.round - 1],
    }  # fmt: skip


def _approvals(request: ActorRequest, shown: HandOverView, known: dict[str, Any]) -> list[Mapping[str, Any]]:
    """Return what leaders said: what was approved to all who follow, what was sent back to their own side alone."""
    if all(one["approved"] for one in shown.approvals):
        return list(shown.approvals)
    sends = request.actor.unit_id in {shown.from_unit_id, org.bureau_of(shown.from_unit_id).id}
    return [
        one
        for one in shown.approvals
        if one["approved"] or (known["obligation"] if one["of_answer"] else sends)
    ]


def follow_facts(request: ActorRequest, shown: HandOverView, known: dict[str, Any]) -> dict[str, Any]:
    """Return what flow/follow.html shows."""
    may, owed, flow = request.actor.permissions, known["obligation"], known["flow"]
    answer = proposed(shown)
    answerable = bool(flow.answer and flow.answer.outcomes)
    return {
        "documents": _documents(shown, known, _of_answer(shown, known)), "proposed": answer if owed else None, "approvals": _approvals(request, shown, known), "changes": receiving.compared(shown.rounds), "nudges": selectors.nudges_of(shown.id),
        "can_answer": answerable and owed and shown.state is State.ACCEPTED and not answer and Permission.HANDOVER_ANSWER in may,
        "can_send": shown.state is State.APPROVED and known["mine"] and Permission.HANDOVER_SEND in may,
        "can_mend": shown.state is State.RETURNED and known["mine"] and Permission.HANDOVER_COMPOSE in may,
        "can_withdraw": known["mine"] and Permission.HANDOVER_WITHDRAW in may and shown.state in WITHDRAWABLE,
        "can_nudge": Permission.HANDOVER_NUDGE in may and shown.state in CHASEABLE,
        "can_read_answer": shown.state is State.ANSWERED and known["mine"] and Permission.HANDOVER_COMPOSE in may and selectors.answer_waits(shown.id, request.actor.unit_id),
        "can_assign": bool(owed) and Permission.TASK_ASSIGN in may and shown.state in {State.ENTERED, State.ACCEPTED},
        "people": org.people_of(request.actor.unit_id) if owed else [], "rotation": selectors.rotating(request.actor) if owed else None, "receivers": list(org.units(shown.to_unit_ids).values()),
        "silent": [one for one in shown.obligations if one.round == shown.round and one.silent_since and not one.accepted_at and not one.returned_at],
        "open_reasons": [reason for reason in shown.reasons if reason.round == shown.round and reason.state == "open"],
    }  # fmt: skip
