"""What the house looks for by the clock reads what is late, not all that runs: its cost does not grow with the house."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connection

from antong.flow import _overdue
from walking import send_up

MANY = 4000
FEW = 40
"""Buffers of a look at an index, its rows and what they belong to; all rows would be hundreds."""

_LIMITS = """
INSERT INTO cases_limit (id, case_id, party_id, rule, name, unit_id, facts, due_at, in_custody, articles, derivation,
  alternatives, table_version, state, opened_at, close_reason)
SELECT gen_random_uuid(), case_id, party_id, rule || n, name, unit_id, facts, now() + interval '9 days', in_custody, articles,
  derivation, alternatives, table_version, state, opened_at, close_reason
FROM (SELECT * FROM cases_limit WHERE state = 'running' AND case_id = %s LIMIT 1) one, generate_series(1, %s) n
"""
_TASKS = """
INSERT INTO flow_task (id, unit_id, role, case_id, kind, title, from_unit, round, due_at, opened_at)
SELECT gen_random_uuid(), unit_id, role, case_id, wanted, title, from_unit, 1, now() + interval '9 days', now()
FROM (SELECT * FROM flow_task WHERE case_id = %s LIMIT 1) one, unnest(ARRAY['answer', 'fix', 'approve']) wanted, generate_series(1, %s) n
"""


def touched(look: Callable[[], Any]) -> int:
    """Run something that asks one statement; return how many buffers that statement touches."""
    asked: list[tuple[str, Any]] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(keep):
        look()
    ((sql, params),) = asked
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        (answer,) = cursor.fetchone()
    plan = json.loads(answer) if isinstance(answer, str) else answer
    return int(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])


def test_what_is_not_late_is_not_read(people: dict[str, Any], investigated: UUID) -> None:
    send_up(people, investigated, "prosecution-transfer")
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS, [investigated, MANY])
        assert cursor.rowcount == MANY
        cursor.execute(_TASKS, [investigated, MANY])
        assert cursor.rowcount == 3 * MANY
        cursor.execute("ANALYZE cases_limit, flow_task")
    assert touched(_overdue._limits) < FEW
    assert touched(_overdue._tasks) < FEW
    assert touched(_overdue._approvals) < FEW
