"""What a handling unit will send next, and what that still lacks, before anybody has begun it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from antong.cases.selectors import SheetView
from antong.cases.types import CaseAccess
from antong.catalog.schema import FlowDef
from antong.flow import _checks, _facts, _open
from antong.flow._begin import Offer, preview
from antong.flow._compose import documents_for, with_defaults
from antong.flow.models import HandOver
from antong.flow.types import Finding, HandOverView, Kind, State
from antong.kernel.actor import Actor

CARRIES_ON = {Kind.TRANSFER, Kind.REQUEST}
UNDER_WAY = {State.CHECKED, State.APPROVED, State.SENT, State.ARRIVED, State.ENTERED, State.RETURNED}
RANK = {Kind.TRANSFER: 0, Kind.REQUEST: 1, Kind.ACT: 2, Kind.NOTICE: 3}
"""Of several that may follow, the one that carries the case on comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """The hand-over that comes next: its flow, its draft where there is one, and what the checks find now."""

    flow: FlowDef
    handover_id: UUID | None
    party_ids: tuple[UUID, ...]
    findings: tuple[Finding, ...]

    @property
    def lacking(self) -> tuple[Finding, ...]:
        """What is missing or doubtful, what stops it first."""
        wrong = [one for one in self.findings if one.result in {"missing", "doubt"}]
        return tuple(sorted(wrong, key=lambda one: one.result != "missing"))

    @property
    def complete(self) -> int:
        """How many checks are answered well."""
        return len(self.findings) - len(self.lacking)


def upcoming(
    actor: Actor,
    case: CaseAccess,
    sheet: SheetView,
    handovers: Sequence[HandOverView],
    offered: Sequence[Offer],
) -> Upcoming | None:
    """Return what the actor's unit sends next in a case, or None; at most six statements, nothing is written.

    A draft of the unit comes first; else what the newest hand-over says follows it; else the first offer.
    `handovers` newest first and `offered` are those of the same actor and case.
    """
    by_key = {offer.flow.key: offer for offer in offered}
    draft = next(
        (row for row in handovers if row.state is State.DRAFT and row.from_unit_id == actor.unit_id), None
    )
    if draft is not None and draft.flow in by_key:
        return Upcoming(
            flow=by_key[draft.flow].flow, handover_id=draft.id, findings=tuple(preview(actor, draft.id)),
            party_ids=tuple(subject.party_id for subject in draft.subjects),
        )  # fmt: skip
    if any(_away(row) and row.from_unit_id == actor.unit_id for row in handovers):
        return None  # it is with the others, or has come back to be mended
    chosen = _following(handovers, by_key) or _first(offered)
    if chosen is None:
        return None
    return Upcoming(
        flow=chosen.flow, handover_id=None, party_ids=chosen.party_ids,
        findings=tuple(_found(actor, case, sheet, chosen)),
    )  # fmt: skip


def _away(row: HandOverView) -> bool:
    """Whether a hand-over that carries the case on is with the others: a request until it is answered."""
    waits = row.kind is Kind.REQUEST and row.state is State.ACCEPTED
    return row.kind in CARRIES_ON and (row.state in UNDER_WAY or waits)


def _first(offered: Sequence[Offer]) -> Offer | None:
    """Return the offer that carries the case on; an act that leaves it in its stage (取保, 释放) is nobody's next step."""
    fitting = [
        offer
        for offer in offered
        if Kind(offer.flow.kind) is not Kind.ACT
        or any(effect.do == "set-stage" for effect in offer.flow.all_effects())
    ]
    return min(fitting, key=lambda offer: RANK[Kind(offer.flow.kind)], default=None)


def _following(handovers: Sequence[HandOverView], by_key: dict[str, Offer]) -> Offer | None:
    """Return what follows the newest hand-over that has taken effect and whose sequel is neither made nor under way."""
    made: set[str] = set()
    for row in handovers:
        if row.state in {State.ACCEPTED, State.ANSWERED, State.CLOSED}:
            outcomes = {subject.outcome for subject in row.subjects}
            after = [
                by_key[step.flow]
                for step in _open.definition(row.flow).next
                if step.flow in by_key
                and step.flow not in made
                and (not step.outcome or step.outcome in outcomes)
            ]
            found = _first(after)
            if found is not None:
                return found
        if row.state is not State.WITHDRAWN:
            made.add(row.flow)
    return None


def _found(actor: Actor, case: CaseAccess, sheet: SheetView, offer: Offer) -> list[Finding]:
    """Return what the checks would find if the hand-over were begun now; the row stays unsaved."""
    row = HandOver(
        case_id=case.id, flow=offer.flow.key, kind=offer.flow.kind, from_unit_id=actor.unit_id, round=1,
        document_ids=[], fields=with_defaults(offer.flow, {}),
    )  # fmt: skip
    documents = documents_for(offer.flow, row, case.id, offer.party_ids)
    facts = _facts.gather(row, offer.flow, offer.party_ids, sheet, documents)
    return _checks.run(offer.flow, facts, {})
