"""What follows from a change: the case's stage, and the columns of its grants, in one statement.

Every action of the room that changes parties, measures, limits or names ends here, so that no list
and no page can show what the record does not say.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from antong.cases.types import EXECUTING_KINDS, HOLDING, STAGE_ORDER, SUSPECT_KINDS
from antong.kernel import clock

_ORDER = ", ".join(f"('{stage.value}', {index})" for stage, index in STAGE_ORDER.items())
_SUSPECTS = ", ".join(f"'{kind.value}'" for kind in sorted(SUSPECT_KINDS))
_HOLDING = ", ".join(f"'{kind.value}'" for kind in sorted(HOLDING))
_EXECUTING = ", ".join(f"'{kind}'" for kind in sorted(EXECUTING_KINDS))

# What a unit that reviews, or has given the case away, finds in its lists is what its snapshot says: those columns
# are filled once (`search` is empty until then) and then stand, but for the unit's own limits.
# The stage of a case is that of its least advanced suspect still on the way; when none is, the furthest.
# All values in the text are our own enums; the case id and the time are parameters.
_SQL = f"""
WITH stages(stage, n) AS (VALUES {_ORDER}),
derived AS (
  SELECT COALESCE(
      (SELECT s.stage FROM cases_party p JOIN stages s ON s.stage = p.stage
       WHERE p.case_id = %(case)s AND p.kind IN ({_SUSPECTS}) AND NOT p.handled_elsewhere AND p.stage <> 'closed'
       ORDER BY s.n LIMIT 1),
      (SELECT s.stage FROM cases_party p JOIN stages s ON s.stage = p.stage
       WHERE p.case_id = %(case)s AND p.kind IN ({_SUSPECTS}) AND NOT p.handled_elsewhere
       ORDER BY s.n DESC LIMIT 1),
      (SELECT stage FROM cases_case WHERE id = %(case)s)) AS stage,
    (SELECT count(DISTINCT m.party_id) FROM cases_measure m
     WHERE m.case_id = %(case)s AND m.ends_at IS NULL AND m.kind IN ({_HOLDING})) AS held,
    COALESCE((SELECT g.name FROM cases_charge g JOIN cases_party p ON p.id = g.party_id
      WHERE p.case_id = %(case)s ORDER BY p.position, g.position LIMIT 1), '') AS charge,
    COALESCE((SELECT string_agg(p.name || ' ' || p.initials, ' ' ORDER BY p.position) FROM cases_party p
      WHERE p.case_id = %(case)s), '') AS people,
    COALESCE((SELECT string_agg(p.name || ' ' || p.initials, ' ' ORDER BY p.position) FROM cases_party p
      WHERE p.case_id = %(case)s AND p.kind IN ({_SUSPECTS})), '') AS pursued,
    COALESCE((SELECT string_agg(n.text, ' ') FROM cases_casenumber n WHERE n.case_id = %(case)s), '') AS numbers
), changed AS (
  UPDATE cases_case c SET version = c.version + %(step)s, stage = d.stage,
    handling_unit_id = COALESCE(%(handling)s::uuid, c.handling_unit_id)
  FROM derived d WHERE c.id = %(case)s
  RETURNING c.version, c.name, c.number, c.category, c.stage,
            (SELECT u.short_name FROM org_unit u WHERE u.id = c.handling_unit_id) AS handling
), due AS (
  SELECT DISTINCT ON (l.unit_id) l.unit_id, l.due_at, l.name FROM cases_limit l
  WHERE l.case_id = %(case)s AND l.state = 'running' ORDER BY l.unit_id, l.due_at
), granted AS (
  UPDATE cases_grant g SET
    stage = ch.stage, name = ch.name, number = ch.number, category = ch.category, charge = d.charge,
    in_custody = d.held, handling_unit = ch.handling, updated_at = %(now)s,
    search = left(lower(ch.number || ' ' || ch.name || ' '
      || CASE WHEN u.kind IN ({_EXECUTING}) THEN d.pursued ELSE d.people END || ' ' || d.numbers), 600),
    next_due = (SELECT due_at FROM due WHERE due.unit_id = g.unit_id),
    next_due_name = COALESCE((SELECT due.name FROM due WHERE due.unit_id = g.unit_id), '')
  FROM changed ch, derived d, org_unit u
  WHERE g.case_id = %(case)s AND u.id = g.unit_id AND g.role NOT IN ('past', 'reviewing')
), owing AS (
  UPDATE cases_grant g SET
    next_due = (SELECT due_at FROM due WHERE due.unit_id = g.unit_id),
    next_due_name = COALESCE((SELECT due.name FROM due WHERE due.unit_id = g.unit_id), '')
  WHERE g.case_id = %(case)s AND g.role IN ('past', 'reviewing') AND g.search <> ''
), frozen AS (
  UPDATE cases_grant g SET
    name = ch.name, number = ch.number, category = ch.category, charge = d.charge, in_custody = d.held,
    handling_unit = ch.handling, updated_at = %(now)s,
    search = left(lower(ch.number || ' ' || ch.name || ' ' || COALESCE((
      SELECT string_agg(p.name || ' ' || p.initials, ' ' ORDER BY p.position) FROM cases_party p
      WHERE p.case_id = %(case)s AND p.id::text IN (
        SELECT shown->>'id' FROM cases_sheet s, jsonb_array_elements(s.body::jsonb->'parties') shown
        WHERE s.id = g.sheet_id)), '') || ' ' || d.numbers), 600),
    next_due = (SELECT due_at FROM due WHERE due.unit_id = g.unit_id),
    next_due_name = COALESCE((SELECT due.name FROM due WHERE due.unit_id = g.unit_id), '')
  FROM changed ch, derived d
  WHERE g.case_id = %(case)s AND g.role IN ('past', 'reviewing') AND g.search = ''
)
SELECT version, stage FROM changed
"""  # noqa: S608 - built from our own enums alone, see above


def derive(
    case_id: UUID, *, same_version: bool = False, handling_unit_id: UUID | None = None
) -> tuple[int, str]:
    """Bring the case's version and stage and its grants' columns up to date; return (version, stage)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "case": case_id,
                "now": clock.now(),
                "step": 0 if same_version else 1,
                "handling": handling_unit_id,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no case {case_id}")
    return row[0], row[1]
