"""What a case and a hand-over have left in tables that grow with the house is found by index: lawful destruction removes it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The indexes are made beside those who write."""

    atomic = False
    dependencies = [
        ("flow", "0011_room_in_rounds"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="task",
            index=models.Index(fields=["case_id"], name="task_of_case"),
        ),
        AddIndexConcurrently(
            model_name="task",
            index=models.Index(fields=["handover"], name="task_of_handover"),
        ),
        AddIndexConcurrently(
            model_name="overdue",
            index=models.Index(fields=["case_id"], name="overdue_of_case"),
        ),
    ]
