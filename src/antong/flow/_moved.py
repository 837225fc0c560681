"""Saying that a limit ends at another time than before: to who handles the case in the unit that owes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antong.cases import selectors as cases
from antong.kernel import clock
from antong.org import actions as org_actions
from antong.org import selectors as org

KIND = "limit-moved"


def tell(case_id: UUID, moved: Sequence[Mapping[str, Any]], why: str) -> None:
    """Tell the handler of the case in each unit whose limits moved, or the unit; no statement where none did.

    One notice a unit, with old and new end of each. One statement, and one for each unit.
    """
    if not moved:
        return
    units: dict[UUID, list[str]] = {}
    for row in moved:
        units.setdefault(row["unit"], []).append(words(row))
    handlers = cases.handlers_of_case(case_id)
    for unit_id, lines in units.items():
        org_actions.notify(
            org.HOUSE,
            to_units=[unit_id],
            to_person=handlers.get(unit_id),
            kind=KIND,
            title=f"期限变动 {len(lines)} 项（{why}）：{lines[0]}",
            body="\n".join(dict.fromkeys(lines)),
            case_id=case_id,
        )


def words(row: Mapping[str, Any]) -> str:
    """Return a limit that moved in words: its name, the end it had, the end it has."""
    return f"{row['name']} {clock.end(row['from'])} → {clock.end(row['to'])}"
