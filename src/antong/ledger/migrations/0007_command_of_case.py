"""The remembered answers that name a case are found by it: lawful destruction removes them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    """The index is made beside those who write."""

    atomic = False
    dependencies = [
        ("ledger", "0006_spare_indexes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="command",
            index=models.Index(
                KeyTextTransform("case_id", "answer"),
                condition=models.Q(answer__has_key="case_id"),
                name="command_of_case",
            ),
        ),
    ]
