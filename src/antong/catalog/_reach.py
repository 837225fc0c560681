"""Which stages and states a suspect can come into by the flows, and whether there is a way on from each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from antong.catalog import vocabulary as words
from antong.catalog._findings import Finding
from antong.catalog.conditions import BadConditionError, clauses
from antong.catalog.loader import Catalog
from antong.catalog.schema import Effect, FlowDef

Place = tuple[str, str]
"""A stage and a state in it."""


MOMENTS: tuple[Literal["approved", "sent", "accepted"], ...] = ("approved", "sent", "accepted")


def steps(flow: FlowDef, place: Place) -> Iterator[tuple[Place, Place]]:
    """Yield each step (from, to) that a flow may make with a suspect at `place`; none where it does not apply.

    A hand-over that waits for its answer leaves the suspect in between: from there the answer goes on.
    """
    if not applies(flow, place):
        return
    here = place
    for moment in MOMENTS:
        there = moved(here, flow.effects.get(moment, ()))
        yield here, there
        here = there
    for outcome in flow.outcomes or (flow.answer.outcomes if flow.answer else ()):
        yield here, moved(here, outcome.effects)


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
    except BadConditionError:
        return False


def reached(catalog: Catalog) -> dict[Place, set[str]]:
    """Return every place a suspect can come to, with the flows that lead on from it to another place."""
    ways: dict[Place, set[str]] = {}
    seen: set[Place] = set()
    open_places = [words.FIRST]
    while open_places:
        place = open_places.pop()
        if place in seen:
            continue
        seen.add(place)
        ways.setdefault(place, set())
        for flow in catalog.flows.values():
            for start, end in steps(flow, place):
                ways.setdefault(start, set())
                if start != end:
                    ways[start].add(flow.key)
                    open_places.append(end)
    return ways


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield dead ends, flows that no case can come to, and stages or states that nothing leads to."""
    ways = reached(catalog)
    for (stage, state), flows in ways.items():
        if not flows and stage != words.LAST:
            text = f"has no way on from the state “{words.STATES.get(state, state)}”"
            yield Finding("dead-end", f"stage {stage}", text)
    for flow in catalog.flows.values():
        yield from _beginnings(flow, ways)
    for stage in sorted(set(words.STAGES) - {stage for stage, _ in ways}):
        yield Finding("unreachable-stage", f"stage {stage}", "no flow leads to it")
    for state in sorted(set(words.STATES) - {state for _, state in ways}):
        yield Finding("unreachable-state", f"state {state}", "no flow leads to it")


def _beginnings(flow: FlowDef, ways: Collection[Place]) -> Iterator[Finding]:
    where = f"flow {flow.key}"
    if not any(applies(flow, place) for place in ways):
        yield Finding("unreachable", where, "begins where no case can come")
    for state in flow.subjects.states:
        if not any((stage, state) in ways for stage in flow.subjects.stages):
            yield Finding("unreachable-state", where, f"begins in {state}, which nothing leads to")
    for stage in flow.subjects.stages:
        if not any(applies(flow, place) and place[0] == stage for place in ways):
            yield Finding("unreachable-stage", where, f"begins in {stage}, in none of its states")
