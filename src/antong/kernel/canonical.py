"""Canonical JSON and digests: the same value gives the same bytes everywhere (RFC 8785 for the values we use)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID


def plain(value: Any) -> Any:
    """Return `value` as JSON types: UUID and dates as text (instants in UTC, microseconds), enums as their value.

    Floats are refused: amounts are integers of the smallest unit or text.
    """
    kind = type(value)
    if kind in _AS_IT_IS:  # most of what a file or a sheet consists of, so asked first
        return value
    if kind is dict:
        return {key if type(key) is str else str(plain(key)): plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [plain(item) for item in value]
    return _other(value)


_AS_IT_IS = frozenset({str, int, bool, type(None)})


def _other(value: Any) -> Any:  # noqa: PLR0911 - one answer a type
    match value:
        case int() | str():
            return value.value if isinstance(value, Enum) else value
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case bytes() | memoryview():
            return bytes(value).hex()
        case dict():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted(plain(item) for item in value)
        case _:
            raise TypeError(f"no canonical form for {type(value).__name__}")


def dumps(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of `value`: sorted keys, no spaces, no escapes beyond JSON's own."""
    return written(plain(value))


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def written(value: Any) -> bytes:
    """Return the canonical bytes of a value that is JSON types already: `plain` made it, or JSON was read."""
    return _ENCODER.encode(value).encode()


def digest(value: Any) -> bytes:
    """Return the SHA-256 of the canonical bytes (32 bytes)."""
    return hashlib.sha256(dumps(value)).digest()
