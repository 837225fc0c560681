"""From a definition's effects to what they do to this case, these subjects, these units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from antong.cases.actions import CaseEffects, NewMeasure, Numbered, PartyState
from antong.cases.selectors import SheetView
from antong.cases.types import GrantChange, GrantRole, LimitChange, MeasureKind, PartyView, Stage
from antong.catalog import conditions
from antong.catalog.schema import Effect
from antong.dossier.types import DocumentView
from antong.kernel import clock
from antong.kernel.moment import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What effects are applied to: whom, between which units, on which papers, when."""

    handover_id: UUID
    subjects: Sequence[UUID]
    sheet: SheetView
    documents: Sequence[DocumentView]
    fields: Mapping[str, Any]
    senders: Sequence[UUID]
    receivers: Sequence[UUID]
    when: Moment
    basis: str
    handler_id: UUID | None = None
    sheet_id: UUID | None = None
    manifest_id: UUID | None = None


def interpret(  # noqa: C901, PLR0912 - one branch for each word of the vocabulary
    effects: Iterable[Effect], context: Context
) -> CaseEffects:
    """Return what `effects` do in `context`."""
    stages: dict[UUID, dict[str, Any]] = {party_id: {} for party_id in context.subjects}
    measures: list[NewMeasure] = []
    ended: list[tuple[UUID, str]] = []
    limits: list[LimitChange] = []
    grants: list[GrantChange] = []
    numbers: list[Numbered] = []
    handling: UUID | None = None
    for effect in effects:
        here = _narrowed(context, effect)
        if not here.subjects:
            continue
        match effect.do:
            case "set-stage":
                for party_id in here.subjects:
                    stages[party_id]["stage"] = Stage(effect.stage)
            case "set-state":
                for party_id in here.subjects:
                    stages[party_id]["state"] = effect.state
            case "start-measure":
                measures += [_measure(effect, here, party_id) for party_id in here.subjects]
            case "end-measure":
                ended += [(party_id, effect.reason) for party_id in here.subjects]
            case "start-limit":
                limits += _start(effect, here)
            case "stop-limit":
                limits += _stop(effect, here)
            case "grant":
                grants += _grants(effect, here)
                if effect.role == "handling" and effect.to == "receiver":
                    handling = here.receivers[0]
            case "number":
                numbers += _numbers(effect, here)
    return CaseEffects(
        parties=tuple(
            PartyState(party_id=party_id, **values) for party_id, values in stages.items() if values
        ),
        measures=tuple(measures),
        end_measures=tuple(ended),
        limits=tuple(limits),
        grants=tuple(grants),
        numbers=tuple(numbers),
        handling_unit_id=handling,
    )


def merge(parts: Sequence[CaseEffects]) -> CaseEffects:
    """Return several effects as one, so that they cost the statements of one."""
    return CaseEffects(
        parties=_merged_states(parts),
        measures=tuple(item for part in parts for item in part.measures),
        end_measures=tuple(item for part in parts for item in part.end_measures),
        limits=tuple(item for part in parts for item in part.limits),
        grants=tuple(item for part in parts for item in part.grants),
        numbers=tuple(item for part in parts for item in part.numbers),
        handling_unit_id=next((p.handling_unit_id for p in parts if p.handling_unit_id), None),
    )


def _merged_states(parts: Sequence[CaseEffects]) -> tuple[PartyState, ...]:
    """Return one state per person: a later part overrides what it names, and leaves the rest."""
    found: dict[UUID, PartyState] = {}
    for item in (item for part in parts for item in part.parties):
        before = found.get(item.party_id)
        found[item.party_id] = PartyState(
            party_id=item.party_id,
            stage=item.stage if item.stage is not None or before is None else before.stage,
            state=item.state if item.state is not None or before is None else before.state,
        )
    return tuple(found.values())


def _narrowed(context: Context, effect: Effect) -> Context:
    """Return the context with only those subjects for whom the effect's condition holds before the act."""
    if not effect.when:
        return context
    states = {party.id: party.state for party in context.sheet.parties}
    return for_subjects(
        context,
        [
            party_id
            for party_id in context.subjects
            if conditions.holds(effect.when, state=states.get(party_id, ""), fields=context.fields)
        ],
    )


