"""What others have changed in a case since a form was shown: field by field, who, when; read from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from antong.ledger import selectors as ledger
from antong.ledger.selectors import EntryFilter
from antong.org import selectors as org

MOST = 500
"""Entries looked back over: a form is hours old at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field as others have changed it: its value before and now, who changed it last, and when."""

    name: str
    before: Any
    after: Any
    person_name: str
    unit_name: str
    at: datetime


def changes_since(
    case_id: UUID, number: int, *, act: str, subject_id: UUID | None = None
) -> dict[str, FieldChange]:
    """Return what acts of one kind changed after entry `number` of a case, by field; four statements at most.

    Of the house: the caller has asked `access`. With `subject_id` only acts about that party. A field changed twice
    shows its value before the first and after the last change, and who made the last.
    """
    rows = ledger.entries(case_id, EntryFilter(act=act, after=number), most=MOST)
    rows = [row for row in reversed(rows) if subject_id is None or subject_id in row.subject_ids]
    people = org.person_names({row.person_id for row in rows})
    units = org.units({row.unit_id for row in rows})
    found: dict[str, FieldChange] = {}
    for row in rows:
        before, after = row.before or {}, row.after or {}
        for name in after:
            if before.get(name) == after[name]:
                continue
            first = found[name].before if name in found else before.get(name)
            unit = units.get(row.unit_id)
            found[name] = FieldChange(
                name=name, before=first, after=after[name], at=row.recorded_at,
                person_name=people.get(row.person_id, ""), unit_name=unit.short_name if unit else "",
            )  # fmt: skip
    return {name: change for name, change in found.items() if change.before != change.after}
