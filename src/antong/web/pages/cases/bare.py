"""Stretches in which somebody was held and nothing gave a basis for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from antong.cases.types import LimitView, MeasureKind, MeasureView

NO_MATTER = timedelta(minutes=1)
"""Two acts of one minute leave no gap."""
_RESTS_ON_LIMITS = frozenset({MeasureKind.DETENTION, MeasureKind.ARREST})


def bare(
    measures: Sequence[MeasureView], limits: Sequence[LimitView], now: datetime
) -> list[tuple[datetime, datetime, str]]:
    """Return the stretches up to `now` in which one person was detained or arrested without a basis, with the limit that ended.

    A basis is a limit of custody until it ends or is closed; between two of them, an order or a time of right that runs
    for somebody held (立即释放, 上诉), as long as it stands open. `limits` must be all of that person and of the case.
    """
    found = []
    for measure in measures:
        if measure.kind in _RESTS_ON_LIMITS:
            found += _of(measure.starts_at, min(measure.ends_at or now, now), limits, now)
    return found


def _of(
    start: datetime, end: datetime, limits: Sequence[LimitView], now: datetime
) -> list[tuple[datetime, datetime, str]]:
    covered = sorted(
        (limit.opened_at, _until(limit, now), limit.name)
        for limit in limits
        if limit.in_custody or limit.of_stage
    )
    found, reached, last = [], start, ""
    for begins, until, name in covered:
        if begins > end:
            break
        if begins - reached > NO_MATTER:
            found.append((reached, begins, _why(last)))
        if until > reached:
            reached, last = until, name
    if end - reached > NO_MATTER:
        found.append((reached, end, _why(last)))
    return found


def _until(limit: LimitView, now: datetime) -> datetime:
    if limit.suspended:  # time does not run; held it may be, until it is taken up again
        return now
    closed = limit.closed_at or now
    return min(limit.due_at, closed) if limit.of_stage else closed


def _why(last: str) -> str:
    return f"{last}已届满，没有新的依据" if last else "没有登记羁押期限"
