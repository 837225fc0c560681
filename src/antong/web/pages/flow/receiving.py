"""What somebody sees who accepts or returns: the package, what changed, what is doubtful, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from antong.cases import selectors as cases
from antong.dossier import selectors as dossier
from antong.dossier.types import Change, PageView, Tree
from antong.flow import selectors
from antong.flow.types import HandOverView, RoundView
from antong.kernel.actor import Actor
from antong.org import selectors as org
from antong.org.types import DutyView, Role
from antong.web.guard import ActorRequest

CHANGE_WORDS = {"added": "新", "replaced": "换", "moved": "移", "turned": "转"}
KINDS = ("added", "replaced", "removed", "moved", "turned")
TAKEN_IN_FOR: dict[str, Role] = {Role.CASE_MANAGER: Role.PROSECUTOR, Role.COURT_CLERK: Role.JUDGE}
"""Who takes cases in for whom; everybody else who receives handles what he takes in."""
SIGNS = {"added": "＋ 新增", "replaced": "⇄ 替换", "removed": "− 撤下", "moved": "移动", "turned": "转正"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A page as the receiver looks through it; `before` is the page of the last round whose place it has taken."""

    page: PageView
    where: str
    change: str
    words: str
    pin: str
    before: UUID | None = None

    @property
    def looked_at(self) -> bool:
        """Whether it is shown without asking for all pages."""
        return bool(self.change or self.page.doubtful)


def cards(tree: Tree | None, changes: list[Change], before: dict[UUID, UUID]) -> list[Card]:
    """Return the pages of a snapshot in order, with what changed since the last round."""
    changed = {change.page_id: CHANGE_WORDS.get(change.kind, "") for change in changes}
    return [
        Card(
            page=page, where=f"{volume.title[0]} p.{page.number}", change=changed.get(page.id, ""),
            words="、".join(page.findings), pin=f"{volume.title} p.{page.number} {entry.title}", before=before.get(page.id),
        )
        for volume in (tree.volumes if tree else ())
        for entry in volume.entries
        for page in entry.pages
    ]  # fmt: skip


def compared(rounds: tuple[RoundView, ...]) -> list[Change]:
    """Return what changed between the last two rounds that were sent."""
    if len(rounds) < 2 or not rounds[-2].manifest_id or not rounds[-1].manifest_id:  # noqa: PLR2004 - a round before
        return []
    return dossier.manifest_diff(rounds[-2].manifest_id, rounds[-1].manifest_id)


def grouped(changes: list[Change]) -> list[tuple[str, list[Change]]]:
    """Return changes by kind, those kinds alone that occur."""
    found = [(SIGNS[kind], [change for change in changes if change.kind == kind]) for kind in KINDS]
    return [(sign, rows) for sign, rows in found if rows]


def handlers(actor: Actor) -> dict[str, Any]:
    """Return who may be given a case, and who is proposed: oneself, or where one only takes in for others the first of them.

    In a unit that rotates nobody is proposed, and `rotation` says whose turn it is. Two statements, where it rotates four.
    """
    people, role = org.people_of(actor.unit_id), TAKEN_IN_FOR.get(actor.role)
    handling, turns = [duty for duty in people if duty.role is role], selectors.rotating(actor)
    proposed = handling[0].person_id if handling else actor.person_id
    return {
        "people": [*handling, *(duty for duty in people if duty.role is not role)],
        "handler": None if turns else proposed,
        "rotation": turns,
    }


def _kept(people: Sequence[DutyView], handler_id: UUID | None) -> str:
    """Return the name of who handles the case here already: a rotation leaves it there."""
    return next((duty.person_name for duty in people if duty.person_id == handler_id), "")


def facts(request: ActorRequest, shown: HandOverView, known: dict[str, Any]) -> dict[str, Any]:
    """Return what flow/receive.html shows."""
    current, flow, case_id = shown.rounds[-1], known["flow"], shown.case_id
    tree, before = None, {}
    if current.manifest_id:
        tree = dossier.tree(case_id, current.manifest_id)
        before = dossier.replaced_pages(current.manifest_id)
    changes = compared(shown.rounds)
    listed = cards(tree, changes, before)
    doubtful = [card for card in listed if card.page.doubtful]
    doubts = dossier.doubts(case_id, [card.page.id for card in doubtful]) if doubtful else {}
    earlier = [reason for reason in shown.reasons if reason.round == shown.round - 1]
    sheet = cases.sheet(request.actor, known["case"])
    now_at = dossier.replacement_of([reason.page_id for reason in earlier if reason.page_id])
    return {
        "tree": tree, "cards": listed, "looked": sum(card.looked_at for card in listed), "changes": changes, "grouped": grouped(changes),
        "current": current, "unchanged": len(listed) - sum(bool(card.change) for card in listed),
        **(given := handlers(request.actor)), "before": _kept(given["people"], known["case"].handler_id), "fix_by": selectors.default_fix_by_now(),
        "documents": dossier.documents_by_id(case_id, shown.document_ids), "doubtful": doubtful,
        "doubts": [(card, doubts.get(card.page.id, ())) for card in doubtful],
        "earlier": [(reason, now_at.get(reason.page_id, reason.page_id) if reason.page_id else None) for reason in earlier],
        "basis": selectors.return_basis(request.actor), "phrases": selectors.phrases(request.actor), "returnable": flow.kind != "notice",
        "findings": [one for one in current.findings if one.result in {"missing", "doubt"}],
        "consequences": selectors.consequences(request.actor, shown, flow),
        "waiting": sum(card.page.state == "waiting" for card in listed), "measures": [(subject, sheet.in_force(subject.party_id)) for subject in shown.subjects], "held": known["case"].living,
    }  # fmt: skip
