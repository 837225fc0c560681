"""From a definition's effects to what they do to this case, these subjects, these units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from antong.cases.actions import CaseEffects, NewMeasure, Numbered, PartyState
from antong.cases.selectors import SheetView
from antong.cases.types import (
    GrantChange,
    GrantRole,
    LimitChange,
    LimitView,
    MeasureKind,
    PartyView,
    Stage,
)
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
    first_sent_at: datetime | None = None
    limits: Sequence[LimitView] = ()
    proofs: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    handler_id: UUID | None = None
    sheet_id: UUID | None = None
    manifest_id: UUID | None = None


Part = tuple[Iterable[Effect], Context]
After = Mapping[UUID, MeasureKind | None]
"""The measure each person is under after the act, for whom the act changes it; None: none."""


def interpret(*parts: Part) -> CaseEffects:
    """Return what several groups of effects do together, each in its own context; a later one overrides.

    Whether a person is held is asked after the measures of the same act: who is arrested now is in custody now.
    """
    listed = narrowed(*parts)
    after = _measures_after(listed)
    return CaseEffects(
        parties=_states(listed),
        measures=tuple(
            _measure(effect, here, party_id)
            for effect, here in listed
            if effect.do == "start-measure"
            for party_id in here.subjects
        ),
        end_measures=tuple(
            (party_id, effect.reason)
            for effect, here in listed
            if effect.do == "end-measure"
            for party_id in here.subjects
        ),
        limits=tuple(change for effect, here in listed for change in _limits(effect, here, after)),
        grants=tuple(
            grant for effect, here in listed if effect.do == "grant" for grant in _grants(effect, here)
        ),
        numbers=tuple(
            number for effect, here in listed if effect.do == "number" for number in _numbers(effect, here)
        ),
        handling_unit_id=next(
            (
                here.receivers[0]
                for effect, here in listed
                if effect.do == "grant" and effect.role == "handling" and effect.to == "receiver"
            ),
            None,
        ),
    )


def narrowed(*parts: Part) -> list[tuple[Effect, Context]]:
    """Return each effect with those it is for, of whom its condition holds before the act."""
    return [
        (effect, here)
        for effects, context in parts
        for effect in effects
        if (here := _narrowed(context, effect)).subjects
    ]


def _states(listed: Sequence[tuple[Effect, Context]]) -> tuple[PartyState, ...]:
    """Return one change per person: each effect names the stage or the state, and leaves the other."""
    found: dict[UUID, PartyState] = {}
    for effect, here in listed:
        for party_id in here.subjects:
            before = found.get(party_id, PartyState(party_id=party_id))
            if effect.do == "set-stage":
                found[party_id] = replace(before, stage=Stage(effect.stage))
            elif effect.do == "set-state":
                found[party_id] = replace(before, state=effect.state)
    return tuple(found.values())


def _measures_after(listed: Sequence[tuple[Effect, Context]]) -> dict[UUID, MeasureKind | None]:
    after: dict[UUID, MeasureKind | None] = {}
    for effect, here in listed:
        if effect.do in {"start-measure", "end-measure"}:
            kind = MeasureKind(effect.measure) if effect.do == "start-measure" else None
            after.update(dict.fromkeys(here.subjects, kind))
    return after


def _narrowed(context: Context, effect: Effect) -> Context:
    """Return the context with only those subjects for whom the effect's condition holds before the act."""
    if effect.proof:
        proven = context.proofs.get(effect.proof, frozenset())
        context = for_subjects(context, [party_id for party_id in context.subjects if party_id in proven])
    if not effect.when:
        return context
    states = {party.id: party.state for party in context.sheet.parties}

    def holds(party_id: UUID) -> bool:
        measure = context.sheet.in_force(party_id)
        return conditions.holds(
            effect.when,
            state=states.get(party_id, ""),
            fields=context.fields,
            measure=measure.kind.value if measure else "none",
        )

    return for_subjects(context, [party_id for party_id in context.subjects if holds(party_id)])


def _measure(effect: Effect, context: Context, party_id: UUID) -> NewMeasure:
    paper = paper_of(effect, context, party_id)
    return NewMeasure(
        party_id=party_id,
        kind=MeasureKind(effect.measure),
        starts_at=context.when.happened_at,
        articles=effect.articles,
        decided_by_id=_decider(effect, context, paper),
        executed_by_id=_unit(effect.executed_by, context) if effect.executed_by else None,
        place=str(context.fields.get(effect.place.removeprefix("fields."), ""))[:120] if effect.place else "",
        document_id=paper.id if paper else None,
        document_number=paper.number if paper else "",
        guarantor=str(context.fields.get("guarantor", "")) if effect.measure == "bail" else "",
    )


def paper_of(effect: Effect, context: Context, party_id: UUID) -> DocumentView | None:
    """Return the paper that an effect names, of those that are about a person."""
    return next(
        (
            d
            for d in context.documents
            if d.kind == effect.document and (not d.party_ids or party_id in d.party_ids)
        ),
        None,
    )


def _unit(which: str, context: Context) -> UUID:
    return context.receivers[0] if which == "receiver" else context.senders[-1]


