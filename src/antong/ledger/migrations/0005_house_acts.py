"""The house's own chain by act, by person, by whom it was about, and by time: small indexes of that chain alone."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from antong.ledger.types import SYSTEM_CHAIN

OWN = models.Q(chain=SYSTEM_CHAIN)


class Migration(migrations.Migration):
    """Four indexes, made while others work."""

    atomic = False
    dependencies = [("ledger", "0004_readings_by_time")]

    operations = [
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(fields=["act", "number"], name="house_by_act", condition=OWN),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(fields=["person_id", "number"], name="house_by_person", condition=OWN),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=GinIndex(fields=["subject_ids"], name="house_by_subject", condition=OWN),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(fields=["recorded_at", "number"], name="house_by_time", condition=OWN),
        ),
    ]
