"""The clocks under a custody line: each running limit as a bar on the same axis, with what moved its end.

What is drawn follows from the facts that stand with the limit, by the law that computed it; where the law now answers
another end (its table changed and the limit was not computed anew yet), the bar is drawn as it was stored, unmarked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings

from antong.cases.types import LimitView
from antong.kernel import clock
from antong.law import timelimit
from antong.law.conventions import named
from antong.org.types import UnitView
from antong.web.pages.cases.measured import HUNDRED, fitting, narrow_room

LEAST = 0.4
BESIDE = 62.0
"""Past this share of the width the words of a bar stand left of it."""
At = Callable[[datetime], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A point of a clock on the axis, with what it is."""

    x: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A span that does not count."""

    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Another reading: what it is called, what end it gives, what it rests on."""

    name: str
    due: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One running limit as a bar: `used` of its `width` lies behind; `side` is where its words stand."""

    limit: LimitView
    unit: str
    begun: str
    x: float
    width: float
    used: float
    used_words: str
    words: str
    side: str
    words_x: float
    due_x: float | None
    open_end: bool
    marks: tuple[Mark, ...]
    stops: tuple[Stop, ...]
    readings: tuple[Reading, ...]
    ghosts: tuple[Mark, ...]
    provisional: bool
    steps: tuple[str, ...]

    @property
    def further(self) -> str:
        """What may still be granted, in words."""
        if self.limit.suspended:
            return "中止中，恢复后接着计算"
        if self.limit.over:
            return "已届满，不能再延长"
        return self.limit.further.words if self.limit.further else "没有延长"


def instant(value: date | datetime | None, *, over: bool = False) -> datetime | None:
    """Return the instant of a day (its midnight, or the one that ends it) or of a local minute."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=clock.CHINA)
    return clock.midnight(value + timedelta(days=1) if over else value)


def clocks(
    limits: Sequence[LimitView], units: Mapping[UUID, UnitView], at: At, now: datetime
) -> tuple[Clock, ...]:
    """Return the limits that run or rest as bars, the soonest first."""
    running = sorted(
        (one for one in limits if one.running or one.suspended), key=lambda one: (one.due_at, one.rule)
    )
    return tuple(_clock(limit, units, at, now) for limit in running)


def started(limit: LimitView) -> datetime:
    """Return from when a limit is counted, as an instant; where its facts no longer say so, when it was opened."""
    found = _answered(limit)
    return instant(found.begun if found else None) or limit.opened_at


def _answered(limit: LimitView) -> timelimit.LimitAnswer | None:
    try:
        return timelimit.answer(limit.rule, limit.facts, conventions=settings.ANTONG_CONVENTIONS)
    except timelimit.LimitRefused:
        return None


def _again(limit: LimitView) -> timelimit.LimitAnswer | None:
    """Return what the law answers to the facts of a limit, where that is still the end that is stored."""
    found = _answered(limit)
    return found if found and found.due_at == limit.due_at else None


def _clock(limit: LimitView, units: Mapping[UUID, UnitView], at: At, now: datetime) -> Clock:
    again = _again(limit)
    begun = instant(again.begun if again else None) or limit.opened_at
    begun = min(begun, limit.due_at)
    x, end = max(0.0, at(begun)), min(HUNDRED, at(limit.due_at))
    width = max(LEAST, round(end - x, 2))
    rests = limit.closed_at if limit.suspended else None
    used = min(width, max(0.0, round(at(rests or now) - x, 2)))
    unit = units[limit.unit_id].short_name if limit.unit_id in units else ""
    share = _share(begun, limit.due_at, rests or now) + ("，中止中" if rests else "")
    words, side = _words(f"{unit} {clock.local(begun):%m-%d} 起", share, x, width)
    place = {"in": x, "right": x + width, "left": x}[side]
    return Clock(
        limit=limit, unit=unit, begun=_day(again.begun) if again and again.begun else _day(clock.local(begun)), x=round(x, 2), width=width, used=used,
        used_words=share, words=words, side=side, words_x=round(place, 2), due_x=round(at(limit.due_at), 2) if at(limit.due_at) <= HUNDRED else None,
        open_end=at(limit.due_at) > HUNDRED, marks=_marks(again, at), stops=(*_stops(limit, at), *_rest(limit, at, now)), readings=tuple(_readings(limit)),
        ghosts=_ghosts(limit, at), provisional=bool(again and again.provisional), steps=again.derivation if again else limit.derivation,
    )  # fmt: skip


