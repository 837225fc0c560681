"""Desk, inbox, approvals, hand-overs, supervision: what is shown. Acts are in acts.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.cases.types import GrantRole
from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.flow import selectors
from antong.flow.types import HandOverView, State, TaskKind
from antong.org import selectors as org
from antong.org.types import Permission
from antong.web import parse, reading
from antong.web.guard import ActorRequest, page

GROUPS = (("overdue", "逾期", "overdue"), ("day", "24 小时内", "red"), ("three", "3 天内", "orange"), ("week", "7 天内", "yellow"), ("later", "7 天以上", "blue"))  # fmt: skip


@page(Permission.CASE_READ)
def desk(request: ActorRequest) -> HttpResponse:
    """Show what the actor owes, most urgent first, and what others owe."""
    actor, tab = request.actor, request.GET.get("tab", "mine")
    tasks = selectors.tasks(actor)
    group = request.GET.get("due", "")
    counted = dict.fromkeys([key for key, *_ in GROUPS] + ["none"], 0)
    for task in tasks:
        counted[cases.urgency(task.due_at)] += 1
    text = request.GET.get("f", "").strip()
    shown = [
        task for task in tasks
        if (not group or cases.urgency(task.due_at) == group) and (not text or text in task.case_name or text in task.case_number)
    ]  # fmt: skip
    facts = {
        "tab": tab, "tasks": shown, "total": len(tasks), "groups": GROUPS, "counted": counted, "group": group, "text": text,
        "waiting": selectors.waiting_for_others(actor) if tab == "waiting" else [],
        "done": selectors.done_today(actor) if tab == "done" else [],
        "limits": cases.list_cases(actor, cases.CaseFilter(mine=True, order="due"), size=50).rows if tab == "limits" else [],
    }  # fmt: skip
    facts["briefs"] = cases.briefs(actor, {row.case_id for row in facts["waiting"]})  # type: ignore[attr-defined]
    return render(request, "flow/desk.html", facts)


@page(Permission.HANDOVER_RECEIVE)
def inbox(request: ActorRequest) -> HttpResponse:
    """Show what the unit has received: waiting, or taken."""
    done = request.GET.get("tab") == "done"
    number = parse.number(request.GET, "page", 1)
    rows = selectors.inbox(request.actor, done=done, page=number)
    return render(request, "flow/inbox.html", {"rows": rows, "done": done, "page": number, "size": 50})


@page(Permission.HANDOVER_APPROVE)
def approvals(request: ActorRequest) -> HttpResponse:
    """Show what waits for the actor's approval."""
    rows = selectors.tasks(request.actor, kinds=(TaskKind.APPROVE, TaskKind.APPROVE_ANSWER))
    return render(request, "flow/approvals.html", {"rows": rows})


@page(Permission.HANDOVER_COMPOSE)
def sent(request: ActorRequest) -> HttpResponse:
    """Show the hand-overs the unit has begun."""
    number = parse.number(request.GET, "page", 1)
    rows = selectors.sent_by(request.actor, most=30, page=number)
    briefs = cases.briefs(request.actor, {row.case_id for row in rows})
    return render(request, "flow/sent.html", {"rows": rows, "briefs": briefs, "page": number})


@page(Permission.SUPERVISE_READ)
def supervision(request: ActorRequest) -> HttpResponse:
    """Show the supervisor who holds what since when."""
    text, late = request.GET.get("f", ""), request.GET.get("late") == "1"
    rows = selectors.under_way(request.actor, text=text, late=late)
    return render(
        request,
        "flow/supervision.html",
        {"rows": rows, "text": text, "late": late, "overdue": sum(row.overdue for row in rows)},
    )


