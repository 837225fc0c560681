"""Custody lines: a lane per suspect, a segment per legal basis, drawn as positions of 0 to 1000."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from antong.cases.selectors import SheetView
from antong.cases.types import LimitView, MeasureView
from antong.kernel import clock
from antong.law import articles

WIDTH = 1000
NARROW = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A measure on a lane: position and width of 1000, words, look (now, past, free)."""

    x: int
    width: int
    text: str
    title: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One suspect's line."""

    name: str
    held: str
    segments: tuple[Segment, ...]
    today: int
    due: datetime | None
    due_name: str


def lanes(sheet: SheetView, limits: Sequence[LimitView]) -> list[Lane]:
    """Return the lanes of a case's suspects; empty where no measure was ever taken."""
    if not sheet.measures:
        return []
    now = clock.now()
    start = min(measure.starts_at for measure in sheet.measures) - timedelta(days=2)
    end = max(now, *[measure.ends_at or now for measure in sheet.measures]) + timedelta(days=20)
    span = (end - start).total_seconds()

    def at(instant: datetime) -> int:
        return round((instant - start).total_seconds() / span * WIDTH)

    result = []
    for party in sheet.suspects:
        mine = [measure for measure in sheet.measures if measure.party_id == party.id]
        if not mine:
            continue
        current = sheet.in_force(party.id)
        running = [
            limit for limit in limits if limit.state == "running" and limit.party_id in {None, party.id}
        ]
        soonest = min(running, key=lambda limit: limit.due_at, default=None)
        result.append(_lane(party.name, current, [_segment(m, at, now) for m in mine], at(now), soonest))
    return result


def _lane(
    name: str, current: MeasureView | None, segments: Sequence[Segment], today: int, soonest: LimitView | None
) -> Lane:
    held = "在押" if current and current.kind.holds else "未羁押"
    return Lane(
        name=name,
        held=f"{current.kind.label if current else '未采取措施'} · {held}",
        segments=tuple(segments),
        today=today,
        due=soonest.due_at if soonest else None,
        due_name=soonest.name if soonest else "",
    )


def _segment(measure: MeasureView, at: Callable[[datetime], int], now: datetime) -> Segment:
    x = at(measure.starts_at)
    width = max(6, at(measure.ends_at or now) - x)
    basis = " ".join(articles.short(article) for article in measure.articles[:2])
    look = "past" if measure.ends_at else "now" if measure.kind.holds else "free"
    until = clock.local(measure.ends_at).strftime("%m-%d") if measure.ends_at else "今"
    words = f"{measure.kind.label} {clock.local(measure.starts_at):%m-%d}"
    return Segment(
        x=x, width=width, text=words if width > NARROW else "", look=look,
        title=f"{measure.kind.label} {clock.local(measure.starts_at):%Y-%m-%d} 至 {until}　{basis}　{measure.document_number}",
    )  # fmt: skip
