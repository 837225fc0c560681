"""Indexes that are the beginning of another are dropped: every act writes into each index of its tables.

The keys themselves stay as they are: Django would drop and check them again, over whole tables that others wait for.
"""

import django.db.models.deletion
from django.db import migrations, models

SPARE = (
    ("flow_subject_handover_id_a5f8dc45", "flow_subject", "handover_id"),
    ("flow_round_handover_id_ebb5adff", "flow_round", "handover_id"),
    ("flow_handover_case_id_562a1f06", "flow_handover", "case_id"),
    ("flow_handover_from_unit_id_dcbc2550", "flow_handover", "from_unit_id"),
    ("flow_obligation_handover_id_d666e4f6", "flow_obligation", "handover_id"),
    ("flow_obligation_unit_id_b342fd57", "flow_obligation", "unit_id"),
    ("flow_returnreason_handover_id_947fb6af", "flow_returnreason", "handover_id"),
    ("flow_task_unit_id_cf45e30c", "flow_task", "unit_id"),
    ("flow_task_handover_id_b4d3818a", "flow_task", "handover_id"),
)
"""Index, table, column, as the first migrations named them."""


MADE = {
    "task_waiting": "flow_task (unit_id, due_at, opened_at) WHERE closed_at IS NULL",
    "task_closed": "flow_task (closed_by, closed_at DESC) WHERE closed_by IS NOT NULL",
    "task_to_execute": "flow_task (case_id) WHERE closed_at IS NULL AND kind = 'execute'",
}
GONE = {
    "task_open": "flow_task (unit_id, due_at) WHERE closed_at IS NULL",
    "task_of_handover": "flow_task (handover_id) WHERE closed_at IS NULL",
    "task_done": "flow_task (closed_by, closed_at DESC)",
}


class Migration(migrations.Migration):
    """Dropped beside those who write; begun again after an interruption it goes on."""

    atomic = False
    dependencies = [
        ("cases", "0007_spare_indexes"),
        ("flow", "0009_late_tasks"),
        ("org", "0012_terminals"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["unit", "due_at", "opened_at"],
                        name="task_waiting",
                    ),
                ),
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(
                        fields=["closed_by", "-closed_at"],
                        condition=models.Q(("closed_by__isnull", False)),
                        name="task_closed",
                    ),
                ),
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(
                        fields=["case_id"],
                        condition=models.Q(("closed_at__isnull", True), ("kind", "execute")),
                        name="task_to_execute",
                    ),
                ),
                *(migrations.RemoveIndex(model_name="task", name=name) for name in GONE),
            ],
        ),
        # what an interruption left unfinished is made anew
        *(
            operation
            for name, what in MADE.items()
            for operation in (
                migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", migrations.RunSQL.noop),
                migrations.RunSQL(
                    f"CREATE INDEX CONCURRENTLY {name} ON {what}",
                    f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                ),
            )
        ),
        *(
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {what}",
            )
            for name, what in GONE.items()
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="task",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                migrations.AlterField(
                    model_name="task",
                    name="handover",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="flow.handover",
                    ),
                ),
                migrations.AlterField(
                    model_name="handover",
                    name="case",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                migrations.AlterField(
                    model_name="handover",
                    name="from_unit",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                migrations.AlterField(
                    model_name="obligation",
                    name="handover",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="flow.handover",
                    ),
                ),
                migrations.AlterField(
                    model_name="obligation",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                migrations.AlterField(
                    model_name="returnreason",
                    name="handover",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reasons",
                        to="flow.handover",
                    ),
                ),
                migrations.AlterField(
                    model_name="round",
                    name="handover",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rounds",
                        to="flow.handover",
                    ),
                ),
                migrations.AlterField(
                    model_name="subject",
                    name="handover",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subjects",
                        to="flow.handover",
                    ),
                ),
            ],
        ),
        *(
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({column})",
            )
            for name, table, column in SPARE
        ),
    ]
