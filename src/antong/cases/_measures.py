"""Compulsory measures: start, end, and what a judgment imposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from antong.cases.models import Measure
from antong.cases.types import MeasureKind
from antong.kernel.refusal import BadInput

CHANGED = "变更强制措施"
"""Why a measure ended that another took the place of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMeasure:
    """A measure to be entered; it ends whatever measure is in force for the party, at its own start.

    `articles` are the legal basis, `document_number` the paper it rests on.
    """

    party_id: UUID
    kind: MeasureKind
    starts_at: datetime
    articles: tuple[str, ...]
    decided_by_id: UUID
    executed_by_id: UUID | None = None
    document_id: UUID | None = None
    document_number: str = ""
    place: str = ""
    guarantor: str = ""


def start(case_id: UUID, measures: Sequence[NewMeasure]) -> None:
    """End what is in force for each party and start the new measure; two statements.

    Raises BadInput where a measure would begin before the one in force began.
    """
    if not measures:
        return
    begin = {measure.party_id: measure.starts_at for measure in measures}
    in_force = list(
        Measure.objects.filter(case_id=case_id, party_id__in=begin, ends_at__isnull=True).values_list(
            "party_id", "starts_at", "kind"
        )
    )
    for party_id, started, kind in in_force:
        if begin[party_id] < started:
            raise BadInput(
                f"不能登记：新措施的开始时间早于现行{MeasureKind(kind).label}的开始时间。",
                code="measure-before-current",
                basis=("案通登记规则：同一人的强制措施首尾相接",),
                remedy="核对两项措施的时间。",
                fields={"starts_at": "不得早于现行措施的开始时间"},
            )
    if in_force:
        end(case_id, begin, reason=CHANGED)
    Measure.objects.bulk_create(
        [
            Measure(
                case_id=case_id,
                party_id=new.party_id,
                kind=new.kind,
                starts_at=new.starts_at,
                articles=list(new.articles),
                decided_by_id=new.decided_by_id,
                executed_by_id=new.executed_by_id,
                document_id=new.document_id,
                document_number=new.document_number,
                place=new.place,
                guarantor=new.guarantor,
            )
            for new in measures
        ]
    )


def end(case_id: UUID, at_by_party: dict[UUID, datetime], *, reason: str) -> None:
    """End the measures in force of several parties, each at its own instant; one statement per instant."""
    by_instant: dict[datetime, list[UUID]] = {}
    for party_id, instant in at_by_party.items():
        by_instant.setdefault(instant, []).append(party_id)
    for instant, party_ids in by_instant.items():
        Measure.objects.filter(case_id=case_id, party_id__in=party_ids, ends_at__isnull=True).update(
            ends_at=instant, end_reason=reason
        )


def take_back(
    case_id: UUID, party_ids: Sequence[UUID], at: datetime, document_ids: Sequence[UUID], *, reason: str
) -> None:
    """End where they began the measures that began at `at` on these papers; those before are in force again.

    Two statements. The one taken back stays on the record, a measure of no length, with the reason.
    """
    rows = Measure.objects.filter(case_id=case_id, party_id__in=party_ids)
    begun = rows.filter(starts_at=at, document_id__in=document_ids, ends_at__isnull=True)
    if begun.update(ends_at=at, end_reason=reason):
        rows.filter(ends_at=at, end_reason=CHANGED).update(ends_at=None, end_reason="")
