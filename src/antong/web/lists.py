"""What every list has: filters in force as chips, an order, pages, a total, saved views, a table file to take away."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from antong.web import find, parse

SIZES = (20, 50, 100)
MOST_EXPORTED = 1000
AS_FILE = "file"
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]")
Words = Mapping[str, "Mapping[str, str] | Callable[[str], str] | str"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter in force: its words, and the address of the list without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a list as its frame shows it.

    `query` is what is filtered and sorted by, without the page; `order` the column it is sorted by, with a minus
    before it when descending; `kept` the parameters that are no filter, for the hidden fields of the form.
    """

    path: str
    query: str
    page: int
    size: int
    total: int
    more: bool
    chips: tuple[Chip, ...]
    order: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    text: str = ""

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
    def sizes(self) -> tuple[int, ...]:
        """The page sizes to choose from."""
        return SIZES

    def sorted_by(self, key: str) -> str:
        """The query of this list in another order; a second time turns it round."""
        order = f"-{key}" if self.order == key else key
        rest = [part for part in self.query.split("&") if part and not part.startswith("order=")]
        return "&".join([*rest, f"order={order}"])

    def sized(self, size: int) -> str:
        """The query of this list with another page size."""
        rest = [part for part in self.query.split("&") if part and not part.startswith("size=")]
        return "&".join([*rest, f"size={size}"])

    @property
    def near(self) -> list[int]:
        """The pages to jump to: up to two either side."""
        return [number for number in range(self.page - 2, self.page + 3) if 1 <= number <= self.pages]


def page_of(request: HttpRequest) -> tuple[int, int]:
    """Return the page and the page size asked for (1 and 50 unless told)."""
    size = parse.number(request.GET, "size", 50)
    return parse.number(request.GET, "page", 1), size if size in SIZES else 50


def order_of(request: HttpRequest, allowed: Iterable[str], default: str) -> str:
    """Return the order asked for where a list knows it, else its own: the most urgent first."""
    given = request.GET.get("order", "")
    return given if given.lstrip("-") in set(allowed) else default


def in_order(rows: Sequence[Any], order: str, keys: Mapping[str, Callable[[Any], Any]]) -> list[Any]:
    """Return rows sorted by a column; what has no value there stands last either way."""
    key = keys[order.lstrip("-")]
    have = [row for row in rows if key(row) is not None]
    have.sort(key=key, reverse=order.startswith("-"))
    return [*have, *(row for row in rows if key(row) is None)]


def wants_file(request: HttpRequest) -> bool:
    """Whether the list is asked for as a table file."""
    return request.GET.get("as") == AS_FILE


def listing(
    request: HttpRequest,
    *,
    total: int,
    more: bool = False,
    words: Words | None = None,
    keep: Sequence[str] = (),
    order: str = "",
) -> Listing:
    """Return the frame of a list. `words` names the filters; `keep` are parameters that are no filter (a tab)."""
    given = {name: str(value) for name, value in request.GET.items() if value}
    text = find.text_of(given)
    said = {**(words or {}), **({find.PARAMETER: f"含“{text}”"} if text else {})}
    number, size = page_of(request)
    shown = {name: value for name, value in given.items() if name in said or name in keep}
    if given.get("order") and given["order"] == order:
        shown["order"] = order
    if size != SIZES[1]:
        shown["size"] = str(size)
    chips = []
    for name, word in said.items():
        if name in given:
            rest = {other: value for other, value in shown.items() if other != name}
            chips.append(Chip(words=_said(word, given[name]), without=f"{request.path}?{urlencode(rest)}"))
    last = max(1, -(-total // size))
    return Listing(
        path=request.path,
        query=urlencode(shown),
        page=min(number, last),
        size=size,
        total=total,
        more=more,
        chips=tuple(chips),
        order=order,
        kept=tuple(
            (name, value) for name, value in shown.items() if name in keep or name in {"order", "size"}
        ),
        text=text,
    )


def _said(said: Mapping[str, str] | Callable[[str], str] | str, value: str) -> str:
    if isinstance(said, str):
        return said
    return said(value) if callable(said) else said.get(value, value)


def no_formula(cell: object) -> object:
    """Return a cell of a table file that office programs take for no formula."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def table_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a table as a file that office programs open; no cell can become a formula.

    A file ends at 1,000 rows, and its last line says so where there are more.
    """
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
    answer.write("\ufeff")
    table = csv.writer(answer)
    table.writerow(heads)
    listed = list(rows)
    for row in listed[:MOST_EXPORTED]:
        table.writerow([no_formula(cell) for cell in row])
    if len(listed) >= MOST_EXPORTED:
        table.writerow([f"只导出前 {MOST_EXPORTED} 件；加筛选条件后分次导出"])
    return answer
