"""Every forgery of a bundle is caught, and said; nothing raises."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from antong.kernel import canonical
from antong.kernel.moment import moment
from antong.ledger import actions, sequencer
from antong.ledger.bundle import export_bundle, write_head
from antong.ledger.types import Binding, BundleFile
from antong_verify import verify

PAGE = b"a page as it was scanned"


@pytest.fixture
def bundle(people: dict[str, Any], tmp_path: Path) -> Path:
    import hashlib

    chain = uuid4()
    with transaction.atomic():
        for index in range(4):
            actions.record(
                people["zhencha"],
                chain_id=chain,
                act=f"test.{index}",
                moment=moment(),
                after={"index": index},
            )
        body = {"originals": [{"sha256": hashlib.sha256(PAGE).hexdigest()}]}
        actions.record(
            people["zhencha"],
            chain_id=chain,
            act="handover.send",
            moment=moment(),
            after={"manifest": canonical.digest(body)},
        )
    out = tmp_path / "case.zip"
    files = [
        BundleFile(path="manifests/1.json", content=canonical.dumps(body), bound_by=Binding(entry=5, pointer="/after/manifest")),
        BundleFile(path="originals/1.jpg", content=PAGE, bound_by=Binding(file="manifests/1.json", pointer="/originals/0/sha256")),
    ]  # fmt: skip
    assert export_bundle(chain, out, files=files) == 5
    return out


def rewrite(bundle: Path, changes: dict[str, Callable[[bytes], bytes | None]]) -> Path:
    out = bundle.with_name("forged.zip")
    with zipfile.ZipFile(bundle) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data: bytes | None = source.read(name)
            if name in changes and data is not None:
                data = changes[name](data)
            if data is not None:
                target.writestr(name, data)
    return out


def entries(change: Callable[[list[dict[str, Any]]], None]) -> dict[str, Callable[[bytes], bytes]]:
    def run(data: bytes) -> bytes:
        rows = [json.loads(line) for line in data.splitlines()]
        change(rows)
        return b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)

    return {"entries.jsonl": run}


def test_a_sound_bundle_verifies(bundle: Path) -> None:
    report = verify(bundle)
    assert report.ok, report.faults
    assert (report.entries, report.files) == (5, 2)
    assert not report.trusted


FIELDS = [
    "act",
    "happened_at",
    "recorded_at",
    "person",
    "unit",
    "duty",
    "post",
    "rank",
    "channel",
    "subjects",
    "after",
    "prev",
    "number",
    "chain",
    "law",
    "on_behalf_of",
    "before",
]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("at", [0, 2, 4])
def test_an_edited_field_is_caught(bundle: Path, field: str, at: int) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        value = rows[at]["entry"][field]
        rows[at]["entry"][field] = (
            value + 1
            if isinstance(value, int)
            else "1" * 64
            if field in {"after", "prev", "before"}
            else [str(uuid4())]
            if field == "subjects"
            else "2001-01-01T00:00:00.000000Z"
        )

    assert not verify(rewrite(bundle, entries(change))).ok


@pytest.mark.parametrize("at", range(5))
def test_a_dropped_entry_is_caught(bundle: Path, at: int) -> None:
    assert not verify(rewrite(bundle, entries(lambda rows: rows.pop(at) and None))).ok


@pytest.mark.parametrize("at", range(4))
def test_reordered_entries_are_caught(bundle: Path, at: int) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[at], rows[at + 1] = rows[at + 1], rows[at]

    assert not verify(rewrite(bundle, entries(change))).ok


def test_an_inserted_entry_is_caught(bundle: Path) -> None:
    assert not verify(rewrite(bundle, entries(lambda rows: rows.insert(2, rows[2])))).ok


@pytest.mark.parametrize("at", range(5))
def test_an_edited_opening_is_caught(bundle: Path, at: int) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[at]["opening"]["after"] = {"index": 99}

    assert not verify(rewrite(bundle, entries(change))).ok


def test_a_destroyed_opening_leaves_the_proof(bundle: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[1]["opening"] = None

    report = verify(rewrite(bundle, entries(change)))
    assert report.ok
    assert report.opened == 4


def test_a_replaced_page_is_caught(bundle: Path) -> None:
    assert not verify(rewrite(bundle, {"files/originals/1.jpg": lambda _: b"another page"})).ok


def test_a_page_with_a_mended_binding_is_caught(bundle: Path) -> None:
    import hashlib

    def bind(data: bytes) -> bytes:
        rows = json.loads(data)
        rows[1]["sha256"] = hashlib.sha256(b"another page").hexdigest()
        return json.dumps(rows).encode()

    forged = rewrite(bundle, {"files/originals/1.jpg": lambda _: b"another page", "bindings.json": bind})
    assert not verify(forged).ok


def test_a_missing_and_an_added_file_are_caught(bundle: Path) -> None:
    assert not verify(rewrite(bundle, {"files/originals/1.jpg": lambda _: None})).ok
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("files/originals/2.jpg", b"x")
    assert not verify(bundle).ok


def test_a_forged_signature_and_an_edited_head_are_caught(bundle: Path) -> None:
    def sign(data: bytes) -> bytes:
        rows = [json.loads(line) for line in data.splitlines()]
        rows[-1]["signature"] = "00" * 64
        return b"\n".join(json.dumps(row).encode() for row in rows)

    def root(data: bytes) -> bytes:
        rows = [json.loads(line) for line in data.splitlines()]
        rows[-1]["root"] = "00" * 32
        return b"\n".join(json.dumps(row).encode() for row in rows)

    assert not verify(rewrite(bundle, {"heads.jsonl": sign})).ok
    assert not verify(rewrite(bundle, {"heads.jsonl": root})).ok


def test_truncation_with_an_old_head_is_caught_given_a_later_head(
    bundle: Path, people: dict[str, Any], tmp_path: Path
) -> None:
    old = verify(bundle)
    with transaction.atomic():
        actions.record(people["zhencha"], chain_id=uuid4(), act="later", moment=moment(), after={"x": 1})
    sequencer.drain()
    write_head(tmp_path / "head.json")
    assert old.ok
    report = verify(bundle, tmp_path / "head.json")
    assert not report.ok
    assert "重新导出" in report.faults[0]


def test_a_head_that_fits_is_trusted(bundle: Path, tmp_path: Path) -> None:
    write_head(tmp_path / "head.json")
    report = verify(bundle, tmp_path / "head.json")
    assert report.ok, report.faults
    assert report.trusted


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", b"PK\x03\x04" + b"\0" * 200])
def test_garbage_is_refused_calmly(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "garbage.zip"
    path.write_bytes(data)
    assert not verify(path).ok


def test_names_that_leave_the_folder_are_refused(bundle: Path) -> None:
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("files/../../etc/x", b"x")
    assert not verify(bundle).ok