@page(Permission.CASE_READ)
def handover(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Show a hand-over as this person needs it: to compose, approve, receive, answer, or follow."""
    actor = request.actor
    shown, case, flow = selectors.handover(actor, handover_id)
    reading.spool(actor, shown.case_id, f"移送 {shown.flow_name}")
    facts: dict[str, Any] = {
        "shown": shown, "case": case, "flow": flow, "names": selectors.outcome_names(flow),
        "mine": shown.from_unit_id == actor.unit_id, "catalog": loader.load(), "supervised": case.role is GrantRole.SUPERVISION,
    }  # fmt: skip
    facts["obligation"] = next(
        (one for one in shown.obligations if one.unit_id == actor.unit_id and one.round == shown.round), None
    )
    facts["mode"] = _mode(request, shown, facts)
    facts.update(_MODES.get(facts["mode"], _follow)(request, shown, facts))
    return render(request, f"flow/{facts['mode']}.html", facts)


def _mode(request: ActorRequest, shown: HandOverView, facts: dict[str, Any]) -> str:
    may = request.actor.permissions
    if shown.state is State.DRAFT and facts["mine"] and Permission.HANDOVER_COMPOSE in may:
        return "compose"
    if (
        shown.state is State.ENTERED
        and facts["obligation"]
        and not facts["obligation"].accepted_at
        and Permission.HANDOVER_RECEIVE in may
    ):
        return "receive"
    return "follow"


def _compose(request: ActorRequest, shown: HandOverView, facts: dict[str, Any]) -> dict[str, Any]:
    findings = selectors.preview(request.actor, shown.id)
    sheet = cases.living_sheet(shown.case_id)
    return {
        "findings": sorted(findings, key=lambda one: {"missing": 0, "doubt": 1}.get(one.result, 2)),
        "missing": [one for one in findings if one.blocks], "doubts": [one for one in findings if one.result == "doubt"],
        "documents": selectors.composing(request.actor, shown.id), "stats": dossier.stats(shown.case_id),
        "receivers": selectors.receivers_for(request.actor, facts["flow"]), "sheet": sheet,
        "wanted": _wanted(shown, facts), "chosen": list(org.units(shown.to_unit_ids).values()),
        "approvers": org.approvers_for(request.actor.unit_id, facts["flow"].approver.role) if facts["flow"].approver else [],
        "open_reasons": [reason for reason in shown.reasons if reason.round == shown.round - 1],
    }  # fmt: skip


def _wanted(shown: HandOverView, facts: dict[str, Any]) -> list[Any]:
    """The documents that need typed fields before they can be drafted."""
    have = {document.kind for document in dossier.documents(shown.case_id)}
    kinds = [facts["catalog"].document(carried.kind) for carried in facts["flow"].carries.documents]
    return [kind for kind in kinds if kind and kind.key not in have and kind.fields]


def _receive(request: ActorRequest, shown: HandOverView, facts: dict[str, Any]) -> dict[str, Any]:
    current = shown.rounds[-1]
    tree = (
        dossier.tree(shown.case_id, current.manifest_id)
        if current.manifest_id and not facts["supervised"]
        else None
    )
    changes = []
    if len(shown.rounds) > 1 and shown.rounds[-2].manifest_id and current.manifest_id:
        changes = dossier.manifest_diff(shown.rounds[-2].manifest_id, current.manifest_id)
    return {
        "tree": tree, "changes": changes, "current": current, "people": org.people_of(request.actor.unit_id),
        "fix_by": selectors.default_fix_by_now(), "documents": dossier.documents_by_id(shown.case_id, shown.document_ids),
        "earlier": [reason for reason in shown.reasons if reason.round == shown.round - 1],
    }  # fmt: skip


def _follow(request: ActorRequest, shown: HandOverView, facts: dict[str, Any]) -> dict[str, Any]:
    may, obligation = request.actor.permissions, facts["obligation"]
    proposed = next((one for one in reversed(shown.answers) if one["state"] == "proposed"), None)
    answerable = bool(facts["flow"].answer and facts["flow"].answer.outcomes)
    approver = facts["flow"].approver
    return {
        "documents": [] if facts["supervised"] else dossier.documents_by_id(shown.case_id, shown.document_ids),
        "proposed": proposed,
        "can_answer": answerable and obligation and shown.state is State.ACCEPTED and not proposed and Permission.HANDOVER_ANSWER in may,
        "can_approve_answer": bool(proposed and obligation and shown.state is State.ACCEPTED and Permission.HANDOVER_APPROVE in may),
        "can_approve": shown.state is State.CHECKED and approver is not None and Permission.HANDOVER_APPROVE in may and request.actor.role == approver.role,
        "can_send": shown.state is State.APPROVED and facts["mine"] and Permission.HANDOVER_SEND in may,
        "can_mend": shown.state is State.RETURNED and facts["mine"] and Permission.HANDOVER_COMPOSE in may,
        "can_withdraw": facts["mine"] and Permission.HANDOVER_WITHDRAW in may and shown.state in {State.CHECKED, State.APPROVED, State.ENTERED, State.RETURNED},
        "can_nudge": Permission.HANDOVER_NUDGE in may and shown.state in {State.CHECKED, State.ENTERED, State.ACCEPTED, State.RETURNED},
        "can_read_answer": shown.state is State.ANSWERED and facts["mine"],
        "people": org.people_of(request.actor.unit_id) if obligation else [],
    }  # fmt: skip


_MODES = {"compose": _compose, "receive": _receive, "follow": _follow}
