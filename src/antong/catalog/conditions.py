"""When an effect applies to a subject: `state=a|b`, `fields.key=a|b`, joined by ` & `; an empty condition always."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CLAUSE = re.compile(r"^(?P<name>state|fields\.[a-z_]+)=(?P<values>[^=&]+)$")


class BadConditionError(ValueError):
    """A condition that cannot be read."""


def clauses(when: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the clauses of a condition as (name, allowed values); raises BadConditionError."""
    found = []
    for part in when.split(" & ") if when else ():
        match = _CLAUSE.match(part)
        if match is None:
            raise BadConditionError(when)
        found.append((match["name"], tuple(match["values"].split("|"))))
    return found


def holds(when: str, *, state: str, fields: Mapping[str, object]) -> bool:
    """Whether a condition is true of a subject in `state` (before the act) and the `fields` of the hand-over.

    Raises BadConditionError on a condition that cannot be read; `check` finds those before they are used.
    """
    for name, allowed in clauses(when):
        value = state if name == "state" else str(fields.get(name.removeprefix("fields."), ""))
        if value not in allowed:
            return False
    return True
