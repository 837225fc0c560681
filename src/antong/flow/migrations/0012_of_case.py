"""What a case has left among what was overdue is found by index: lawful destruction removes it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index is made beside those who write."""

    atomic = False
    dependencies = [
        ("flow", "0011_room_in_rounds"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="overdue",
            index=models.Index(fields=["case_id"], name="overdue_of_case"),
        ),
    ]
