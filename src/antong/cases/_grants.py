"""Writing the rights of units to cases: who sees what, since when, by which basis."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases.types import GrantChange
from antong.kernel import clock
from antong.kernel.ids import new_id

# One statement for all units an act touches. A change without handler, sheet or manifest leaves what stands;
# the columns that lists read come from the case's own row and are brought up to date by `_derive`, which fills
# those of a snapshot once, where `search` is empty.
# A station and its bureau are one organ: where one of them gives the case away the other does too (`lost`), and
# where a station gains it the bureau whose leader approves works beside it (`gained`).
# What a unit that handles will see once the case has gone is what it last sent (`left_*`), never what a notice carried.
_SQL = """
WITH wanted AS (
  SELECT DISTINCT ON (unit_id) * FROM unnest(%(ids)s::uuid[], %(spare)s::uuid[], %(units)s::uuid[], %(roles)s::text[],
    %(bases)s::text[], %(handovers)s::uuid[], %(sheets)s::uuid[], %(manifests)s::uuid[], %(handlers)s::uuid[],
    %(parts)s::uuid[])
    AS w(id, spare, unit_id, role, basis, handover_id, sheet_id, manifest_id, handler_id, part_id)
), organ AS (
  SELECT u.id, CASE WHEN u.kind = 'police_station' THEN COALESCE(u.parent_id, u.id) ELSE u.id END AS organ
  FROM org_unit u WHERE u.id IN (SELECT unit_id FROM wanted UNION SELECT unit_id FROM cases_grant WHERE case_id = %(case)s)
), gained AS (
  SELECT DISTINCT ON (o.organ) w.spare AS id, o.organ AS unit_id, 'co_handling' AS role, w.basis, w.handover_id
  FROM wanted w JOIN organ o ON o.id = w.unit_id
  WHERE w.role = 'handling' AND o.organ NOT IN (SELECT unit_id FROM wanted)
), lost AS (
  SELECT DISTINCT ON (g.id) g.id, g.unit_id, 'past' AS role, w.basis, w.handover_id, w.sheet_id, w.manifest_id
  FROM wanted w JOIN organ o ON o.id = w.unit_id JOIN organ s ON s.organ = o.organ
  JOIN cases_grant g ON g.unit_id = s.id AND g.case_id = %(case)s AND g.role IN ('handling', 'co_handling')
  WHERE w.role = 'past' AND g.unit_id NOT IN (SELECT unit_id FROM wanted UNION SELECT unit_id FROM gained)
), every AS (
  SELECT id, unit_id, role, basis, handover_id, sheet_id, manifest_id, handler_id, part_id FROM wanted
  UNION ALL SELECT id, unit_id, role, basis, handover_id, NULL, NULL, NULL, NULL FROM gained
  UNION ALL SELECT id, unit_id, role, basis, handover_id, sheet_id, manifest_id, NULL, NULL FROM lost
), kept AS (
  UPDATE cases_grant SET sheet_id = %(left_sheet)s, manifest_id = %(left_manifest)s
  WHERE %(left_sheet)s::uuid IS NOT NULL AND case_id = %(case)s AND role IN ('handling', 'co_handling')
    AND unit_id NOT IN (SELECT unit_id FROM every)
)
INSERT INTO cases_grant AS g (id, unit_id, case_id, role, basis, handover_id, from_at, sheet_id, manifest_id,
  part_ids, handler_id, sealed, stage, number, name, search, category, charge, in_custody, next_due_name,
  handling_unit, updated_at)
SELECT w.id, w.unit_id, c.id, w.role, w.basis, w.handover_id, %(now)s, w.sheet_id, w.manifest_id,
  '[]'::jsonb, w.handler_id, false, c.stage, c.number, c.name, '', c.category, '', 0, '', '', %(now)s
FROM every w JOIN cases_case c ON c.id = %(case)s
ON CONFLICT (unit_id, case_id) DO UPDATE SET
  role = CASE
    WHEN g.until_at IS NULL AND g.role IN ('handling', 'co_handling') AND EXCLUDED.role = 'reviewing' THEN g.role
    WHEN g.until_at IS NULL AND g.role = 'handling' AND EXCLUDED.role = 'co_handling' THEN g.role
    ELSE EXCLUDED.role END,
  basis = EXCLUDED.basis, until_at = NULL,
  former = CASE
    WHEN g.until_at IS NOT NULL OR g.role IN ('handling', 'co_handling') OR EXCLUDED.role <> 'reviewing' THEN NULL
    WHEN g.handover_id IS DISTINCT FROM EXCLUDED.handover_id AND EXCLUDED.handover_id IS NOT NULL
      THEN to_jsonb(g) - 'former'
    ELSE g.former END,
  handover_id = COALESCE(EXCLUDED.handover_id, g.handover_id),
  sheet_id = CASE
    WHEN g.role IN ('handling', 'co_handling') AND EXCLUDED.role IN ('reviewing', 'past')
      THEN COALESCE(g.sheet_id, EXCLUDED.sheet_id)
    WHEN g.until_at IS NULL AND g.part_ids ? EXCLUDED.manifest_id::text THEN g.sheet_id
    ELSE COALESCE(EXCLUDED.sheet_id, g.sheet_id) END,
  manifest_id = CASE
    WHEN g.role IN ('handling', 'co_handling') AND EXCLUDED.role IN ('reviewing', 'past')
      THEN COALESCE(g.manifest_id, EXCLUDED.manifest_id)
    WHEN g.until_at IS NULL AND g.part_ids ? EXCLUDED.manifest_id::text THEN g.manifest_id
    ELSE COALESCE(EXCLUDED.manifest_id, g.manifest_id) END,
  part_ids = CASE WHEN g.until_at IS NULL THEN g.part_ids ELSE '[]'::jsonb END,
  handler_id = COALESCE(EXCLUDED.handler_id, g.handler_id),
  search = CASE WHEN g.role IN ('handling', 'co_handling') OR EXCLUDED.sheet_id IS NOT NULL THEN '' ELSE g.search END,
  stage = CASE WHEN g.role IN ('handling', 'co_handling') OR EXCLUDED.sheet_id IS NOT NULL
    THEN EXCLUDED.stage ELSE g.stage END,
  updated_at = EXCLUDED.updated_at
