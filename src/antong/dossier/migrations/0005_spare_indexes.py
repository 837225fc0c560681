"""Indexes that are the beginning of another are dropped: every act writes into each index of its tables.

The keys themselves stay as they are: Django would drop and check them again, over whole tables that others wait for.
"""

import django.db.models.deletion
from django.db import migrations, models

SPARE = (
    ("dossier_volume_dossier_id_eb029251", "dossier_volume", "dossier_id"),
    ("dossier_document_dossier_id_e04140be", "dossier_document", "dossier_id"),
    ("dossier_page_original_id_1bf4d99b", "dossier_page", "original_id"),
    ("dossier_placement_entry_id_694f35b8", "dossier_placement", "entry_id"),
    ("dossier_blob_dossier_id_99819305", "dossier_blob", "dossier_id"),
    ("dossier_entry_volume_id_7d575e84", "dossier_entry", "volume_id"),
    ("dossier_numbercounter_unit_id_7b6df5d3", "dossier_numbercounter", "unit_id"),
)
"""Index, table, column, as the first migrations named them."""


class Migration(migrations.Migration):
    """Dropped beside those who write; begun again after an interruption it goes on."""

    atomic = False
    dependencies = [
        ("dossier", "0004_move"),
        ("org", "0012_terminals"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="blob",
                    name="dossier",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dossier.dossier",
                    ),
                ),
                migrations.AlterField(
                    model_name="document",
                    name="dossier",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="dossier.dossier",
                    ),
                ),
                migrations.AlterField(
                    model_name="entry",
                    name="volume",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="dossier.volume",
                    ),
                ),
                migrations.AlterField(
                    model_name="numbercounter",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                migrations.AlterField(
                    model_name="page",
                    name="original",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pages",
                        to="dossier.original",
                    ),
                ),
                migrations.AlterField(
                    model_name="placement",
                    name="entry",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="dossier.entry",
                    ),
                ),
                migrations.AlterField(
                    model_name="volume",
                    name="dossier",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="volumes",
                        to="dossier.dossier",
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
