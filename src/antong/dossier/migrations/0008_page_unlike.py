"""The pages that somebody has to look at, or that are still in the making: of a file of thousands a few."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """An index, made while others work."""

    atomic = False
    dependencies = [("dossier", "0007_destroyed")]

    operations = [
        AddIndexConcurrently(
            model_name="page",
            index=models.Index(
                condition=models.Q(models.Q(("state", "ready"), _negated=True), ("doubtful", True), _connector="OR"),
                fields=["dossier"],
                name="page_unlike",
            ),
        ),
    ]
