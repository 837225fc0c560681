"""A paper of thousands of pages in the file: the first ones and those somebody has to look at, the others when asked."""

from __future__ import annotations

from types import SimpleNamespace as Made
from typing import Any, cast
from uuid import uuid4

from antong.dossier.types import EntryView, Tree
from antong.web.pages.dossier.outline import opened
from antong.web.templatetags.antong import PAGES_AT_ONCE, first_pages


def paper(pages: int, *, doubtful: int, waiting: int) -> Any:
    """Return a paper, with a page that is doubtful and one that is in the making, by number."""
    return Made(
        id=uuid4(),
        pages=[
            Made(
                id=uuid4(),
                number=one,
                doubtful=one == doubtful,
                state="waiting" if one == waiting else "ready",
            )
            for one in range(1, pages + 1)
        ],
    )


def shown(entry: Any, *others: str) -> list[tuple[int, bool]]:
    """Return the numbers that are shown, and whether some before each are not."""
    return [(page.number, gap) for page, gap in first_pages(cast("EntryView", entry), others)]


def test_the_first_pages_and_those_to_look_at_are_shown() -> None:
    entry = paper(500, doubtful=300, waiting=301)
    first = [(one, False) for one in range(1, PAGES_AT_ONCE + 1)]
    assert shown(entry) == [*first, (300, True), (301, False)]
    assert shown(entry, str(entry.id)) == [(one, False) for one in range(1, 501)]
    assert len(shown(paper(PAGES_AT_ONCE, doubtful=0, waiting=0))) == PAGES_AT_ONCE


def test_a_paper_is_opened_by_its_id_or_by_a_page_of_it() -> None:
    one, two = paper(70, doubtful=0, waiting=0), paper(3, doubtful=0, waiting=0)
    tree = cast("Tree", Made(volumes=[Made(entries=[one, two])]))
    assert opened(tree, [str(two.id)], "") == [str(two.id)]
    assert opened(tree, [], str(one.pages[65].id)) == [str(one.id)]
    assert opened(tree, ["x"], "y") == []
