"""What every list has: filters in force as chips, pages, a total, saved views, a table file to take away."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from antong.web import parse

SIZES = (20, 50, 100)
MOST_EXPORTED = 1000
Words = Mapping[str, "Mapping[str, str] | Callable[[str], str] | str"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter in force: its words, and the address of the list without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a list as its frame shows it. `query` is what is filtered and sorted by, without the page."""

    path: str
    query: str
    page: int
    size: int
    total: int
    more: bool
    chips: tuple[Chip, ...]

    @property
    def pages(self) -> int:
        """How many pages are counted."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the first row shown."""
        return min(self.total, (self.page - 1) * self.size + 1)

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return min(self.total, self.page * self.size)

    @property
    def near(self) -> list[int]:
        """The pages to jump to: up to two either side."""
        return [number for number in range(self.page - 2, self.page + 3) if 1 <= number <= self.pages]


def page_of(request: HttpRequest) -> tuple[int, int]:
    """Return the page and the page size asked for (1 and 50 unless told)."""
    size = parse.number(request.GET, "size", 50)
    return parse.number(request.GET, "page", 1), size if size in SIZES else 50


def listing(
    request: HttpRequest,
    *,
    total: int,
    more: bool = False,
    words: Words | None = None,
    keep: Sequence[str] = (),
) -> Listing:
    """Return the frame of a list. `words` names the filters; `keep` are parameters that are no filter (a tab)."""
    given = {
        name: str(value) for name, value in request.GET.items() if name not in {"page", "size"} and value
    }
    page, size = page_of(request)
    chips = []
    for name, said in (words or {}).items():
        if name in given:
            rest = {other: value for other, value in given.items() if other != name}
            chips.append(Chip(words=_said(said, given[name]), without=f"{request.path}?{urlencode(rest)}"))
    shown = {name: value for name, value in given.items() if name in (words or {}) or name in keep}
    if size != 50:  # noqa: PLR2004 - the default
        shown["size"] = str(size)
    return Listing(
        path=request.path,
        query=urlencode(shown),
        page=page,
        size=size,
        total=total,
        more=more,
        chips=tuple(chips),
    )


def _said(said: Mapping[str, str] | Callable[[str], str] | str, value: str) -> str:
    if isinstance(said, str):
        return f"{said}：{value}" if said.endswith("含") else said
    return said(value) if callable(said) else said.get(value, value)


def table_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a table as a file that office programs open; no cell can become a formula."""
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
    answer.write("\ufeff")
    table = csv.writer(answer)
    table.writerow(heads)
    for row in rows:
        table.writerow(
            ["'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t" else cell for cell in row]
        )
    return answer
