"""Indexes that are the beginning of another are dropped: every act writes into each index of its tables.

The keys themselves stay as they are: Django would drop and check them again, over whole tables that others wait for.
"""

import django.db.models.deletion
from django.db import migrations, models

SPARE = (("ledger_entry_chain_id_ded0f27d", "ledger_entry", "chain_id"),)
"""Index, table, column, as the first migrations named them."""


class Migration(migrations.Migration):
    """Dropped beside those who write; begun again after an interruption it goes on."""

    atomic = False
    dependencies = [
        ("ledger", "0005_house_acts"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="entry",
                    name="chain",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.chain",
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
