"""The desk: what each unit, role or person owes. Opened and closed in the transaction of the act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from antong.flow import _rows
from antong.flow.models import HandOver, Task
from antong.flow.types import TaskKind
from antong.kernel import clock
from antong.kernel.ahead import Ahead
from antong.kernel.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """Something owed by `unit_id`: by a role in it, or by one person once assigned."""

    unit_id: UUID
    kind: TaskKind
    role: str = ""
    person_id: UUID | None = None
    due_at: datetime | None = None
    from_unit: str = ""


NOTHING = Ahead()

_TURN = """
closed AS (
  UPDATE flow_task SET closed_at = %(now)s, closed_by = %(by)s
  WHERE handover_id = %(handover)s AND closed_at IS NULL AND kind = ANY(%(close)s)
    AND (%(close_unit)s::uuid IS NULL OR unit_id = %(close_unit)s)
  RETURNING id
), opened AS (
INSERT INTO flow_task (id, unit_id, role, person_id, case_id, handover_id, kind, title, from_unit, round,
  due_at, opened_at)
SELECT w.id, w.unit_id, w.role, w.person_id, %(case)s, %(handover)s, w.kind, %(title)s, w.from_unit, %(round)s,
  w.due_at, %(now)s
FROM unnest(%(ids)s::uuid[], %(units)s::uuid[], %(roles)s::text[], %(people)s::uuid[], %(kinds)s::text[],
  %(froms)s::text[], %(dues)s::timestamptz[])
  AS w(id, unit_id, role, person_id, kind, from_unit, due_at)
WHERE (SELECT count(*) FROM closed) >= 0
ON CONFLICT (handover_id, unit_id, kind) WHERE closed_at IS NULL DO UPDATE SET
  role = EXCLUDED.role, person_id = EXCLUDED.person_id, due_at = EXCLUDED.due_at, round = EXCLUDED.round
)
"""


def turn(
    handover: HandOver,
    title: str,
    by: UUID,
    *,
    close: Sequence[TaskKind] = (),
    close_unit: UUID | None = None,
    open_: Sequence[NewTask] = (),
    ahead: Ahead = NOTHING,
) -> Any:
    """Close tasks of a hand-over and open others, with the act's own change `ahead`; return its answer; one statement."""
    tasks = Ahead(
        text=_TURN,
        values={
            "now": clock.now(),
            "by": by,
            "handover": handover.id,
            "case": handover.case_id,
            "title": title,
            "round": handover.round,
            "close": [kind.value for kind in close],
            "close_unit": close_unit,
            "ids": [new_id() for _ in open_],
            "units": [task.unit_id for task in open_],
            "roles": [task.role for task in open_],
            "people": [task.person_id for task in open_],
            "kinds": [task.kind.value for task in open_],
            "froms": [task.from_unit for task in open_],
            "dues": [task.due_at for task in open_],
        },
    )
    return _rows.write(tasks | ahead)


def reassign(handover_id: UUID, unit_id: UUID, person_id: UUID) -> None:
    """Give the open tasks of a unit on a hand-over to one person; one statement."""
    Task.objects.filter(handover_id=handover_id, unit_id=unit_id, closed_at__isnull=True).update(
        person_id=person_id
    )


def close_of_case(case_id: UUID, kind: TaskKind) -> None:
    """Close the open tasks of a kind in a case, whichever hand-over opened them; one statement."""
    Task.objects.filter(case_id=case_id, kind=kind, closed_at__isnull=True).update(closed_at=clock.now())


def waits(handover_id: UUID, unit_id: UUID, kind: TaskKind) -> bool:
    """Return whether a unit still owes something on a hand-over; one statement."""
    return Task.objects.filter(
        handover_id=handover_id, unit_id=unit_id, kind=kind, closed_at__isnull=True
    ).exists()
