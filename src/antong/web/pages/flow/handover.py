"""One hand-over as a person needs it: to compose, approve, receive, answer, or follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.cases.types import GrantRole
from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.dossier.types import Change, PageView, Tree
from antong.flow import selectors
from antong.flow.types import HandOverView, RoundView, State
from antong.org import selectors as org
from antong.org.types import Permission, UnitKind
from antong.web import reading
from antong.web.guard import ActorRequest, page

CHANGE_WORDS = {"added": "新", "replaced": "换", "moved": "移", "turned": "转"}


@page(Permission.CASE_READ)
def handover(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Show a hand-over."""
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
    sheet, flow = cases.living_sheet(shown.case_id), facts["flow"]
    before = shown.rounds[-2].manifest_id if len(shown.rounds) > 1 else None
    changes = dossier.changes_since(shown.case_id, before) if before else []
    return {
        "findings": sorted(findings, key=lambda one: {"missing": 0, "doubt": 1, "ok": 2}.get(one.result, 3)),
        "counted": {result: sum(one.result == result for one in findings) for result in ("missing", "doubt", "ok", "n/a")},
        "missing": [one for one in findings if one.blocks], "doubts": [one for one in findings if one.result == "doubt"],
        "documents": selectors.composing(request.actor, shown.id), "volumes": _volumes(shown.case_id, changes), "stats": dossier.stats(shown.case_id),
        "sheet": sheet, "wanted": _wanted(shown, facts), "chosen": list(org.units(shown.to_unit_ids).values()), "changes": changes, "again": before,
        "approvers": org.approvers_for(request.actor.unit_id, flow.approver.role) if flow.approver else [],
        "limits": [limit for limit in cases.limits_of(shown.case_id) if limit.state == "running"],
        "measures": [(party, sheet.in_force(party.id)) for party in sheet.suspects if party.id in {one.party_id for one in shown.subjects}],
        "open_reasons": [reason for reason in shown.reasons if reason.round == shown.round - 1],
    }  # fmt: skip


def _volumes(case_id: UUID, changes: list[Change]) -> list[tuple[str, int, int]]:
    """Return each volume that has pages: its title, its pages, and how many are new since the last round."""
    new = {change.page_id for change in changes if change.kind in {"added", "replaced"}}
    return [
        (
            volume.title,
            volume.page_count,
            sum(page.id in new for entry in volume.entries for page in entry.pages),
        )
        for volume in dossier.tree(case_id).volumes
        if volume.page_count
    ]


