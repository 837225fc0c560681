"""Gathering what checks look at, and only that."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases import selectors as cases
from antong.cases.selectors import SheetView
from antong.catalog.schema import FlowDef
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.flow import _choose
from antong.flow._checks import Facts, needs
from antong.flow.models import HandOver, ReturnReason
from antong.flow.types import State
from antong.kernel import clock

_SENT = [
    State.SENT,
    State.ARRIVED,
    State.ENTERED,
    State.ACCEPTED,
    State.RETURNED,
    State.ANSWERED,
    State.CLOSED,
]
_WAITS = frozenset(
    {State.CHECKED, State.APPROVED, State.SENT, State.ARRIVED, State.ENTERED, State.ACCEPTED, State.RETURNED}
)


def gather(
    handover: HandOver,
    flow: FlowDef,
    party_ids: Sequence[UUID],
    sheet: SheetView,
    documents: Sequence[DocumentView],
    *,
    around: Around | None = None,
    at: datetime | None = None,
    pages: bool = True,
) -> Facts:
    """Return the facts for a hand-over's checks as of `at` (now): at most five statements, fewer where less is asked.

    `around` is what stands about it in the case, where the caller has read it. Without `pages` the file itself is not looked at; without `at` nothing is done yet, so that who is in another
    open hand-over of the flow is not asked either.
    """
    wanted = needs(flow)
    whom = set(party_ids)
    acting = at is not None
    others: Sequence[_Other] = ()
    if acting or wanted & {"times-at-most", "none-open"}:
        others = (around or about(handover)).others
    fields: dict[str, Any] = dict(handover.fields)
    looks = wanted & {"volumes-not-empty", "entries-present", "pages-readable"}
    return Facts(
        sheet=sheet,
        subjects=tuple(party for party in sheet.suspects if party.id in whom),
        documents=documents,
        stats=dossier.stats(handover.case_id) if pages and looks else None,
        limits=cases.limits_of(handover.case_id) if _asks_limits(flow, pages=pages) else (),
        sent_before=Counter(one.flow for one in others if one.state in _SENT),
        open_flows=Counter(one.flow for one in others if one.state in _WAITS and one.closed_at is None),
        fields=fields,
        at=at or clock.now(),
        open_reasons=_open_reasons(handover) if pages else (),
        decided=_decided(fields),
        alike=tuple(party for party in sheet.suspects if _choose.fits(flow, party)),
        served=_served(handover, flow) if "served-on" in wanted else {},
        same_open=_choose.names_of(sheet, _same_open(others, flow) & whom),
    )


def _asks_limits(flow: FlowDef, *, pages: bool) -> bool:
    tests = {"limit-run-out", "limit-not-passed", "limit-running", "limit-suspended"}
    return any(check.test in tests and (pages or check.level == "must") for check in flow.checks)


@dataclass(frozen=True, slots=True)
class _Other:
    """Another hand-over of the case."""

    flow: str
    kind: str
    state: State
    closed_at: datetime | None
    party_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Whom a hand-over is about, by id and name in order, what its round says, and the other hand-overs of the case."""

    whom: Mapping[UUID, str]
    explanations: Mapping[str, str]
    note: str
    others: Sequence[_Other]


# asked by a subselect, how much one case has is unknown in every plan, so that none is made anew each time
_ABOUT = """
SELECT h.id, h.flow, h.kind, h.state, h.closed_at, r.explanations, r.note, s.parties, s.names
FROM flow_handover h JOIN flow_round r ON r.handover_id = h.id AND r.number = h.round
CROSS JOIN LATERAL (
  SELECT COALESCE(array_agg(o.party_id ORDER BY o.position), '{}') AS parties,
    COALESCE(array_agg(o.name::text ORDER BY o.position), '{}') AS names
  FROM flow_subject o WHERE o.handover_id = h.id) s
WHERE h.case_id = (SELECT %(case)s::uuid)
"""


def about(handover: HandOver) -> Around:
    """Return what stands about a hand-over in its case, also of one that is only being begun; one statement."""
    whom: dict[UUID, str] = {}
    explanations, note, others = {}, "", []
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, {"case": handover.case_id})
        for found, flow, kind, state, closed_at, explained, noted, parties, names in cursor.fetchall():
            if found == handover.id:
                whom = dict(zip(parties, names, strict=True))
                explanations, note = json.loads(explained), noted
            else:
                others.append(_Other(flow, kind, State(state), closed_at, frozenset(parties)))
    return Around(whom=whom, explanations=explanations, note=note, others=others)


def same_open(
    handover: HandOver, flow: FlowDef, sheet: SheetView, party_ids: Sequence[UUID]
) -> Sequence[str]:
    """Return who of these is in another open hand-over of the same flow, by name; one statement."""
    return _choose.names_of(sheet, _same_open(about(handover).others, flow) & set(party_ids))


def _same_open(others: Sequence[_Other], flow: FlowDef) -> set[UUID]:
    """Return who is in another hand-over of the flow that is under way; a notice once sent waits for nothing."""
    under_way = [
        one
        for one in others
        if one.flow == flow.key
        and one.closed_at is None
        and one.state is not State.DRAFT
        and not (one.kind == "notice" and one.state in _SENT)
    ]
    return {party_id for one in under_way for party_id in one.party_ids}


def _served(handover: HandOver, flow: FlowDef) -> dict[UUID, frozenset[str]]:
    """Return, by person, the kinds of unit that signed for the service a check asks about; one statement."""
    asked = {str(check.params["flow"]) for check in flow.checks if check.test == "served-on"}
    rows = (
        HandOver.objects.filter(case_id=handover.case_id, flow__in=asked, sent_at__isnull=False)
        .exclude(state=State.WITHDRAWN)
        .values_list("subjects__party_id", "obligations__unit__kind", "obligations__accepted_at")
    )
    found: dict[UUID, set[str]] = {}
    for party_id, kind, accepted_at in rows:
        found.setdefault(party_id, set()).update([kind] if accepted_at else [])
    return {party_id: frozenset(kinds) for party_id, kinds in found.items()}


def _decided(fields: Mapping[str, Any]) -> dict[UUID, str]:
    return {UUID(party_id): str(value["outcome"]) for party_id, value in fields.get("outcomes", {}).items()}


def _open_reasons(handover: HandOver) -> list[str]:
    if handover.round == 1:
        return []
    rows = ReturnReason.objects.filter(handover_id=handover.id, round=handover.round - 1, state="open")
    return [f"{row.place}：{row.text}" for row in rows.order_by("position")]
