"""What follows from a change: the case's stage, and the columns of its grants, in one statement.

Every action of the room that changes parties, measures, limits or names ends here, so that no list
and no page can show what the record does not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from antong.cases.types import EXECUTING_KINDS, HOLDING, STAGE_ORDER, SUSPECT_KINDS
from antong.kernel import clock

_ORDER = ", ".join(f"'{stage.value}'" for stage in sorted(STAGE_ORDER, key=STAGE_ORDER.__getitem__))
_SUSPECTS = ", ".join(f"'{kind.value}'" for kind in sorted(SUSPECT_KINDS))
_HOLDING = ", ".join(f"'{kind.value}'" for kind in sorted(HOLDING))
_EXECUTING = ", ".join(f"'{kind}'" for kind in sorted(EXECUTING_KINDS))

_LIVING = "(g.role NOT IN ('past', 'reviewing'))"
_ANEW = "(g.role NOT IN ('past', 'reviewing') OR g.search = '')"

# Whoever handles or oversees a case with somebody held sees when the basis of that ends, whoever's limit it is.
# Who only executes sees its own limits.
_WATCHED = (
    f"({_LIVING} AND u.kind NOT IN ({_EXECUTING}) AND custody.due_at < COALESCE(due.due_at, 'infinity'))"
)

# What a unit that reviews, or has given the case away, finds in its lists is what its snapshot says: those columns
# are filled once (`search` is empty until then) and then stand, but for the unit's own limits.
# The stage of a case is that of its least advanced suspect still on the way; when none is, the furthest.
# All values in the text are our own enums; the case id and the time are parameters.
_SQL = f"""
WITH people AS (
  SELECT (ARRAY[{_ORDER}])[COALESCE(
      min(array_position(ARRAY[{_ORDER}], p.stage::text)) FILTER (WHERE p.kind IN ({_SUSPECTS})
        AND NOT p.handled_elsewhere AND p.stage <> 'closed'),
      max(array_position(ARRAY[{_ORDER}], p.stage::text)) FILTER (WHERE p.kind IN ({_SUSPECTS})
        AND NOT p.handled_elsewhere))] AS stage,
    COALESCE(string_agg(p.name || ' ' || p.initials, ' ' ORDER BY p.position), '') AS people,
    COALESCE(string_agg(p.name || ' ' || p.initials, ' ' ORDER BY p.position)
      FILTER (WHERE p.kind IN ({_SUSPECTS})), '') AS pursued
  FROM cases_party p WHERE p.case_id = %(case)s
), derived AS (
  SELECT stage, people, pursued,
    (SELECT count(DISTINCT m.party_id) FROM cases_measure m
     WHERE m.case_id = %(case)s AND m.ends_at IS NULL AND m.kind IN ({_HOLDING})) AS held,
    COALESCE((SELECT g.name FROM cases_charge g JOIN cases_party p ON p.id = g.party_id
      WHERE p.case_id = %(case)s ORDER BY p.position, g.position LIMIT 1), '') AS charge,
    COALESCE((SELECT string_agg(n.text, ' ') FROM cases_casenumber n WHERE n.case_id = %(case)s), '') AS numbers
  FROM people
), changed AS (
  UPDATE cases_case c SET version = c.version + %(step)s, stage = COALESCE(d.stage, c.stage),
    handling_unit_id = COALESCE(%(handling)s::uuid, c.handling_unit_id)
  FROM derived d WHERE c.id = %(case)s
  RETURNING c.version, c.name, c.number, c.category, c.stage,
            (SELECT u.short_name FROM org_unit u WHERE u.id = c.handling_unit_id) AS handling
), due AS (
  SELECT DISTINCT ON (l.unit_id) l.unit_id, l.due_at, l.name FROM cases_limit l
  WHERE l.case_id = %(case)s AND l.state = 'running' ORDER BY l.unit_id, l.due_at
), custody AS (
  SELECT l.due_at, l.name FROM cases_limit l
  WHERE l.case_id = %(case)s AND l.state = 'running' AND l.in_custody ORDER BY l.due_at LIMIT 1
), next AS (
  SELECT g.id, due.unit_id IS NOT NULL AS owes,
    CASE WHEN {_WATCHED} THEN custody.due_at ELSE due.due_at END AS due_at,
    CASE WHEN {_WATCHED} THEN custody.name ELSE due.name END AS name
  FROM cases_grant g JOIN org_unit u ON u.id = g.unit_id LEFT JOIN due ON due.unit_id = g.unit_id LEFT JOIN custody ON true
  WHERE g.case_id = %(case)s
), granted AS (
  UPDATE cases_grant g SET
    stage = CASE WHEN {_LIVING} THEN ch.stage ELSE g.stage END,
    name = CASE WHEN {_ANEW} THEN ch.name ELSE g.name END,
    number = CASE WHEN {_ANEW} THEN ch.number ELSE g.number END,
    category = CASE WHEN {_ANEW} THEN ch.category ELSE g.category END,
    charge = CASE WHEN {_ANEW} THEN d.charge ELSE g.charge END,
    in_custody = CASE WHEN {_ANEW} THEN d.held ELSE g.in_custody END,
    handling_unit = CASE WHEN {_ANEW} THEN ch.handling ELSE g.handling_unit END,
    updated_at = CASE WHEN {_ANEW} THEN %(now)s ELSE g.updated_at END,
    search = CASE WHEN {_ANEW} THEN left(lower(ch.number || ' ' || ch.name || ' ' || CASE
        WHEN NOT {_LIVING} THEN COALESCE((
          SELECT string_agg(p.name || ' ' || p.initials, ' ' ORDER BY p.position) FROM cases_party p
          WHERE p.case_id = %(case)s AND p.id::text IN (
            SELECT shown->>'id' FROM cases_sheet s, jsonb_array_elements(s.body::jsonb->'parties') shown
            WHERE s.id = g.sheet_id)), '')
        WHEN u.kind IN ({_EXECUTING}) THEN d.pursued ELSE d.people END || ' ' || d.numbers), 600)
      ELSE g.search END,
    next_due = n.due_at, next_due_name = COALESCE(n.name, '')
  FROM next n CROSS JOIN org_unit u CROSS JOIN changed ch CROSS JOIN derived d
  WHERE n.id = g.id AND u.id = g.unit_id AND ({_ANEW} OR g.next_due IS NOT NULL OR n.owes)
)
SELECT version, stage FROM changed
"""  # noqa: S608 - built from our own enums alone, see above


def derive(
    case_id: UUID,
    *,
    same_version: bool = False,
    handling_unit_id: UUID | None = None,
    at: datetime | None = None,
) -> tuple[int, str]:
    """Bring the case's version and stage and its grants' columns up to date, as of `at` (now); return (version, stage)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "case": case_id,
                "now": at or clock.now(),
                "step": 0 if same_version else 1,
                "handling": handling_unit_id,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no case {case_id}")
    return row[0], row[1]


