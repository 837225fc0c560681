"""Storing what `law` answers: time limits with their facts, due instants and derivations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from antong.cases.models import Limit
from antong.cases.types import LimitChange, LimitView
from antong.kernel import canonical
from antong.kernel.ahead import Ahead
from antong.kernel.ids import new_id
from antong.law import timelimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What became of limits: what `law` answered to each start, and what the ledger keeps of all of it."""

    law: list[dict[str, Any]]
    record: dict[str, Any]


def apply(case_id: UUID, changes: Sequence[LimitChange], at: datetime, *, ahead: Ahead) -> Changed:
    """Start, stop and suspend limits of a case; one statement with what it carries `ahead`, none without changes.

    `at` is when the act happened.

    A start whose rule already runs for the same party and unit supersedes it (K12: counted afresh).
    Raises LimitRefused with the article.
    """
    if not changes:
        return Changed(law=[], record={})
    answers, opened = [], []
    for change in changes:
        if change.do != "start" or change.unit_id is None:
            continue
        answer = timelimit.answer(change.rule, change.facts, conventions=settings.ANTONG_CONVENTIONS)
        answers.append({"rule": change.rule, "party": change.party_id, **answer.as_json()})
        opened.append(_opened(change, answer))
    closed, rested = _write(case_id, changes, opened, at, ahead)
    started = [
        {
            "rule": row["rule"],
            "party": row["party_id"],
            "unit": row["unit_id"],
            "due": row["due_at"],
            "facts": row["facts"],
        }
        for row in opened
    ]
    record = {"limits_started": started, "limits_stopped": closed, "limits_suspended": rested}
    return Changed(law=answers, record={name: rows for name, rows in record.items() if rows})


def _opened(change: LimitChange, answer: timelimit.LimitAnswer) -> dict[str, Any]:
    data = answer.as_json()
    return {
        "id": new_id(),
        "party_id": change.party_id,
        "rule": change.rule,
        "name": answer.name,
        "unit_id": change.unit_id,
        "facts": _facts(change.facts),
        "due_at": answer.due_at,
        "in_custody": bool(change.facts.get("in_custody", False)),
        "articles": data["articles"],
        "derivation": data["derivation"],
        "alternatives": data["alternatives"],
        "table_version": answer.table_version,
    }


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


# What ends is closed before what begins is added: the same rule may begin afresh in the same act, and one runs once.
_APPLY = """
rested AS (
  UPDATE cases_limit l SET state = 'suspended', closed_at = %(at)s, close_reason = %(reason)s
  FROM unnest(%(resting)s::text[], %(resting_parties)s::uuid[]) AS w(rule, party_id)
  WHERE l.case_id = %(case)s AND l.state = 'running' AND l.rule = w.rule AND l.party_id IS NOT DISTINCT FROM w.party_id
  RETURNING l.rule, l.party_id, l.unit_id, l.due_at
), closed AS (
  UPDATE cases_limit l SET state = 'closed', closed_at = %(at)s, close_reason = %(reason)s
  FROM unnest(%(rules)s::text[], %(parties)s::uuid[], %(units)s::uuid[]) AS w(rule, party_id, unit_id)
  WHERE l.case_id = %(case)s AND l.state IN ('running', 'suspended') AND l.rule = w.rule
    AND l.party_id IS NOT DISTINCT FROM w.party_id AND (w.unit_id IS NULL OR l.unit_id = w.unit_id)
  RETURNING l.rule, l.party_id, l.unit_id, l.due_at
), opened AS (
  INSERT INTO cases_limit (id, case_id, party_id, rule, name, unit_id, facts, due_at, in_custody, articles,
    derivation, alternatives, table_version, state, opened_at, close_reason)
  SELECT w.id, %(case)s, w.party_id, w.rule, w.name, w.unit_id, w.facts, w.due_at, w.in_custody, w.articles,
    w.derivation, w.alternatives, w.table_version, 'running', %(at)s, ''
  FROM jsonb_to_recordset(%(opened)s::jsonb) AS w(id uuid, party_id uuid, rule text, name text, unit_id uuid,
    facts jsonb, due_at timestamptz, in_custody boolean, articles jsonb, derivation jsonb, alternatives jsonb,
    table_version text)
  WHERE (SELECT count(*) FROM closed) >= 0
)
"""


def _write(
    case_id: UUID,
    changes: Sequence[LimitChange],
    opened: Sequence[Mapping[str, Any]],
    at: datetime,
    ahead: Ahead,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    ending = [change for change in changes if change.do != "suspend"]
    resting = [change for change in changes if change.do == "suspend"]
    reason = next((change.reason for change in changes if change.reason), "")
    all_of_it = ahead | Ahead(
        text=_APPLY,
        values={
            "case": case_id,
            "at": at,
            "reason": reason[:120],
            "rules": [change.rule for change in ending],
            "parties": [change.party_id for change in ending],
            "units": [change.unit_id if change.do == "start" else None for change in ending],
            "resting": [change.rule for change in resting],
            "resting_parties": [change.party_id for change in resting],
            "opened": canonical.dumps(opened).decode(),
        },
        answer="SELECT rule, party_id, unit_id, due_at, false FROM closed"
        " UNION ALL SELECT rule, party_id, unit_id, due_at, true FROM rested",
    )
    with connection.cursor() as cursor:
        cursor.execute(all_of_it.statement, all_of_it.values)
        found = cursor.fetchall()
    closed, rested = (
        [
            {"rule": rule, "party": party, "unit": unit, "due": due}
            for rule, party, unit, due, rests in sorted(found, key=str)
            if rests is wanted
        ]
        for wanted in (False, True)
    )
    return closed, rested


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = canonical.plain(dict(facts))
    return plain


_COLUMNS = (
    "id", "case_id", "party_id", "rule", "name", "unit_id", "due_at", "in_custody", "articles", "derivation",
    "alternatives", "state", "opened_at", "closed_at", "close_reason", "facts",
)  # fmt: skip
_JSON = frozenset({"articles", "derivation", "alternatives", "facts"})


def views(limits: QuerySet[Limit]) -> list[LimitView]:
    """Return limits as frozen values, in order; one statement."""
    return [_view(dict(zip(_COLUMNS, row, strict=True))) for row in limits.values_list(*_COLUMNS)]


def read(where: str, values: Mapping[str, Any]) -> list[LimitView]:
    """Return the limits that a condition in SQL names, as frozen values; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(_COLUMNS)} FROM cases_limit {where}", values)  # noqa: S608
        rows = cursor.fetchall()
    return [
        _view(
            {
                name: json.loads(value) if name in _JSON else value
                for name, value in zip(_COLUMNS, row, strict=True)
            }
        )
        for row in rows
    ]


def _view(row: Mapping[str, Any]) -> LimitView:
    lists = {name: tuple(row[name]) for name in ("articles", "derivation", "alternatives")}
    return LimitView(**{**row, **lists})
