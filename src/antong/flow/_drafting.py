"""Drafting what a hand-over carries and does not have yet, within the act that composes or changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from antong.cases import selectors as cases
from antong.cases.types import CaseAccess
from antong.catalog import loader
from antong.catalog.schema import FlowDef
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.flow import _text
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput

Texts = Mapping[str, Mapping[str, str]]
"""Fields typed for documents, by kind of document."""


def draft_missing(
    actor: Actor,
    case: CaseAccess,
    flow: FlowDef,
    sheet: cases.SheetView,
    party_ids: Sequence[UUID],
    texts: Texts,
) -> None:
    """Draft every document a flow carries that is not there yet; one statement where nothing is missing.

    Documents whose fields all follow from the case are drafted; `texts` gives the fields of the others by kind. What
    still lacks a field, or is another unit's to draw up, is left for the checks to name.
    """
    wanted = [carried for carried in flow.carries.documents if carried.required or carried.kind in texts]
    if not wanted:
        return
    have = dossier.documents(case.id, kinds={carried.kind for carried in wanted})
    for carried in wanted:
        kind = loader.load().document(carried.kind)
        if kind is None or not kind.may_draft(actor.unit_kind):
            continue
        fresh = _fresh(flow, carried.kind)
        for whom in [[party_id] for party_id in party_ids] if carried.per == "subject" else [list(party_ids)]:
            found = any(
                document.kind == carried.kind
                and (carried.per == "case" or whom[0] in document.party_ids)
                and (document.state == "draft" or not fresh)
                for document in have
            )
            if not found:
                _draft(actor, case, carried.kind, sheet, whom, texts.get(carried.kind, {}))


def _draft(
    actor: Actor,
    case: CaseAccess,
    kind: str,
    sheet: cases.SheetView,
    whom: Sequence[UUID],
    fields: Mapping[str, str],
) -> None:
    held = _text.from_file(loader.load().document(kind), case.id)
    facts = _text.values(sheet, case.name, case.number, whom, "", held)
    try:
        dossier_actions.draft(actor, case_id=case.id, kind=kind, party_ids=whom, fields=fields, facts=facts)
    except BadInput as refusal:
        if refusal.code != "document-fields":
            raise


def _fresh(flow: FlowDef, kind: str) -> bool:
    """Whether a flow needs a document of its own each time (a second 退回补充侦查 has its own decision)."""
    return (
        any(effect.document == kind for group in flow.effects.values() for effect in group)
        or bool(flow.answer and flow.answer.by_flow)
        or bool(flow.answers)
    )
