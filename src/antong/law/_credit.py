"""Time held before a judgment is executed: the spans told, joined, counted day by day, none twice (刑法41, 44, 47; 刑诉法76)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    def days(self, before: date) -> set[date]:
        """Return its days before a day."""
        last = before - DAY if self.ends is None else min(self.ends, before - DAY)
        return {self.begins + DAY * index for index in range((last - self.begins).days + 1)}


def spans_of(told: Iterable[Mapping[str, Any]]) -> list[Span]:
    """Return the measures as spans, in order; one whose end is not told ends on the day the next one begins.

    So detained on one day and bailed on another is held on both. Raises Crossed, ValueError, TypeError, KeyError.
    """
    rows = sorted(((as_day(one["from"]), index, one) for index, one in enumerate(told)), key=lambda row: row[:2])
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


def joined(spans: Sequence[Span]) -> list[Span]:
    """Return the custody among the spans as stretches without a gap: what begins the day after goes on."""
    found: list[Span] = []
    for one in sorted((span for span in spans if span.measure in HELD), key=lambda span: span.begins):
        last = found[-1] if found else None
        if last is None or (last.ends is not None and one.begins > last.ends + DAY):
            found.append(Span(one.begins, one.ends, "custody"))
        elif last.ends is not None:
            ends = None if one.ends is None else max(last.ends, one.ends)
            found[-1] = Span(last.begins, ends, "custody")
    return found
