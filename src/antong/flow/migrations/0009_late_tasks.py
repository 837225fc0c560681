"""Open tasks by their day, and approvals by when they came: the sweep of what is late looks once a minute, over the whole house."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two indexes, made while others work."""

    atomic = False
    dependencies = [("flow", "0008_day_work")]

    operations = [
        AddIndexConcurrently(
            model_name="task",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True), ("kind__in", ["answer", "fix", "execute"])),
                fields=["due_at"],
                name="task_dated",
            ),
        ),
        AddIndexConcurrently(
            model_name="task",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True), ("kind__in", ["approve", "approve_answer"])),
                fields=["opened_at"],
                name="task_to_approve",
            ),
        ),
    ]
