"""The notices about a case and a hand-over are found by index: lawful destruction removes them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The indexes are made beside those who write."""

    atomic = False
    dependencies = [
        ("org", "0012_terminals"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(
                fields=["case_id"], condition=models.Q(case_id__isnull=False), name="notice_of_case"
            ),
        ),
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(
                fields=["handover_id"], condition=models.Q(handover_id__isnull=False), name="notice_of_handover"
            ),
        ),
    ]
