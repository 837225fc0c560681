"""What an act means for who is held where: taken from the effects of its definition, done through `custody.actions`.

Whoever an act leaves under no measure that holds is to be let out, whatever the definition says: the place is told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from antong.cases import selectors as cases
from antong.cases.actions import CaseEffects
from antong.catalog.schema import Effect, FlowDef
from antong.custody import actions as custody
from antong.custody.types import Paper, ToldBy
from antong.dossier import selectors as dossier
from antong.flow import _effects
from antong.flow._effects import Context
from antong.flow.models import HandOver
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import Moment

DOES = frozenset({"admit", "discharge", "tell-custody"})


def carry(
    actor: Actor, case_id: UUID, listed: Sequence[tuple[Effect, Context]], wanted: CaseEffects, basis: str
) -> None:
    """Do what an act means for the people it is about, after its measures; no statement where it means nothing."""
    for effect, here in listed:
        if effect.do in DOES:
            _one(actor, case_id, effect, here)
    _changed(listed, wanted, basis)
    freed = _freed(wanted)
    if freed and listed:
        here = listed[0][1]
        custody.order_release(
            actor, freed, case_id=case_id, paper=basis, handover_id=here.handover_id, when=here.when
        )


def signed(actor: Actor, handover: HandOver, flow: FlowDef, obligation: Any, when: Moment) -> None:
    """Do what the receipt of a notice means: whoever has signed for it knows; no statement where it means nothing."""
    effects = flow.effects.get("accepted", ())
    if not effects:
        return
    context = _effects.Context(
        handover_id=handover.id, subjects=list(obligation.party_ids), sheet=cases.living_sheet(handover.case_id),
        documents=dossier.documents_by_id(handover.case_id, [UUID(value) for value in handover.document_ids]),
        fields=handover.fields, senders=list(dict.fromkeys((handover.from_unit_id, handover.office_id))),
        receivers=[actor.unit_id], when=when, basis=flow.name,
    )  # fmt: skip
    carry(actor, handover.case_id, _effects.narrowed((effects, context)), CaseEffects(), flow.name)


def _changed(listed: Sequence[tuple[Effect, Context]], wanted: CaseEffects, basis: str) -> None:
    """Tell the places of another end, where an act moves it and the case stays where it is: the agency tells by custody transfer."""
    told = {one for effect, here in listed if effect.do in DOES for one in here.subjects}
    moved = {
        limit.party_id
        for limit in wanted.limits
        if limit.do == "start" and limit.party_id is not None and limit.facts.get("in_custody")
    }
    if wanted.handling_unit_id is None and moved - told:
        here = listed[0][1]
        paper = Paper(by=ToldBy.CHANGE, name=basis[:80], handover_id=here.handover_id, keeps=True)
        custody.tell(sorted(moved - told), paper, here.when)


def _freed(wanted: CaseEffects) -> list[UUID]:
    after = {party_id: False for party_id, _ in wanted.end_measures}
    after |= {measure.party_id: measure.kind.holds for measure in wanted.measures}
    return [party_id for party_id, holds in after.items() if not holds]


def _one(actor: Actor, case_id: UUID, effect: Effect, here: Context) -> None:
    if effect.do == "admit":
        for paper, people in _papers(effect, here):
            into = [custody.Into(case_id=case_id, party_id=one, place_id=here.receivers[0]) for one in people]
            custody.bring_in(actor, into, paper, here.when)
    elif effect.do == "discharge":
        for paper, people in _papers(effect, here):
            custody.let_go(actor, people, reason=effect.reason, paper=paper, when=here.when)
    else:
        for paper, people in _papers(effect, here):
            custody.tell(people, paper, here.when)


def _papers(effect: Effect, here: Context) -> Iterable[tuple[Paper, list[UUID]]]:
    """Yield each paper with those it is about: one apiece where it is issued for each person."""
    found: dict[tuple[str, str], list[UUID]] = {}
    for party_id in here.subjects:
        paper = _effects.paper_of(effect, here, party_id)
        name, number = (paper.name, paper.number) if paper else (here.basis, "")
        found.setdefault((name, number), []).append(party_id)
    for (name, number), people in found.items():
        yield (
            Paper(
                by=ToldBy.TRANSFER if effect.told == "transfer" else ToldBy.CHANGE,
                name=name[:80], number=number, agency_id=None if effect.told == "change" else here.senders[-1], handover_id=here.handover_id,
                until=_day_end(here.fields.get(effect.until.removeprefix("fields."))) if effect.until else None,
            ),
            people,
        )  # fmt: skip


def _day_end(typed: object) -> datetime | None:
    """Return the end of a day that a form was given: a sentence is served through its last day."""
    try:
        day = typed if isinstance(typed, date) else date.fromisoformat(str(typed))
    except ValueError:
        return None
    return datetime.combine(day + timedelta(days=1), time(), clock.CHINA)
