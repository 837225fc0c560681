"""What runs by its day, whoever owes it: the sweep of what is past it looks once a minute, over the whole house."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """An index, made while others work."""

    atomic = False
    dependencies = [("cases", "0005_grant_search")]

    operations = [
        AddIndexConcurrently(
            model_name="limit",
            index=models.Index(condition=models.Q(("state", "running")), fields=["due_at"], name="limit_running"),
        ),
    ]
