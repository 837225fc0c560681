"""No migration since the release before breaks that release: it serves while tables are brought up to date."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Now

from surviving import Step, faults

PREVIOUS = tomllib.loads((Path(__file__).parent / "previous.toml").read_text("utf-8"))
LAST: dict[str, str] = PREVIOUS["migrations"]
DOCS = "docs/operations.md, Upgrade"


def new_steps() -> list[Step]:
    """Return every step after the release before, with the tables as they are before it."""
    loader = MigrationLoader(None)
    state, done, steps = ProjectState(), set(), []
    for key in sorted(loader.disk_migrations):
        for node in loader.graph.forwards_plan(key):
            if node in done:
                continue
            done.add(node)
            room, name = node
            is_new = room in LAST and name > LAST[room]
            for operation in loader.disk_migrations[node].operations:
                if is_new:
                    steps.append((room, operation, state.clone()))
                operation.state_forwards(room, state)
    return steps


def test_the_release_before_survives_every_new_migration() -> None:
    allowed = PREVIOUS["exceptions"]
    reasons = {row["step"]: row["why"] for row in allowed["steps"]}
    found = dict(faults(new_steps()))
    wrong = {step: why for step, why in found.items() if step not in reasons}
    assert not wrong, f"{wrong}; how to do it: {DOCS}"
    assert set(reasons) <= set(found), "an exception that is no longer needed: remove it"
    assert all(len(why) > 20 for why in reasons.values()), "say why the release before survives it"
    assert len(reasons) == allowed["most"], "the list of exceptions only gets shorter"


def test_the_last_migrations_named_are_there() -> None:
    known = set(MigrationLoader(None).disk_migrations)
    assert set(LAST.items()) <= known


def tables() -> ProjectState:
    state = ProjectState()
    fields = [
        ("id", models.AutoField(primary_key=True)),
        ("name", models.CharField(max_length=20)),
        ("note", models.TextField(null=True)),
        ("flag", models.BooleanField(db_default=False)),
        ("parent", models.ForeignKey("cases.Thing", models.PROTECT)),
    ]
    state.add_model(ModelState("cases", "Thing", fields))
    return state


def step_of(operation: Operation, room: str = "cases") -> list[tuple[str, str]]:
    return list(faults([(room, operation, tables())]))


INDEX = models.Index(fields=["name"], name="thing_name")


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("thing", "more", models.TextField(default="")),
        migrations.AddField("thing", "more", models.ForeignKey("cases.Thing", models.CASCADE)),
        migrations.AddField("thing", "mark", models.CharField(max_length=9, unique=True, db_default="x")),
        migrations.RemoveField("thing", "note"),
        migrations.RenameField("thing", "note", "remark"),
        migrations.RenameModel("Thing", "Item"),
        migrations.DeleteModel("Thing"),
        migrations.AlterModelTable("thing", "other"),
        migrations.AlterField("thing", "note", models.TextField(default="")),
        migrations.AlterField("thing", "name", models.CharField(max_length=10)),
        migrations.AlterField("thing", "name", models.CharField(max_length=20, unique=True)),
        migrations.AlterField("thing", "name", models.IntegerField()),
        migrations.AlterField("thing", "name", models.CharField(max_length=20, db_column="title")),
        migrations.AlterField("thing", "flag", models.BooleanField(default=False)),
        migrations.AlterField(
            "thing", "parent", models.ForeignKey("cases.Thing", models.PROTECT, db_index=False)
        ),
        migrations.AlterUniqueTogether("thing", {("name", "note")}),
        migrations.AddConstraint("thing", models.CheckConstraint(condition=models.Q(name="x"), name="c")),
        migrations.AddIndex("thing", INDEX),
        migrations.RunPython(lambda *_: None),
        migrations.RunSQL("ALTER TABLE cases_thing DROP COLUMN note"),
        migrations.RunSQL(["SELECT 1", ("alter table cases_thing\n alter column note set not null", None)]),
        migrations.RunSQL("CREATE INDEX x ON cases_thing (name)"),
        migrations.RunSQL("ALTER TABLE a ADD CONSTRAINT c CHECK (true)"),
        migrations.RunSQL("SELECT 1; UPDATE cases_thing SET note = ''"),
        migrations.RunSQL("CREATE TRIGGER t BEFORE INSERT ON cases_thing EXECUTE FUNCTION f()"),
        migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("thing", "note")]),
    ],
    ids=lambda one: one.describe()[:40],
)
def test_what_the_release_before_cannot_survive_is_found(operation: Operation) -> None:
    assert len(step_of(operation)) == 1


@pytest.mark.parametrize(
    "operation",
    [
        migrations.CreateModel("Other", [("id", models.AutoField(primary_key=True))]),
        migrations.AddField("thing", "more", models.TextField(null=True)),
        migrations.AddField("thing", "at", models.DateTimeField(db_default=Now())),
        migrations.AddField("thing", "others", models.ManyToManyField("cases.Thing")),
        migrations.AlterField("thing", "name", models.CharField(max_length=40)),
        migrations.AlterField("thing", "name", models.CharField(max_length=20, null=True)),
        migrations.AlterField("thing", "note", models.TextField(null=True, help_text="said anew")),
        migrations.AlterModelOptions("thing", {"ordering": ["name"]}),
        migrations.RemoveIndex("thing", "thing_name"),
        AddIndexConcurrently("thing", INDEX),
        migrations.RunSQL("CREATE INDEX CONCURRENTLY x ON cases_thing (name) -- DROP TABLE it is not"),
        migrations.RunSQL("ALTER TABLE a ADD CONSTRAINT c CHECK (b <> 'DROP TABLE a; x') NOT VALID"),
        migrations.RunSQL("ALTER TABLE a ALTER COLUMN b DROP NOT NULL; DROP INDEX x"),
        migrations.RunPython(migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("thing", "note")]),
    ],
    ids=lambda one: one.describe()[:40],
)
def test_what_it_survives_is_let_through(operation: Operation) -> None:
    assert step_of(operation) == []


def test_a_table_that_is_new_itself_may_be_anything() -> None:
    new = migrations.CreateModel("Other", [("id", models.AutoField(primary_key=True))])
    more = migrations.AddField("other", "name", models.TextField(default=""))
    state = tables()
    assert list(faults([("cases", new, state), ("cases", more, state)])) == []
    assert len(list(faults([("cases", more, state)]))) == 1


def test_small_tables_may_have_their_index_at_once() -> None:
    assert step_of(migrations.AddIndex("thing", INDEX), room="org") == []


def test_a_looser_rule_in_the_place_of_a_stricter_one_is_let_through() -> None:
    state = tables()
    once = models.UniqueConstraint(fields=["name"], name="once")
    state.models["cases", "thing"].options["constraints"] = [once]
    loosen = migrations.RemoveConstraint("thing", "once")
    apart = models.UniqueConstraint(fields=["name", "note"], name="apart")
    other = models.UniqueConstraint(fields=["note"], name="other")
    both = [("cases", loosen, state), ("cases", migrations.AddConstraint("thing", apart), state)]
    assert list(faults(both)) == []
    assert len(list(faults(both[1:]))) == 1
    assert len(list(faults([both[0], ("cases", migrations.AddConstraint("thing", other), state)]))) == 1