def _wanted(shown: HandOverView, facts: dict[str, Any]) -> list[Any]:
    """The documents that need typed fields before they can be drafted."""
    have = {document.kind for document in dossier.documents(shown.case_id)}
    kinds = [facts["catalog"].document(carried.kind) for carried in facts["flow"].carries.documents]
    return [kind for kind in kinds if kind and kind.key not in have and kind.fields]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A page as the receiver looks through it."""

    page: PageView
    entry: str
    where: str
    change: str
    words: str
    pin: str

    @property
    def looked_at(self) -> bool:
        """Whether it is shown without asking for all pages."""
        return bool(self.change or self.page.doubtful)


def _cards(tree: Tree | None, changes: list[Change]) -> list[Card]:
    changed = {change.page_id: CHANGE_WORDS.get(change.kind, "") for change in changes}
    return [
        Card(
            page=page, entry=entry.title, where=f"{volume.title[0]} p.{page.number}", change=changed.get(page.id, ""),
            words="、".join(page.findings), pin=f"{volume.title} p.{page.number} {entry.title}",
        )
        for volume in (tree.volumes if tree else ())
        for entry in volume.entries
        for page in entry.pages
    ]  # fmt: skip


def _compared(rounds: tuple[RoundView, ...]) -> list[Change]:
    if len(rounds) < 2 or not rounds[-2].manifest_id or not rounds[-1].manifest_id:  # noqa: PLR2004 - a round before
        return []
    return dossier.manifest_diff(rounds[-2].manifest_id, rounds[-1].manifest_id)


def _receive(request: ActorRequest, shown: HandOverView, facts: dict[str, Any]) -> dict[str, Any]:
    current, flow = shown.rounds[-1], facts["flow"]
    tree = None
    if current.manifest_id and not facts["supervised"]:
        tree = dossier.tree(shown.case_id, current.manifest_id)
    changes = _compared(shown.rounds)
    earlier = [reason for reason in shown.reasons if reason.round == shown.round - 1]
    cards = _cards(tree, changes)
    kinds = ("added", "replaced", "removed", "moved", "turned")
    grouped = {kind: [change for change in changes if change.kind == kind] for kind in kinds}
    looked = sum(card.looked_at for card in cards)
    return {
        "tree": tree, "cards": cards, "looked": looked, "changes": changes, "grouped": grouped, "current": current,
        "unchanged": len(cards) - sum(bool(card.change) for card in cards), "people": org.people_of(request.actor.unit_id), "fix_by": selectors.default_fix_by_now(),
        "documents": dossier.documents_by_id(shown.case_id, shown.document_ids), "earlier": earlier,
        "doubtful": [card for card in cards if card.page.doubtful], "basis": selectors.return_basis(request.actor),
        "phrases": selectors.phrases(request.actor), "returnable": flow.kind != "notice",
        "findings": [one for one in current.findings if one.result in {"missing", "doubt"}],
    }  # fmt: skip


def _follow(request: ActorRequest, shown: HandOverView, facts: dict[str, Any]) -> dict[str, Any]:
    may, obligation, flow = request.actor.permissions, facts["obligation"], facts["flow"]
    proposed = next((one for one in reversed(shown.answers) if one["state"] == "proposed"), None)
    answerable = bool(flow.answer and flow.answer.outcomes)
    approver = flow.approver
    return {
        "documents": [] if facts["supervised"] else dossier.documents_by_id(shown.case_id, shown.document_ids),
        "proposed": proposed, "changes": _compared(shown.rounds), "nudges": selectors.nudges_of(shown.id),
        "can_answer": answerable and obligation and shown.state is State.ACCEPTED and not proposed and Permission.HANDOVER_ANSWER in may,
        "can_approve_answer": bool(proposed and obligation and shown.state is State.ACCEPTED and Permission.HANDOVER_APPROVE in may),
        "can_approve": shown.state is State.CHECKED and approver is not None and Permission.HANDOVER_APPROVE in may and request.actor.role == approver.role,
        "can_send": shown.state is State.APPROVED and facts["mine"] and Permission.HANDOVER_SEND in may,
        "can_mend": shown.state is State.RETURNED and facts["mine"] and Permission.HANDOVER_COMPOSE in may,
        "can_withdraw": facts["mine"] and Permission.HANDOVER_WITHDRAW in may and shown.state in {State.CHECKED, State.APPROVED, State.ENTERED, State.RETURNED},
        "can_nudge": Permission.HANDOVER_NUDGE in may and shown.state in {State.CHECKED, State.ENTERED, State.ACCEPTED, State.RETURNED},
        "can_read_answer": shown.state is State.ANSWERED and facts["mine"] and Permission.HANDOVER_COMPOSE in may and selectors.answer_waits(shown.id, request.actor.unit_id),
        "can_assign": bool(obligation) and Permission.TASK_ASSIGN in may and shown.state in {State.ENTERED, State.ACCEPTED},
        "people": org.people_of(request.actor.unit_id) if obligation else [],
    }  # fmt: skip


_MODES = {"compose": _compose, "receive": _receive, "follow": _follow}


@page(Permission.CASE_READ)
def receipt(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Show the receipts of a hand-over as a paper to print."""
    shown, case, _ = selectors.handover(request.actor, handover_id)
    supervised = case.role is GrantRole.SUPERVISION
    documents = [] if supervised else dossier.documents_by_id(shown.case_id, shown.document_ids)
    facts = {"shown": shown, "case": case, "documents": documents, "current": shown.rounds[-1]}
    return render(request, "flow/receipt.html", facts)


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
