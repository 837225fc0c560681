"""When an effect applies to a subject: `state=a|b`, `measure=a|none`, `fields.key=a|b`, joined by ` & `; empty: always."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CLAUSE = re.compile(r"^(?P<name>state|measure|fields\.[a-z_]+)=(?P<values>[^=&]+)$")


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


def holds(when: str, *, state: str, fields: Mapping[str, object], measure: str = "none") -> bool:
    """Whether a condition is true of a subject and of the `fields` of the hand-over.

    `state` and `measure` (none: no measure in force) are those before the act.
    Raises BadConditionError on a condition that cannot be read; `check` finds those before they are used.
    """
    for name, allowed in clauses(when):
        own = {"state": state, "measure": measure}
        value = own[name] if name in own else str(fields.get(name.removeprefix("fields."), ""))
        if value not in allowed:
            return False
    return True
