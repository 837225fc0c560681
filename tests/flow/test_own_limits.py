"""The limits of a person's own cases, the soonest first: as a plain reading of all of them would give."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from antong.cases import _owed
from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.types import NewParty, PartyKind
from antong.kernel import clock
from antong.kernel.actor import Actor

CASES, LIMITS = 6, 4
_MORE = """
INSERT INTO cases_limit (id, case_id, party_id, rule, name, unit_id, facts, due_at, in_custody, articles, derivation,
  alternatives, table_version, state, opened_at, close_reason)
SELECT gen_random_uuid(), w.case_id, NULL, 'x' || n, name, unit_id, facts, now() + ((n * 31 + w.place * 17) %% 60 - 20) * interval '1 day',
  false, articles, derivation, alternatives, table_version, state, opened_at, close_reason
FROM (SELECT * FROM cases_limit WHERE state = 'running' AND unit_id = %(unit)s LIMIT 1) one,
  unnest(%(cases)s::uuid[]) WITH ORDINALITY AS w (case_id, place), generate_series(1, %(limits)s) n
"""
_DUE = """
UPDATE cases_grant g SET next_due = (SELECT min(l.due_at) FROM cases_limit l WHERE l.case_id = g.case_id AND l.unit_id = g.unit_id
  AND l.state = 'running') WHERE g.case_id = ANY(%(cases)s)
"""
_PLAIN = """
SELECT l.due_at, l.case_id, l.rule FROM cases_limit l JOIN cases_grant g ON g.case_id = l.case_id AND g.unit_id = l.unit_id
WHERE l.unit_id = %(unit)s AND l.state = 'running' AND l.due_at <= now() + interval '30 days' AND g.handler_id = %(person)s
ORDER BY l.due_at, l.case_id, l.rule LIMIT %(most)s
"""


@pytest.fixture
def officer(people: dict[str, Any], detained: UUID) -> Actor:
    """The officer of several cases with many limits, some past, some beyond what the desk shows."""
    actor: Actor = people["zhencha"]
    made = [
        case_actions.register(
            actor, source="01", category="050200", occurred_at=clock.now() - timedelta(hours=3), place="河西路",
            brief="盗窃。", parties=[NewParty(kind=PartyKind.SUSPECT, name="纪白")],
        ).case_id
        for _ in range(CASES)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MORE, {"cases": made, "unit": actor.unit_id, "limits": LIMITS})
        assert cursor.rowcount == CASES * LIMITS
        cursor.execute(_DUE, {"cases": made})
    return actor


@pytest.mark.parametrize("most", [1, 3, 7, 200])
def test_the_soonest_are_found_however_few_are_wanted(
    officer: Actor, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_owed, "MOST", most)
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, {"unit": officer.unit_id, "person": officer.person_id, "most": most})
        plain = cursor.fetchall()
    assert [(one.due_at, one.case_id, one.rule) for one in cases.own_limits(officer)] == plain
    assert len(plain) == most or most == 200
    assert cases.count_own_limits(officer) <= most