def _share(begun: datetime, due: datetime, now: datetime) -> str:
    """Return how much of a limit is used, in its own unit: 已用 19 / 28 天, or hours for those of hours."""
    whole, gone = due - begun, min(max(now - begun, timedelta()), due - begun)
    if whole <= timedelta(days=2):
        return f"已用 {int(gone.total_seconds()) // 3600} / {int(whole.total_seconds()) // 3600} 时"
    # the day a limit starts from is not counted
    days = max(0, (clock.local(now).date() - clock.local(begun).date()).days)
    most = (clock.local(due - timedelta(minutes=1)).date() - clock.local(begun).date()).days
    return f"已用 {min(days, most)} / {most} 天"


def _words(begins: str, share: str, x: float, width: float) -> tuple[str, str]:
    """Return the words of a bar and where they stand: within it, or beside it where there is room."""
    inside = fitting((f"{begins} · {share}", share), narrow_room(width))
    if inside:
        return inside, "in"
    return f"{begins} · {share}", "left" if x + width > BESIDE else "right"


def _marks(again: timelimit.LimitAnswer | None, at: At) -> tuple[Mark, ...]:
    """Return where the term ended before each extension."""
    found, before = [], None
    for step in again.steps if again else ():
        if step.kind == "extension" and before is not None:
            found.append(Mark(x=at(before), title=step.text))
        if step.kind in {"term", "extension", "exclusion"}:
            before = instant(step.to, over=True)
    return tuple(one for one in found if 0 <= one.x <= HUNDRED)


def _stops(limit: LimitView, at: At) -> tuple[Stop, ...]:
    """Return the spans that do not count, where they lie on the axis."""
    found = []
    for one in limit.facts.get("suspensions") or ():
        try:
            begins, until = date.fromisoformat(str(one["from"])), date.fromisoformat(str(one["to"]))
        except (KeyError, ValueError):
            continue
        x = max(0.0, at(clock.midnight(begins)))
        end = min(HUNDRED, at(clock.midnight(until)))
        if end > x:
            found.append(
                Stop(x=round(x, 2), width=round(end - x, 2), title=f"{begins} 至 {until} 不计入期限")
            )
    return tuple(found)


def _rest(limit: LimitView, at: At, now: datetime) -> tuple[Stop, ...]:
    """Return the span in which a suspended limit rests until now."""
    if not limit.suspended or limit.closed_at is None:
        return ()
    x, end = max(0.0, at(limit.closed_at)), min(HUNDRED, max(at(now), at(limit.closed_at) + LEAST))
    words = f"{clock.local(limit.closed_at):%Y-%m-%d} 起中止（{limit.close_reason}）"
    return (Stop(x=round(x, 2), width=round(max(0.0, end - x), 2), title=words),)


def _readings(limit: LimitView) -> list[Reading]:
    found = []
    for one in limit.alternatives:
        convention = named(one["convention"])
        basis = convention.basis if convention else ""
        if convention is not None and convention.outside is not None:
            basis += f"（平台外文件，见于{convention.outside.seen}，未核对原文，可信程度{convention.outside.sure}）"
        found.append(Reading(name=one["convention"], due=one["due"].replace("T", " "), basis=basis))
    return found


def _ghosts(limit: LimitView, at: At) -> tuple[Mark, ...]:
    """Return where the other readings would end."""
    found = []
    for one in limit.alternatives:
        text = one["due"]
        end = instant(datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text), over=True)
        if end is not None and 0 <= at(end) <= HUNDRED:
            found.append(Mark(x=at(end), title=f"另一种读法（{one['convention']}）：{text}"))
    return tuple(found)


def _day(value: date | datetime) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat()
