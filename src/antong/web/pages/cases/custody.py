"""Custody lines: a lane per suspect, a segment per legal basis, placed in hundredths of the width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from antong.cases.selectors import SheetView
from antong.cases.types import LimitView, MeasureKind, MeasureView
from antong.kernel import clock
from antong.law import articles, timelimit

HUNDRED = 100.0
LEAST = 0.6
NARROW, WIDE = 870, 1380
"""Pixels of a lane at 1366 and at 1920: what fits is decided here, so that no word is cut in the middle."""
HAN, LATIN, MARGIN = 11, 6.2, 14
"""Widths of characters at the size of a lane's words, and the space left and right of them."""

OWN_LIMITS = {
    MeasureKind.BAIL: "bail-12m",
    MeasureKind.RESIDENTIAL_SURVEILLANCE: "residential-surveillance-6m",
}
"""Measures with a limit of their own; being held rests on the limit of the stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A span of a lane: position and width of a hundred; words that fit at 1366 and at 1920; all of them in `title`.

    `look`: now (held), past, free (not held), may (could be extended, is not), none (held without a basis).
    """

    x: float
    width: float
    text: str
    wide: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A stretch of time on one basis, before it is placed."""

    start: datetime
    end: datetime | None
    word: str
    basis: tuple[str, ...]
    document: str
    look: str


def lanes(
    sheet: SheetView, limits: Sequence[LimitView], *, as_of: datetime | None = None, full: bool = True
) -> Lanes | None:
    """Return the lanes of a case's suspects; none where no measure was ever taken.

    `as_of` is the instant of a snapshot, past which nothing is known. Not `full` leaves out where somebody is held and
    who stands surety (for who sees the flow alone).
    """
    if not sheet.measures:
        return None
    now = as_of or clock.now()
    if as_of is not None:
        limits = [limit for limit in limits if limit.opened_at <= as_of]
    soonest = {party.id: _resting(sheet.in_force(party.id), party.id, limits) for party in sheet.suspects}
    horizon = now + timedelta(days=120)
    near = [limit.due_at for limit in soonest.values() if limit and limit.due_at < horizon]
    near += [
        limit.further.due_at
        for limit in soonest.values()
        if limit and limit.further and limit.further.due_at < horizon
    ]
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
        theirs = [limit for limit in limits if limit.party_id in {None, party.id}]
        until = max(now, due.due_at) if due else now
        spans = [span for measure in mine for span in _spans(measure, theirs)]
        spans += _after(current, due, theirs, now)
        due_x = at(due.due_at) if due else None
        rows.append(
            Lane(
                name=party.name, held=_held(current, now), place=_place(current) if full else "",
                segments=tuple(_segment(one, at, until) for one in spans), due=due,
                due_x=due_x if due_x is not None and 0 <= due_x <= HUNDRED else None,
            )
        )  # fmt: skip
    mark = f"{'截至' if as_of else '今天'} {clock.local(now):%m-%d}"
    return Lanes(rows=tuple(rows), months=_months(start, end, at), today=at(now), today_words=mark)


def _resting(current: MeasureView | None, party_id: UUID, limits: Sequence[LimitView]) -> LimitView | None:
    """Return the limit that the measure in force rests on: the next to end where there are several.

    Between two stages none runs for somebody held: what must be done to that person next is the end then (立即释放,
    立即执行), never the time of somebody's right.
    """
    if current is None:
        return None
    theirs = [limit for limit in limits if limit.running and limit.party_id in {None, party_id}]
    rule = OWN_LIMITS.get(current.kind)
    mine = [
        limit for limit in theirs if (limit.rule == rule if rule else limit.of_stage and current.kind.holds)
    ]
    if not mine and current.kind.holds:
        mine = [one for one in theirs if one.party_id == party_id and not timelimit.of_right(one.rule)]
    return min(mine, key=lambda limit: limit.due_at, default=None)


def _held(current: MeasureView | None, now: datetime) -> str:
    if current is None:
        return "未采取强制措施"
    if not current.kind.holds:
        return f"{current.kind.label} · 未羁押"
    return f"{current.kind.label} · 第 {(now - current.starts_at).days + 1} 天"


def _place(current: MeasureView | None) -> str:
    """Return where somebody is held, or who stands surety; "保证人" stands there once."""
    if current is None:
        return ""
    surety = current.guarantor.strip()
    if surety and "保证" not in surety:
        surety = f"保证人 {surety}"
    return current.place or surety


def _spans(measure: MeasureView, limits: Sequence[LimitView]) -> list[_Span]:
    """Return a measure as spans by basis: an arrest rests on the limit of each stage in turn (法156, 172, 208)."""
    look = "past" if measure.ends_at else "now" if measure.kind.holds else "free"
    resting = []
    if measure.kind is MeasureKind.ARREST:
        resting = sorted((limit for limit in limits if limit.of_stage), key=lambda limit: limit.opened_at)
    spans: list[_Span] = []
    begin, word, basis = measure.starts_at, measure.kind.label, measure.articles[:2]
    for limit in resting:
        opened = max(limit.opened_at, measure.starts_at)
        if limit.opened_at < measure.starts_at - timedelta(days=1) or (
            measure.ends_at and opened >= measure.ends_at
        ):
            continue
        if opened > begin:
            spans.append(_Span(start=begin, end=opened, word=word, basis=tuple(basis), document=measure.document_number, look="past"))  # fmt: skip
        begin, basis = opened, limit.articles[:1]
        word = f"{measure.kind.label} · {limit.name}" if opened == measure.starts_at else limit.name
    spans.append(_Span(start=begin, end=measure.ends_at, word=word, basis=tuple(basis), document=measure.document_number, look=look))  # fmt: skip
    return spans


def _after(
    current: MeasureView | None, due: LimitView | None, limits: Sequence[LimitView], now: datetime
) -> list[_Span]:
    """Return what lies past the end of the basis: held without one, or what could still be granted."""
    if current is None or not current.kind.holds:
        return []
    resting = [limit for limit in limits if limit.running and limit.of_stage]
    last = max(resting, key=lambda limit: limit.due_at, default=None)
    if last is not None and last.due_at < now:
        return [
            _Span(
                start=last.due_at,
                end=now,
                word="无依据",
                basis=(),
                document=f"{last.name}已届满",
                look="none",
            )
        ]
    if due is None or due.further is None:
        return []
    more = due.further
    return [_Span(start=due.due_at, end=more.due_at, word=more.words.partition("（")[0] + "，未批", basis=(more.article,), document="", look="may")]  # fmt: skip


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


def _segment(span: _Span, at: Callable[[datetime], float], open_until: datetime) -> Segment:
    x = at(span.start)
    width = max(LEAST, min(HUNDRED, at(span.end or open_until)) - x)
    day = f"{clock.local(span.start):%m-%d}"
    basis = "、".join(articles.short(article) for article in span.basis)
    until = f"{clock.local(span.end - timedelta(minutes=1)):%Y-%m-%d}" if span.end else "今，仍有效"
    dated = f"{span.word} {day}" if span.look not in {"may", "none"} else span.word
    short = span.word.partition(" · ")[2] or span.word
    choices = (
        f"{dated}　{basis}" if basis else dated,
        dated,
        span.word,
        short,
        short[:2] if span.look == "none" else "",
    )
    title = f"{span.word}　{clock.local(span.start):%Y-%m-%d} 至 {until}　{basis}　{span.document}"
    return Segment(
        x=x, width=round(width, 2), text=_fitting(choices, width, NARROW), wide=_fitting(choices, width, WIDE),
        look=span.look, title=title.strip("　"),
    )  # fmt: skip


def _fitting(choices: Sequence[str], width: float, lane: int) -> str:
    """Return the first of some words that fits a share of a lane, or nothing."""
    room = width * lane / HUNDRED - MARGIN
    return next((words for words in choices if _wide(words) <= room), "")


def _wide(words: str) -> float:
    return sum(HAN if ord(letter) > 0x2E7F else LATIN for letter in words)  # noqa: PLR2004 - where Chinese begins
