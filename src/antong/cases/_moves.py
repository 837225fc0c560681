"""Which limits moved, in the cases a unit sees: the end each had, the end it has, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from antong.cases.access import VISIBLE
from antong.cases.models import Recount
from antong.cases.types import GrantRole
from antong.kernel import clock
from antong.kernel.actor import Actor

MOST = 500
# who gave a case away sees the limits it owes itself, as on the page of the case
_MOVES = f"""
SELECT m.id, m.case_id, g.name, g.number, CASE WHEN g.role = '{GrantRole.SUPERVISION}' THEN '' ELSE p.name END,
  m.name, u.short_name, m.was_due_at, m.due_at, m.why, m.moved_at, l.state
FROM cases_limitmove m JOIN cases_grant g ON g.case_id = m.case_id JOIN org_unit u ON u.id = m.unit_id
  JOIN cases_limit l ON l.id = m.limit_id LEFT JOIN cases_party p ON p.id = m.party_id
WHERE {VISIBLE} AND m.moved_at >= %(since)s
  AND (m.unit_id = %(unit)s OR g.role IN ('{GrantRole.HANDLING}', '{GrantRole.CO_HANDLING}', '{GrantRole.SUPERVISION}'))
ORDER BY m.moved_at DESC, m.id LIMIT {MOST}
"""  # noqa: S608 - a wording of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitMoved:
    """A limit that ends at another time than before; `person` is empty for who oversees, and for limits of the case."""

    id: UUID
    case_id: UUID
    case_name: str
    case_number: str
    person: str
    name: str
    unit_name: str
    was_due_at: datetime
    due_at: datetime
    why: str
    moved_at: datetime
    running: bool

    @property
    def earlier(self) -> bool:
        """Whether it ends earlier than before."""
        return self.due_at < self.was_due_at


def moves(actor: Actor, *, since: datetime) -> list[LimitMoved]:
    """Return what moved since, in the cases the actor's unit sees, the newest first; 500 at most, one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, {"unit": actor.unit_id, "now": clock.now(), "since": since})
        return [
            LimitMoved(
                id=row[0], case_id=row[1], case_name=row[2], case_number=row[3], person=row[4] or "", name=row[5], unit_name=row[6],
                was_due_at=row[7], due_at=row[8], why=row[9], moved_at=row[10], running=row[11] == "running",
            )
            for row in cursor.fetchall()
        ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountView:
    """The newest recomputation of all running limits: how many it has looked at, how many moved, whether it is over."""

    started_at: datetime
    finished_at: datetime | None
    seen: int
    moved: int
    refused: int


def newest_recount() -> RecountView | None:
    """Return the newest recomputation (of the house), None where there was none; one statement."""
    row = Recount.objects.order_by("-started_at").first()
    if row is None:
        return None
    return RecountView(
        started_at=row.started_at,
        finished_at=row.finished_at,
        seen=row.seen,
        moved=row.moved,
        refused=row.refused,
    )
