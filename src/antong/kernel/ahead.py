"""Statements that another one carries along, so that an act costs fewer journeys to the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Parts of a WITH that change rows no other part of the statement reads, with their values by name.

    All parts see the rows as they were before the statement, and no row may be changed by two of them. `answer` is
    what the whole statement then selects from them.
    """

    text: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    answer: str = "SELECT 1"

    def __or__(self, other: Ahead) -> Ahead:
        """Return both, these first, with the answer of the other."""
        return Ahead(
            text=", ".join(text for text in (self.text, other.text) if text),
            values={**self.values, **other.values},
            answer=other.answer,
        )

    @property
    def statement(self) -> str:
        """The whole statement."""
        return f"WITH {self.text} {self.answer}"
