"""Custody lines: a lane per suspect, a segment per legal basis, placed in hundredths of the width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from antong.cases.selectors import SheetView
from antong.cases.types import LimitView, MeasureView
from antong.kernel import clock
from antong.law import articles

HUNDRED = 100.0
LEAST = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A measure on a lane: position and width of a hundred, words, look (now, past, free)."""

    x: float
    width: float
    text: str
    title: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One suspect's line; `due_x` is where the next limit ends, none where it lies outside."""

    name: str
    held: str
    place: str
    segments: tuple[Segment, ...]
    due: LimitView | None
    due_x: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """The lanes of a case with their axis: month marks, and today."""

    rows: tuple[Lane, ...]
    months: tuple[tuple[float, str], ...]
    today: float
    today_words: str


def lanes(sheet: SheetView, limits: Sequence[LimitView]) -> Lanes | None:
    """Return the lanes of a case's suspects; none where no measure was ever taken."""
    if not sheet.measures:
        return None
    now = clock.now()
    soonest = {party.id: _soonest(party.id, limits) for party in sheet.suspects}
    near = [limit.due_at for limit in soonest.values() if limit and limit.due_at < now + timedelta(days=120)]
    start = min(measure.starts_at for measure in sheet.measures)
    end = max(now, *[measure.ends_at or now for measure in sheet.measures], *near)
    span = max((end - start).total_seconds(), 86400.0)
    start, span = start - timedelta(seconds=span * 0.02), span * 1.1

    def at(instant: datetime) -> float:
        return round((instant - start).total_seconds() / span * HUNDRED, 2)

    rows = []
    for party in sheet.suspects:
        mine = [measure for measure in sheet.measures if measure.party_id == party.id]
        if not mine:
            continue
        current, due = sheet.in_force(party.id), soonest[party.id]
        due_x = at(due.due_at) if due else None
        rows.append(
            Lane(
                name=party.name,
                held=_held(current, now),
                place=current.place or (f"保证人 {current.guarantor}" if current.guarantor else "")
                if current
                else "",
                segments=tuple(_segment(measure, at, now) for measure in mine),
                due=due,
                due_x=due_x if due_x is not None and 0 <= due_x <= HUNDRED else None,
            )
        )
    today = clock.local(now)
    return Lanes(
        rows=tuple(rows), months=_months(start, end, at), today=at(now), today_words=f"今天 {today:%m-%d}"
    )


def _soonest(party_id: object, limits: Sequence[LimitView]) -> LimitView | None:
    running = [limit for limit in limits if limit.state == "running" and limit.party_id in {None, party_id}]
    return min(running, key=lambda limit: limit.due_at, default=None)


def _held(current: MeasureView | None, now: datetime) -> str:
    if current is None:
        return "未采取强制措施"
    if not current.kind.holds:
        return f"{current.kind.label} · 未羁押"
    return f"{current.kind.label} · 第 {(now - current.starts_at).days + 1} 天"


def _months(start: datetime, end: datetime, at: Callable[[datetime], float]) -> tuple[tuple[float, str], ...]:
    first, last = clock.local(start), clock.local(end)
    step = 1 if (last - first).days < 400 else 3  # noqa: PLR2004 - over a year the months would touch
    marks, year, month = [], first.year, first.month
    while (year, month) <= (last.year, last.month):
        instant = datetime(year, month, 1, tzinfo=clock.CHINA)
        x = at(instant)
        if 0 <= x <= HUNDRED and (month - 1) % step == 0:
            marks.append((x, f"{year}年{month}月" if month == 1 else f"{month}月"))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December
    return tuple(marks)


def _segment(measure: MeasureView, at: Callable[[datetime], float], now: datetime) -> Segment:
    x = at(measure.starts_at)
    width = max(LEAST, at(measure.ends_at or now) - x)
    basis = " ".join(articles.short(article) for article in measure.articles[:2])
    look = "past" if measure.ends_at else "now" if measure.kind.holds else "free"
    until = clock.local(measure.ends_at).strftime("%m-%d") if measure.ends_at else "今"
    return Segment(
        x=x, width=round(width, 2), text=f"{measure.kind.label} {clock.local(measure.starts_at):%m-%d}　{basis}", look=look,
        title=f"{measure.kind.label} {clock.local(measure.starts_at):%Y-%m-%d} 至 {until}　{basis}　{measure.document_number}",
    )  # fmt: skip
