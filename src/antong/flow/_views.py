"""Hand-overs as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from antong.cases import access as cases_access
from antong.cases.types import CaseAccess, GrantRole
from antong.catalog import loader
from antong.catalog.schema import FlowDef
from antong.flow import _open, _tasks
from antong.flow._answer import outcome_names
from antong.flow.models import (
    Answer,
    Approval,
    HandOver,
    Nudge,
    Obligation,
    ReturnReason,
    Round,
    Subject,
)
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
)
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound
from antong.org.types import Permission


def handover(actor: Actor, handover_id: UUID) -> tuple[HandOverView, CaseAccess, FlowDef]:
    """Return a hand-over, its case and its definition, to who sees the case; raises NotFound."""
    row = HandOver.objects.filter(id=handover_id).select_related("from_unit").first()
    if row is None:
        raise NotFound
    case = cases_access.case_for(actor, row.case_id, Permission.CASE_READ)
    shown = views_of([row])[0]
    _open.known(row, case, [one.unit_id for one in shown.obligations])
    return shown, case, _open.definition(row.flow, row.flow_version)


def handovers_of(actor: Actor, case_id: UUID) -> list[HandOverView]:
    """Return the hand-overs of a case that the actor's unit may know of, newest first; seven statements.

    A unit that handles the case, or oversees it, sees all; any other those it sent or received.
    """
    case = cases_access.case_for(actor, case_id, Permission.CASE_READ)
    rows = HandOver.objects.filter(case_id=case_id)
    if not case.whole and case.role is not GrantRole.SUPERVISION:
        own = Q(from_unit_id=actor.unit_id) | Q(office_id=actor.unit_id)
        rows = rows.filter(own | Q(obligations__unit_id=actor.unit_id)).distinct()
    rows = rows.select_related("from_unit").order_by("-created_at")
    return views_of(list(rows))


def views_of(rows: Sequence[HandOver]) -> list[HandOverView]:
    """Return hand-overs as pages show them; six statements however many there are."""
    ids = [row.id for row in rows]
    subjects = grouped(Subject.objects.filter(handover_id__in=ids).order_by("position"))
    owed = grouped(
        Obligation.objects.filter(handover_id__in=ids).select_related("unit").order_by("round", "id")
    )
    rounds = grouped(Round.objects.filter(handover_id__in=ids).order_by("number"))
    reasons = grouped(ReturnReason.objects.filter(handover_id__in=ids).order_by("round", "position"))
    approvals = grouped(Approval.objects.filter(handover_id__in=ids).order_by("at"))
    answers = grouped(Answer.objects.filter(handover_id__in=ids).order_by("proposed_at"))
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


_LISTED = (
    "id", "case_id", "flow", "kind", "state", "round", "version", "from_unit_id", "from_unit__name", "composed_by",
    "composed_name", "track", "happened_at", "created_at", "sent_at", "withdrawn_reason",
)  # fmt: skip
_OWED = """
SELECT o.handover_id, o.id, o.unit_id, u.name, o.round, o.state, o.left_at, o.arrived_at, o.entered_at, o.accepted_at,
  o.accepted_name, o.returned_at, o.answered_at, o.receive_due, o.answer_due, o.silent_since, o.handler_id, o.handler_name
