"""The table of rules, as data."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Extension(BaseModel):
    """How a term may be extended: most `per` extension, `times` at most; `required` when the rule is the extension."""

    model_config = _STRICT
    unit: Literal["days", "months"]
    per: int
    times: int
    article: str
    required: bool = False


class Rule(BaseModel):
    """One time limit. Exactly one of hours, days, months is its length.

    `custody` where holding somebody rests on it, `right` where it is somebody's right that ends with it.
    """

    model_config = _STRICT
    key: str
    name: str
    articles: tuple[str, ...]
    quotes: tuple[str, ...]
    hours: int = 0
    days: int = 0
    months: int = 0
    start: str
    holidays: Literal["T", "C", "O", "L", "B"] = Field(alias="class")
    restart: bool = False
    custody: bool = False
    right: bool = False
    note: str = ""
    extension: Extension | None = None

    @property
    def length(self) -> str:
        """The length in words."""
        if self.hours:
            return f"{self.hours} 小时"
        return f"{self.days} 日" if self.days else f"{self.months} 个月"


class Table(BaseModel):
    """All rules of one version."""

    model_config = _STRICT
    version: str
    rules: tuple[Rule, ...]

    def rule(self, key: str) -> Rule | None:
        """The rule of that key."""
        return _by_key().get(key)


@cache
def table() -> Table:
    """Return the rules of the package data."""
    text = files("antong.law").joinpath("data", "rules.yaml").read_text("utf-8")
    return Table.model_validate(yaml.safe_load(text))


@cache
def _by_key() -> dict[str, Rule]:
    return {rule.key: rule for rule in table().rules}
