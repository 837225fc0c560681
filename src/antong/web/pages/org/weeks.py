"""A week of a unit's duty roster, as its table shows it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from antong.kernel import clock
from antong.org import selectors
from antong.web import dates

WEEK = 7


def week_of(unit_id: UUID, text: str) -> dict[str, Any]:
    """Return a week of the roster by its days, each with the shifts that touch it; this week where `text` is no day."""
    try:
        chosen = dates.day(text)
    except dates.Unreadable:
        chosen = clock.today()
    first = chosen - timedelta(days=chosen.weekday())
    shifts = selectors.roster(unit_id, _midnight(first), _midnight(first + timedelta(days=WEEK)))
    days = []
    for number in range(WEEK):
        start, end = (_midnight(first + timedelta(days=number + more)) for more in (0, 1))
        days.append(
            {
                "day": start,
                "today": first + timedelta(days=number) == clock.today(),
                "shifts": [
                    {"one": one, "from": max(one.starts_at, start), "until": _clock(one.ends_at, end)}
                    for one in shifts
                    if one.starts_at < end and one.ends_at > start
                ],
            }
        )
    names: dict[UUID, str] = {duty.person_id: duty.person_name for duty in selectors.people_of(unit_id)}
    return {
        "days": days,
        "first": first,
        "last": first + timedelta(days=WEEK - 1),
        "earlier": first - timedelta(days=WEEK),
        "later": first + timedelta(days=WEEK),
        "names": names,
        "now": [one.person_name for one in shifts if one.now],
        "week": first.isoformat(),
    }


def _midnight(day: date) -> datetime:
    return clock.at(day.year, day.month, day.day)


def _clock(ends_at: datetime, end: datetime) -> str:
    return "24:00" if ends_at >= end else f"{clock.local(ends_at):%H:%M}"
