"""Rows of the room by statements written once, for what every act does: composing one anew costs more than running it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

from antong.flow.models import HandOver, Round

Row = TypeVar("Row", bound=Model)


class Statement(Generic[Row]):
    """A statement that reads rows of one table; `{columns}` in its text stands for all of them, of the table as t.

    Further columns of the statement become attributes of the row by the names in `extra`.
    """

    def __init__(self, model: type[Row], text: str, *, extra: tuple[str, ...] = ()) -> None:
        fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented way to a model's fields
        self._model, self._extra = model, extra
        self._names = [field.attname for field in fields]
        self._converted = [
            (place, field.from_db_value)
            for place, field in enumerate(fields)
            if hasattr(field, "from_db_value")
        ]
        self._text = text.format(columns=", ".join(f't."{field.column}"' for field in fields))

    def all(self, values: Mapping[str, Any]) -> list[Row]:
        """Return the rows; one statement."""
        with connection.cursor() as cursor:
            cursor.execute(self._text, values)
            return [self._row(list(row)) for row in cursor.fetchall()]

    def first(self, values: Mapping[str, Any]) -> Row | None:
        """Return the first row or None; one statement."""
        return next(iter(self.all(values)), None)

    def _row(self, values: list[Any]) -> Row:
        for place, convert in self._converted:
            values[place] = convert(values[place], None, connection)
        row = self._model.from_db(connection.alias, self._names, values[: len(self._names)])
        for name, value in zip(self._extra, values[len(self._names) :], strict=True):
            setattr(row, name, value)
        return row


def save(handover: HandOver, changes: Mapping[str, Any], of_round: Mapping[str, Any]) -> None:
    """Write named fields of a hand-over and of its round under way; one statement."""
    values: dict[str, Any] = {"handover": handover.id, "round": handover.round}
    text = f"UPDATE flow_handover SET {_sets(HandOver, changes, 'h_', values)} WHERE id = %(handover)s"  # noqa: S608
    if of_round:
        sets = _sets(Round, of_round, "r_", values)
        text = (
            f"WITH r AS (UPDATE flow_round SET {sets}"  # noqa: S608
            f" WHERE handover_id = %(handover)s AND number = %(round)s) {text}"
        )
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def _sets(model: type[Model], changes: Mapping[str, Any], prefix: str, values: dict[str, Any]) -> str:
    fields = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001 - as above
    parts = []
    for name, value in changes.items():
        field = fields[name]
        values[prefix + name] = field.get_db_prep_save(value, connection)
        parts.append(f'"{field.column}" = %({prefix}{name})s')
    return ", ".join(parts)


def add(*rows: Model) -> None:
    """Add rows of several tables; one statement. Foreign keys between them are checked at the end of the act."""
    tables: dict[type[Model], list[Model]] = {}
    for row in rows:
        tables.setdefault(type(row), []).append(row)
    values: list[Any] = []
    parts = [_insert(model, found, values) for model, found in tables.items()]
    ahead = ", ".join(f"a{place} AS ({part})" for place, part in enumerate(parts[:-1]))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {ahead} {parts[-1]}" if ahead else parts[-1], values)


def _insert(model: type[Model], rows: list[Model], values: list[Any]) -> str:
    fields = model._meta.concrete_fields  # noqa: SLF001 - as above
    for row in rows:
        values += [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["(" + ", ".join(["%s"] * len(fields)) + ")"] * len(rows))
    return f"INSERT INTO {model._meta.db_table} ({columns}) VALUES {places}"  # noqa: S608, SLF001 - names of our own
