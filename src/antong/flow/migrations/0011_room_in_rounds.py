"""Pages of rounds keep room: a round is written anew by almost every act, and one that stays on its page costs no index.

It holds for pages that are filled from now on; nothing is moved, and nobody waits for it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    """A setting of the table."""

    dependencies = [("flow", "0010_spare_indexes")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE flow_round SET (fillfactor = 70)", "ALTER TABLE flow_round RESET (fillfactor)"
        ),
    ]
