"""What happened to the hand-overs of a unit, in the order of the ledger: what agencies' systems follow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from antong.flow.models import HandOver, Obligation
from antong.ledger import selectors as ledger

EVENTS = {
    "handover.send": "handover.arrived",
    "handover.accept": "handover.accepted",
    "handover.return": "handover.returned",
    "handover.answer": "handover.answered",
    "handover.read-answer": "handover.answer-read",
    "handover.withdraw": "handover.withdrawn",
    "handover.nudge": "handover.nudged",
    "handover.silence": "handover.silent",
    "overdue.notice": "case.overdue",
    "overdue.raise": "case.overdue",
}
"""What an act of the ledger is called when it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, by ids alone: whoever is told fetches the rest, with the rights it has then."""

    place: int
    id: UUID
    type: str
    case_id: UUID
    handover_id: UUID | None
    unit_id: UUID
    at: datetime


def events(
    unit_id: UUID, *, after: int, most: int, flows: Collection[str] = ()
) -> tuple[list[Event], int, bool]:
    """Return what happened to a unit after a place, the place to go on from, and whether there is more; four statements.

    A unit is told of hand-overs it sends, gives its name to or was sent, and of what is overdue with it; of some
    `flows` when given. Nothing is missed by going on from the place that was returned: places are given after the
    commit, by the sequencer, within a second or two.
    """
    rows, seen, more = ledger.in_order(tuple(EVENTS), after=after, most=most)
    named = {subject for row in rows for subject in row.subject_ids}
    theirs = Q(from_unit_id=unit_id) | Q(office_id=unit_id)
    theirs |= Q(
        id__in=Obligation.objects.filter(unit_id=unit_id, handover_id__in=named).values("handover_id")
    )
    known = HandOver.objects.filter(theirs, id__in=named)
    if flows:
        known = known.filter(flow__in=flows)
    handovers = set(known.values_list("id", flat=True))
    found = []
    for row in rows:
        about = next((subject for subject in row.subject_ids if subject in handovers), None)
        if about is None and (flows or unit_id not in row.subject_ids):
            continue
        found.append(
            Event(
                place=row.place, id=row.id, type=EVENTS[row.act], case_id=row.chain_id, handover_id=about,
                unit_id=row.unit_id, at=row.recorded_at,
            )
        )  # fmt: skip
    return found, seen, more
