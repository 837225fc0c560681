"""Uploads: what is refused and why; bytes at rest; order, snapshots and what changed."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from PIL import Image

from antong.cases import selectors as cases
from antong.dossier import actions, selectors, store
from antong.dossier.types import Upload
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Stale
from badfiles import BAD, pdf

People = dict[str, Any]
KEY = "ev-suspect.interrogation"


def put(people: People, case_id: UUID, name: str, data: bytes, **facts: Any) -> Any:
    facts.setdefault("catalogue_key", KEY)
    return actions.upload(
        people["zhencha"], case_id=case_id, files=[Upload(file_name=name, content=io.BytesIO(data))], **facts
    )


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused_with_their_remedy(
    people: People, new_case: Callable[..., UUID], kind: str
) -> None:
    case_id = new_case()
    name, data, code = BAD[kind]
    before = set(Path(settings.ANTONG_BLOBS).rglob("*"))
    with pytest.raises(BadInput) as refused:
        put(people, case_id, name, data)
    assert refused.value.code == code
    assert refused.value.items
    assert refused.value.basis
    assert refused.value.remedy
    assert selectors.tree(case_id).page_count == 0
    assert set(Path(settings.ANTONG_BLOBS).rglob("*")) == before, "bytes of a refused file were kept"


def test_good_files_are_taken_though_others_are_bad(
    people: People, new_case: Callable[..., UUID], scan: bytes
) -> None:
    files = [
        Upload(file_name="1.jpg", content=io.BytesIO(scan)),
        Upload(file_name="2.pdf", content=io.BytesIO(b"x")),
        Upload(file_name="3.pdf", content=io.BytesIO(pdf())),
    ]
    made = actions.upload(people["zhencha"], case_id=new_case(), catalogue_key=KEY, files=files)
    assert len(made.page_ids) == 2
    assert [name for name, _ in made.refused] == ["2.pdf"]


def test_strangers_and_supervisors_upload_nothing(
    people: People, new_case: Callable[..., UUID], scan: bytes
) -> None:
    case_id = new_case()
    for who in ("anguan", "jiandu"):
        with pytest.raises((NotFound, NotPermitted)):
            actions.upload(
                people[who],
                case_id=case_id,
                catalogue_key=KEY,
                files=[Upload(file_name="1.jpg", content=io.BytesIO(scan))],
            )


def test_pages_are_derived_once_and_a_blurred_one_is_doubted(
    people: People, new_case: Callable[..., UUID], scan: bytes
) -> None:
    from PIL import ImageFilter

    case_id, out = new_case(), io.BytesIO()
    Image.open(io.BytesIO(scan)).filter(ImageFilter.GaussianBlur(9)).save(out, "JPEG", dpi=(200, 200))
    put(people, case_id, "good.jpg", scan)
    put(people, case_id, "bad.jpg", out.getvalue())
    for original_id in selectors.originals_waiting(case_id):
        actions.derive_original(original_id)
        actions.derive_original(original_id)
    assert selectors.progress(case_id) == (2, 0, 2)
    assert [page.findings for page in selectors.tree(case_id).doubtful] == [("影像不清",)]


def test_what_is_stored_is_encrypted_read_in_ranges_and_tampering_is_noticed(
    people: People, new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    out = io.BytesIO()
    Image.effect_noise((1500, 1500), 80).convert("RGB").save(out, "PNG")
    data = out.getvalue()
    made = put(people, case_id, "noise.png", data)
    blob, _ = selectors.original_blob(case_id, made.original_ids[0])
    assert b"".join(selectors.read_blob(blob)) == data
    assert b"".join(selectors.read_blob(blob, 300_000, 70_000)) == data[300_000:370_000]
    path = Path(settings.ANTONG_BLOBS) / blob.id.hex[-2:] / blob.id.hex
    raw = bytearray(path.read_bytes())
    assert data[:64] not in raw
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(store.Damaged):
        list(selectors.read_blob(blob))


def test_a_cut_file_is_noticed(people: People, new_case: Callable[..., UUID], scan: bytes) -> None:
    case_id = new_case()
    blob, _ = selectors.original_blob(case_id, put(people, case_id, "1.jpg", scan).original_ids[0])
    path = Path(settings.ANTONG_BLOBS) / blob.id.hex[-2:] / blob.id.hex
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(store.Damaged):
        list(selectors.read_blob(blob))


def test_order_rotation_replacement_and_the_list_of_changes(
    people: People, new_case: Callable[..., UUID], scan: bytes
) -> None:
    case_id, actor = new_case(), people["zhencha"]
    entry = put(people, case_id, "1.jpg", scan).entry_id
    second = put(people, case_id, "2.jpg", scan + b"2", entry_id=entry).page_ids[0]
    third = put(people, case_id, "3.jpg", scan + b"3", entry_id=entry).page_ids[0]
    old = actions.snapshot(case_id)
    assert actions.snapshot(case_id).id == old.id
    actions.rotate_page(actor, case_id=case_id, page_id=second)
    new = put(people, case_id, "3b.jpg", scan + b"4", replace_page_id=third, catalogue_key="").page_ids[0]
    added = put(people, case_id, "4.jpg", scan + b"5", entry_id=entry).page_ids[0]
    changes = {
        (change.kind, change.page_id)
        for change in selectors.manifest_diff(old.id, actions.snapshot(case_id).id)
    }
    assert changes == {("turned", second), ("replaced", new), ("added", added)}


def test_moving_removing_and_a_stale_order(
    people: People, new_case: Callable[..., UUID], scan: bytes
) -> None:
    case_id, actor = new_case(), people["zhencha"]
    made = put(people, case_id, "1.jpg", scan)
    last = put(people, case_id, "2.jpg", scan + b"2", entry_id=made.entry_id)
    actions.move_pages(
        actor,
        case_id=case_id,
        page_ids=last.page_ids,
        entry_id=made.entry_id,
        before_page_id=made.page_ids[0],
    )
    pages = [
        page.id
        for volume in selectors.tree(case_id).volumes
        for entry in volume.entries
        for page in entry.pages
    ]
    assert pages == [last.page_ids[0], made.page_ids[0]]
    with pytest.raises(Stale):
        actions.move_pages(actor, case_id=case_id, page_ids=last.page_ids, entry_id=made.entry_id, version=1)
    with pytest.raises(BadInput):
        actions.remove_page(actor, case_id=case_id, page_id=made.page_ids[0], reason=" ")
    actions.remove_page(actor, case_id=case_id, page_id=made.page_ids[0], reason="重复")
    assert selectors.tree(case_id).page_count == 1
    actions.restore_page(actor, case_id=case_id, page_id=made.page_ids[0])
    assert selectors.tree(case_id).page_count == 2


def test_a_document_prints_markup_as_text(people: People, new_case: Callable[..., UUID]) -> None:
    from antong.dossier import typesetting

    parts = [typesetting.SetPart(title="正本", to="", code="antong:d:x:main")]
    made = typesetting.typeset(
        typesetting.Setting(
            unit="#panic()",
            name="*x*",
            number="$1",
            addressee="",
            body=["#eval(1) [a](b)"],
            closing="",
            date="x",
            parts=parts,
        )
    )
    assert made.startswith(b"%PDF")


def test_documents_need_their_fields(people: People, new_case: Callable[..., UUID]) -> None:
    case_id = new_case()
    party = cases.living_sheet(case_id).suspects[0]
    with pytest.raises(BadInput) as refused:
        actions.draft(people["zhencha"], case_id=case_id, kind="supplement-report", party_ids=[party.id])
    assert refused.value.fields


def test_moving_goes_on_where_no_room_is_left_between_two_pages(
    people: People, new_case: Callable[..., UUID], scan: bytes
) -> None:
    case_id, actor = new_case(), people["zhencha"]
    entry = put(people, case_id, "0.jpg", scan).entry_id
    ids = [
        put(people, case_id, f"{n}.jpg", scan + bytes([n]), entry_id=entry).page_ids[0] for n in range(1, 4)
    ]
    order = [
        page.id for volume in selectors.tree(case_id).volumes for one in volume.entries for page in one.pages
    ]
    for turn in range(24):  # always before the last page: the room there halves each time
        moved = [order[turn % 2]] if turn % 3 else order[:2]
        actions.move_pages(actor, case_id=case_id, page_ids=moved, entry_id=entry, before_page_id=ids[-1])
        order = [*(one for one in order[:-1] if one not in moved), *moved, order[-1]]
        now = [
            page.id
            for volume in selectors.tree(case_id).volumes
            for one in volume.entries
            for page in one.pages
        ]
        assert now == order
