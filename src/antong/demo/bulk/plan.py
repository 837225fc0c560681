"""Which cases there are: how many of each model, in which county, how many days ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from antong.demo.prefecture import COUNTIES

SHARES = {
    "registered": (0.1, 6), "filing-sent-up": (0.01, 2), "investigated": (0.3, 45), "detained": (0.03, 2),
    "arrest-sent-up": (0.01, 3), "arrest-sent": (0.01, 6), "arrest-accepted": (0.01, 6), "transfer-draft": (0.01, 25),
    "transfer-sent": (0.005, 4), "transfer-returned": (0.015, 20), "transfer-accepted": (0.07, 28), "prosecuted": (0.43, 600),
}  # fmt: skip
"""Of all cases, how many parts were left at a mark, and within how many days before now they lie."""
HOME_SHARE = 0.05
"""What the county of the demonstration's officers has; the others share the rest."""
WITH_PAGES = 100
"""Of so many cases one has pages."""
OWN_PART = 25
"""Of so many parts one is handled by the officer of the demonstration, the others by a colleague: as one person handles."""
CHUNK = 1500
FIRST = 1000
"""The first copy's number: those below are the models' own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Copies of one model in one county and of one day: numbers from `first`, `count` of them."""

    model: int
    county: str
    days: int
    first: int
    count: int
    colleague: bool = False
    """Handled by the officer's colleague."""


def parts(marks: Sequence[str], cases: int) -> Iterator[Part]:
    """Yield the parts of a house of about `cases` copies, by model, county and day; `marks` are where models were left."""
    number, due, made = FIRST, 0.0, 0
    for model, mark in enumerate(marks):
        share, days = SHARES[mark]
        share /= marks.count(mark)
        for county, _, _ in COUNTIES:
            of = HOME_SHARE if county == COUNTIES[0][0] else (1 - HOME_SHARE) / (len(COUNTIES) - 1)
            for ago in range(days):
                due += cases * share * of / days
                count = int(due + 1e-6) - (number - FIRST)
                if count > 0:
                    colleague = made % OWN_PART != 0
                    yield Part(
                        model=model, county=county, days=-ago, first=number, count=count, colleague=colleague
                    )
                    number, made = number + count, made + 1


def chunks(listed: Sequence[Part]) -> Iterator[list[Part]]:
    """Yield the parts in chunks of about CHUNK copies, larger parts cut."""
    chunk: list[Part] = []
    room = CHUNK
    for part in listed:
        first, left = part.first, part.count
        while left:
            taken = min(left, room)
            chunk.append(replace(part, first=first, count=taken))
            first, left, room = first + taken, left - taken, room - taken
            if room == 0:
                yield chunk
                chunk, room = [], CHUNK
    if chunk:
        yield chunk
