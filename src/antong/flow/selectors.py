"""Reads of the room: hand-overs, the desk, inboxes, what may be begun, what is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case as When
from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models import When as On

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import EDITING_ROLES, CaseAccess, GrantRole
from antong.catalog import loader
from antong.catalog.schema import FlowDef
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.flow import _checks, _facts, _open, _text
from antong.flow._answer import outcome_names
from antong.flow._compose import documents_for, fits
from antong.flow._receive import default_fix_by
from antong.flow.models import Answer, Approval, HandOver, Obligation, ReturnReason, Round, Subject, Task
from antong.flow.types import (
    Finding,
    HandOverView,
    Kind,
    ObligationView,
    ReasonView,
    RoundView,
    State,
    SubjectView,
    TaskKind,
    TaskView,
)
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound, Refusal
from antong.org import selectors as org
from antong.org.types import Permission, Role

__all__ = ["default_fix_by", "draft_missing", "handover", "handovers_of", "outcome_names", "tasks"]


# ------------------------------------------------------------------ hand-overs


def handover(actor: Actor, handover_id: UUID) -> tuple[HandOverView, CaseAccess, FlowDef]:
    """Return a hand-over, its case and its definition, to who sees the case; raises NotFound."""
    row = HandOver.objects.filter(id=handover_id).select_related("from_unit").first()
    if row is None:
        raise NotFound
    case = cases_access.case_for(actor, row.case_id, Permission.CASE_READ)
    return _views([row])[0], case, _open.definition(row.flow)


def handovers_of(actor: Actor, case_id: UUID) -> list[HandOverView]:
    """Return the hand-overs of a case, newest first; six statements however many there are."""
    cases_access.case_for(actor, case_id, Permission.CASE_READ)
    rows = HandOver.objects.filter(case_id=case_id).select_related("from_unit").order_by("-created_at")
    return _views(list(rows))


def _views(rows: Sequence[HandOver]) -> list[HandOverView]:
    ids = [row.id for row in rows]
    subjects = _grouped(Subject.objects.filter(handover_id__in=ids).order_by("position"))
    owed = _grouped(
        Obligation.objects.filter(handover_id__in=ids).select_related("unit").order_by("round", "id")
    )
    rounds = _grouped(Round.objects.filter(handover_id__in=ids).order_by("number"))
    reasons = _grouped(ReturnReason.objects.filter(handover_id__in=ids).order_by("round", "position"))
    approvals = _grouped(Approval.objects.filter(handover_id__in=ids).order_by("at"))
    answers = _grouped(Answer.objects.filter(handover_id__in=ids).order_by("proposed_at"))
    return [
        _view(
            row,
            subjects.get(row.id, []),
            owed.get(row.id, []),
            rounds.get(row.id, []),
            reasons.get(row.id, []),
            approvals.get(row.id, []),
            answers.get(row.id, []),
        )
        for row in rows
    ]


def _grouped(rows: QuerySet[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.handover_id, []).append(row)
    return found


def _view(
    row: HandOver,
    subjects: list[Subject],
    owed: list[Obligation],
    rounds: list[Round],
    reasons: list[ReturnReason],
    approvals: list[Approval],
    answers: list[Answer],
) -> HandOverView:
    flow = loader.load().flow(row.flow)
    names = outcome_names(flow) if flow else {}
    return HandOverView(
        id=row.id,
        case_id=row.case_id,
        flow=row.flow,
        flow_name=flow.name if flow else row.flow,
        kind=Kind(row.kind),
        state=State(row.state),
        round=row.round,
        version=row.version,
        from_unit_id=row.from_unit_id,
        from_unit_name=row.from_unit.name,
        composed_by_id=row.composed_by,
        composed_by_name=row.composed_name,
        track=row.track,
        fields={name: value for name, value in row.fields.items() if not name.startswith("_")},
        happened_at=row.happened_at,
        created_at=row.created_at,
        sent_at=row.sent_at,
        subjects=tuple(
            SubjectView(
                party_id=item.party_id,
                name=item.name,
                outcome=item.outcome,
                outcome_name=names.get(item.outcome, item.outcome),
                reason=item.reason,
                answered_at=item.answered_at,
            )
            for item in subjects
        ),
        obligations=tuple(_obligation(item) for item in owed),
        rounds=tuple(_round(item) for item in rounds),
        reasons=tuple(_reason(item) for item in reasons),
        document_ids=tuple(UUID(value) for value in row.document_ids),
        to_unit_ids=tuple(UUID(value) for value in row.to_unit_ids),
        approvals=tuple(
            {
                "name": item.person_name,
                "post": item.post_name,
                "rank": item.rank,
                "approved": item.approved,
                "comment": item.comment,
                "at": item.at,
                "round": item.round,
                "of_answer": item.of_answer,
            }
            for item in approvals
        ),
        answers=tuple(
            {
                "id": item.id,
                "state": item.state,
                "outcomes": item.outcomes,
                "proposed_by": item.proposed_by,
                "proposed_name": item.proposed_name,
                "at": item.proposed_at,
                "documents": [UUID(value) for value in item.document_ids],
            }
            for item in answers
        ),
        withdrawn_reason=row.withdrawn_reason,
    )


def _obligation(row: Obligation) -> ObligationView:
    return ObligationView(
        id=row.id,
        unit_id=row.unit_id,
        unit_name=row.unit.name,
        round=row.round,
        state=row.state,
        left_at=row.left_at,
        arrived_at=row.arrived_at,
        entered_at=row.entered_at,
        accepted_at=row.accepted_at,
        accepted_by=row.accepted_name,
        returned_at=row.returned_at,
        answered_at=row.answered_at,
        receive_due=row.receive_due,
        answer_due=row.answer_due,
        silent_since=row.silent_since,
        handler_id=row.handler_id,
        handler_name=row.handler_name,
    )


def _round(row: Round) -> RoundView:
    return RoundView(
        number=row.number,
        sheet_id=row.sheet_id,
        manifest_id=row.manifest_id,
        package=row.package,
        findings=tuple(
            Finding(**{**item, "articles": tuple(item["articles"]), "items": tuple(item["items"])})
            for item in row.findings
        ),
        submitted_at=row.submitted_at,
        approved_at=row.approved_at,
        sent_at=row.sent_at,
        fix_by=row.fix_by,
        note=row.note,
    )


def _reason(row: ReturnReason) -> ReasonView:
    return ReasonView(
        id=row.id,
        round=row.round,
        page_id=row.page_id,
        where=row.place,
        code=row.code,
        text=row.text,
        basis=row.basis,
        state=row.state,
        resolution=row.resolution,
    )


def open_reasons(handover_id: UUID) -> list[ReasonView]:
    """Return the reasons of a hand-over that still wait for an answer (of the house); one statement."""
    rows = ReturnReason.objects.filter(handover_id=handover_id, state="open").order_by("round", "position")
    return [_reason(row) for row in rows]


# ------------------------------------------------------------------ composing


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
        if actor.unit_kind not in flow.from_.kinds:
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


def draft_missing(
    actor: Actor,
    case_id: UUID,
    flow: str,
    party_ids: Sequence[UUID],
    texts: Mapping[str, Mapping[str, str]] | None = None,
) -> list[str]:
    """Draft every document a flow carries that is not there yet; return the kinds that need typed fields first.

    Documents whose fields all follow from the case are drafted; `texts` gives the fields of the others by kind.
    """
    definition = _open.definition(flow)
    case = cases_access.case_for(actor, case_id, Permission.CASE_READ)
    sheet = cases.living_sheet(case_id)
    have = dossier.documents(case_id, kinds={carried.kind for carried in definition.carries.documents})
    wanting = []
    for carried in definition.carries.documents:
        for whom in [[party_id] for party_id in party_ids] if carried.per == "subject" else [list(party_ids)]:
            found = any(
                document.kind == carried.kind
                and (carried.per == "case" or whom[0] in document.party_ids)
                and (document.state == "draft" or not _fresh(definition, document.kind))
                for document in have
            )
            if found:
                continue
            facts = _text.values(sheet, case.name, case.number, whom, "", {})
            try:
                dossier_actions.draft(
                    actor,
                    case_id=case_id,
                    kind=carried.kind,
                    party_ids=whom,
                    fields=(texts or {}).get(carried.kind, {}),
                    facts=facts,
                )
            except Refusal:
                if carried.required:
                    wanting.append(carried.kind)
    return wanting


def _fresh(flow: FlowDef, kind: str) -> bool:
    """Whether a flow needs a document of its own each time (a second 退回补充侦查 has its own decision)."""
    return (
        any(effect.document == kind for group in flow.effects.values() for effect in group)
        or bool(flow.answer and flow.answer.by_flow)
        or bool(flow.answers)
    )


def preview(actor: Actor, handover_id: UUID) -> list[Finding]:
    """Return what the checks find now, for the compose page; nothing is written."""
    row = HandOver.objects.filter(id=handover_id).first()
    if row is None:
        raise NotFound
    cases_access.case_for(actor, row.case_id, Permission.CASE_READ)
    flow = _open.definition(row.flow)
    party_ids = [subject.party_id for subject in _open.subjects_of(row)]
    documents = documents_for(flow, row, row.case_id, party_ids)
    facts = _facts.gather(row, flow, party_ids, cases.living_sheet(row.case_id), documents)
    return _checks.run(flow, facts, _open.current_round(row).explanations)


def composing(actor: Actor, handover_id: UUID) -> list[Any]:
    """Return the documents a draft carries now."""
    row = HandOver.objects.get(id=handover_id)
    cases_access.case_for(actor, row.case_id, Permission.CASE_READ)
    party_ids = [subject.party_id for subject in _open.subjects_of(row)]
    return documents_for(_open.definition(row.flow), row, row.case_id, party_ids)


# ------------------------------------------------------------------ desk


def _mine(actor: Actor) -> Q:
    roles = [actor.role]
    if Permission.HANDOVER_RECEIVE in actor.permissions and actor.role != Role.POLICE_LEGAL:
        roles.append("")
    return Q(unit_id=actor.unit_id) & (
        Q(person_id=actor.person_id)
        | Q(person_id=actor.on_behalf_of, person_id__isnull=False)
        | Q(person_id__isnull=True, role__in=roles)
    )


def _task_views(actor: Actor, rows: Sequence[Task]) -> list[TaskView]:
    briefs = cases.briefs(actor, {row.case_id for row in rows})
    return [
        TaskView(
            id=row.id,
            kind=TaskKind(row.kind),
            title=row.title,
            case_id=row.case_id,
            case_name=briefs[row.case_id].name,
            case_number=briefs[row.case_id].number,
            handover_id=row.handover_id,
            from_unit=row.from_unit,
            state=State(row.handover.state).label if row.handover else "",
            state_note="",
            due_at=row.due_at,
            opened_at=row.opened_at,
            round=row.round,
            in_custody=briefs[row.case_id].in_custody,
            person_id=row.person_id,
        )
        for row in rows
        if row.case_id in briefs
    ]


def tasks(actor: Actor, *, kinds: Sequence[TaskKind] = (), most: int = 200) -> list[TaskView]:
    """Return what the actor owes, most urgent first, what has no limit last; two statements."""
    rows = Task.objects.filter(_mine(actor), closed_at__isnull=True).select_related("handover")
    if kinds:
        rows = rows.filter(kind__in=[kind.value for kind in kinds])
    return _task_views(actor, list(rows.order_by(F("due_at").asc(nulls_last=True), "opened_at")[:most]))


def task_counts(actor: Actor) -> dict[str, int]:
    """Return how many open tasks the actor has, by kind, each at most 1,000; one statement."""
    counts: dict[str, int] = {}
    for kind in Task.objects.filter(_mine(actor), closed_at__isnull=True).values_list("kind", flat=True)[
        :1000
    ]:
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def waiting_for_others(actor: Actor, *, most: int = 100) -> list[HandOverView]:
    """Return what the actor's unit has sent and others have not finished, oldest first."""
    rows = (
        HandOver.objects.filter(
            from_unit_id=actor.unit_id,
            state__in=[State.SENT, State.ARRIVED, State.ENTERED, State.ACCEPTED, State.CHECKED],
            closed_at__isnull=True,
        )
        .select_related("from_unit")
        .order_by("changed_at")[:most]
    )
    return _views(list(rows))


