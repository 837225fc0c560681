"""Who in a unit handles a case, and what somebody handles there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, QuerySet

from antong.cases._lists import rows_of
from antong.cases.access import VISIBLE, visible_to
from antong.cases.models import Grant
from antong.cases.types import HOLDING, CaseRow, Stage
from antong.kernel import clock
from antong.kernel.actor import Actor

_TAKE = f"""
WITH locked AS MATERIALIZED (
  SELECT c.id FROM cases_case c WHERE c.id = ANY(%(cases)s) ORDER BY c.id FOR UPDATE
)
UPDATE cases_grant g SET handler_id = %(to)s, updated_at = %(now)s
WHERE g.case_id IN (SELECT id FROM locked) AND g.handler_id = %(whose)s AND {VISIBLE}
RETURNING g.case_id
"""  # noqa: S608 - a wording of our own
_HELD = """
SELECT DISTINCT m.case_id, p.name FROM cases_measure m JOIN cases_party p ON p.id = m.party_id
WHERE m.case_id = ANY(%(cases)s) AND m.ends_at IS NULL AND m.kind = ANY(%(kinds)s) ORDER BY p.name
"""


def set_handler(unit_id: UUID, case_id: UUID, person_id: UUID) -> None:
    """Name the handler of a case in one unit, within the caller's act; one statement."""
    Grant.objects.filter(unit_id=unit_id, case_id=case_id).update(
        handler_id=person_id, updated_at=clock.now()
    )


def hand_on(actor: Actor, *, whose: UUID, to: UUID, case_ids: Collection[UUID]) -> set[UUID]:
    """Lock cases in the order of their ids, and make `to` the handler where the actor's unit sees them as `whose`.

    Within the caller's act; returns the cases whose handler changed. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {"cases": sorted(case_ids), "whose": whose, "to": to, "unit": actor.unit_id, "now": clock.now()},
        )
        return {row[0] for row in cursor.fetchall()}


def _living(actor: Actor) -> QuerySet[Grant]:
    return visible_to(actor).exclude(stage=Stage.CLOSED)


def handled(actor: Actor, person_id: UUID, *, most: int) -> tuple[CaseRow, ...]:
    """Return the cases not ended that somebody of the actor's unit handles, the next to fall due first; one statement."""
    rows = _living(actor).filter(handler_id=person_id)
    return rows_of(rows.order_by(F("next_due").asc(nulls_last=True), "case_id")[:most])


def handlers(actor: Actor) -> dict[UUID, int]:
    """Return who in the actor's unit handles how many cases that have not ended; one statement."""
    rows = _living(actor).filter(handler_id__isnull=False).values("handler_id").annotate(cases=Count("id"))
    return {row["handler_id"]: row["cases"] for row in rows.order_by() if row["handler_id"]}


def held_in(case_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return by case the names of those held under a measure (of cases the caller may see); one statement."""
    found: dict[UUID, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"cases": list(case_ids), "kinds": [kind.value for kind in HOLDING]})
        for case_id, name in cursor.fetchall():
            found.setdefault(case_id, []).append(name)
    return found


def handlers_of_cases(case_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], UUID]:
    """Return who handles these cases, by unit and case, where a unit has named somebody (of the house); one statement."""
    rows = Grant.objects.filter(case_id__in=case_ids, handler_id__isnull=False)
    return {
        (unit_id, case_id): handler_id
        for unit_id, case_id, handler_id in rows.values_list("unit_id", "case_id", "handler_id")
        if handler_id
    }
