"""The one source of the present moment. Tests set it; nothing else in the house asks the system."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from math import inf
from pathlib import Path

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Statutory time of the whole country; no daylight saving since 1991."""


def _system() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


@cache
def _boot() -> str:
    """Return which run of the machine this is; where the system does not say, which process."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return f"process {os.getpid()}"


def _ticking() -> float:
    """Return the seconds of this run of the machine, asleep or awake: nobody sets them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


_source: ContextVar[Callable[[], datetime]] = ContextVar("antong_clock", default=_system)
_running: list[Callable[[], float]] = [_ticking]
"""Its last is what says how long the machine runs; tests put their own behind it."""
_FURTHEST: list[tuple[datetime, float]] = []
_furthest: ContextVar[list[tuple[datetime, float]]] = ContextVar("antong_furthest", default=_FURTHEST)
"""The furthest that the clock has been, and what ran then."""
APART = timedelta(minutes=1)
"""How far apart the clocks of machines on one database may be."""


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _source.get()()


def latest() -> datetime:
    """Return the present moment, or a later one where the clock was set back while this process ran.

    It is the furthest that the clock has been, and what has passed since: what ends, ends, whatever the clock says.
    """
    shown, ran, furthest = now(), _running[-1](), _furthest.get()
    if furthest:
        at, then = furthest[0]
        still = at + timedelta(seconds=ran - then)
        if shown < still:
            return still
    furthest[:] = [(shown, ran)]
    return shown


PARTS = 3
"""Of how many values a mark is made."""


def mark() -> list[float | str]:
    """Return the present moment as `passed` takes it, of plain values: seconds, the machine's run, seconds in it."""
    return [now().timestamp(), _boot(), _running[-1]()]


def passed(since: Sequence[object]) -> float:
    """Return how many seconds have passed since a mark, by the clock or by what the machine has run, whichever is more.

    A clock set back makes nothing last longer while the machine runs. Of a mark of another run (or of the time alone)
    the clock answers, and infinity where the mark lies ahead of it: the clock was set back since.
    """
    by_clock = now().timestamp() - float(str(since[0]))
    if len(since) == PARTS and since[1] == _boot():
        return max(by_clock, _running[-1]() - float(str(since[2])))
    return by_clock if by_clock >= -APART.total_seconds() else inf


def local(instant: datetime) -> datetime:
    """Return an aware instant on the clock of China."""
    return instant.astimezone(CHINA)


def today() -> date:
    """Return the present day in China."""
    return local(now()).date()


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant given as people write it, in China's time."""
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


def midnight(day: date) -> datetime:
    """Return the instant at which a day begins, in China."""
    return at(day.year, day.month, day.day)


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
    been = _furthest.set([])
    try:
        yield
    finally:
        _furthest.reset(been)
        _source.reset(token)
