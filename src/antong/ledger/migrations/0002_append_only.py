"""Entries, leaves, heads and readings can be added, never changed or removed, whoever asks."""

from django.db import migrations

TABLES = ("ledger_entry", "ledger_leaf", "ledger_head", "ledger_readlog", "ledger_readbatch")

FORWARD = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION ledger_opening_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('antong.destroying', true) = 'on' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'openings are destroyed by the archive alone: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "".join(
    f"""
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
"""
    for table in TABLES
) + """
CREATE TRIGGER opening_kept BEFORE UPDATE OR DELETE ON ledger_opening FOR EACH ROW EXECUTE FUNCTION ledger_opening_kept();
CREATE TRIGGER opening_kept_all BEFORE TRUNCATE ON ledger_opening FOR EACH STATEMENT EXECUTE FUNCTION ledger_opening_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
