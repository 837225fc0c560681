"""Walking the flows: a planner that finds how a suspect comes to where a flow begins, and a walker that goes there.

The planner knows the catalog alone, so that a new flow is planned for without a line here; the walker does every
step through the actions of `flow`, as the people of the model prefecture.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.types import NewParty, PartyKind
from antong.catalog import conditions
from antong.catalog.loader import load
from antong.catalog.schema import Effect, FieldDef, FlowDef, OutcomeDef
from antong.dossier import actions as dossier_actions
from antong.dossier.types import Upload
from antong.flow import actions, selectors
from antong.flow.types import Done, Outcome, State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from stories import VIA, Step


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a suspect stands, and who holds the case: what decides which flows may begin."""

    stage: str = "registered"
    state: str = ""
    measure: str = ""
    handler: str = "police_station"
    issued: frozenset[str] = frozenset()


def outcomes_of(flow: FlowDef) -> tuple[OutcomeDef, ...]:
    """Return the outcomes a flow may end in, of its own or of its answer."""
    return flow.outcomes or (flow.answer.outcomes if flow.answer else ())


def every_step() -> list[Step]:
    """Return every flow with each of its outcomes."""
    return [
        (flow.key, outcome)
        for flow in load().flows.values()
        for outcome in [one.key for one in outcomes_of(flow)] or [""]
    ]


def value_for(field: FieldDef) -> str:
    """Return something lawful to type into a field."""
    today = clock.local(clock.now())
    return {
        "date": today.date().isoformat(),
        "datetime": (today + timedelta(days=10)).strftime("%Y-%m-%dT09:30"),
        "integer": "1",
        "choice": field.choices[0] if field.choices else "",
    }.get(field.type, "依卷内证据填写")


def fields_for(flow: FlowDef) -> dict[str, str]:
    """Return what the form of a flow needs beyond its defaults."""
    return {field.key: value_for(field) for field in flow.fields if field.required and not field.default}


def texts_for(flow: FlowDef) -> dict[str, dict[str, str]]:
    """Return what the documents of a flow need beyond their defaults."""
    kinds = [load().documents[carried.kind] for carried in flow.carries.documents if carried.required]
    return {
        kind.key: {
            field.key: value_for(field) for field in kind.fields if field.required and not field.default
        }
        for kind in kinds
    }


def land(flow: FlowDef, outcome: str, spot: Spot) -> Spot | None:
    """Return where a suspect at `spot` stands after a flow, by its definition alone; None where it cannot begin."""
    if not _begins(flow, spot):
        return None
    fields: Mapping[str, object] = {
        **{field.key: field.default for field in flow.fields},
        **fields_for(flow),
    }
    chosen = next((one for one in outcomes_of(flow) if one.key == outcome), None)
    last = chosen.effects if chosen else ()
    groups = [
        flow.effects.get("approved", ()),
        flow.effects.get("sent", ()),
        flow.effects.get("accepted", ()),
    ]
    if flow.outcomes:  # of an act: one instant with its approval
        groups[0] = (*groups[0], *last)
    else:
        groups.append(last)
    receiver = flow.to.kinds[0] if flow.to else ""
    for effects in groups:
        spot = _moved(spot, effects, fields, receiver)
    papers = {carried.kind for carried in flow.carries.documents if carried.kind in _borrowed()}
    served = {flow.key} & _services()
    return replace(spot, issued=spot.issued | papers | served)


def _begins(flow: FlowDef, spot: Spot) -> bool:
    held = [check.params["kinds"] for check in flow.checks if check.test == "measure-in-force"]
    borrowed = {
        carried.kind
        for carried in flow.carries.documents
        if carried.required and not load().documents[carried.kind].may_draft(spot.handler)
    }
    return (
        spot.handler in flow.from_.kinds
        and spot.stage in flow.subjects.stages
        and (not flow.subjects.states or spot.state in flow.subjects.states)
        and all(spot.measure in kinds for kinds in held)
        and borrowed <= spot.issued
        and {check.params["flow"] for check in flow.checks if check.test == "served-on"} <= spot.issued
    )


