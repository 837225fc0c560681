"""The three views that the watch reads, and nothing else: their names and columns are its contract (docs/watch.md).

Whoever changes a table below them keeps the columns as they are said there. A place is compared by its side: a
station and its bureau are one.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

VIEWS = """
CREATE VIEW watch_measures AS
SELECT m.id AS measure_id, m.case_id, c.number AS case_number, m.party_id, p.name AS person, m.kind,
  m.kind IN ('detention', 'arrest', 'imprisonment') AS holds, m.kind = 'imprisonment' AS sentence,
  m.starts_at, m.ends_at, c.handling_unit_id AS agency_id, COALESCE(b.id, u.id) AS agency_side_id,
  g.handler_id, l.due_at AS until_at, l.opened_at AS until_since, EXISTS (
    SELECT 1 FROM cases_limit r
    WHERE r.case_id = m.case_id AND r.party_id = m.party_id AND r.state = 'suspended' AND r.in_custody
  ) AS rests
FROM cases_measure m
JOIN cases_case c ON c.id = m.case_id
JOIN cases_party p ON p.id = m.party_id
JOIN org_unit u ON u.id = c.handling_unit_id
LEFT JOIN org_unit b ON b.id = u.parent_id AND u.kind = 'police_station'
LEFT JOIN cases_grant g ON g.unit_id = c.handling_unit_id AND g.case_id = c.id
LEFT JOIN LATERAL (
  SELECT x.due_at, x.opened_at FROM cases_limit x
  WHERE x.case_id = m.case_id AND x.party_id = m.party_id AND x.state = 'running' AND x.in_custody
  ORDER BY x.due_at DESC LIMIT 1
) l ON true;

CREATE VIEW watch_admissions AS
SELECT a.id AS admission_id, a.case_id, c.number AS case_number, a.party_id, p.name AS person, a.place_id,
  a.admitted_at, a.discharged_at, COALESCE(b.id, u.id) AS told_side_id, a.told_until, a.told_at, a.release_ordered_at,
  c.handling_unit_id AS agency_id
FROM custody_admission a
JOIN cases_case c ON c.id = a.case_id
JOIN cases_party p ON p.id = a.party_id
JOIN org_unit u ON u.id = a.agency_id
LEFT JOIN org_unit b ON b.id = u.parent_id AND u.kind = 'police_station';

CREATE VIEW watch_documents AS
SELECT d.id AS document_id, d.dossier_id AS case_id, w.party_id::uuid AS party_id, d.kind, d.number,
  COALESCE(d.happened_at, d.issued_at) AS issued_at, d.unit_id
FROM dossier_document d CROSS JOIN LATERAL jsonb_array_elements_text(d.party_ids) AS w(party_id)
WHERE d.state = 'issued';
"""
GONE = "DROP VIEW watch_documents; DROP VIEW watch_admissions; DROP VIEW watch_measures;"


class Migration(migrations.Migration):
    """The views."""

    dependencies: ClassVar = [
        ("watch", "0001_alarms"),
        ("cases", "0008_limits_anew"),
        ("custody", "0001_initial"),
        ("dossier", "0006_surplus"),
        ("org", "0012_terminals"),
    ]
    operations: ClassVar = [migrations.RunSQL(VIEWS, GONE)]