def _decider(effect: Effect, context: Context, paper: DocumentView | None) -> UUID:
    """Return who decided: arrest is approved by the receiver of its receipt, a sentence by who issued its paper."""
    if effect.decided_by == "issuer" and paper is not None:
        return paper.unit_id
    return _unit(effect.decided_by, context)


def _limits(effect: Effect, context: Context, after: After) -> list[LimitChange]:
    match effect.do:
        case "start-limit":
            return _start(effect, context, after)
        case "stop-limit":
            return _stop(effect, context)
        case "suspend-limit":
            return [
                LimitChange(do="suspend", rule=effect.rule, party_id=party_id, reason=context.basis)
                for party_id in context.subjects
            ]
        case _:
            return []


def _start(effect: Effect, context: Context, after: After) -> list[LimitChange]:
    if effect.over:
        return _go_on(effect, context, after)
    owner = context.receivers[0] if effect.owner == "receiver" else context.senders[0]
    whom: Sequence[UUID | None] = context.subjects if effect.per == "subject" else (None,)
    return [
        LimitChange(
            do="start",
            rule=effect.rule,
            party_id=party_id,
            unit_id=owner,
            facts=_facts(effect, context, party_id, after),
        )
        for party_id in whom
    ]


def _go_on(effect: Effect, context: Context, after: After) -> list[LimitChange]:
    """Take up the limit that runs or rests for each subject under one of the rules `over`, with more facts; else nothing."""
    found = []
    for party_id in context.subjects:
        limit = next(
            (
                one
                for one in context.limits
                if one.rule in effect.over and one.party_id == party_id and (one.running or one.suspended)
            ),
            None,
        )
        if limit is None:
            continue
        if limit.rule != effect.rule:
            found.append(LimitChange(do="stop", rule=limit.rule, party_id=party_id, reason=context.basis))
        found.append(
            LimitChange(
                do="start",
                rule=effect.rule,
                party_id=party_id,
                unit_id=limit.unit_id,
                facts=_facts(effect, context, party_id, after, limit),
                reason=context.basis,
            )
        )
    return found


def _stop(effect: Effect, context: Context) -> list[LimitChange]:
    # a limit of the case as a whole stops with the act, one of a person only for that person
    per_person = [
        LimitChange(do="stop", rule=effect.rule, party_id=party_id, reason=context.basis)
        for party_id in context.subjects
    ]
    return [*per_person, LimitChange(do="stop", rule=effect.rule, reason=context.basis)]


def _facts(
    effect: Effect, context: Context, party_id: UUID | None, after: After, former: LimitView | None = None
) -> dict[str, Any]:
    """Return the facts of a limit: those of the one it goes on from, and what the effect says beside them.

    `x[+].y` says what one more item of the list x says, `x[-1].y` what its only one does.
    """
    facts: dict[str, Any] = dict(former.facts) if former else {}
    more: dict[str, dict[str, Any]] = {}
    for name, source in effect.facts.items():
        if source == "held":
            value: Any = _held(context, party_id, after)
        elif source == "stopped_on":
            value = clock.local(former.closed_at).date() if former and former.closed_at else ""
        else:
            value = _value(source, context, party_id)
        if "[+]." in name:
            outer, inner = name.split("[+].")
            more.setdefault(outer, {})[inner] = value
        elif "[-1]." in name:
            outer, inner = name.split("[-1].")
            facts[outer] = [{inner: value}]
        else:
            facts[name] = value
    return facts | {outer: [*facts.get(outer, []), item] for outer, item in more.items()}


def _value(source: str, context: Context, party_id: UUID | None) -> Any:
    """Return what a source of a fact says: a day, a minute, itself (`=…`), or what a form was given."""
    if source.startswith("="):
        return source.removeprefix("=")
    happened = clock.local(context.when.happened_at)
    of_the_act = {
        "happened_on": happened.date(),
        "happened_at": happened.replace(tzinfo=None, second=0, microsecond=0),
        "first_sent_on": clock.local(context.first_sent_at or context.when.happened_at).date(),
    }
    if source in of_the_act:
        return of_the_act[source]
    if source == "measure.starts_on":
        measure = context.sheet.in_force(party_id) if party_id else None
        return clock.local(measure.starts_at).date() if measure else ""
    if source.startswith("limit."):
        rule = source.removeprefix("limit.")
        ends = [
            limit.due_at
            for limit in context.limits
            if limit.rule == rule and limit.state == "running" and limit.party_id in {None, party_id}
        ]
        return clock.local(max(ends)).date() if ends else ""
    return context.fields.get(source.removeprefix("fields."), "")


def _held(context: Context, party_id: UUID | None, after: After) -> bool:
    for one in context.subjects if party_id is None else [party_id]:
        measure = context.sheet.in_force(one)
        kind = after.get(one, measure.kind if measure else None)
        if kind is not None and kind.holds:
            return True
    return False


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


def asks_limits(effects: Iterable[Effect]) -> bool:
    """Whether an effect takes a fact from a running limit, so that only then the limits are read."""
    return any(
        effect.over or any(source.startswith("limit.") for source in effect.facts.values())
        for effect in effects
    )
