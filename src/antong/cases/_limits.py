"""Storing what `law` answers: time limits with their facts, due instants and derivations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from antong.cases.models import Limit
from antong.cases.types import LimitChange, LimitView
from antong.kernel import canonical
from antong.law import timelimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What became of limits: what `law` answered to each start, and what the ledger keeps of all of it."""

    law: list[dict[str, Any]]
    record: dict[str, Any]


def apply(case_id: UUID, changes: Sequence[LimitChange], at: datetime) -> Changed:
    """Start and stop limits of a case; at most two statements. `at` is when the act happened.

    A start whose rule already runs for the same party and unit supersedes it (K12: counted afresh).
    Raises LimitRefused with the article.
    """
    answers = []
    opened = []
    for change in changes:
        if change.do != "start" or change.unit_id is None:
            continue
        answer = timelimit.answer(change.rule, change.facts)
        data = answer.as_json()
        answers.append({"rule": change.rule, "party": change.party_id, **data})
        opened.append(_limit(case_id, change.unit_id, change, answer, at))
    closed = _close(case_id, changes, at)
    if opened:
        Limit.objects.bulk_create(opened)
    started = [
        {"rule": row.rule, "party": row.party_id, "unit": row.unit_id, "due": row.due_at, "facts": row.facts}
        for row in opened
    ]
    record = {"limits_started": started, "limits_stopped": closed}
    return Changed(law=answers, record={name: rows for name, rows in record.items() if rows})


def _limit(
    case_id: UUID, unit_id: UUID, change: LimitChange, answer: timelimit.LimitAnswer, at: datetime
) -> Limit:
    data = answer.as_json()
    return Limit(
        case_id=case_id,
        party_id=change.party_id,
        rule=change.rule,
        name=answer.name,
        unit_id=unit_id,
        facts=_facts(change.facts),
        due_at=answer.due_at,
        in_custody=bool(change.facts.get("in_custody", False)),
        articles=list(answer.articles),
        derivation=data["derivation"],
        alternatives=data["alternatives"],
        table_version=answer.table_version,
        opened_at=at,
    )


def end_started(
    case_id: UUID, party_ids: Sequence[UUID], at: datetime, rules: Sequence[str], *, reason: str
) -> None:
    """Close the limits that an act at `at` started for these parties, or for the case; one statement."""
    if rules:
        whose = Q(party_id__in=party_ids) | Q(party_id__isnull=True)
        rows = Limit.objects.filter(whose, case_id=case_id, rule__in=rules, opened_at=at, state="running")
        rows.update(state="closed", closed_at=at, close_reason=reason)


def take_back(
    case_id: UUID, party_ids: Sequence[UUID], at: datetime, basis: str, stopped: Sequence[str]
) -> None:
    """Let run on the limits that an act at `at` stopped for these parties; one statement.

    A limit whose rule has been started anew since stays closed.
    """
    if not stopped or not party_ids:
        return
    whose = Q(party_id__in=party_ids) | Q(party_id__isnull=True)
    anew = Limit.objects.filter(
        case_id=case_id, rule=OuterRef("rule"), unit_id=OuterRef("unit_id"), state="running"
    ).filter(Q(party_id=OuterRef("party_id")) | Q(party_id__isnull=True))
    rows = Limit.objects.filter(
        whose, case_id=case_id, rule__in=stopped, closed_at=at, close_reason=basis, state="closed"
    )
    rows.filter(~Exists(anew)).update(state="running", closed_at=None, close_reason="")


_CLOSE = """
UPDATE cases_limit l SET state = 'closed', closed_at = %(at)s, close_reason = %(reason)s
FROM unnest(%(rules)s::text[], %(parties)s::uuid[], %(units)s::uuid[]) AS w(rule, party_id, unit_id)
WHERE l.case_id = %(case)s AND l.state = 'running' AND l.rule = w.rule
  AND l.party_id IS NOT DISTINCT FROM w.party_id AND (w.unit_id IS NULL OR l.unit_id = w.unit_id)
RETURNING l.rule, l.party_id, l.unit_id, l.due_at
"""


def _close(case_id: UUID, changes: Sequence[LimitChange], at: datetime) -> list[dict[str, Any]]:
    if not changes:
        return []
    reason = next((change.reason for change in changes if change.reason), "")
    return _rows(
        _CLOSE,
        {
            "case": case_id,
            "at": at,
            "reason": reason[:120],
            "rules": [change.rule for change in changes],
            "parties": [change.party_id for change in changes],
            "units": [change.unit_id if change.do == "start" else None for change in changes],
        },
    )


def _rows(sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    return [
        {"rule": rule, "party": party, "unit": unit, "due": due}
        for rule, party, unit, due in sorted(found, key=str)
    ]


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = canonical.plain(dict(facts))
    return plain


def view(limit: Limit) -> LimitView:
    """Return the frozen value of a stored limit."""
    return LimitView(
        id=limit.id,
        case_id=limit.case_id,
        party_id=limit.party_id,
        rule=limit.rule,
        name=limit.name,
        unit_id=limit.unit_id,
        due_at=limit.due_at,
        in_custody=limit.in_custody,
        articles=tuple(limit.articles),
        derivation=tuple(limit.derivation),
        alternatives=tuple(limit.alternatives),
        state=limit.state,
        opened_at=limit.opened_at,
        closed_at=limit.closed_at,
        close_reason=limit.close_reason,
        facts=limit.facts,
    )
