"""Letting an act take effect: what its definition says is read, applied to the case, and kept for the entry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.actions import Applied
from antong.cases.selectors import SheetView
from antong.cases.types import GrantChange, LimitChange
from antong.catalog import loader
from antong.catalog.schema import Effect
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.flow import _custody, _effects, _tasks
from antong.flow.models import HandOver
from antong.flow.types import TaskKind
from antong.kernel.actor import Actor
from antong.kernel.moment import Moment

ORDERS = frozenset({"release-at-once", "arrest-execution-at-once"})
"""Limits of what must be done at once to a person; while one runs, its task stands on the desk of who owes it."""

Group = tuple[Sequence[Effect], Sequence[UUID]]
"""Effects, and the persons they are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearings:
    """Between which units an act takes effect, with what is known already; None: it is looked up where needed."""

    basis: str
    when: Moment
    actor: Actor
    receivers: Sequence[UUID] = ()
    sheet: SheetView | None = None
    documents: Sequence[DocumentView] | None = None
    document_ids: Sequence[UUID] = ()
    handler_id: UUID | None = None
    sheet_id: UUID | None = None
    manifest_id: UUID | None = None
    otherwise: tuple[GrantChange, ...] = ()


def take_effect(handover: HandOver, groups: Sequence[Group], bearings: Bearings) -> Applied:
    """Apply the effects of an act to its case, which is locked; return what they did.

    `bearings.otherwise` are the grants given where the effects give none. At most three statements are read for the
    effects (sheet, documents, limits or pages), each only where an effect asks.
    """
    effects = [effect for listed, _ in groups for effect in listed]
    case_id = handover.case_id
    documents = bearings.documents
    if documents is None:
        asked = any(effect.document or effect.kind for effect in effects)
        documents = dossier.documents_by_id(case_id, bearings.document_ids) if asked else ()
    context = _effects.Context(
        handover_id=handover.id,
        subjects=(),
        sheet=bearings.sheet or cases.living_sheet(case_id),
        documents=documents,
        fields=handover.fields,
        senders=list(dict.fromkeys((handover.from_unit_id, handover.office_id))),
        receivers=bearings.receivers,
        when=bearings.when,
        basis=bearings.basis,
        first_sent_at=handover.first_sent_at,
        limits=cases.limits_of(case_id) if _effects.asks_limits(effects) else (),
        proofs=_proofs(case_id, effects, groups),
        handler_id=bearings.handler_id,
        sheet_id=bearings.sheet_id,
        manifest_id=bearings.manifest_id,
    )
    parts = [(listed, _effects.for_subjects(context, whom)) for listed, whom in groups]
    wanted = _effects.interpret(*parts)
    met = _met(documents)
    kept = [one for one in wanted.limits if one.do != "start" or (one.rule, one.party_id) not in met]
    wanted = replace(wanted, limits=(*kept, *_stops(met, bearings.basis)))
    if not wanted.grants and bearings.otherwise:
        wanted = replace(wanted, grants=bearings.otherwise)
    applied = case_actions.apply_effects(case_id, wanted, at=bearings.when.happened_at)
    if applied.stopped(ORDERS):
        _carried_out(case_id)
    case_actions.tell_moved(case_id, applied.moved, f"因{bearings.basis}")
    _custody.carry(bearings.actor, case_id, _effects.narrowed(*parts), wanted, bearings.basis)
    return applied


def met_by(case_id: UUID, documents: Sequence[DocumentView], when: Moment) -> Applied | None:
    """End the duties that documents meet now that they are issued; nothing where they meet none."""
    stops = _stops(_met(documents), "、".join(dict.fromkeys(document.name for document in documents)))
    if not stops:
        return None
    return case_actions.apply_effects(case_id, case_actions.CaseEffects(limits=stops), at=when.happened_at)


def _met(documents: Sequence[DocumentView]) -> frozenset[tuple[str, UUID]]:
    """Return the time limits that documents meet, with the people they are about."""
    kinds = loader.load().documents
    return frozenset(
        (rule, party_id)
        for document in documents
        if document.kind in kinds
        for rule in kinds[document.kind].meets
        for party_id in document.party_ids
    )


def _stops(met: Collection[tuple[str, UUID]], reason: str) -> tuple[LimitChange, ...]:
    return tuple(
        LimitChange(do="stop", rule=rule, party_id=party_id, reason=reason) for rule, party_id in sorted(met)
    )


def _proofs(case_id: UUID, effects: Sequence[Effect], groups: Sequence[Group]) -> dict[str, frozenset[UUID]]:
    """Return, by place of the file, for whom its papers prove that a duty was met; one statement where any is asked.

    A paper issued here says whom it is about; a scan does not, and counts for everybody while no such paper stands there.
    """
    places = {effect.proof for effect in effects if effect.proof}
    if not places:
        return {}
    kinds = {kind.key: place for place in places for kind in loader.load().kinds_at(place)}
    named: dict[str, set[UUID]] = {}
    filled, issued = dossier.proofs(case_id, places, kinds)
    for kind, party_ids in issued:
        named.setdefault(kinds[kind], set()).update(party_ids)
    everybody = {party_id for _, whom in groups for party_id in whom}
    return {place: frozenset(named.get(place, everybody)) for place in filled}


def _carried_out(case_id: UUID) -> None:
    """Close the tasks of orders once none of them runs any more in the case; two statements."""
    if not any(limit.rule in ORDERS for limit in cases.limits_of(case_id) if limit.state == "running"):
        _tasks.close_of_case(case_id, TaskKind.EXECUTE)
