"""Lawful destruction of a case's hand-overs: they carry names, reasons and snapshots (decision 0016)."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from antong.flow.types import TaskKind

_OF = "USING flow_handover h WHERE h.id = x.handover_id AND h.case_id = %(case)s"
_ERASE = (
    "DELETE FROM flow_task WHERE case_id = %(case)s",
    "DELETE FROM flow_overdue WHERE case_id = %(case)s",
    *(
        f"DELETE FROM flow_{table} x {_OF}"  # noqa: S608 - a wording of our own
        for table in ("turn", "nudge", "answer", "approval", "returnreason", "obligation", "subject", "round")
    ),
    "DELETE FROM flow_handover WHERE case_id = %(case)s",
)
_OPEN = """
SELECT 'handover', count(*) FROM flow_handover WHERE case_id = %(case)s AND closed_at IS NULL
UNION ALL SELECT 'task', count(*) FROM flow_task t WHERE t.case_id = %(case)s AND t.closed_at IS NULL AND t.kind <> %(read)s
  AND (t.handover_id IS NULL OR t.handover_id IN (SELECT id FROM flow_handover WHERE case_id = %(case)s))
"""


def loose_ends(case_id: UUID) -> list[str]:
    """Return what is still under way in a case, in words: hand-overs, tasks (of the house); one statement.

    A notice that somebody has not opened yet keeps nothing open.
    """
    words = {"handover": "{} 件移送还没有办结", "task": "{} 项待办还没有办理"}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"case": case_id, "read": TaskKind.READ.value})
        return [words[what].format(many) for what, many in cursor.fetchall() if many]


def erase(case_id: UUID) -> list[UUID]:
    """Remove all hand-overs of a case within the caller's act; return their ids. Twelve statements."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM flow_handover WHERE case_id = %s", [case_id])
        ids = [row[0] for row in cursor.fetchall()]
        for statement in _ERASE:
            cursor.execute(statement, {"case": case_id})
    return ids
