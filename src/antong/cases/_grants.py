"""Writing the rights of units to cases: who sees what, since when, by which basis."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from antong.cases.types import GrantChange
from antong.kernel import clock
from antong.kernel.ids import new_id

# One statement for all units an act touches. A change without handler, sheet or manifest leaves what stands;
# the columns that lists read come from the case's own row and are brought up to date by `_derive`.
_SQL = """
INSERT INTO cases_grant AS g (id, unit_id, case_id, role, basis, handover_id, from_at, sheet_id, manifest_id,
  handler_id, sealed, stage, number, name, search, category, charge, in_custody, next_due_name, handling_unit,
  updated_at)
SELECT w.id, w.unit_id, c.id, w.role, w.basis, w.handover_id, %(now)s, w.sheet_id, w.manifest_id,
  w.handler_id, false, c.stage, c.number, c.name, '', c.category, '', 0, '', '', %(now)s
FROM unnest(%(ids)s::uuid[], %(units)s::uuid[], %(roles)s::text[], %(bases)s::text[], %(handovers)s::uuid[],
  %(sheets)s::uuid[], %(manifests)s::uuid[], %(handlers)s::uuid[])
  AS w(id, unit_id, role, basis, handover_id, sheet_id, manifest_id, handler_id)
JOIN cases_case c ON c.id = %(case)s
ON CONFLICT (unit_id, case_id) DO UPDATE SET
  role = CASE WHEN EXCLUDED.role = 'reviewing' AND g.until_at IS NULL AND g.role IN ('handling', 'co_handling')
    THEN g.role ELSE EXCLUDED.role END, basis = EXCLUDED.basis, until_at = NULL,
  handover_id = COALESCE(EXCLUDED.handover_id, g.handover_id),
  sheet_id = COALESCE(EXCLUDED.sheet_id, g.sheet_id),
  manifest_id = COALESCE(EXCLUDED.manifest_id, g.manifest_id),
  handler_id = COALESCE(EXCLUDED.handler_id, g.handler_id),
  stage = EXCLUDED.stage, updated_at = EXCLUDED.updated_at
"""


def apply(case_id: UUID, changes: Sequence[GrantChange]) -> None:
    """Give or change the grants of several units to one case; one statement, none when there is nothing to do."""
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "now": clock.now(),
                "case": case_id,
                "ids": [new_id() for _ in changes],
                "units": [change.unit_id for change in changes],
                "roles": [change.role.value for change in changes],
                "bases": [change.basis for change in changes],
                "handovers": [change.handover_id for change in changes],
                "sheets": [change.sheet_id for change in changes],
                "manifests": [change.manifest_id for change in changes],
                "handlers": [change.handler_id for change in changes],
            },
        )


def end(case_id: UUID, handover_id: UUID) -> list[UUID]:
    """End the rights that a hand-over gave to who had not accepted it; return whose; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_grant SET until_at = %(now)s, updated_at = %(now)s WHERE case_id = %(case)s"
            " AND handover_id = %(handover)s AND role = 'reviewing' AND until_at IS NULL RETURNING unit_id",
            {"now": clock.now(), "case": case_id, "handover": handover_id},
        )
        return [row[0] for row in cursor.fetchall()]
