"""Storing what `law` answers: time limits with their facts, due instants and derivations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from antong.cases.models import Limit
from antong.cases.types import LimitChange, LimitView
from antong.kernel import canonical
from antong.law import timelimit


def apply(case_id: UUID, changes: Sequence[LimitChange], at: datetime) -> list[dict[str, Any]]:
    """Start and stop limits of a case; at most two statements. `at` is when the act happened.

    A start whose rule already runs for the same party and unit supersedes it (K12: counted afresh).
    Returns, for the ledger, what `law` answered to each start. Raises LimitRefused with the article.
    """
    answers = []
    opened = []
    for change in changes:
        if change.do != "start" or change.unit_id is None:
            continue
        answer = timelimit.answer(change.rule, change.facts)
        data = answer.as_json()
        answers.append({"rule": change.rule, "party": change.party_id, **data})
        opened.append(
            Limit(
                case_id=case_id,
                party_id=change.party_id,
                rule=change.rule,
                name=answer.name,
                unit_id=change.unit_id,
                facts=_facts(change.facts),
                due_at=answer.due_at,
                in_custody=bool(change.facts.get("in_custody", False)),
                articles=list(answer.articles),
                derivation=data["derivation"],
                alternatives=data["alternatives"],
                table_version=answer.table_version,
                opened_at=at,
            )
        )
    if changes:
        _close(case_id, changes, at)
    if opened:
        Limit.objects.bulk_create(opened)
    return answers


def _close(case_id: UUID, changes: Sequence[LimitChange], at: datetime) -> None:
    which = Q()
    for change in changes:
        one = Q(rule=change.rule, party_id=change.party_id)
        if change.do == "start":
            one &= Q(unit_id=change.unit_id)
        which |= one
    reason = next((change.reason for change in changes if change.reason), "")
    Limit.objects.filter(which, case_id=case_id, state="running").update(
        state="closed", closed_at=at, close_reason=reason
    )


def take_back(
    case_id: UUID,
    party_ids: Sequence[UUID],
    at: datetime,
    basis: str,
    stopped: Sequence[str],
    started: Sequence[str],
    *,
    reason: str,
) -> None:
    """Close the limits that an act at `at` started for these parties, and let run on those it stopped.

    Two statements. A limit whose rule has been started anew since stays closed.
    """
    whose = Q(party_id__in=party_ids) | Q(party_id__isnull=True)
    rows = Limit.objects.filter(whose, case_id=case_id)
    if started:
        rows.filter(rule__in=started, opened_at=at, state="running").update(
            state="closed", closed_at=at, close_reason=reason
        )
    if stopped:
        anew = Limit.objects.filter(
            case_id=case_id, rule=OuterRef("rule"), unit_id=OuterRef("unit_id"), state="running"
        ).filter(Q(party_id=OuterRef("party_id")) | Q(party_id__isnull=True))
        rows.filter(~Exists(anew), rule__in=stopped, closed_at=at, close_reason=basis, state="closed").update(
            state="running", closed_at=None, close_reason=""
        )


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
