"""Every image of a file asks whether the unit was given its page: a snapshot, which never changes, is read once for all."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from antong.cases import access
from antong.dossier import selectors as dossier
from antong.org.types import Permission
from walking import hand_over


def test_a_snapshot_is_read_once_for_all_its_pages(
    people: dict[str, Any], investigated: UUID, django_assert_num_queries: Any
) -> None:
    hand_over(people, investigated, "prosecution-transfer")
    case = access.case_for(people["anguan"], investigated, Permission.CASE_READ)
    pages = [
        page.id
        for volume in dossier.file_of(case).volumes
        for entry in volume.entries
        for page in entry.pages
    ]
    assert len(pages) > 1
    with django_assert_num_queries(1):
        assert dossier.shows_page(case, pages[0])
    with django_assert_num_queries(0):
        assert all(dossier.shows_page(case, page_id) for page_id in pages)
        assert not dossier.shows_page(case, uuid4())
