"""Every flow of the catalog, with every outcome, walked on a database from registration to its end.

A new flow is planned for by `walking.plan`; one that no case can come to, or that does not walk, fails here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest

from antong.cases import access, selectors
from antong.cases.types import EXECUTING_KINDS
from antong.catalog import conditions
from antong.catalog.loader import load
from antong.catalog.schema import Effect, FlowDef, NextDef
from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.flow.models import Task
from antong.flow.types import State, TaskKind
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from stories import BRANCHES, Step
from walking import (
    Roads,
    Spot,
    Walker,
    end_of,
    every_step,
    fields_for,
    land,
    outcomes_of,
    plan,
)

pytestmark = pytest.mark.xdist_group("walk")

WALKS = [(step, None) for step in every_step()] + list(BRANCHES)


def name_of(walk: tuple[Step, Sequence[Step] | None]) -> str:
    (key, outcome), via = walk
    return "-".join(part for part in (key, outcome, *(["after", *via[-1]] if via else [])) if part)


def way_of(walk: tuple[Step, Sequence[Step] | None]) -> list[Step]:
    with suppress(LookupError):  # the walk itself says so
        return plan(*walk)
    return []


@pytest.fixture(scope="module", params=sorted(WALKS, key=way_of), ids=name_of)
def walked(request: pytest.FixtureRequest, roads: Roads) -> tuple[Walker, FlowDef, str]:
    (key, outcome), via = request.param
    return roads.walk(plan((key, outcome), via)), load().flows[key], outcome


def applied(definition: FlowDef, outcome: str, before: Spot) -> list[Effect]:
    """Return the effects, in order, that apply to the suspect, who stood `before` there; not what papers must prove."""
    fields: Mapping[str, object] = {
        **{item.key: item.default for item in definition.fields},
        **fields_for(definition),
    }
    every = [
        *(
            effect
            for moment in ("approved", "sent", "accepted")
            for effect in definition.effects.get(moment, ())
        ),
        *(effect for one in outcomes_of(definition) if one.key == outcome for effect in one.effects),
    ]
    return [
        effect
        for effect in every
        if not effect.proof
        and conditions.holds(effect.when, state=before.state, fields=fields, measure=before.measure or "none")
    ]


def test_it_ends_where_its_definition_says(walked: tuple[Walker, FlowDef, str]) -> None:
    walker, definition, outcome = walked
    assert walker.done is not None
    assert walker.actor is not None
    shown, _, _ = flow.handover(walker.actor, walker.done.handover_id)
    assert (shown.flow, shown.state) == (definition.key, end_of(definition))
    sheet = selectors.living_sheet(walker.case_id)
    (suspect,) = sheet.suspects
    now = sheet.in_force(suspect.id)
    assert (suspect.stage.value, suspect.state) == (walker.spot.stage, walker.spot.state)
    assert (now.kind.value if now else "") == walker.spot.measure
    access.case_for(walker.sender, walker.case_id, Permission.HANDOVER_COMPOSE)
    assert [one.outcome for one in shown.subjects] == [outcome]
    waiting = Task.objects.filter(handover_id=shown.id, closed_at__isnull=True)
    owed = [TaskKind.ANSWER] if shown.state is State.ACCEPTED and definition.kind == "request" else []
    at_once = {"release-at-once", "arrest-execution-at-once"}  # stands on the desk until it is carried out
    started = {one.rule for one in applied(definition, outcome, walker.before) if one.do == "start-limit"}
    owed += [TaskKind.EXECUTE] if started & at_once else []
    assert [task.kind for task in waiting] == owed
    assert ledger.audit(walker.case_id) == []


def test_its_documents_are_issued_and_measures_rest_on_them(walked: tuple[Walker, FlowDef, str]) -> None:
    walker, definition, outcome = walked
    assert walker.done is not None
    assert walker.actor is not None
    shown, _, _ = flow.handover(walker.actor, walker.done.handover_id)
    carried = dossier.documents_by_id(walker.case_id, shown.document_ids)
    answered = [paper for answer in shown.answers for paper in answer["documents"]]
    carried += dossier.documents_by_id(walker.case_id, answered)
    required = {
        one.kind
        for one in (
            *definition.carries.documents,
            *(paper for end in outcomes_of(definition) if end.key == outcome for paper in end.documents),
        )
        if one.required
    }
    assert required <= {one.kind for one in carried}
    for paper in carried:
        assert (paper.state, paper.has_pdf) == ("issued", True)
        assert bool(paper.number) == bool(load().documents[paper.kind].series)
    starts = [e for e in applied(definition, outcome, walker.before) if e.do == "start-measure"]
    sheet = selectors.living_sheet(walker.case_id)
    now = sheet.in_force(sheet.suspects[0].id)
    if starts:
        assert now is not None
        assert now.document_id in {paper.id for paper in carried if paper.kind == starts[-1].document}
        assert now.articles == starts[-1].articles


def test_its_limits_run_and_stop(walked: tuple[Walker, FlowDef, str]) -> None:
    walker, definition, outcome = walked
    limits = selectors.limits_of(walker.case_id)
    running = {limit.rule for limit in limits if limit.state == "running"}
    expected: dict[str, bool] = {}
    effects = applied(definition, outcome, walker.before)
    # what goes on from a limit does so where one of that rule ran or rested; of some such effects one must have
    going_on = {effect.rule for effect in effects if effect.over}
    assert not going_on or going_on & running
    resting = {effect.rule for effect in effects if effect.do == "suspend-limit"}
    assert not resting or resting & {limit.rule for limit in limits if limit.suspended}
    for effect in effects:
        if effect.over:
            continue
        if effect.do in {"start-limit", "stop-limit"}:
            expected[effect.rule] = effect.do == "start-limit"
    assert {rule: rule in running for rule in expected} == expected
    assert not resting & running
    assert selectors.held_without_limit(walker.case_id) == []
    assert all(limit.articles and limit.derivation for limit in limits)


def begun_by(coming: NextDef, definition: FlowDef, before: Spot, after: Spot) -> bool:
    """Whether what comes next can be begun by whom it falls to, at once or after one act of the same unit."""
    who = before.handler if coming.by == "sender" else after.handler
    if coming.by == "receiver" and definition.to is not None and definition.kind != "transfer":
        who = definition.to.kinds[0] if after.handler == before.handler else after.handler
    spots = [after]
    for key, outcome in every_step():
        flow_ = load().flows[key]
        landed = land(flow_, outcome, after) if flow_.kind == "act" else None
        if landed is not None:
            spots.append(landed)
    ends = [one.key for one in outcomes_of(load().flows[coming.flow])] or [""]
    return any(
        spot.handler == who and land(load().flows[coming.flow], end, spot) is not None
        for spot in spots
        for end in ends
    )


@pytest.mark.parametrize(
    ("key", "coming"),
    [(one.key, coming) for one in load().flows.values() for coming in one.next],
    ids=lambda value: getattr(value, "flow", value),
)
def test_what_comes_next_can_be_begun_by_whom_it_falls_to(key: str, coming: NextDef) -> None:
    """The walks above hold the planner's landings against the database; this needs the planner alone."""
    found = []
    for (walked_key, outcome), via in WALKS:
        if walked_key != key or (coming.outcome and coming.outcome != outcome):
            continue
        spots = [Spot()]
        for step in plan((key, outcome), via):
            landed = land(load().flows[step[0]], step[1], spots[-1])
            assert landed is not None
            spots.append(landed)
        found.append(begun_by(coming, load().flows[key], spots[-2], spots[-1]))
    assert any(found), f"after {key} nobody can begin {coming.flow}"


def test_units_that_execute_see_papers_and_no_evidence(walked: tuple[Walker, FlowDef, str]) -> None:
    walker, _, _ = walked
    executing = [actor for actor in walker.people.values() if actor.unit_kind in EXECUTING_KINDS]
    seeing = [actor for actor in executing if walker.case_id in selectors.briefs(actor, {walker.case_id})]
    whole = dossier.tree(walker.case_id)
    assert any(volume.catalogue_key == "evidence" and volume.page_count for volume in whole.volumes)
    for actor in seeing:
        case = access.case_for(actor, walker.case_id, Permission.CASE_READ)
        shown = dossier.file_of(case)
        assert shown.page_count, actor.unit_name
        assert not any(volume.catalogue_key == "evidence" for volume in shown.volumes), actor.unit_name
        assert all(party.is_suspect for party in selectors.sheet(actor, case).parties)
