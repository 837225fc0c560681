"""Lists of those who handle or oversee a case say when custody ends: also for cases in which nobody acts any more."""

from django.db import migrations

FILL = """
UPDATE cases_grant g SET next_due = l.due_at, next_due_name = l.name
FROM (
  SELECT DISTINCT ON (case_id) case_id, due_at, name FROM cases_limit
  WHERE state = 'running' AND in_custody ORDER BY case_id, due_at
) l, org_unit u
WHERE g.case_id = l.case_id AND u.id = g.unit_id AND g.role NOT IN ('past', 'reviewing')
  AND u.kind NOT IN ('detention', 'justice', 'legal_aid', 'prison')
  AND (g.next_due IS NULL OR g.next_due > l.due_at)
"""


class Migration(migrations.Migration):
    """One statement over the grants of held cases."""

    dependencies = [
        ("cases", "0003_held_grants"),
        ("org", "0004_known_addresses"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
