"""Time held before a judgment is executed: the spans told, joined, counted day by day, none twice (刑法41, 44, 47; 刑诉法76)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from antong.law._facts import as_day

DAY = timedelta(days=1)
HELD = {
    "detention": "拘留", "arrest": "逮捕", "custody": "羁押", "liuzhi": "留置", "guanhu": "管护",
    "administrative-detention": "行政拘留",
}  # fmt: skip
"""Measures of which a day is set off against a day: the person was shut in."""
RESIDENCE = "designated-residence"
FREE = {"bail": "取保候审", "residential-surveillance": "监视居住", "release": "释放"}
"""Measures that end custody and are not set off."""
WORDS = {**HELD, RESIDENCE: "指定居所监视居住", **FREE}
_KEYS = {word: key for key, word in WORDS.items()} | {"刑事拘留": "detention"}


class Crossed(ValueError):
    """A span that ends before it begins."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days of one kind, first and last within it; `ends` is None while it goes on."""

    begins: date
    ends: date | None
    measure: str

    def before(self, day: date, *, less: int = 0) -> tuple[date, date] | None:
        """Return its first and last day before a day, None where there is none; `less` days fewer where it has ended."""
        last = day - DAY if self.ends is None or self.ends >= day else self.ends - DAY * less
        return (self.begins, last) if self.begins <= last else None


def spans_of(told: Iterable[Mapping[str, Any]]) -> list[Span]:
    """Return the measures as spans, in order; one whose end is not told ends on the day the next one begins.

    So detained on one day and bailed on another is held on both. Raises Crossed, ValueError, TypeError, KeyError.
    """
    rows = sorted(
        ((as_day(one["from"]), index, one) for index, one in enumerate(told)), key=lambda row: row[:2]
    )
    found: list[Span] = []
    for number, (begins, _, one) in enumerate(rows):
        ends = None if one.get("to") is None else as_day(one["to"])
        if ends is None and number + 1 < len(rows):
            ends = rows[number + 1][0]
        if ends is not None and ends < begins:
            raise Crossed(f"{begins} 至 {ends}")
        said = str(one.get("measure", "custody"))
        found.append(Span(begins, ends, _KEYS.get(said, said)))
    return found


def joined(spans: Sequence[Span], measures: Collection[str] = HELD) -> list[Span]:
    """Return what lies in measures as stretches without a gap: what begins the day after goes on."""
    found: list[Span] = []
    for one in sorted((span for span in spans if span.measure in measures), key=lambda span: span.begins):
        last = found[-1] if found else None
        if last is None or (last.ends is not None and one.begins > last.ends + DAY):
            found.append(Span(one.begins, one.ends, one.measure))
        elif last.ends is not None:
            ends = None if one.ends is None else max(last.ends, one.ends)
            found[-1] = Span(last.begins, ends, last.measure)
    return found


def days_of(stretches: Iterable[tuple[date, date]]) -> int:
    """Return how many days stretches have that do not overlap."""
    return sum((last - first).days + 1 for first, last in stretches)


def common(ones: Iterable[tuple[date, date]], others: Sequence[tuple[date, date]]) -> int:
    """Return how many days lie in one and in another."""
    shared = ((max(one[0], other[0]), min(one[1], other[1])) for one in ones for other in others)
    return days_of(pair for pair in shared if pair[0] <= pair[1])
