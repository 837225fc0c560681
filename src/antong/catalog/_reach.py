"""Which stages and states a suspect can come into by the flows, and whether there is a way on from each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from antong.catalog import vocabulary as words
from antong.catalog._findings import Finding
from antong.catalog.conditions import BadCondition, clauses
from antong.catalog.loader import Catalog
from antong.catalog.schema import Effect, FlowDef

Place = tuple[str, str]
"""A stage and a state in it."""


def steps(flow: FlowDef, place: Place) -> Iterator[Place]:
    """Yield where a flow may leave a suspect who stands at `place`; nothing where it does not apply.

    A hand-over that is only sent leaves the suspect at the place after sending: from there the answer goes on.
    """
    if not applies(flow, place):
        return
    here = place
    for moment in ("approved", "sent", "accepted"):
        here = moved(here, flow.effects.get(moment, ()))  # type: ignore[call-overload]
    outcomes = flow.outcomes or (flow.answer.outcomes if flow.answer else ())
    if outcomes:
        for outcome in outcomes:
            yield moved(here, outcome.effects)
    else:
        yield here


def applies(flow: FlowDef, place: Place) -> bool:
    """Whether a suspect at `place` may be a subject of a flow."""
    stage, state = place
    return stage in flow.subjects.stages and (not flow.subjects.states or state in flow.subjects.states)


def moved(place: Place, effects: Iterable[Effect]) -> Place:
    """Return where `effects` put a suspect who stands at `place`."""
    stage, state = place
    for effect in effects:
        if not _holds(effect.when, place[1]):
            continue
        if effect.do == "set-stage":
            stage = effect.stage
        elif effect.do == "set-state":
            state = effect.state
    return stage, state


def _holds(when: str, state: str) -> bool:
    try:
        return all(state in values for name, values in clauses(when) if name == "state")
    except BadCondition:
        return False


def reached(catalog: Catalog) -> dict[Place, set[str]]:
    """Return every place a suspect can come to, with the flows that lead on from it to another place."""
    ways: dict[Place, set[str]] = {}
    open_places = [words.FIRST]
    while open_places:
        place = open_places.pop()
        if place in ways:
            continue
        ways[place] = set()
        for flow in catalog.flows.values():
            for target in steps(flow, place):
                if target != place:
                    ways[place].add(flow.key)
                    open_places.append(target)
    return ways


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield dead ends, flows that no case can come to, and stages or states that nothing leads to."""
    ways = reached(catalog)
    for (stage, state), flows in ways.items():
        if not flows and stage != words.LAST:
            where = f"stage {stage}"
            yield Finding(
                "dead-end", where, f"has no way on from the state “{words.STATES.get(state, state)}”"
            )
    for flow in catalog.flows.values():
        where = f"flow {flow.key}"
        if not any(applies(flow, place) for place in ways):
            yield Finding("unreachable", where, "begins where no case can come")
        for state in flow.subjects.states:
            if not any((stage, state) in ways for stage in flow.subjects.stages):
                yield Finding("unreachable-state", where, f"begins in {state}, which nothing leads to")
        for stage in flow.subjects.stages:
            if not any(applies(flow, place) and place[0] == stage for place in ways):
                yield Finding("unreachable-stage", where, f"begins in {stage}, in none of its states")
    for stage in sorted(set(words.STAGES) - {stage for stage, _ in ways}):
        yield Finding("unreachable-stage", f"stage {stage}", "no flow leads to it")
    for state in sorted(set(words.STATES) - {state for _, state in ways}):
        yield Finding("unreachable-state", f"state {state}", "no flow leads to it")
