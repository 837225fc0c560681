"""Readings by their instant: of a unit's own cases whoever read them, and who read most."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """An index, made while others work."""

    atomic = False
    dependencies = [("ledger", "0003_given_head")]

    operations = [
        AddIndexConcurrently(model_name="readlog", index=models.Index(fields=["-at"], name="reading_by_time")),
    ]
