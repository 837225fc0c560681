"""A file of thousands of pages is opened as one of two hundred: outline and first pages at once, the others when asked."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from antong.cases import access
from antong.dossier import actions, selectors
from antong.dossier.models import Entry, Page, Placement
from antong.dossier.types import Upload
from antong.org.types import Permission
from antong.web.pages.dossier import leaves
from antong.web.pages.dossier.windows import CHUNK
from road import through

People = dict[str, Any]
FEW, MANY = 200, 5000
PAPERS = ("ev-suspect.interrogation", "ev-victim.victim", "lit-rights.rights")


def file_of(made: UUID, police: Any, scan: bytes, pages: int) -> UUID:
    """Put a scan into three places of a case's file, and beside the first so many pages that there are `pages` in all."""
    for key in PAPERS:
        scans = [Upload(file_name=f"{key}.jpg", content=io.BytesIO(scan + key.encode()))]
        actions.upload(police, case_id=made, catalogue_key=key, files=scans)
    entry = Entry.objects.get(volume__dossier_id=made, catalogue_key=PAPERS[0])
    first = Page.objects.get(placements__entry=entry)
    rows = [
        Page(id=uuid4(), dossier_id=made, original_id=first.original_id, index=one, state="ready")
        for one in range(1, pages - len(PAPERS) + 1)
    ]
    Page.objects.bulk_create(rows)
    Placement.objects.bulk_create(
        Placement(id=uuid4(), entry=entry, page=row, position=10 * row.index + 1000) for row in rows
    )
    Page.objects.filter(dossier_id=made).update(state="ready", doubtful=False, checks={})
    return made


@pytest.fixture
def files(new_case: Callable[..., UUID], people: People, scan: bytes) -> dict[int, UUID]:
    """Two cases, by how many pages their files have."""
    made = {pages: file_of(new_case(), people["zhencha"], scan, pages) for pages in (FEW, MANY)}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dossier_page, dossier_placement, dossier_entry, dossier_volume")
    return made


