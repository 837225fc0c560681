"""A form that somebody else has overtaken: what they changed, who and when, beside what was typed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from antong.cases.selectors import FieldChange
from antong.cases.types import PartyKind
from antong.catalog import loader


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One field that others have changed since the form was shown. `both`: it was changed here as well."""

    name: str
    label: str
    before: str
    theirs: str
    mine: str
    both: bool
    raw: str
    who: str
    unit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The values to go on with, and the fields that others changed; where both did, one must look."""

    values: dict[str, Any]
    clashes: tuple[Clash, ...]

    @property
    def both(self) -> int:
        """How many fields were changed on both sides."""
        return sum(clash.both for clash in self.clashes)


def merge(
    mine: Mapping[str, Any],
    now: Mapping[str, Any],
    changed: Mapping[str, FieldChange],
    labels: Mapping[str, str],
    said: Callable[[str, Any], str] = lambda _name, value: str(value or ""),
) -> Merged:
    """Lay what was typed over what stands now: untouched fields take the others' values, touched ones keep mine.

    `changed` is by form field, its values as the form has them. `said` puts a value into words.
    """
    values, clashes = dict(now) | dict(mine), []
    for name, change in changed.items():
        if name not in labels:
            continue
        typed = mine.get(name, [] if isinstance(change.before, list) else "")
        touched = typed != change.before
        if not touched:
            values[name] = change.after
        if typed == change.after:
            continue
        clashes.append(
            Clash(
                name=name, label=labels[name], before=said(name, change.before), theirs=said(name, change.after), mine=said(name, typed),
                both=touched, raw="" if isinstance(change.after, list) else str(change.after or ""), who=change.person_name,
                unit=change.unit_name, at=change.at,
            )
        )  # fmt: skip
    return Merged(values=values, clashes=tuple(clashes))


def party_words(name: str, value: Any) -> str:
    """Return the value of a party's form field as one reads it."""
    if isinstance(value, list):
        return "、".join(str(text).partition(":")[2] or str(text) for text in value)
    if name == "p0_kind" and value:
        return PartyKind(value).label
    return "是" if value == "on" else str(value or "")


def case_words(name: str, value: Any) -> str:
    """Return the value of a case's form field as one reads it."""
    tables = {"source": "case_source", "category": "case_category"}
    if name in tables and value:
        return loader.load().code_name(tables[name], str(value)) or str(value)
    return str(value or "")
