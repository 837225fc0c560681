"""Which pages of a file stand on the screen at once: runs of a paper's pages, the others as they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from antong.cases.types import CaseAccess
from antong.dossier import selectors
from antong.dossier.selectors import Span
from antong.dossier.types import EntryOutline, FileOutline, PageView

OF_A_PAPER = 60
"""How many pages of a paper stand there at first."""
AT_ONCE = 240
"""How many pages of a whole file stand there at first."""
MORE = 300
"""How many come at most with one request."""
BEFORE = 20
"""How many pages before one that was asked for stand there with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Pages of a paper that follow each other, with the page before them and the two after: where they may be moved to.

    A `loose` run are single pages that somebody has to look at: nothing is said of what is beside them.
    """

    entry: EntryOutline
    skip: int = 0
    pages: tuple[PageView, ...] = ()
    before: UUID | None = None
    after: tuple[UUID, ...] = ()
    loose: bool = False

    @property
    def left_before(self) -> int:
        """How many pages of the paper are before it."""
        return 0 if self.loose else self.skip

    @property
    def left(self) -> int:
        """How many pages of the paper are after it."""
        return 0 if self.loose else self.entry.pages - self.skip - len(self.pages)

    @property
    def end(self) -> int:
        """How many pages of the paper are before its end."""
        return self.skip + len(self.pages)

    @property
    def coming(self) -> int:
        """How many pages after it come when they are asked for."""
        return min(self.left, MORE if self.pages else OF_A_PAPER)

    @property
    def coming_before(self) -> int:
        """How many pages before it come when they are asked for."""
        return min(self.left_before, MORE)

    @property
    def above(self) -> int:
        """Where the pages that come before it begin."""
        return self.skip - self.coming_before


def entries_of(file: FileOutline) -> list[EntryOutline]:
    """Return the papers of a file that have pages, in its order."""
    return [entry for volume in file.volumes for entry in volume.entries if entry.pages]


def at_first(case: CaseAccess, file: FileOutline, page: str) -> dict[UUID, Run]:
    """Return what stands on the screen at first, by paper: the first pages of the first papers, and those around `page`.

    At most two statements, whatever the file holds.
    """
    left, spans = AT_ONCE, []
    stands = _where(case, file, page)
    for entry in entries_of(file):
        skip, many = 0, min(OF_A_PAPER, left)
        if stands is not None and entry.first <= stands < entry.first + entry.pages:
            skip, many = max(0, stands - entry.first - BEFORE), OF_A_PAPER
        take = min(many, entry.pages - skip)
        left = max(0, left - take)
        spans.append((entry, skip, take))
    return {run.entry.id: run for run in _runs(case, file, spans)}


def some(case: CaseAccess, file: FileOutline, entry: EntryOutline, skip: int, take: int) -> Run:
    """Return some pages of a paper; one statement."""
    skip = max(0, min(skip, entry.pages))
    (run,) = _runs(case, file, [(entry, skip, min(take, MORE, entry.pages - skip))])
    return run


def doubtful(case: CaseAccess, file: FileOutline, after: int) -> tuple[dict[UUID, Run], int | None]:
    """Return the pages that somebody has to look at after a place, by paper, and where the next ones begin; two statements."""
    places = selectors.doubts_after(case, after, MORE + 1)
    spans = [span for place in places[:MORE] for span in selectors.spans_at(file, place, 1)]
    windows = selectors.window(case, file, spans)
    known = {entry.id: entry for entry in entries_of(file)}
    found: dict[UUID, list[PageView]] = {}
    for span, pages in zip(spans, windows, strict=True):
        found.setdefault(span.entry_id, []).extend(pages)
    runs = {one: Run(entry=known[one], pages=tuple(rows), loose=True) for one, rows in found.items()}
    return runs, places[MORE] if len(places) > MORE else None


def _where(case: CaseAccess, file: FileOutline, page: str) -> int | None:
    try:
        page_id = UUID(page)
    except ValueError:
        return None
    return selectors.places_of(case, file, [page_id]).get(page_id)


def _runs(case: CaseAccess, file: FileOutline, asked: Sequence[tuple[EntryOutline, int, int]]) -> list[Run]:
    """Return runs by (paper, how many before, how many), read with their neighbours; one statement."""
    spans = [
        Span(entry.id, max(0, skip - 1), take + (skip > 0) + 2) if take else Span(entry.id, 0, 0)
        for entry, skip, take in asked
    ]
    runs = []
    for (entry, skip, take), pages in zip(asked, selectors.window(case, file, spans), strict=True):
        head = 1 if take and skip else 0
        runs.append(
            Run(
                entry=entry, skip=skip, pages=tuple(pages[head : head + take]),
                before=pages[0].id if head and pages else None, after=tuple(page.id for page in pages[head + take :]),
            )
        )  # fmt: skip
    return runs
