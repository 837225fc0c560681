"""The table of rules, as data: `data/rules/*.yaml`, each rule with its articles and the words it relies on."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

VERSION = "2026-12-b"
"""Of the table as a whole: what was computed says by which it was."""
_STRICT = ConfigDict(extra="forbid", frozen=True)


class Extension(BaseModel):
    """A link by which a term may be made longer: at most `most` units each time, `times` in a row, by whom.

    `only` where nobody but `by` may grant it.
    """

    model_config = _STRICT
    unit: Literal["days", "months"]
    most: int
    article: str
    by: str
    times: int = 1
    only: bool = False


class Outside(BaseModel):
    """A source that is not among the texts: known from copies, not checked against a text, shown as such."""

    model_config = _STRICT
    title: str
    number: str
    seen: str
    confidence: Literal["high", "medium", "low"]

    @property
    def sure(self) -> str:
        """How sure the house is of it, in words."""
        return {"high": "高", "medium": "中", "low": "低"}[self.confidence]

    @property
    def told(self) -> str:
        """The source in words, with the warning that it was not checked."""
        return f"{self.title}（{self.number}），见于{self.seen}，未核对原文，可信程度{self.sure}"

    @property
    def words(self) -> str:
        """The same, named as what it is."""
        return f"平台外依据：{self.told}"


class Former(BaseModel):
    """What was in force before: a start before `until` cites `source`."""

    model_config = _STRICT
    until: date
    source: Outside


class Excludes(BaseModel):
    """A span that does not count, named by facts of its own instead of among the suspensions."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    reason: str
    since: tuple[str, ...] = Field(alias="from")
    until: tuple[str, ...] = Field(alias="to")


class Rule(BaseModel):
    """One time limit: hours, or months and days together, counted from the first of `start` that is known.

    `class` is how rest days move its end: T by the clock, C not for a person in custody, O always, L never (a cap on
    liberty), B counted backwards. `extensions` are the links that may follow, of which the rule itself is the first
    `required`; `of` is the shorter rule whose term this one is the whole of, `next` the rule that follows when more
    is granted. A rule with `hosts` has no length of its own: it works on the term of another. `contrary` are facts
    that cannot be where this rule is asked, `facts` others it knows. `custody` where holding somebody rests on it,
    `right` where somebody's right ends with it, `free` where it is a limit for somebody who is not held. `instead` names the rule that takes its place once a fact is known.
    """

    model_config = _STRICT
    key: str
    name: str
    articles: tuple[str, ...]
    quotes: tuple[str, ...]
    outside: tuple[Outside, ...] = ()
    hours: int = 0
    days: int = 0
    months: int = 0
    start: tuple[str, ...]
    holidays: Literal["T", "C", "O", "L", "B"] = Field(alias="class")
    restart: bool = False
    custody: bool = False
    right: bool = False
    free: bool = False
    note: str = ""
    extensions: tuple[Extension, ...] = ()
    required: int = 0
    of: str = ""
    next: str = ""
    hosts: tuple[str, ...] = ()
    excludes: Excludes | None = None
    instead: dict[str, str] = Field(default_factory=dict)
    contrary: dict[str, bool] = Field(default_factory=dict)
    facts: frozenset[str] = frozenset()
    probation: tuple[int, int] | None = None
    in_custody_as: str = ""
    at_once: str = ""
    effective: bool = False
    recount: bool = False
    since: date | None = None
    former: Former | None = None

    @property
    def length(self) -> str:
        """The length in words."""
        if self.hours:
            return f"{self.hours} 小时"
        if self.probation is not None:
            return f"{self.probation[0]} 至 {self.probation[1]} 个月"
        if self.hosts:
            return "随所附的期限"
        return span(self.months, self.days)


def span(months: int, days: int) -> str:
    """Return a length in words."""
    parts = ([f"{months} 个月"] if months else []) + ([f"{days} 日"] if days or not months else [])
    return "加 ".join(parts)


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of the package data, in the order of a case."""
    folder = files("antong.law").joinpath("data", "rules")
    listed: list[Any] = []
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        listed += yaml.safe_load(file.read_text("utf-8"))
    return tuple(Rule.model_validate(one) for one in listed)


def rule_of(key: str) -> Rule | None:
    """Return the rule of that key."""
    return _by_key().get(key)


@cache
def _by_key() -> dict[str, Rule]:
    return {rule.key: rule for rule in rules()}