def buffers(sql: str) -> int:
    """Return how many buffers a statement touches."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def cost(client: Client, url: str) -> tuple[int, int, int]:
    """Return what a page costs when it is asked again: statements, buffers, bytes."""
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(url)
    assert answer.status_code == 200
    asked = [
        one["sql"] for one in seen.captured_queries if one["sql"].lstrip().startswith(("SELECT", "WITH"))
    ]
    return len(seen), sum(buffers(sql) for sql in asked), len(answer.content)


def seen_by(case_id: UUID, actor: Any) -> Any:
    return access.case_for(actor, case_id, Permission.CONTENT_READ)


def test_a_large_file_opens_as_a_small_one(sign_in: Callable[[str], Client], files: dict[int, UUID]) -> None:
    police = sign_in("zhencha")
    for path in (
        "reading",
        "?tab=dossier",
        "reading/pages?t={t}&from=100",
        "papers/{e}?t={t}&from=60&count=60",
    ):
        found = {}
        for pages, case_id in files.items():
            ticket = police.post(f"/cases/{case_id}/ticket").json()["ticket"]
            entry = Entry.objects.get(volume__dossier_id=case_id, catalogue_key=PAPERS[0]).id
            found[pages] = cost(police, f"/cases/{case_id}/{path.format(t=ticket, e=entry)}")
        (asked, touched, size), (asked_few, touched_few, size_few) = found[MANY], found[FEW]
        assert asked == asked_few, path
        assert size < 1.02 * size_few + 200, path
        assert touched < touched_few + 400, (
            path,
            touched,
            touched_few,
        )  # two counts of the pages, along an index


def test_the_tab_shows_the_first_pages_and_offers_the_others(
    sign_in: Callable[[str], Client], files: dict[int, UUID]
) -> None:
    police, case_id = sign_in("zhencha"), files[MANY]
    shown = police.get(f"/cases/{case_id}/?tab=dossier").content.decode()
    assert shown.count("<figure") == leaves.OF_A_PAPER + 2
    more = re.search(r'href="(/cases/[^"]*/papers/[^"]*)"', shown)
    assert more
    ticket = police.post(f"/cases/{case_id}/ticket").json()["ticket"]
    address = f"{more[1].replace('&amp;', '&')}&t={ticket}"
    part = police.get(address).content.decode()
    assert part.count("<figure") == leaves.MORE
    assert set(re.findall(r'id="p-([^"]*)"', part)).isdisjoint(re.findall(r'id="p-([^"]*)"', shown))
    assert f"from={leaves.OF_A_PAPER + leaves.MORE}&amp;" in part
    assert police.get(more[1].replace("&amp;", "&")).status_code == 404, "not without a ticket"


def test_a_page_is_found_in_the_middle_of_its_paper(
    sign_in: Callable[[str], Client], files: dict[int, UUID], people: People
) -> None:
    police, case_id = sign_in("zhencha"), files[MANY]
    case = seen_by(case_id, people["zhencha"])
    file = selectors.outline_of(case)
    entry = leaves.entries_of(file)[[one.catalogue_key for one in leaves.entries_of(file)].index(PAPERS[0])]
    ((page,),) = selectors.window(case, file, selectors.spans_at(file, entry.first + 3000, 1))
    assert page.number == entry.number + 3000
    assert selectors.places_of(case, file, [page.id, uuid4()]) == {page.id: entry.first + 3000}
    shown = police.get(f"/cases/{case_id}/?tab=dossier&page={page.id}").content.decode()
    assert f'id="p-{page.id}"' in shown
    assert "展开之前" in shown
    room = police.get(f"/cases/{case_id}/reading?page={page.id}").content.decode()
    assert f'data-start="{entry.first + 3000}"' in room
    ticket = police.post(f"/cases/{case_id}/ticket").json()["ticket"]
    told = police.get(f"/cases/{case_id}/reading/pages?t={ticket}&from={entry.first + 3000}").json()
    assert told["pages"][0][0] == str(page.id)
    assert len(told["pages"]) == CHUNK
    stale = police.get(f"/cases/{case_id}/reading/pages?t={ticket}&v={file.version + 1}")
    assert stale.status_code == 409


def test_a_run_knows_the_pages_beside_it(files: dict[int, UUID], people: People) -> None:
    case = seen_by(files[FEW], people["zhencha"])
    file = selectors.outline_of(case)
    entry = max(leaves.entries_of(file), key=lambda one: one.pages)
    whole = leaves.some(case, file, entry, 0, entry.pages).pages
    part = leaves.some(case, file, entry, 50, 10)
    assert [one.id for one in part.pages] == [one.id for one in whole[50:60]]
    assert part.before == whole[49].id
    assert part.after == (whole[60].id, whole[61].id)
    assert (part.left_before, part.left) == (50, entry.pages - 60)


def test_the_pages_to_look_at_are_listed_and_stepped_through(
    sign_in: Callable[[str], Client], files: dict[int, UUID], people: People
) -> None:
    police, case_id = sign_in("zhencha"), files[MANY]
    case = seen_by(case_id, people["zhencha"])
    file = selectors.outline_of(case)
    first = max(leaves.entries_of(file), key=lambda one: one.pages).first
    found = selectors.window(
        case, file, [span for at in (70, 4000) for span in selectors.spans_at(file, first + at, 1)]
    )
    doubtful = [page.id for (page,) in found]
    Page.objects.filter(id__in=doubtful).update(doubtful=True, checks={"findings": ["blank"]})
    ticket = police.post(f"/cases/{case_id}/ticket").json()["ticket"]
    for begin, place in ((0, first + 70), (first + 71, first + 4000), (first + 4001, first + 70)):
        told = police.get(f"/cases/{case_id}/reading/doubt?t={ticket}&from={begin}").json()
        assert told == {"place": place}
    assert "下一处存疑 2" in police.get(f"/cases/{case_id}/reading").content.decode()
    shown = police.get(f"/cases/{case_id}/?tab=dossier&only=doubt").content.decode()
    assert re.findall(r'id="p-([^"]*)"', shown) == [str(one) for one in doubtful]
    assert "data-loose" in shown


def test_the_next_unit_is_shown_its_snapshot_by_windows(
    sign_in: Callable[[str], Client], new_case: Callable[..., UUID], people: People, scan: bytes
) -> None:
    case_id = file_of(new_case(), people["zhencha"], scan, 150)
    through(people, case_id, "filing")
    through(people, case_id, "detention", fields={"roaming": "否"})
    through(people, case_id, "arrest-request")
    prosecutor, case = people["anguan"], seen_by(case_id, people["anguan"])
    whole = [
        page for volume in selectors.file_of(case).volumes for entry in volume.entries for page in entry.pages
    ]
    file = selectors.outline_of(case)
    assert file.snapshot
    assert file.page_count == len(whole) == selectors.counts_of(case)[0]
    parts = selectors.window(case, file, selectors.spans_at(file, 40, 100))
    assert [one.id for part in parts for one in part] == [one.id for one in whole[40:140]]
    assert [one.number for part in parts for one in part] == [one.number for one in whole[40:140]]
    assert selectors.places_of(case, file, [whole[99].id]) == {whole[99].id: 99}
    room = sign_in("anguan").get(f"/cases/{case_id}/reading?page={whole[99].id}").content.decode()
    assert 'data-start="99"' in room
    assert prosecutor.unit_id == case.unit_id