# The column that lists sort by, of several cases whose limits alone have changed: what `_SQL` says of it.
_DUE = f"""
WITH due AS (
  SELECT DISTINCT ON (l.case_id, l.unit_id) l.case_id, l.unit_id, l.due_at, l.name FROM cases_limit l
  WHERE l.case_id = ANY(%(cases)s) AND l.state = 'running' ORDER BY l.case_id, l.unit_id, l.due_at
), custody AS (
  SELECT DISTINCT ON (l.case_id) l.case_id, l.due_at, l.name FROM cases_limit l
  WHERE l.case_id = ANY(%(cases)s) AND l.state = 'running' AND l.in_custody ORDER BY l.case_id, l.due_at
), next AS (
  SELECT g.id, due.unit_id IS NOT NULL AS owes,
    CASE WHEN {_WATCHED} THEN custody.due_at ELSE due.due_at END AS due_at,
    CASE WHEN {_WATCHED} THEN custody.name ELSE due.name END AS name
  FROM cases_grant g JOIN org_unit u ON u.id = g.unit_id
    LEFT JOIN due ON due.case_id = g.case_id AND due.unit_id = g.unit_id LEFT JOIN custody ON custody.case_id = g.case_id
  WHERE g.case_id = ANY(%(cases)s)
)
UPDATE cases_grant g SET next_due = n.due_at, next_due_name = COALESCE(n.name, '')
FROM next n WHERE n.id = g.id AND ({_ANEW} OR g.next_due IS NOT NULL OR n.owes)
"""  # noqa: S608 - built from our own enums alone


def derive_due(case_ids: Sequence[UUID]) -> None:
    """Bring the next end of cases up to date, where nothing but limits has changed; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"cases": list(case_ids)})
