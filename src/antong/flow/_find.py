"""Finding hand-overs by the case they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import EDITING_ROLES, GrantRole
from antong.flow._desk import flow_name
from antong.flow.models import HandOver
from antong.flow.types import State
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHandOver:
    """A hand-over found by the text of its case."""

    handover_id: UUID
    case_name: str
    flow_name: str
    state: str
    from_unit: str


def find(actor: Actor, text: str, *, most: int = 5) -> list[FoundHandOver]:
    """Return the newest hand-overs of cases that fit a text, of those the actor's unit may know of; two statements.

    A unit that handles a case, or oversees it, may know of all; any other of those it sent or received.
    """
    seen = cases_access.found_by(actor, text)
    all_of = seen.filter(role__in=[*EDITING_ROLES, GrantRole.SUPERVISION]).values("case_id")
    own = Q(from_unit_id=actor.unit_id) | Q(office_id=actor.unit_id) | Q(obligations__unit_id=actor.unit_id)
    rows = (
        HandOver.objects.filter(Q(case_id__in=all_of) | (own & Q(case_id__in=seen.values("case_id"))))
        .distinct()
        .select_related("from_unit")
        .order_by("-changed_at")
    )
    found = list(rows[:most])
    briefs = cases.briefs(actor, {row.case_id for row in found})
    return [
        FoundHandOver(
            handover_id=row.id,
            case_name=briefs[row.case_id].name,
            flow_name=flow_name(row.flow),
            state=State(row.state).label,
            from_unit=row.from_unit.name,
        )
        for row in found
        if row.case_id in briefs
    ]


def flow_of(actor: Actor, handover_id: UUID) -> str:
    """Return the key of a hand-over's flow, to who sees its case; one statement. Raises NotFound."""
    seen = cases_access.visible_to(actor).values("case_id")
    found = HandOver.objects.filter(id=handover_id, case_id__in=seen).values_list("flow", flat=True).first()
    if found is None:
        raise NotFound
    return found
