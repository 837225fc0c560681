"""Between JSON and dataclasses: what is read is checked against its types, what is sent leaves defaults out."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID


class Unexpected(ValueError):
    """An answer that is not what the description says: the other side is newer or older than this client."""


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def read(kind: Any, value: Any) -> Any:  # noqa: C901, PLR0911 - one branch a kind of type
    """Return a value of JSON as a type; raises Unexpected. Fields that the type does not know are left out."""
    if kind is Any:
        return value
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, value)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        if value is None and type(None) in inner:
            return None
        return read(next(one for one in inner if one is not type(None)), value)
    if origin is list and isinstance(value, list):
        return [read(inner[0], one) for one in value]
    if origin is dict and isinstance(value, dict):
        return {key: read(inner[1], one) for key, one in value.items()}
    if origin is Literal and isinstance(value, str):
        return value  # a word more than we know is no fault
    if isinstance(value, str) and kind in {UUID, datetime, date}:
        try:
            return UUID(value) if kind is UUID else kind.fromisoformat(value)
        except ValueError as problem:
            raise Unexpected(f"{value!r} is no {kind.__name__}") from problem
    if isinstance(kind, type) and isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    if kind is float and isinstance(value, int):
        return float(value)
    raise Unexpected(f"{value!r} is no {getattr(kind, '__name__', kind)}")


def _read_object(kind: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        raise Unexpected(f"{value!r} is no {kind.__name__}")
    hints, given = _hints(kind), {}
    for one in dataclasses.fields(kind):
        name = one.name.rstrip("_")
        if name in value:
            given[one.name] = read(hints[one.name], value[name])
    try:
        return kind(**given)
    except TypeError as problem:
        raise Unexpected(f"{kind.__name__}: {problem}") from problem


def plain(value: Any) -> Any:
    """Return a value as JSON has it: fields of dataclasses that are as by default are left out."""
    if dataclasses.is_dataclass(value):
        return {one.name.rstrip("_"): plain(held) for one, held in _held(value) if not _is_default(one, held)}
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("an instant needs its offset, as in 2026-01-02T21:10:00+08:00")
    return str(value) if isinstance(value, UUID) else value.isoformat() if isinstance(value, date) else value


def _held(value: Any) -> list[tuple[dataclasses.Field[Any], Any]]:
    return [(one, getattr(value, one.name)) for one in dataclasses.fields(value)]


def _is_default(one: dataclasses.Field[Any], held: Any) -> bool:
    if one.default is not dataclasses.MISSING:
        return bool(held == one.default)
    return one.default_factory is not dataclasses.MISSING and bool(held == one.default_factory())