@cache
def _services() -> frozenset[str]:
    """Flows that another asks to have been signed for."""
    return frozenset(
        check.params["flow"]
        for flow in load().flows.values()
        for check in flow.checks
        if check.test == "served-on"
    )


@cache
def _borrowed() -> frozenset[str]:
    """Documents that some flow carries for a sender who may not draw them up: an earlier flow must have."""
    return frozenset(
        carried.kind
        for flow in load().flows.values()
        for carried in flow.carries.documents
        if not all(load().documents[carried.kind].may_draft(kind) for kind in flow.from_.kinds)
    )


def _moved(spot: Spot, effects: Sequence[Effect], fields: Mapping[str, object], receiver: str) -> Spot:
    before = spot
    for effect in effects:
        if not conditions.holds(
            effect.when, state=before.state, fields=fields, measure=before.measure or "none"
        ):
            continue
        if effect.do == "set-stage":
            spot = replace(spot, stage=effect.stage)
        elif effect.do == "set-state":
            spot = replace(spot, state=effect.state)
        elif effect.do == "start-measure":
            spot = replace(spot, measure=effect.measure)
        elif effect.do == "end-measure":
            spot = replace(spot, measure="")
        elif effect.do == "grant" and effect.role == "handling" and effect.to == "receiver":
            spot = replace(spot, handler=_station_if_police(receiver))
    return spot


def _station_if_police(kind: str) -> str:
    return "police_station" if kind == "police" else kind  # what comes back comes to the unit that registered


def plan(step: Step, via: Sequence[Step] | None = None) -> list[Step]:
    """Return the shortest way to and through a step that passes what its story has before it (or `via`).

    Raises LookupError where no case can come there.
    """
    way: list[Step] = []
    spot = Spot()
    for goal in (*(VIA.get(step[0], ()) if via is None else via), step):
        found = _way(goal, spot)
        if found is None:
            raise LookupError(f"no case comes to {goal} after {way}")
        way += found
        for key, outcome in found:
            landed = land(load().flows[key], outcome, spot)
            assert landed is not None
            spot = landed
    return way


@cache
def _way(goal: Step, start: Spot) -> list[Step] | None:
    queue: deque[tuple[Spot, list[Step]]] = deque([(start, [])])
    seen = {start}
    while queue:
        spot, way = queue.popleft()
        for step, landed in _on_from(spot):
            if step == goal:
                return [*way, step]
            if landed not in seen:
                seen.add(landed)
                queue.append((landed, [*way, step]))
    return None


@cache
def _on_from(spot: Spot) -> tuple[tuple[Step, Spot], ...]:
    landings = ((step, land(load().flows[step[0]], step[1], spot)) for step in every_step())
    return tuple((step, landed) for step, landed in landings if landed is not None)


def theft(people: Mapping[str, Actor], suspects: Sequence[str], who: str = "zhencha") -> UUID:
    """Register a theft by some suspects."""
    charge = load().find_charges("盗窃罪", 1)[0].code
    made = case_actions.register(
        people[who],
        source="01",
        category="050200",
        occurred_at=clock.now() - timedelta(hours=3),
        place="河西路",
        brief="盗窃电动自行车。",
        parties=[NewParty(kind=PartyKind.SUSPECT, name=name, charge_codes=(charge,)) for name in suspects],
        key=new_id(),
    )
    return made.case_id


def fill_file(actor: Actor, case_id: UUID, page: bytes) -> None:
    """Put into a file what the checks of the hand-overs ask for."""
    for key in ("ev-suspect.interrogation", "lit-rights.rights"):
        files = [Upload(file_name="页.jpg", content=io.BytesIO(page + key.encode()))]
        dossier_actions.upload(actor, case_id=case_id, catalogue_key=key, files=files)


