"""The one source of the present moment. Tests set it; nothing else in the house asks the system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Statutory time of the whole country; no daylight saving since 1991."""


def _system() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


_source: ContextVar[Callable[[], datetime]] = ContextVar("antong_clock", default=_system)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _source.get()()


def local(instant: datetime) -> datetime:
    """Return an aware instant on the clock of China."""
    return instant.astimezone(CHINA)


def today() -> date:
    """Return the present day in China."""
    return local(now()).date()


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant given as people write it, in China's time."""
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


def end(instant: datetime) -> str:
    """Return how the end of a limit is written: 11-27 24:00 where it ends with its day, else the minute.

    The year stands before it where it is not this one. Midnight belongs to the day that it ends.
    """
    here = local(instant)
    with_day = (here.hour, here.minute) == (0, 0)
    day = local(instant - timedelta(minutes=1)) if with_day else here
    before = "" if day.year == today().year else f"{day:%y}-"
    return f"{before}{day:%m-%d} {'24:00' if with_day else f'{here:%H:%M}'}"


@contextmanager
def set_to(moment: datetime | Callable[[], datetime]) -> Iterator[None]:
    """Within the block the clock shows `moment` (aware), or what the callable returns."""
    if not callable(moment) and moment.tzinfo is None:
        raise ValueError("a clock shows aware times only")
    token = _source.set(moment if callable(moment) else lambda: moment)
    try:
        yield
    finally:
        _source.reset(token)
