"""Indexes that are the beginning of another are dropped: every act writes into each index of its tables.

The keys themselves stay as they are: Django would drop and check them again, over whole tables that others wait for.
"""

import django.db.models.deletion
from django.db import migrations, models

SPARE = (
    ("cases_party_case_id_9d5babdc", "cases_party", "case_id"),
    ("cases_grant_unit_id_fc28b272", "cases_grant", "unit_id"),
    ("cases_grant_case_id_520717f5", "cases_grant", "case_id"),
    ("cases_charge_party_id_385b34f9", "cases_charge", "party_id"),
    ("cases_limit_case_id_3fce638c", "cases_limit", "case_id"),
    ("cases_casenumber_unit_id_ef31d3a7", "cases_casenumber", "unit_id"),
    ("cases_measure_case_id_0eabdc1b", "cases_measure", "case_id"),
)
"""Index, table, column, as the first migrations named them."""


class Migration(migrations.Migration):
    """Dropped beside those who write; begun again after an interruption it goes on."""

    atomic = False
    dependencies = [
        ("cases", "0006_running_limits"),
        ("org", "0012_terminals"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="casenumber",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                migrations.AlterField(
                    model_name="charge",
                    name="party",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="charges",
                        to="cases.party",
                    ),
                ),
                migrations.AlterField(
                    model_name="grant",
                    name="case",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="cases.case",
                    ),
                ),
                migrations.AlterField(
                    model_name="grant",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                migrations.AlterField(
                    model_name="limit",
                    name="case",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="limits",
                        to="cases.case",
                    ),
                ),
                migrations.AlterField(
                    model_name="measure",
                    name="case",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measures",
                        to="cases.case",
                    ),
                ),
                migrations.AlterField(
                    model_name="party",
                    name="case",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parties",
                        to="cases.case",
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
