"""Custody lines: a lane per suspect, a segment per legal basis, placed in hundredths of the width."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from antong.cases.selectors import SheetView
from antong.cases.types import LimitView, MeasureKind, MeasureView
from antong.kernel import clock
from antong.law import articles, timelimit
from antong.org.types import UnitView
from antong.web.pages.cases.bare import bare
from antong.web.pages.cases.clocks import Clock, clocks, started
from antong.web.pages.cases.measured import HUNDRED, fitting, narrow_room, wide_room

LEAST = 0.6

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
    word: str
    begins: str
    ends: str
    basis: str
    document: str
    document_id: UUID | None
    decided: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One suspect's line, or that of the whole case; `due_x` is where the next limit ends, none where it lies outside.

    Under it the running limits of that person as bars, `more` of them left out.
    """

    name: str
    held: str
    place: str
    segments: tuple[Segment, ...]
    due: LimitView | None
    due_x: float | None
    clocks: tuple[Clock, ...] = ()
    more: int = 0
    rests: bool = False
    """Whether what the person is held on is suspended: its end is not known before it is taken up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """The lanes of a case with their axis: month marks, and today."""

    rows: tuple[Lane, ...]
    months: tuple[tuple[float, str], ...]
    today: float
    today_words: str

    @property
    def outside(self) -> int:
        """How many clocks rest on a source that is not among the texts."""
        return sum(bool(one.limit.outside) for lane in self.rows for one in lane.clocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A stretch of time on one basis, before it is placed."""

    start: datetime
    end: datetime | None
    word: str
    basis: tuple[str, ...]
    document: str
    look: str
    document_id: UUID | None = None
    decided: UUID | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How lanes are drawn: for which `units` names are known, as of when, how much of it.

    `as_of` is the instant of a snapshot, past which nothing is known. Not `full` leaves out where somebody is held and
    who stands surety (for who sees the flow alone). `every` where all limits of the case are known, so that a stretch
    without one is a gap. `most` clocks stand under each person.
    """

    units: Mapping[UUID, UnitView] = field(default_factory=dict)
    as_of: datetime | None = None
    full: bool = True
    every: bool = False
    most: int = 100


def lanes(sheet: SheetView, limits: Sequence[LimitView], asked: Asked | None = None) -> Lanes | None:
    """Return the lanes of a case's suspects; none where no measure was ever taken and no limit runs."""
    asked = asked or Asked()
    running = [limit for limit in limits if limit.running or limit.suspended]
    if not sheet.measures and not running:
        return None
    now = asked.as_of or clock.now()
    if asked.as_of is not None:
        limits = [limit for limit in limits if limit.opened_at <= now]
    soonest = {party.id: _resting(sheet.in_force(party.id), party.id, limits) for party in sheet.suspects}
    axis = _axis(sheet, running, list(soonest.values()), now)
    rows = []
    for party in sheet.suspects:
        mine = [measure for measure in sheet.measures if measure.party_id == party.id]
        own = clocks([one for one in limits if one.party_id == party.id], asked.units, axis.at, now)
        if not mine and not own:
            continue
        current, due = sheet.in_force(party.id), soonest[party.id]
        theirs = [limit for limit in limits if limit.party_id in {None, party.id}]
        spans = _all(mine, current, due, theirs, now, every=asked.every)
        until = max(now, due.due_at) if due else now
        rows.append(
            Lane(
                name=party.name, held=_held(current, now), place=_place(current) if asked.full else "",
                segments=tuple(_segment(one, axis.at, until, asked.units) for one in spans), due=due,
                due_x=axis.within(due.due_at) if due else None, clocks=_few(own, asked.most), more=max(0, len(own) - asked.most),
                rests=due is None and any(limit.suspended and limit.of_stage for limit in theirs if limit.party_id == party.id),
            )
        )  # fmt: skip
    whole = clocks([one for one in limits if one.party_id is None], asked.units, axis.at, now)
    if whole:
        rows.append(Lane(name="全案", held="", place="", segments=(), due=None, due_x=None, clocks=_few(whole, asked.most), more=max(0, len(whole) - asked.most)))  # fmt: skip
    mark = f"{'截至' if asked.as_of else '今天'} {clock.local(now):%m-%d}"
    return Lanes(rows=tuple(rows), months=axis.months(), today=axis.at(now), today_words=mark)


