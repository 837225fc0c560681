"""Counting days and months of the calendar (K2 to K4)."""

from __future__ import annotations

import calendar as months_of
from datetime import date, timedelta


def clip(start: date, months: int) -> date:
    """Return the same day number `months` later, or that month's last day where there is none."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    day = start.day
    return date(year, month + 1, day if day < 29 else min(day, months_of.monthrange(year, month + 1)[1]))  # noqa: PLR2004 - every month has 28


def is_last(day: date) -> bool:
    """Whether a day is the last of its month."""
    return day.day > 27 and (day + timedelta(days=1)).day == 1  # noqa: PLR2004 - February's last is the 28th


def add_months(start: date, months: int) -> date:
    """Return the day `months` later: same number, or a month's last day from a month's last day (释202.1, K3)."""
    end = clip(start, months)
    if is_last(start):
        return end.replace(day=months_of.monthrange(end.year, end.month)[1])
    return end
