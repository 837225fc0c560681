"""Search by index: pairs of letters of what a grant is found by, each with its unit, in a table of their own.

In a table of its own because a grant's other columns change at every act, and each change would enter all pairs again.
The trigger keeps it to `cases_grant.search`, whichever statement wrote that.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION cases_grams(unit uuid, words text) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT COALESCE(array_agg(DISTINCT ('x' || substr(md5(unit::text || pair), 1, 8))::bit(32)::int), '{}')
  FROM (SELECT substr(words, place, 2) AS pair FROM generate_series(1, length(words) - 1) place) pairs
  WHERE pair !~ '\\s'
$$;
CREATE FUNCTION cases_grant_found() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO cases_grantsearch (grant_id, grams) VALUES (NEW.id, cases_grams(NEW.unit_id, NEW.search))
  ON CONFLICT (grant_id) DO UPDATE SET grams = EXCLUDED.grams;
  RETURN NULL;
END $$;
CREATE TRIGGER grant_entered AFTER INSERT ON cases_grant FOR EACH ROW WHEN (NEW.search <> '')
  EXECUTE FUNCTION cases_grant_found();
CREATE TRIGGER grant_found_otherwise AFTER UPDATE OF search ON cases_grant FOR EACH ROW
  WHEN (NEW.search <> '' AND NEW.search <> OLD.search) EXECUTE FUNCTION cases_grant_found();
INSERT INTO cases_grantsearch (grant_id, grams)
  SELECT id, cases_grams(unit_id, search) FROM cases_grant WHERE search <> '';
"""
BACK = """
DROP TRIGGER grant_entered ON cases_grant;
DROP TRIGGER grant_found_otherwise ON cases_grant;
DROP FUNCTION cases_grant_found();
DROP FUNCTION cases_grams(uuid, text);
"""


class Migration(migrations.Migration):
    """A table, its index, and the triggers that fill it."""

    dependencies = [("cases", "0004_custody_in_lists")]

    operations = [
        migrations.CreateModel(
            name="GrantSearch",
            fields=[
                (
                    "grant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="cases.grant",
                    ),
                ),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["grams"], name="grant_search")]
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
