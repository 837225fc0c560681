"""The calendar: a month or a week of what somebody owes, attends and is on duty for; taken away as a calendar file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.flow import selectors
from antong.flow.selectors import CalendarEvent
from antong.kernel import clock
from antong.org.types import Permission
from antong.web import dates, ics, reading
from antong.web.guard import ActorRequest, page

WEEK = 7
SHOWN = 5
"""How many things a day of the month shows; the rest by its week."""
AHEAD = timedelta(days=1)
MORNING = timedelta(hours=15)
"""Before the midnight with which a day begins: nine in the morning of the day before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the calendar: what stands on it, and how much of that a month does not show."""

    day: date
    today: bool
    outside: bool
    events: tuple[CalendarEvent, ...]

    @property
    def shown(self) -> tuple[CalendarEvent, ...]:
        """What the month shows of it."""
        return self.events if len(self.events) <= SHOWN else self.events[: SHOWN - 1]

    @property
    def hidden(self) -> int:
        """How many the month does not show."""
        return len(self.events) - len(self.shown)


def _asked(request: ActorRequest) -> tuple[str, date]:
    """Return which view is asked for, and its day; this month where the address names none."""
    view = "week" if "week" in request.GET else "month"
    text = request.GET.get(view, "").strip()
    try:
        return view, dates.day(text if view == "week" else f"{text}-01")
    except dates.Unreadable:
        return view, clock.today()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_on(day: date, step: int) -> date:
    """Return the first of the month `step` months on."""
    number = day.year * 12 + day.month - 1 + step
    return date(number // 12, number % 12 + 1, 1)


def _span(view: str, day: date) -> tuple[date, date]:
    """Return the first and the last day that a view shows: whole weeks."""
    if view == "week":
        return _monday(day), _monday(day) + timedelta(days=WEEK - 1)
    last = _month_on(day, 1) - timedelta(days=1)
    return _monday(day.replace(day=1)), _monday(last) + timedelta(days=WEEK - 1)


def _days(view: str, chosen: date, events: Sequence[CalendarEvent]) -> list[Day]:
    first, last = _span(view, chosen)
    by_day: dict[date, list[CalendarEvent]] = {}
    for event in events:
        by_day.setdefault(event.day, []).append(event)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        Day(
            day=day, today=day == clock.today(), outside=view == "month" and day.month != chosen.month,
            events=tuple(by_day.get(day, ())),
        )
        for day in days
    ]  # fmt: skip


def _near(view: str, chosen: date) -> dict[str, str]:
    """Return the addresses of the view before and after, and of the other view."""
    if view == "week":
        before, after = (f"?week={_monday(chosen) + timedelta(days=step)}" for step in (-WEEK, WEEK))
    else:
        before, after = (f"?month={_month_on(chosen, step):%Y-%m}" for step in (-1, 1))
    week = (
        clock.today() if view == "month" and chosen.strftime("%Y-%m") == f"{clock.today():%Y-%m}" else chosen
    )
    return {
        "before": before,
        "after": after,
        "month": f"?month={chosen:%Y-%m}",
        "week": f"?week={_monday(week)}",
    }


@page(Permission.CASE_READ)
def calendar(request: ActorRequest) -> HttpResponse:
    """Show a month, or a week, of what somebody owes by its days, hearings, and own duty hours."""
    view, chosen = _asked(request)
    first, last = _span(view, chosen)
    events = selectors.calendar(request.actor, first, last)
    days = _days(view, chosen, events)
    now = clock.now()
    within = [event for day in days if not day.outside for event in day.events]
    facts: dict[str, Any] = {
        "view": view, "chosen": chosen, "first": first, "last": last, "near": _near(view, chosen), "days": days,
        "weeks": [days[at : at + WEEK] for at in range(0, len(days), WEEK)],
        "owed": sum(event.owed for event in within), "late": sum(event.owed and event.at <= now for event in within),
        "hearings": sum(event.kind == "hearing" for event in within), "shifts": sum(event.kind == "shift" for event in within),
        "held": sum(event.owed and bool(event.in_custody) for event in within),
    }  # fmt: skip
    return render(request, "flow/calendar.html", facts)


@page(Permission.CASE_READ)
def calendar_file(request: ActorRequest) -> HttpResponse:
    """Give a month, or a week, as a calendar file: case numbers and kinds, nobody's name. A reading of each case in it."""
    view, chosen = _asked(request)
    first, last = _span(view, chosen)
    events = selectors.calendar(request.actor, first, last)
    for case_id in {event.case_id for event in events if event.case_id}:
        reading.spool(request.actor, case_id, "导出日历")
    made = ics.file_of("案通期限日历", [_entry(request, event) for event in events], made_at=clock.now())
    name = f"calendar-{first:%Y%m%d}-{last:%Y%m%d}.ics"
    return HttpResponse(
        made,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _entry(request: ActorRequest, event: CalendarEvent) -> ics.Entry:
    whole = event.ends_day and event.owed
    return ics.Entry(
        uid=f"{event.key}@antong",
        summary=" ".join(filter(None, (event.case_number, event.label))),
        start=event.day if whole else event.at,
        until=event.until,
        text=f"{clock.end(event.at)} 届满" if event.owed else "",
        url=request.build_absolute_uri(event.url) if event.url else "",
        place=event.title if event.kind == "hearing" else "",
        ahead=(MORNING if whole else AHEAD) if event.kind != "shift" else None,
    )