def send_up(
    people: Mapping[str, Actor], case_id: UUID, flow: str, who: str = "zhencha", **facts: Any
) -> Done:
    """Draft what a flow carries, compose and send up for approval."""
    actor = people[who]
    made = actions.compose(actor, case_id=case_id, flow=flow, **facts)
    return actions.submit(actor, handover_id=made.handover_id, version=made.version)


def hand_over(
    people: Mapping[str, Actor],
    case_id: UUID,
    flow: str,
    who: str = "zhencha",
    approver: str = "juzhang",
    **facts: Any,
) -> Done:
    """Send up, approve, and send where somebody receives."""
    done = send_up(people, case_id, flow, who, **facts)
    done = actions.approve(people[approver], handover_id=done.handover_id, version=done.version)
    if done.state is State.APPROVED:
        done = actions.send(people[who], handover_id=done.handover_id, version=done.version)
    return done


def register(people: Mapping[str, Actor], page: bytes) -> Walker:
    """Register a theft by one suspect, with the papers that the checks ask for, and return who carries it."""
    walker = Walker(people, theft(people, ["韩序舟"]))
    fill_file(walker.sender, walker.case_id, page)
    return walker


class Walker:
    """Carries one case: every act by whoever does it in the model prefecture."""

    def __init__(self, people: Mapping[str, Actor], case_id: UUID) -> None:
        self.people, self.case_id, self.spot = people, case_id, Spot()
        self.done: Done | None = None
        self.actor: Actor | None = None
        self.before = Spot()

    @classmethod
    def at(cls, other: Walker) -> Walker:
        """Return a walker that stands where another stands."""
        walker = cls(other.people, other.case_id)
        walker.spot, walker.before, walker.done, walker.actor = (
            other.spot,
            other.before,
            other.done,
            other.actor,
        )
        return walker

    def of_kind(self, kind: str, permission: str) -> Actor:
        """Return who does something in the unit of a kind."""
        return next(
            actor
            for actor in self.people.values()
            if actor.unit_kind == kind and permission in actor.permissions
        )

    def of_unit(self, unit_id: UUID, permission: str) -> Actor:
        """Return who does something in a unit."""
        return next(
            actor
            for actor in self.people.values()
            if actor.unit_id == unit_id and permission in actor.permissions
        )

    def of_role(self, role: str) -> Actor:
        """Return the holder of a role."""
        return next(actor for actor in self.people.values() if actor.role == role)

    @property
    def sender(self) -> Actor:
        """Who begins flows for the unit that handles the case."""
        return self.of_kind(self.spot.handler, "handover:compose")

    def compose(self, flow: FlowDef, outcome: str) -> Done:
        """Draft what a flow carries, fill its form, compose and send up."""
        actor = self.sender
        whom = selectors.eligible(actor, self.case_id, flow.key)
        texts = texts_for(flow)
        words = next((one.words for one in flow.outcomes if one.key == outcome), ())
        for kind in texts.values():
            if words and "decision" in kind:  # the operative part says of each what was decided
                names = [
                    party.name for party in cases.living_sheet(self.case_id).suspects if party.id in whom
                ]
                kind["decision"] = "；".join(f"被告人{name}，{words[0]}" for name in names) + "。"
        fields: dict[str, Any] = dict(fields_for(flow))
        if flow.outcomes:
            term = next(
                value_for(field) for one in flow.outcomes if one.key == outcome for field in one.fields
            )
            fields["outcomes"] = {str(party): {"outcome": outcome, "term": term} for party in whom}
        made = actions.compose(
            actor,
            case_id=self.case_id,
            flow=flow.key,
            party_ids=whom,
            fields=fields,
            texts=texts,
        )
        return actions.submit(actor, handover_id=made.handover_id, version=made.version)

    def send(self, flow: FlowDef, done: Done) -> Done:
        """Approve where somebody must, and send where somebody receives."""
        if flow.approver is not None:
            leader = self.of_role(flow.approver.role)
            done = actions.approve(leader, handover_id=done.handover_id, version=done.version)
        if flow.to is not None:
            done = actions.send(self.sender, handover_id=done.handover_id, version=done.version)
        return done

    def receivers(self, done: Done) -> Iterator[Actor]:
        """Yield who takes a hand-over in each of the units it went to."""
        shown, _, _ = selectors.handover(self.sender, done.handover_id)
        for obligation in shown.obligations:
            if obligation.round == shown.round:
                yield self.of_unit(obligation.unit_id, "handover:receive")

    def answer(self, flow: FlowDef, outcome: str, done: Done, actor: Actor) -> Done:
        """Answer a request for every subject alike, and approve that where a leader must."""
        assert flow.answer is not None
        shown, _, _ = selectors.handover(actor, done.handover_id)
        outcomes = [
            Outcome(party_id=subject.party_id, outcome=outcome, reason="依卷内证据")
            for subject in shown.subjects
        ]
        done = actions.propose_answer(
            actor, handover_id=done.handover_id, version=done.version, outcomes=outcomes
        )
        if flow.answer.approver is not None:
            leader = self.of_role(flow.answer.approver.role)
            done = actions.approve_answer(leader, handover_id=done.handover_id, version=done.version)
        return done

    def go(self, step: Step) -> Done:
        """Walk one flow from composing to its end, once the terms have run out that it waits for."""
        flow, outcome = load().flows[step[0]], step[1]
        rules = {
            rule for check in flow.checks if check.test == "limit-run-out" for rule in check.params["rules"]
        }
        ends = [
            limit.due_at
            for limit in cases.limits_of(self.case_id)
            if rules and limit.rule in rules and limit.state == "running"
        ]
        with clock.set_to(max(ends) + timedelta(hours=1)) if ends else nullcontext():
            return self._go(flow, outcome)

    def _go(self, flow: FlowDef, outcome: str) -> Done:
        step = (flow.key, outcome)
        landed = land(flow, outcome, self.spot)
        assert landed is not None, f"{step} does not begin at {self.spot}"
        self.actor = self.sender
        done = self.send(flow, self.compose(flow, outcome))
        actor = None
        for actor in list(self.receivers(done)) if flow.to else ():
            done = actions.accept(actor, handover_id=done.handover_id, version=done.version)
        if actor is not None and flow.kind == "request" and flow.answer and flow.answer.outcomes:
            done = self.answer(flow, outcome, done, actor)
            actions.read_answer(self.actor, handover_id=done.handover_id)
        self.before, self.spot, self.done = self.spot, landed, done
        return done