def _few(listed: Sequence[Clock], most: int) -> tuple[Clock, ...]:
    """Return so many clocks in their order: what somebody is held on is among them."""
    first = sorted(listed, key=lambda one: not one.limit.of_stage)[:most]
    return tuple(one for one in listed if one in first)


@dataclass(frozen=True, slots=True)
class _Axis:
    """The time that lanes show, as hundredths of their width."""

    start: datetime
    end: datetime
    seconds: float

    def at(self, instant: datetime) -> float:
        """Return the place of an instant; below nought or over a hundred outside."""
        return round((instant - self.start).total_seconds() / self.seconds * HUNDRED, 2)

    def within(self, instant: datetime) -> float | None:
        """Return the place of an instant, None where it lies outside."""
        x = self.at(instant)
        return x if 0 <= x <= HUNDRED else None

    def months(self) -> tuple[tuple[float, str], ...]:
        """Return the marks of the months, every third where there are too many."""
        return _months(self.start, self.end, self.at)


def _axis(
    sheet: SheetView, running: Sequence[LimitView], soonest: Sequence[LimitView | None], now: datetime
) -> _Axis:
    """Return the time from the first measure to the last end that is near."""
    horizon = now + timedelta(days=120)
    near = [limit.due_at for limit in running if limit.due_at < horizon]
    near += [
        limit.further.due_at
        for limit in soonest
        if limit and limit.further and limit.further.due_at < horizon
    ]
    begins = [measure.starts_at for measure in sheet.measures] or [started(limit) for limit in running]
    start, end = min([*begins, now]), max(now, *[measure.ends_at or now for measure in sheet.measures], *near)
    span = max((end - start).total_seconds(), 86400.0)
    return _Axis(start - timedelta(seconds=span * 0.02), end, span * 1.1)


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
    rests = any(limit.suspended and limit.of_stage and limit.party_id == party_id for limit in limits)
    if not mine and current.kind.holds and not rests:
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
    steps: tuple[str, ...] = ()

    def until(end: datetime | None, shown: str) -> _Span:
        return _Span(
            start=begin, end=end, word=word, basis=tuple(basis), document=measure.document_number, look=shown,
            document_id=measure.document_id, decided=measure.decided_by_id, steps=steps,
        )  # fmt: skip

    for limit in resting:
        opened = max(limit.opened_at, measure.starts_at)
        if limit.opened_at < measure.starts_at - timedelta(days=1) or (
            measure.ends_at and opened >= measure.ends_at
        ):
            continue
        if opened > begin:
            spans.append(until(opened, "past"))
        begin, basis, steps = opened, limit.articles[:1], limit.derivation
        word = f"{measure.kind.label} · {limit.name}" if opened == measure.starts_at else limit.name
    spans.append(until(measure.ends_at, look))
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


def _all(
    mine: Sequence[MeasureView],
    current: MeasureView | None,
    due: LimitView | None,
    limits: Sequence[LimitView],
    now: datetime,
    *,
    every: bool,
) -> list[_Span]:
    """Return the spans of one person in order, those without a basis and those that may be granted last."""
    spans = [span for measure in mine for span in _spans(measure, limits)]
    after = _after(current, due, limits, now)
    if every:
        after = [one for one in after if one.look != "none"]
        after += [
            _Span(start=start, end=end, word="无依据", basis=(), document=why, look="none")
            for start, end, why in bare(mine, limits, now)
        ]
    return [*spans, *after]


def _segment(
    span: _Span, at: Callable[[datetime], float], open_until: datetime, units: Mapping[UUID, UnitView]
) -> Segment:
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
        x=x, width=round(width, 2), text=fitting(choices, narrow_room(width)), wide=fitting(choices, wide_room(width)),
        look=span.look, title=title.strip("　"), word=span.word, begins=f"{clock.local(span.start):%Y-%m-%d %H:%M}",
        ends=f"{clock.local(span.end):%Y-%m-%d %H:%M}" if span.end else "现行", basis=basis, document=span.document,
        document_id=span.document_id, decided=units[span.decided].name if span.decided and span.decided in units else "", steps=span.steps,
    )  # fmt: skip
