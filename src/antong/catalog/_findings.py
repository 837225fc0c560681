"""A fault of a definition."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One fault: its kind, where it stands (`flow filing`, `document judgment`, `dossier`), what is wrong."""

    code: str
    where: str
    text: str
