"""The calendar of one person (期限日历): what the desk owes by its days, hearings of own cases, own duty hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases.access import VISIBLE
from antong.catalog import loader
from antong.flow._owed import DeskRow, desk
from antong.flow.types import State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import selectors as org

HEARING, SHIFT = "hearing", "shift"
HEARD_AT = "hearing_at"
"""The field of a flow that says when a court sits."""
MOST_HEARINGS = 200
_MINUTE = timedelta(minutes=1)
_HEARINGS = f"""
SELECT h.id, h.case_id, g.name, g.number, g.in_custody, h.fields->>%(field)s, COALESCE(h.fields->>'courtroom', ''), h.from_unit_id = %(unit)s
FROM cases_grant g JOIN flow_handover h ON h.case_id = g.case_id
WHERE g.handler_id = ANY(%(whose)s) AND {VISIBLE} AND h.flow = ANY(%(flows)s) AND h.state <> ALL(%(unsent)s)
  AND (h.from_unit_id = %(unit)s OR EXISTS (SELECT 1 FROM flow_obligation o WHERE o.handover_id = h.id AND o.unit_id = %(unit)s))
ORDER BY h.created_at DESC LIMIT {MOST_HEARINGS}
"""  # noqa: S608 - a wording of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """What stands on a day: something owed (`kind` as on the desk), a hearing, or hours on duty.

    `at` is when it is due, or begins; `until` when hours on duty end. `key` stays the same while the thing does.
    Hours on duty are of no case.
    """

    key: str
    kind: str
    label: str
    at: datetime
    until: datetime | None = None
    title: str = ""
    case_id: UUID | None = None
    case_name: str = ""
    case_number: str = ""
    in_custody: int = 0
    from_name: str = ""
    url: str = ""

    @property
    def ends_day(self) -> bool:
        """Whether it is due at the end of its day (24:00)."""
        here = clock.local(self.at)
        return self.until is None and (here.hour, here.minute) == (0, 0)

    @property
    def day(self) -> date:
        """The day it stands on: midnight belongs to the day that it ends, but where something begins."""
        begins = self.kind in {HEARING, SHIFT}
        return clock.local(self.at if begins else self.at - _MINUTE).date()

    @property
    def owed(self) -> bool:
        """Whether it is a deadline."""
        return self.kind not in {HEARING, SHIFT}


def calendar(actor: Actor, first: date, last: date) -> list[CalendarEvent]:
    """Return what the actor owes, attends and is on duty for from a day to another, by time; five statements at most.

    Tasks and limits come as on the desk, at most 200 of each; what has no limit stands on no day.
    """
    start, end = clock.midnight(first), clock.midnight(last + timedelta(days=1))
    found = [_of_desk(row, row.due_at) for row in desk(actor, since=start, until=end) if row.due_at]
    found += _hearings(actor)
    found += [
        CalendarEvent(
            key=f"shift-{shift.id}", kind=SHIFT, label="值班", at=shift.starts_at, until=shift.ends_at,
            title=actor.unit_name, url="",
        )
        for shift in org.roster(actor.unit_id, start, end)
        if shift.person_id == actor.person_id
    ]  # fmt: skip
    return sorted((one for one in found if first <= one.day <= last), key=lambda one: (one.at, one.key))


def _of_desk(row: DeskRow, due_at: datetime) -> CalendarEvent:
    return CalendarEvent(
        key=f"{row.kind}-{row.handover_id or row.limit_id}",
        kind=row.kind,
        label=row.label,
        at=due_at,
        title=row.title,
        case_id=row.case_id,
        case_name=row.case_name,
        case_number=row.case_number,
        in_custody=row.in_custody,
        from_name=row.from_name,
        url=row.url,
    )


@cache
def _of_hearings() -> list[str]:
    """The flows that say when a court sits."""
    return [
        one.key for one in loader.load().flows.values() if any(field.key == HEARD_AT for field in one.fields)
    ]


def _hearings(actor: Actor) -> list[CalendarEvent]:
    values: dict[str, Any] = {
        "unit": actor.unit_id,
        "now": clock.now(),
        "whose": [actor.person_id, *([actor.on_behalf_of] if actor.on_behalf_of else [])],
        "flows": _of_hearings(),
        "field": HEARD_AT,
        "unsent": [State.DRAFT.value, State.CHECKED.value, State.APPROVED.value, State.WITHDRAWN.value],
    }
    with connection.cursor() as cursor:
        cursor.execute(_HEARINGS, values)
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
    found = []
    for handover_id, case_id, name, number, held, said, room, own in rows:
        at = _instant(said)
        if at is not None:
            found.append(
                CalendarEvent(
                    key=f"hearing-{handover_id}", kind=HEARING, label="开庭", at=at, title=room, case_id=case_id,
                    case_name=name, case_number=number, in_custody=held, from_name="本单位" if own else "法院",
                    url=f"/handovers/{handover_id}/",
                )
            )  # fmt: skip
    return found


def _instant(said: str | None) -> datetime | None:
    """Return a minute as a flow's field keeps it (2026-03-12T09:00, in China's time); None where it is none."""
    try:
        found = datetime.fromisoformat(said or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=clock.CHINA)