FROM flow_obligation o JOIN org_unit u ON u.id = o.unit_id
WHERE o.handover_id = ANY(%(handovers)s) ORDER BY o.round, o.id
"""
_OBLIGATION = tuple(field.name for field in fields(ObligationView))


def listed(rows: QuerySet[HandOver]) -> list[HandOverView]:
    """Return hand-overs as lists show them: with their obligations, without all else a page of one shows; two statements."""
    found = [dict(zip(_LISTED, row, strict=True)) for row in rows.values_list(*_LISTED)]
    owed: dict[UUID, list[ObligationView]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OWED, {"handovers": [row["id"] for row in found]})
        for handover_id, *rest in cursor.fetchall():
            owed.setdefault(handover_id, []).append(
                ObligationView(**dict(zip(_OBLIGATION, rest, strict=True)))
            )
    return [_in_list(row, owed.get(row["id"], [])) for row in found]


def _in_list(row: Mapping[str, Any], owed: Sequence[ObligationView]) -> HandOverView:
    flow = loader.load().flow(row["flow"])
    return HandOverView(
        id=row["id"],
        case_id=row["case_id"],
        flow=row["flow"],
        flow_name=flow.name if flow else row["flow"],
        kind=Kind(row["kind"]),
        state=State(row["state"]),
        round=row["round"],
        version=row["version"],
        from_unit_id=row["from_unit_id"],
        from_unit_name=row["from_unit__name"],
        composed_by_id=row["composed_by"],
        composed_by_name=row["composed_name"],
        track=row["track"],
        fields={},
        happened_at=row["happened_at"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        obligations=tuple(owed),
        withdrawn_reason=row["withdrawn_reason"],
    )


def grouped(rows: QuerySet[Any]) -> dict[UUID, list[Any]]:
    """Return rows by the hand-over they belong to."""
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
        approvals=tuple(_approval(item) for item in approvals),
        answers=tuple(_answer(item) for item in answers),
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
        x=row.x,
        y=row.y,
    )


def manifests_sent(actor: Actor, case_id: UUID) -> set[UUID]:
    """Return the snapshots of a case that were ever sent to the actor's unit, earlier rounds too; one statement."""
    rows = Round.objects.filter(
        handover__case_id=case_id, handover__obligations__unit_id=actor.unit_id, manifest_id__isnull=False
    )
    return {found for found in rows.values_list("manifest_id", flat=True) if found}


def open_reasons(handover_id: UUID) -> list[ReasonView]:
    """Return the reasons of a hand-over that still wait for an answer (of the house); one statement."""
    rows = ReturnReason.objects.filter(handover_id=handover_id, state="open").order_by("round", "position")
    return [_reason(row) for row in rows]


def pins_of(actor: Actor, case_id: UUID) -> list[ReasonView]:
    """Return the reasons pinned to pages of a case that the actor's unit wrote or received; two statements."""
    case = cases_access.case_for(actor, case_id, Permission.CASE_READ)
    rows = ReturnReason.objects.filter(handover__case_id=case_id, page_id__isnull=False)
    if not case.whole:
        own = Q(handover__from_unit_id=actor.unit_id) | Q(handover__office_id=actor.unit_id)
        rows = rows.filter(own | Q(handover__obligations__unit_id=actor.unit_id)).distinct()
    return [_reason(row) for row in rows.order_by("handover_id", "round", "position")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeView:
    """One reminder: by which unit, to which, when, in which words."""

    from_unit: str
    to_unit: str
    at: datetime
    text: str


def nudges_of(handover_id: UUID) -> list[NudgeView]:
    """Return the reminders given on a hand-over, newest first (of the house); one statement."""
    rows = Nudge.objects.filter(handover_id=handover_id).select_related("from_unit", "to_unit")
    return [
        NudgeView(from_unit=row.from_unit.name, to_unit=row.to_unit.name, at=row.at, text=row.text)
        for row in rows.order_by("-at")[:20]
    ]


def answer_waits(handover_id: UUID, unit_id: UUID) -> bool:
    """Return whether a unit still has to sign for the answer (of the house); one statement."""
    return _tasks.waits(handover_id, unit_id, TaskKind.READ)


def _approval(item: Approval) -> dict[str, Any]:
    return {
        "name": item.person_name,
        "post": item.post_name,
        "rank": item.rank,
        "approved": item.approved,
        "comment": item.comment,
        "at": item.at,
        "round": item.round,
        "of_answer": item.of_answer,
    }


def _answer(item: Answer) -> dict[str, Any]:
    return {
        "id": item.id,
        "state": item.state,
        "outcomes": item.outcomes,
        "proposed_by": item.proposed_by,
        "proposed_name": item.proposed_name,
        "at": item.proposed_at,
        "documents": [UUID(value) for value in item.document_ids],
    }
