"""Whether the release before survives a migration: it goes on reading and writing while and after it is done.

What a step does to the database decides, not how it is written; `docs/operations.md` says how to do what is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field, Model, UniqueConstraint

Step = tuple[str, Operation, ProjectState]
"""The room's label, a step, and the tables as they are before it."""

RENAMED = "a new column beside, both written, then the old one removed"
OFFENDS = "what the program before writes may offend it: one release after the code that keeps to it"
BY_JOB = "fill or clear by a job, in small parts"
CONCURRENTLY = "AddIndexConcurrently, with atomic = False: every write waits for an ordinary one"
GONE = "the program before still uses it: remove it one release after the code has stopped"
FREE = (
    migrations.CreateModel, migrations.AlterModelOptions, migrations.AlterModelManagers, migrations.RemoveIndex,
    migrations.RemoveConstraint, migrations.RenameIndex, migrations.AlterModelTableComment,
)  # fmt: skip
SMALL = frozenset({"org"})
"""Rooms whose tables do not grow with the cases."""
SQL = {
    r"\bDROP\s+(TABLE|COLUMN|VIEW|SCHEMA|TYPE)\b": GONE,
    r"\bRENAME\b": RENAMED,
    r"\bSET\s+NOT\s+NULL\b": "the program before may leave it empty",
    r"\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b": "a new column beside",
    r"\bADD\s+CONSTRAINT\b(?!.*\bNOT\s+VALID\b)": "what the program before writes may offend it; and it locks: NOT VALID first",
    r"\bCREATE\s+(UNIQUE\s+)?INDEX\b(?!\s+CONCURRENTLY)": "CONCURRENTLY, with atomic = False: every write waits for it",
    r"\bLOCK\s+TABLE\b": "everybody waits",
    r"\bTRUNCATE\b": GONE,
    r"\b(UPDATE|DELETE\s+FROM)\s+\w": BY_JOB,
    r"\bCREATE\s+(OR\s+REPLACE\s+)?(CONSTRAINT\s+)?TRIGGER\b": "it may refuse what the program before writes",
}


@dataclass(slots=True)
class _Seen:
    """What the steps so far have done: tables that are new, and what was unique in which until it was loosened."""

    made: set[tuple[str, str]] = field(default_factory=set)
    unique: set[tuple[str, str, frozenset[str]]] = field(default_factory=set)

    def note(self, room: str, step: Operation, state: ProjectState) -> None:
        """Take note of a step before it is done."""
        if isinstance(step, migrations.CreateModel):
            self.made.add((room, step.name_lower))
        if isinstance(step, migrations.RemoveConstraint):
            for one in state.models[room, step.model_name_lower].options.get("constraints", []):
                if one.name == step.name and isinstance(one, UniqueConstraint):
                    self.unique.add((room, step.model_name_lower, frozenset(one.fields)))

    def kept_anyway(self, room: str, step: migrations.AddConstraint) -> bool:
        """Whether what the program before writes keeps to it: it kept to a stricter one, which this one follows."""
        one = step.constraint
        return isinstance(one, UniqueConstraint) and any(
            (room, step.model_name_lower) == (where, table) and fields <= frozenset(one.fields)
            for where, table, fields in self.unique
        )


def faults(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    """Yield (step, why) for each that the release before does not survive."""
    seen = _Seen()
    for room, step, state in steps:
        seen.note(room, step, state)
        apart = isinstance(step, migrations.SeparateDatabaseAndState)
        for one in step.database_operations if apart else [step]:
            why = _why(room, one, state, seen)
            if why:
                yield f"{room}: {one.describe()}", why


def _why(room: str, step: Operation, state: ProjectState, seen: _Seen) -> str:
    """Return why the release before does not survive it; nothing where it does."""
    table = getattr(step, "model_name_lower", "") or getattr(step, "name_lower", "")
    # what the program before does not know does it no harm
    if isinstance(step, FREE) or (room, table) in seen.made:
        return ""
    rules: tuple[tuple[Any, Callable[[Any], str]], ...] = (
        (migrations.AddField, lambda one: _added(one.field)),
        (migrations.AlterField, lambda one: _altered(state.models[room, table].fields[one.name], one.field)),
        (migrations.AddIndex, lambda one: _indexed(room, one)),
        (migrations.RunSQL, lambda one: _sql(one.sql)),
        (migrations.AddConstraint, lambda one: "" if seen.kept_anyway(room, one) else OFFENDS),
        (migrations.AlterUniqueTogether, lambda _: OFFENDS),
        (migrations.RunPython, lambda one: "" if one.code is migrations.RunPython.noop else BY_JOB),
    )
    return next((rule(step) for kind, rule in rules if isinstance(step, kind)), GONE)


def _indexed(room: str, step: Operation) -> str:
    concurrent = type(step).__name__ == "AddIndexConcurrently"
    return "" if concurrent or room in SMALL else CONCURRENTLY


def _added(new: Field) -> str:  # type: ignore[type-arg]
    filled = new.db_default is not NOT_PROVIDED
    if filled and new.unique:
        return "unique, with one default for all"
    if new.many_to_many or new.null or filled or new.generated:
        return ""
    return "null=True, or db_default: the program before inserts without it"


def _altered(old: Field, new: Field) -> str:  # type: ignore[type-arg]
    shorter = new.max_length is not None and (old.max_length is None or new.max_length < old.max_length)
    bare = old.db_default is not NOT_PROVIDED and new.db_default is NOT_PROVIDED and not new.null
    rekeyed = bool(new.remote_field) and old.db_index != new.db_index
    rules = (
        (old.null and not new.null, "the program before may leave it empty"),
        (new.unique and not old.unique, "what the program before writes may offend it"),
        (_kind(old) != _kind(new), "another type: a new column beside"),
        (shorter, "shorter than what the program before may write"),
        (old.db_column != new.db_column, RENAMED),
        (bare, "the program before may insert without it"),
        (
            rekeyed,
            "Django drops the key and checks it again over the whole table: the state alone, the index by SQL",
        ),
    )
    return next((why for wrong, why in rules if wrong), "")


def _kind(one: Field) -> object:  # type: ignore[type-arg]
    target = one.remote_field.model if one.remote_field else None
    if isinstance(target, type) and issubclass(target, Model):
        target = target._meta.label
    return one.get_internal_type(), str(target).lower(), getattr(one, "max_digits", None)


def _sql(sql: object) -> str:
    rows = sql if isinstance(sql, list | tuple) else [sql]
    texts = [str(row[0] if isinstance(row, list | tuple) else row) for row in rows]
    text = re.sub(r"--[^\n]*|/\*.*?\*/|'[^']*'", " ", " ;".join(texts), flags=re.DOTALL)
    for statement in text.split(";"):
        for pattern, why in SQL.items():
            if re.search(pattern, " ".join(statement.split()), re.IGNORECASE):
                return why
    return ""
