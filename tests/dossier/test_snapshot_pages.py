"""Every image of a file asks whether the unit was given its page: a snapshot, which never changes, is read once for all."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID, uuid4

from antong.cases import access
from antong.dossier import actions
from antong.dossier import selectors as dossier
from antong.dossier.types import Upload
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


def test_a_snapshot_shows_its_own_originals_and_no_later_one(
    people: dict[str, Any], investigated: UUID, scan: bytes, django_assert_num_queries: Any
) -> None:
    hand_over(people, investigated, "prosecution-transfer")
    sent = [own for own, _, _ in dossier.originals(investigated)]
    later = actions.upload(
        people["zhencha"], case_id=investigated, catalogue_key="ev-source.call", title="后来的",
        files=[Upload(file_name="later.jpg", content=io.BytesIO(scan + b" "))],
    )  # fmt: skip
    case = access.case_for(people["anguan"], investigated, Permission.CASE_READ)
    assert dossier.shows_original(case, sent[0])
    with django_assert_num_queries(0):
        assert not dossier.shows_original(case, later.original_ids[0])
        assert not dossier.shows_original(case, uuid4())
