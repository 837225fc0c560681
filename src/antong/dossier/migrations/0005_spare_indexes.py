"""Indexes that are the beginning of another are dropped: every act writes into each index of its tables."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dossier', '0004_move'),
        ('org', '0012_terminals'),
    ]

    operations = [
        migrations.AlterField(
            model_name='blob',
            name='dossier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dossier.dossier'),
        ),
        migrations.AlterField(
            model_name='document',
            name='dossier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='dossier.dossier'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='volume',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='dossier.volume'),
        ),
        migrations.AlterField(
            model_name='numbercounter',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit'),
        ),
        migrations.AlterField(
            model_name='page',
            name='original',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='pages', to='dossier.original'),
        ),
        migrations.AlterField(
            model_name='placement',
            name='entry',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='dossier.entry'),
        ),
        migrations.AlterField(
            model_name='volume',
            name='dossier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='volumes', to='dossier.dossier'),
        ),
    ]