def _measure(effect: Effect, context: Context, party_id: UUID) -> NewMeasure:
    paper = next(
        (
            d
            for d in context.documents
            if d.kind == effect.document and (not d.party_ids or party_id in d.party_ids)
        ),
        None,
    )
    return NewMeasure(
        party_id=party_id,
        kind=MeasureKind(effect.measure),
        starts_at=context.when.happened_at,
        articles=effect.articles,
        decided_by_id=context.senders[-1],
        document_id=paper.id if paper else None,
        document_number=paper.number if paper else "",
        guarantor=str(context.fields.get("guarantor", "")) if effect.measure == "bail" else "",
    )


def _start(effect: Effect, context: Context) -> list[LimitChange]:
    owner = context.receivers[0] if effect.owner == "receiver" else context.senders[0]
    whom: Sequence[UUID | None] = context.subjects if effect.per == "subject" else (None,)
    return [
        LimitChange(
            do="start",
            rule=effect.rule,
            party_id=party_id,
            unit_id=owner,
            facts=_facts(effect, context, party_id),
        )
        for party_id in whom
    ]


def _stop(effect: Effect, context: Context) -> list[LimitChange]:
    # a limit of the case as a whole stops with the act, one of a person only for that person
    per_person = [
        LimitChange(do="stop", rule=effect.rule, party_id=party_id, reason=context.basis)
        for party_id in context.subjects
    ]
    return [*per_person, LimitChange(do="stop", rule=effect.rule, reason=context.basis)]


def _facts(effect: Effect, context: Context, party_id: UUID | None) -> dict[str, Any]:
    happened = clock.local(context.when.happened_at)
    facts: dict[str, Any] = {}
    for name, source in effect.facts.items():
        value: Any
        if source == "happened_on":
            value = happened.date()
        elif source == "happened_at":
            value = happened.replace(tzinfo=None, second=0, microsecond=0)
        elif source == "held":
            value = _held(context, party_id)
        else:
            value = context.fields.get(source.removeprefix("fields."), "")
        if "[-1]." in name:
            outer, inner = name.split("[-1].")
            facts[outer] = [{inner: value}]
        else:
            facts[name] = value
    return facts


def _held(context: Context, party_id: UUID | None) -> bool:
    whom = context.subjects if party_id is None else [party_id]
    in_force = [context.sheet.in_force(one) for one in whom]
    return any(measure is not None and measure.kind.holds for measure in in_force)


def _others_wait(context: Context) -> bool:
    """Whether other suspects of the case stand where these stood, so that the sender still has work with it."""
    places = {_place(party) for party in context.sheet.suspects if party.id in context.subjects}
    return any(
        _place(party) in places and not party.handled_elsewhere
        for party in context.sheet.suspects
        if party.id not in context.subjects
    )


def _place(party: PartyView) -> tuple[Stage, str]:
    # in execution each sentence has a unit of its own: there the state tells who is whose
    return party.stage, party.state if party.stage is Stage.EXECUTION else ""


def _grants(effect: Effect, context: Context) -> list[GrantChange]:
    if effect.to == "sender" and effect.role == GrantRole.PAST and _others_wait(context):
        return []
    units = context.receivers if effect.to == "receiver" else context.senders
    if effect.to == "sender" and effect.role == GrantRole.PAST and _others_remain(context):
        return []  # somebody else of the case is still on the way here
    return [
        GrantChange(
            unit_id=unit_id,
            role=GrantRole(effect.role),
            basis=context.basis,
            handover_id=context.handover_id,
            handler_id=context.handler_id if effect.to == "receiver" else None,
            sheet_id=context.sheet_id,
            manifest_id=context.manifest_id,
        )
        for unit_id in units
    ]


def _others_remain(context: Context) -> bool:
    gone = {Stage.EXECUTION, Stage.CLOSED}
    return any(
        party.id not in set(context.subjects) and party.stage not in gone and not party.handled_elsewhere
        for party in context.sheet.suspects
    )


def _numbers(effect: Effect, context: Context) -> list[Numbered]:
    return [
        Numbered(unit_id=context.senders[-1], kind=document.name, text=document.number)
        for document in context.documents
        if document.kind == effect.kind and document.number
    ]


def for_subjects(context: Context, subjects: Sequence[UUID]) -> Context:
    """Return the same context for some of its subjects."""
    return replace(context, subjects=subjects)
