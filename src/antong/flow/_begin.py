"""What may be begun for a case, and what a draft carries and lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import EDITING_ROLES, CaseAccess
from antong.catalog import loader
from antong.catalog.schema import FlowDef
from antong.flow import _checks, _facts, _open, _text
from antong.flow._choose import fits, of_unit
from antong.flow._compose import documents_for
from antong.flow._reasons import default_fix_by
from antong.flow.models import HandOver
from antong.flow.types import (
    Finding,
)
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound
from antong.org import selectors as org
from antong.org.types import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A flow that may be begun for a case now, and for whom."""

    flow: FlowDef
    party_ids: tuple[UUID, ...]
    names: tuple[str, ...]


def offers(actor: Actor, case: CaseAccess, sheet: cases.SheetView) -> list[Offer]:
    """Return the flows the actor's unit may begin for a case now; no statement."""
    if case.role not in EDITING_ROLES or Permission.HANDOVER_COMPOSE not in actor.permissions:
        return []
    found = []
    for flow in loader.load().flows.values():
        if not of_unit(actor, flow):
            continue
        whom = [party for party in sheet.suspects if fits(flow, party)]
        if len(whom) >= flow.subjects.at_least:
            found.append(
                Offer(
                    flow=flow,
                    party_ids=tuple(party.id for party in whom),
                    names=tuple(party.name for party in whom),
                )
            )
    return found


def eligible(actor: Actor, case_id: UUID, flow: str) -> list[UUID]:
    """Return who may be a subject of a flow now."""
    cases_access.case_for(actor, case_id, Permission.CASE_READ)
    definition = _open.definition(flow)
    return [party.id for party in cases.living_sheet(case_id).suspects if fits(definition, party)]


def preview(actor: Actor, handover_id: UUID) -> list[Finding]:
    """Return what the checks find now, for the compose page; nothing is written."""
    row = HandOver.objects.filter(id=handover_id).first()
    if row is None:
        raise NotFound
    cases_access.case_for(actor, row.case_id, Permission.CASE_READ)
    flow = _open.definition(row.flow, row.flow_version)
    party_ids = [subject.party_id for subject in _open.subjects_of(row)]
    documents = documents_for(flow, row, row.case_id, party_ids)
    facts = _facts.gather(row, flow, party_ids, cases.living_sheet(row.case_id), documents)
    return _checks.run(flow, facts, _open.current_round(row).explanations)


def composing(actor: Actor, handover_id: UUID) -> list[Any]:
    """Return the documents a draft carries now."""
    row = HandOver.objects.get(id=handover_id)
    cases_access.case_for(actor, row.case_id, Permission.CASE_READ)
    party_ids = [subject.party_id for subject in _open.subjects_of(row)]
    return documents_for(_open.definition(row.flow, row.flow_version), row, row.case_id, party_ids)


def receivers_for(actor: Actor, flow: FlowDef) -> list[Any]:
    """Return the units that may receive a flow, counterparts first; for the picker."""
    if flow.to is None:
        return []
    from antong.org.types import UnitKind  # noqa: PLC0415

    kinds = [UnitKind(kind) for kind in flow.to.kinds]
    first = org.counterparts(org.bureau_of(actor.unit_id).id, kinds)
    known = {unit.id for unit in first}
    rest = [unit for unit in org.find_units(kinds=kinds, most=100) if unit.id not in known]
    return [unit for unit in [*first, *rest] if unit.level.value in flow.to.levels]


def default_fix_by_now() -> Any:
    """Return by when a file returned now is to be mended."""
    return default_fix_by(clock.now())


def text_values(actor: Actor, case_id: UUID, kind: str, party_ids: Sequence[UUID]) -> dict[str, str]:
    """Return the placeholders that a kind of document of some parties may use."""
    case = cases_access.case_for(actor, case_id, Permission.CASE_READ)
    held = _text.from_file(loader.load().document(kind), case_id)
    return _text.values(cases.living_sheet(case_id), case.name, case.number, party_ids, "", held)
