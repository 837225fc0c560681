"""Indexes that are the beginning of another are dropped: every act writes into each index of its tables."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # indexes are made and dropped beside those who write

    dependencies = [
        ('cases', '0007_spare_indexes'),
        ('flow', '0009_late_tasks'),
        ('org', '0012_terminals'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='task',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['unit', 'due_at', 'opened_at'], name='task_waiting'),
        ),
        RemoveIndexConcurrently(
            model_name='task',
            name='task_open',
        ),
        RemoveIndexConcurrently(
            model_name='task',
            name='task_of_handover',
        ),
        migrations.AlterField(
            model_name='handover',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case'),
        ),
        migrations.AlterField(
            model_name='handover',
            name='from_unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit'),
        ),
        migrations.AlterField(
            model_name='obligation',
            name='handover',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='obligations', to='flow.handover'),
        ),
        migrations.AlterField(
            model_name='obligation',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit'),
        ),
        migrations.AlterField(
            model_name='returnreason',
            name='handover',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reasons', to='flow.handover'),
        ),
        migrations.AlterField(
            model_name='round',
            name='handover',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='flow.handover'),
        ),
        migrations.AlterField(
            model_name='subject',
            name='handover',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='subjects', to='flow.handover'),
        ),
    ]