def end_of(flow: FlowDef) -> State:
    """Return the state in which a hand-over of a flow comes to rest."""
    if flow.kind == "transfer" or (flow.kind == "request" and flow.answer and flow.answer.by_flow):
        return State.ACCEPTED
    return State.ANSWERED if flow.kind == "request" else State.CLOSED


class Roads:
    """Walks each way once: what two ways share is walked once and returned to by savepoint.

    Works within one transaction, which whoever makes it ends.
    """

    def __init__(self, people: Mapping[str, Actor], page: bytes) -> None:
        self.people, self.page = people, page
        self.marks: list[tuple[list[Step], str, Walker]] = []

    def walk(self, way: list[Step]) -> Walker:
        """Return a walker that has gone the whole way, and nothing else has happened."""
        while self.marks and self.marks[-1][0] != way[: len(self.marks[-1][0])]:
            self.marks.pop()
        if not self.marks:
            self._mark([], register(self.people, self.page))
        gone, mark, walker = self.marks[-1]
        transaction.savepoint_rollback(mark)
        walker = Walker.at(walker)
        for index in range(len(gone), len(way)):
            walker.go(way[index])
            self._mark(way[: index + 1], walker)
        return walker

    def _mark(self, gone: list[Step], walker: Walker) -> None:
        self.marks.append((gone, transaction.savepoint(), Walker.at(walker)))