"""

_PARTS = """
UPDATE cases_grant g SET part_ids = g.part_ids || to_jsonb(w.part_id::text)
FROM unnest(%(units)s::uuid[], %(parts)s::uuid[]) AS w(unit_id, part_id)
WHERE g.case_id = %(case)s AND g.unit_id = w.unit_id AND w.part_id IS NOT NULL
  AND g.manifest_id IS DISTINCT FROM w.part_id AND NOT g.part_ids ? w.part_id::text
"""

_BACK = """
UPDATE cases_grant g SET
  until_at = CASE WHEN g.former IS NULL AND g.role <> 'past' THEN GREATEST(%(now)s, g.from_at) END,
  role = COALESCE(g.former->>'role', g.role), basis = COALESCE(g.former->>'basis', g.basis),
  handover_id = CASE WHEN g.former IS NULL THEN g.handover_id ELSE (g.former->>'handover_id')::uuid END,
  sheet_id = CASE WHEN g.former IS NULL THEN g.sheet_id ELSE (g.former->>'sheet_id')::uuid END,
  manifest_id = CASE WHEN g.former IS NULL THEN g.manifest_id ELSE (g.former->>'manifest_id')::uuid END,
  part_ids = COALESCE(g.former->'part_ids', g.part_ids) - %(parts)s::text[],
  stage = COALESCE(g.former->>'stage', g.stage), name = COALESCE(g.former->>'name', g.name),
  search = COALESCE(g.former->>'search', g.search), category = COALESCE(g.former->>'category', g.category),
  charge = COALESCE(g.former->>'charge', g.charge),
  in_custody = COALESCE((g.former->>'in_custody')::int, g.in_custody),
  handling_unit = COALESCE(g.former->>'handling_unit', g.handling_unit), former = NULL, updated_at = %(now)s
WHERE g.case_id = %(case)s AND g.unit_id = ANY(%(units)s) AND g.handover_id = %(handover)s
  AND g.role IN ('reviewing', 'past') AND g.until_at IS NULL
"""


def apply(
    case_id: UUID,
    changes: Sequence[GrantChange],
    *,
    left: tuple[UUID, UUID | None] | None = None,
    at: datetime | None = None,
) -> None:
    """Give or change the grants of several units to one case; one statement, none when there is nothing to do.

    `left` is the whole sheet and manifest that the units handling the case will see once it has gone from them.
    Papers beside an earlier snapshot (`part_id`) cost a statement more. `at` is the instant that `_derive` is told too:
    a row that says it already is not written into its indexes again.
    """
    if not changes:
        return
    values: dict[str, Any] = {
        "now": at or clock.now(),
        "case": case_id,
        "ids": [new_id() for _ in changes],
        "spare": [new_id() for _ in changes],
        "units": [change.unit_id for change in changes],
        "roles": [change.role.value for change in changes],
        "bases": [change.basis for change in changes],
        "handovers": [change.handover_id for change in changes],
        "sheets": [change.sheet_id for change in changes],
        "manifests": [change.manifest_id for change in changes],
        "handlers": [change.handler_id for change in changes],
        "parts": [change.part_id for change in changes],
        "left_sheet": left[0] if left else None,
        "left_manifest": left[1] if left else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        if any(change.part_id for change in changes):
            cursor.execute(_PARTS, values)


def take_back(
    case_id: UUID, handover_id: UUID, unit_ids: Collection[UUID], manifest_ids: Collection[UUID] = ()
) -> None:
    """End what a hand-over gave to units that have not accepted it, or give back what they had before; one statement.

    `manifest_ids` are the papers it carried. Who has read what stays in the read log.
    """
    if not unit_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _BACK,
            {
                "now": clock.now(),
                "case": case_id,
                "handover": handover_id,
                "units": list(unit_ids),
                "parts": [str(manifest_id) for manifest_id in manifest_ids],
            },
        )
