"""A file that was lawfully destroyed: when its key went, and when its objects were gone from every place."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index is made beside those who write."""

    atomic = False
    dependencies = [
        ("dossier", "0006_surplus"),
    ]

    operations = [
        migrations.AddField(
            model_name="dossier",
            name="destroyed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="dossier",
            name="emptied_at",
            field=models.DateTimeField(null=True),
        ),
        AddIndexConcurrently(
            model_name="dossier",
            index=models.Index(
                condition=models.Q(("destroyed_at__isnull", False), ("emptied_at__isnull", True)),
                fields=["destroyed_at"],
                name="dossier_to_empty",
            ),
        ),
    ]
