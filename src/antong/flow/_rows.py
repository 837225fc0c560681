"""Rows of the room by statements written once, for what every act does: composing one anew costs more than running it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Field, JSONField, Model

from antong.flow.models import HandOver, Round
from antong.kernel.ahead import Ahead

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


def saving(handover: HandOver, changes: Mapping[str, Any], of_round: Mapping[str, Any]) -> Ahead:
    """Return what writes named fields of a hand-over and of its round under way."""
    values: dict[str, Any] = {"handover": handover.id, "round": handover.round}
    text = f"h AS (UPDATE flow_handover SET {_sets(HandOver, changes, 'h_', values)} WHERE id = %(handover)s)"  # noqa: S608
    if of_round:
        sets = _sets(Round, of_round, "r_", values)
        text += (
            f", r AS (UPDATE flow_round SET {sets} WHERE handover_id = %(handover)s AND number = %(round)s)"  # noqa: S608
        )
    return Ahead(text=text, values=values)


def write(ahead: Ahead) -> Any:
    """Write what no other statement carries along; return its answer; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(ahead.statement, ahead.values)
        return cursor.fetchone()


@cache
def _array(field: Field[Any, Any]) -> str:
    return f"{field.db_type(connection)}[]"


@cache
def _written(model: type[Model]) -> dict[str, tuple[Field[Any, Any], bool]]:
    """Return the fields of a model by name, each with whether the driver needs its values made ready by Django."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - as above
    return {field.name: (field, isinstance(field, JSONField)) for field in fields}


def _prepared(field: Field[Any, Any], convert: bool, value: Any) -> Any:  # noqa: FBT001 - as kept beside the field
    return field.get_db_prep_save(value, connection) if convert else value


def _sets(model: type[Model], changes: Mapping[str, Any], prefix: str, values: dict[str, Any]) -> str:
    written = _written(model)
    parts = []
    for name, value in changes.items():
        field, convert = written[name]
        values[prefix + name] = _prepared(field, convert, value)
        parts.append(f'"{field.column}" = %({prefix}{name})s')
    return ", ".join(parts)


def adding(*rows: Model) -> Ahead:
    """Return what adds rows of several tables. Foreign keys between them are checked at the end of the act."""
    tables: dict[type[Model], list[Model]] = {}
    for row in rows:
        tables.setdefault(type(row), []).append(row)
    values: dict[str, Any] = {}
    parts = [_insert(model, found, values) for model, found in tables.items()]
    return Ahead(text=", ".join(f"a{place} AS ({part})" for place, part in enumerate(parts)), values=values)


def _insert(model: type[Model], rows: list[Model], values: dict[str, Any]) -> str:
    # what no row says is left to the database: the driver keeps statements of at most fifty values at hand
    given_all = (
        (field, convert, [getattr(row, field.attname) for row in rows])
        for field, convert in _written(model).values()
    )
    written = [one for one in given_all if any(value is not None for value in one[2])]
    columns = ", ".join(f'"{field.column}"' for field, _, _ in written)
    names = [f"a{len(values) + place}" for place in range(len(written))]
    into = f"{model._meta.db_table} ({columns})"  # noqa: SLF001 - as above
    if len(rows) == 1:
        values |= {
            name: _prepared(field, convert, given[0])
            for name, (field, convert, given) in zip(names, written, strict=True)
        }
        places = ", ".join(f"%({name})s" for name in names)
        return f"INSERT INTO {into} VALUES ({places})"  # noqa: S608 - names of our own
    values |= {
        name: [_prepared(field, convert, one) for one in given]
        for name, (field, convert, given) in zip(names, written, strict=True)
    }
    arrays = ", ".join(
        f"%({name})s::{_array(field)}" for name, (field, _, _) in zip(names, written, strict=True)
    )
    return f"INSERT INTO {into} SELECT * FROM unnest({arrays})"  # noqa: S608 - names of our own
