"""Indexes that are the beginning of another are dropped: every act writes into each index of its tables."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0005_house_acts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='entry',
            name='chain',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.chain'),
        ),
    ]
