"""Compulsory measures: start, end, and what a judgment imposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from antong.cases.models import Measure
from antong.cases.types import MeasureKind
from antong.kernel import clock
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


def start(case_id: UUID, measures: Sequence[NewMeasure]) -> dict[str, Any]:
    """End what is in force for each party and start the new measure; at most three statements.

    Returns what the ledger keeps of it. Raises BadInput where a measure would begin before the one in force began.
    """
    if not measures:
        return {}
    begin = {measure.party_id: measure.starts_at for measure in measures}
    record = end(case_id, begin, reason=CHANGED)
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
    return {**record, "measures_started": [asdict(measure) for measure in measures]}


def end(case_id: UUID, at_by_party: dict[UUID, datetime], *, reason: str) -> dict[str, Any]:
    """End the measures in force of several parties, each at its own instant; one statement, and one per instant.

    Returns what the ledger keeps of it. Raises BadInput where a measure would end before it began.
    """
    in_force = list(
        Measure.objects.filter(case_id=case_id, party_id__in=at_by_party, ends_at__isnull=True)
        .order_by("party_id")
        .values_list("id", "party_id", "starts_at", "kind")
    )
    by_instant: dict[datetime, list[UUID]] = {}
    for measure_id, party_id, started, kind in in_force:
        instant = at_by_party[party_id]
        if instant < started:
            raise BadInput(
                f"不能登记：这一行为的时间早于现行{MeasureKind(kind).label}的开始时间。",
                code="measure-before-current",
                basis=("案通登记规则：同一人的强制措施首尾相接",),
                remedy=f"核对时间：现行措施自 {clock.local(started):%Y-%m-%d %H:%M} 开始。",
                fields={
                    "starts_at": "不得早于现行措施的开始时间",
                    "happened_at": "不得早于现行措施的开始时间",
                },
            )
        by_instant.setdefault(instant, []).append(measure_id)
    for instant, ids in by_instant.items():
        Measure.objects.filter(id__in=ids).update(ends_at=instant, end_reason=reason)
    ended = [
        {"party": party_id, "kind": kind, "at": at_by_party[party_id], "reason": reason}
        for _, party_id, _, kind in in_force
    ]
    return {"measures_ended": ended} if ended else {}


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
