from django.db import migrations, models
from django.db.models import Q

# Databases from before this table hold the model prefecture.
KEEP = """
INSERT INTO org_instance (id, name, letters, made_at)
SELECT 1, '云岭州', 'YL', now() WHERE EXISTS (SELECT 1 FROM org_unit)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('org', '0005_reports'),
    ]

    operations = [
        migrations.CreateModel(
            name='Instance',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('letters', models.CharField(max_length=8)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=Q(('id', 1)), name='one_instance')],
            },
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]
