"""A fault of a definition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple


class Finding(NamedTuple):
    """One fault: its kind, where it stands (`flow filing`, `document judgment`, `dossier`), what is wrong."""

    code: str
    where: str
    text: str


def unknown(
    code: str, where: str, says: str, names: Iterable[str], known: Collection[str]
) -> Iterator[Finding]:
    """Yield a finding for each name that is not known; an empty name is none."""
    for name in sorted({name for name in names if name} - set(known)):
        yield Finding(code, where, f"{says} {name}")
