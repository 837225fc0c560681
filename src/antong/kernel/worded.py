"""Enums whose members carry the word that a user reads beside the value that is stored."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Worded(StrEnum):
    """An enum of text: `DRAFT = "draft", "草稿"`. It is its value everywhere; `label` is what a page shows."""

    _value_: str
    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member; looking one up by its value gives the value alone."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member
