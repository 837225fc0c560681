"""Registers of a unit for a span of days: what it received (收案登记表) and what it sent (移送登记表), as they are kept on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases import access as cases_access
from antong.catalog import loader
from antong.flow.types import State
from antong.kernel import clock
from antong.kernel.actor import Actor

MOST = 1000
_RECEIVED = f"""
SELECT h.id, h.case_id, seen.name, seen.number, h.flow, o.round, o.entered_at, u.name, o.accepted_at, o.accepted_name, o.handler_name,
  o.returned_at, o.state
FROM flow_obligation o JOIN flow_handover h ON h.id = o.handover_id JOIN org_unit u ON u.id = h.from_unit_id
{cases_access.named("h.case_id")}
WHERE o.unit_id = %(unit)s AND o.entered_at >= %(start)s AND o.entered_at < %(end)s ORDER BY o.entered_at, o.id LIMIT {MOST + 1}
"""  # noqa: S608 - a wording of our own
_SENT = f"""
SELECT h.id, h.case_id, seen.name, seen.number, h.flow, r.number, r.sent_at, string_agg(DISTINCT u.name, '、'), max(o.accepted_at),
  COALESCE(string_agg(DISTINCT NULLIF(o.accepted_name, ''), '、'), ''), h.composed_name, max(o.returned_at),
  CASE WHEN r.number < h.round THEN 'returned' ELSE h.state END
FROM flow_round r JOIN flow_handover h ON h.id = r.handover_id {cases_access.named("h.case_id")}
JOIN flow_obligation o ON o.handover_id = h.id AND o.round = r.number JOIN org_unit u ON u.id = o.unit_id
WHERE h.from_unit_id = %(unit)s AND r.sent_at >= %(start)s AND r.sent_at < %(end)s
GROUP BY h.id, h.case_id, seen.name, seen.number, h.flow, r.number, r.sent_at, h.composed_name, h.round, h.state
ORDER BY r.sent_at, h.id LIMIT {MOST + 1}
"""  # noqa: S608 - a wording of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A line of a register. `at` is when it came or left, `other` the sender or the receivers, `person` who handles or made it."""

    handover_id: UUID
    case_id: UUID
    case_name: str
    case_number: str
    flow_name: str
    round: int
    at: datetime
    other: str
    accepted_at: datetime | None
    accepted_by: str
    person: str
    returned_at: datetime | None
    state: str


def register(actor: Actor, kind: str, first: date, last: date) -> tuple[list[RegisterRow], bool]:
    """Return what the actor's unit received (`kind` "received") or sent from a day to another, and whether there is more.

    In the order of time, at most 1,000, each round a line; of cases the unit sees. One statement.
    """
    values: dict[str, Any] = {
        "unit": actor.unit_id, "now": clock.now(), "start": clock.midnight(first), "end": clock.midnight(last + timedelta(days=1)),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED if kind == "received" else _SENT, values)
        rows = cursor.fetchall()
    return [_row(row) for row in rows[:MOST]], len(rows) > MOST


def _row(row: tuple[Any, ...]) -> RegisterRow:
    handover, case, name, number, key, turn, at, other, accepted, by, person, returned, state = row
    flow = loader.load().flow(key)
    return RegisterRow(
        handover_id=handover, case_id=case, case_name=name, case_number=number, flow_name=flow.name if flow else key, round=turn, at=at,
        other=other, accepted_at=accepted, accepted_by=by, person=person, returned_at=returned, state=State(state).label,
    )  # fmt: skip
