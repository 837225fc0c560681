"""Limits computed anew where somebody's custody began or ended (法105.4), and how what was computed anew is written."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from antong.cases._handler import handlers_of_cases
from antong.cases.models import LimitMove
from antong.cases.types import HOLDING
from antong.kernel import canonical, clock
from antong.law import timelimit
from antong.org import actions as org_actions

KIND = "limit-moved"
"""Of a notice that says so."""

_HOLDING = ", ".join(f"'{kind.value}'" for kind in sorted(HOLDING))

# A limit of the case as a whole was told whether anybody is held.
_TURNED = f"""
SELECT l.id, l.rule, l.party_id, l.unit_id, l.facts, l.due_at, h.held FROM cases_limit l CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT 1 FROM cases_measure m WHERE m.case_id = l.case_id AND m.ends_at IS NULL
    AND (l.party_id IS NULL OR m.party_id = l.party_id) AND m.kind IN ({_HOLDING})) AS held
) h
WHERE l.case_id = %(case)s AND l.state = 'running' AND (l.party_id IS NULL OR l.party_id = ANY(%(people)s::uuid[]))
  AND l.facts->>'in_custody' IN ('true', 'false') AND (l.facts->>'in_custody')::boolean <> h.held
ORDER BY l.id
"""  # noqa: S608 - built from our own enums alone

WRITE = """
UPDATE cases_limit l SET facts = w.facts, due_at = w.due_at, in_custody = w.in_custody, articles = w.articles,
  derivation = w.derivation, alternatives = w.alternatives, table_version = w.table_version, name = w.name
FROM jsonb_to_recordset(%(rows)s::jsonb) AS w(id uuid, facts jsonb, due_at timestamptz, in_custody boolean, articles jsonb,
  derivation jsonb, alternatives jsonb, table_version text, name text)
WHERE l.id = w.id AND l.state = 'running'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """Limits that were computed anew: what `law` answered, and each with the end it had and the one it has."""

    law: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)


def after_custody(case_id: UUID, people: Collection[UUID]) -> Recounted:
    """Compute anew the running limits that were told whether these people are held, where that is so no more.

    One statement, another where there are any. The case must be locked by the caller.
    """
    if not people:
        return Recounted()
    with connection.cursor() as cursor:
        cursor.execute(_TURNED, {"case": case_id, "people": list(people)})
        rows = cursor.fetchall()
    found, changed = Recounted(), []
    for limit_id, rule, party_id, unit_id, told, due_at, held in rows:
        facts = {**json.loads(told), "in_custody": held}
        try:
            answer = timelimit.answer(rule, facts, conventions=settings.ANTONG_CONVENTIONS)
        except timelimit.LimitRefused:
            continue  # it was answered before: what stands goes on standing, and the audit finds it
        changed.append(row_of(limit_id, facts, answer))
        found.law.append({"rule": rule, "party": party_id, "anew": True, **answer.as_json()})
        move = move_of(limit_id, rule, answer.name, party_id, unit_id, was=due_at, to=answer.due_at)
        found.moved.append({**move, "held": held})
    write(changed)
    return found


def move_of(
    limit_id: UUID, rule: str, name: str, party_id: UUID | None, unit_id: UUID, *, was: datetime, to: datetime
) -> dict[str, Any]:
    """Return what the ledger and `tell_many` say of a limit that was computed anew."""
    return {
        "id": limit_id,
        "rule": rule,
        "name": name,
        "party": party_id,
        "unit": unit_id,
        "from": was,
        "to": to,
    }


def row_of(limit_id: UUID | str, facts: Mapping[str, Any], answer: timelimit.LimitAnswer) -> dict[str, Any]:
    """Return what is written of a limit that was computed anew."""
    told = answer.as_json()
    return {
        "id": limit_id,
        "facts": dict(facts),
        "due_at": answer.due_at,
        "in_custody": bool(facts.get("in_custody", False)),
        "articles": told["articles"],
        "derivation": told["derivation"],
        "alternatives": told["alternatives"],
        "table_version": answer.table_version,
        "name": answer.name,
    }


def write(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write limits that were computed anew; one statement, none where there are none."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"rows": canonical.dumps(rows).decode()})


def tell(case_id: UUID, moved: Sequence[Mapping[str, Any]], why: str) -> None:
    """List limits that moved, and tell the handler of the case in each unit that owes one, or the unit.

    One notice a unit, with old and new end of each; no statement where none moved, else three.
    """
    if moved:
        tell_many([(case_id, moved, why)])


def tell_many(cases: Sequence[tuple[UUID, Sequence[Mapping[str, Any]], str]]) -> None:
    """The same of several cases; three statements altogether."""
    now = clock.now()
    LimitMove.objects.bulk_create(
        [
            LimitMove(
                limit_id=row["id"],
                case_id=case_id,
                party_id=row["party"],
                unit_id=row["unit"],
                name=row["name"],
                was_due_at=row["from"],
                due_at=row["to"],
                why=why[:160],
                moved_at=now,
            )
            for case_id, moved, why in cases
            for row in moved
        ]
    )
    handlers = handlers_of_cases([case_id for case_id, _, _ in cases])
    letters = []
    for case_id, moved, why in cases:
        units: dict[UUID, list[str]] = {}
        for row in moved:
            units.setdefault(row["unit"], []).append(words(row))
        letters += [
            org_actions.Letter(
                to_unit=unit_id,
                to_person=handlers.get((unit_id, case_id)),
                kind=KIND,
                title=f"期限变动 {len(lines)} 项（{why}）：{lines[0]}",
                body="\n".join(dict.fromkeys(lines)),
                case_id=case_id,
            )
            for unit_id, lines in units.items()
        ]
    org_actions.notify_many(letters)


def words(row: Mapping[str, Any]) -> str:
    """Return a limit that moved in words: its name, the end it had, the end it has."""
    return f"{row['name']} {clock.end(row['from'])} → {clock.end(row['to'])}"