def sent_by(actor: Actor, *, most: int = 100, page: int = 1) -> list[HandOverView]:
    """Return the hand-overs the actor's unit has begun, newest first."""
    start = (page - 1) * most
    rows = (
        HandOver.objects.filter(from_unit_id=actor.unit_id)
        .select_related("from_unit")
        .order_by("-changed_at")[start : start + most]
    )
    return _views(list(rows))


def done_today(actor: Actor, *, most: int = 100) -> list[TaskView]:
    """Return what the actor has finished in the last day, newest first."""
    since = clock.now() - timedelta(hours=24)
    rows = (
        Task.objects.filter(closed_by=actor.person_id, closed_at__gte=since, unit_id=actor.unit_id)
        .select_related("handover")
        .order_by("-closed_at")[:most]
    )
    return _task_views(actor, list(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One row of an inbox."""

    handover_id: UUID
    flow_name: str
    kind: Kind
    case_id: UUID
    case_name: str
    case_number: str
    from_unit: str
    round: int
    state: str
    entered_at: Any
    receive_due: Any
    in_custody: int
    handler_name: str


def inbox(actor: Actor, *, done: bool = False, most: int = 50, page: int = 1) -> list[InboxRow]:
    """Return what the actor's unit has received: what waits (most urgent first), or what it has taken."""
    rows = Obligation.objects.filter(unit_id=actor.unit_id).select_related("handover", "handover__from_unit")
    if done:
        rows = rows.filter(Q(accepted_at__isnull=False) | Q(returned_at__isnull=False)).order_by(
            "-entered_at"
        )
    else:
        rows = rows.filter(state=State.ENTERED).order_by("receive_due")
    start = (page - 1) * most
    found = list(rows[start : start + most])
    briefs = cases.briefs(actor, {row.handover.case_id for row in found})
    return [
        InboxRow(
            handover_id=row.handover_id,
            flow_name=_flow_name(row.handover.flow),
            kind=Kind(row.handover.kind),
            case_id=row.handover.case_id,
            case_name=briefs[row.handover.case_id].name,
            case_number=briefs[row.handover.case_id].number,
            from_unit=row.handover.from_unit.name,
            round=row.round,
            state=State(row.state).label,
            entered_at=row.entered_at,
            receive_due=row.receive_due,
            in_custody=briefs[row.handover.case_id].in_custody,
            handler_name=row.handler_name,
        )
        for row in found
        if row.handover.case_id in briefs
    ]


def _flow_name(key: str) -> str:
    flow = loader.load().flow(key)
    return flow.name if flow else key


# ------------------------------------------------------------------ supervision


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Who holds what since when: one row of the supervisor's page."""

    handover_id: UUID
    case_id: UUID
    case_name: str
    case_number: str
    flow_name: str
    from_unit: str
    held_by: str
    state: str
    since: Any
    due_at: Any
    overdue: bool
    silent: bool
    round: int
    nudges: int


def under_way(actor: Actor, *, text: str = "", late: bool = False, most: int = 200) -> list[UnderWay]:
    """Return the hand-overs under way in cases the actor oversees, those overdue first; four statements."""
    seen = cases_access.visible_to(actor).filter(role=GrantRole.SUPERVISION)
    if text.strip():
        seen = seen.filter(search__contains=text.strip().lower())
    rows = (
        HandOver.objects.filter(case_id__in=seen.values("case_id"), closed_at__isnull=True)
        .exclude(state__in=[State.WITHDRAWN, State.CLOSED, State.ANSWERED])
        .select_related("from_unit", "office")
        .annotate(
            rank=When(On(state=State.RETURNED, then=Value(0)), default=Value(1), output_field=IntegerField())
        )
        .order_by("changed_at")[:most]
    )
    found = list(rows)
    briefs = cases.briefs(actor, {row.case_id for row in found})
    owed: dict[UUID, list[Obligation]] = _grouped(
        Obligation.objects.filter(handover_id__in=[row.id for row in found])
        .select_related("unit")
        .order_by("id")
    )
    return _sorted(
        [_under_way(row, owed.get(row.id, []), briefs) for row in found if row.case_id in briefs], late=late
    )


def _sorted(rows: list[UnderWay], *, late: bool) -> list[UnderWay]:
    rows = [row for row in rows if row.overdue or row.silent] if late else rows
    return sorted(rows, key=lambda row: (not row.overdue, row.due_at is None, row.due_at or row.since))


def _under_way(row: HandOver, owed: list[Obligation], briefs: Mapping[UUID, Any]) -> UnderWay:
    now = clock.now()
    since: datetime | None
    due: datetime | None
    present = [item for item in owed if item.round == row.round]
    waiting = [item for item in present if item.accepted_at is None and item.returned_at is None]
    state = State(row.state)
    if waiting:
        held, since = "、".join(item.unit.name for item in waiting), waiting[0].entered_at or row.changed_at
        due = min((item.receive_due for item in waiting if item.receive_due), default=None)
    elif state is State.ACCEPTED and present:
        held, since, due = present[0].unit.name, present[0].accepted_at, present[0].answer_due
    elif state is State.CHECKED:
        held, since, due = row.office.name, row.changed_at, None
    else:
        held, since, due = row.from_unit.name, row.changed_at, None
    return UnderWay(
        handover_id=row.id,
        case_id=row.case_id,
        case_name=briefs[row.case_id].name,
        case_number=briefs[row.case_id].number,
        flow_name=_flow_name(row.flow),
        from_unit=row.from_unit.name,
        held_by=held,
        state=state.label,
        since=since,
        due_at=due,
        overdue=due is not None and due < now,
        silent=any(item.silent_since for item in waiting),
        round=row.round,
        nudges=0,
    )


def receivers_for(actor: Actor, flow: FlowDef) -> list[Any]:
    """Return the units that may receive a flow, counterparts first; for the picker."""
    if flow.to is None:
        return []
    from antong.org.types import UnitKind  # noqa: PLC0415

    kinds = [UnitKind(kind) for kind in flow.to.kinds]
    first = org.counterparts(org.bureau_of(actor.unit_id).id, kinds)
    known = {unit.id for unit in first}
    return first + [unit for unit in org.find_units(kinds=kinds, most=100) if unit.id not in known]


def default_fix_by_now() -> Any:
    """Return by when a file returned now is to be mended."""
    return default_fix_by(clock.now())


def text_values(actor: Actor, case_id: UUID, party_ids: Sequence[UUID]) -> dict[str, str]:
    """Return the placeholders that a document of some parties may use."""
    case = cases_access.case_for(actor, case_id, Permission.CASE_READ)
    return _text.values(cases.living_sheet(case_id), case.name, case.number, party_ids, "", {})
