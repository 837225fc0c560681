"""Gathering what checks look at, and only that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antong.cases import selectors as cases
from antong.cases.selectors import SheetView
from antong.catalog.schema import FlowDef
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.flow._checks import Facts, needs
from antong.flow.models import HandOver, ReturnReason
from antong.flow.types import State

_SENT = [
    State.SENT,
    State.ARRIVED,
    State.ENTERED,
    State.ACCEPTED,
    State.RETURNED,
    State.ANSWERED,
    State.CLOSED,
]


def gather(
    handover: HandOver,
    flow: FlowDef,
    party_ids: Sequence[UUID],
    sheet: SheetView,
    documents: Sequence[DocumentView],
) -> Facts:
    """Return the facts for a hand-over's checks: at most four statements, fewer where a flow asks less."""
    wanted = needs(flow)
    sent, under_way = (Counter[str](), Counter[str]())
    if wanted & {"times-at-most", "none-open"}:
        for key, state in (
            HandOver.objects.filter(case_id=handover.case_id)
            .exclude(id=handover.id)
            .values_list("flow", "state")
        ):
            sent[key] += state in _SENT
            under_way[key] += state in {State.SENT, State.ARRIVED, State.ENTERED, State.ACCEPTED}
    fields: dict[str, Any] = dict(handover.fields)
    return Facts(
        sheet=sheet,
        subjects=tuple(party for party in sheet.suspects if party.id in set(party_ids)),
        documents=documents,
        stats=dossier.stats(handover.case_id)
        if wanted & {"volumes-not-empty", "entries-present", "pages-readable"}
        else None,
        limits=cases.limits_of(handover.case_id) if "limit-not-passed" in wanted else (),
        sent_before=sent,
        open_flows=under_way,
        fields=fields,
        open_reasons=_open_reasons(handover),
        decided=_decided(fields),
    )


def _decided(fields: Mapping[str, Any]) -> dict[UUID, str]:
    return {UUID(party_id): str(value["outcome"]) for party_id, value in fields.get("outcomes", {}).items()}


def _open_reasons(handover: HandOver) -> list[str]:
    if handover.round == 1:
        return []
    rows = ReturnReason.objects.filter(handover_id=handover.id, round=handover.round - 1, state="open")
    return [f"{row.place}：{row.text}" for row in rows.order_by("position")]
