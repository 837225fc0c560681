"""Uploads that break off and go on: by parts, with what can go wrong between them."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings

from antong.dossier import _incoming, _incoming_file, actions
from antong.dossier import selectors as dossier
from antong.dossier.models import Incoming, Original
from antong.kernel import clock
from antong.ledger import selectors as ledger

PLACE = "ev-suspect.interrogation"
PART = "application/offset+octet-stream"
TUS = {"Tus_Resumable": "1.0.0"}


def metadata(**said: str) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in said.items())


class Sender:
    """A system that sends one file by parts."""

    def __init__(self, system: Any, case_id: UUID) -> None:
        self.system, self.case_id, self.path = system, case_id, ""

    def begin(self, size: int, name: str = "讯问.jpg", **headers: str) -> Any:
        said = {"filename": name, "catalogue_key": PLACE}
        headers = {"Upload_Length": str(size), "Upload_Metadata": metadata(**said), **TUS, **headers}
        answer = self.system.post(f"cases/{self.case_id}/resumable-uploads", **headers)
        if answer.status_code == 201:
            self.path = answer.headers["Location"].removeprefix("/api/v1/")
        return answer

    def part(self, offset: int, data: bytes, **headers: str) -> Any:
        said = self.system._headers({"Upload_Offset": str(offset), **TUS, **headers})
        return self.system.client.patch(
            f"/api/v1/{self.path}", data=data, content_type=headers.get("Content_Type", PART), headers=said
        )

    def offset(self) -> int:
        answer = self.system.client.head(f"/api/v1/{self.path}", headers=self.system._headers(TUS))
        assert answer.status_code == 200
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        return int(answer.headers["Upload-Offset"])

    def end(self) -> Any:
        return self.system.client.delete(f"/api/v1/{self.path}", headers=self.system._headers(TUS))

    def state(self) -> Any:
        return self.system.get(self.path).json()

    @property
    def id(self) -> UUID:
        return UUID(self.path.rpartition("/")[2])


@pytest.fixture
def sender(system: Callable[..., Any], new_case: Callable[..., UUID]) -> Sender:
    return Sender(system("zhencha"), new_case())


def said(answer: Any, status: int, code: str) -> None:
    found = answer.json()
    assert (answer.status_code, found["code"]) == (status, code), found
    assert found["title"]
    assert found["title_en"] != "Refused."


def test_a_scan_by_parts_becomes_a_page(sender: Sender, scan: bytes) -> None:
    assert sender.begin(len(scan)).status_code == 201
    third = len(scan) // 3
    for start in (0, third, 2 * third):
        assert sender.offset() == start
        end = start + third if start < 2 * third else len(scan)
        answer = sender.part(start, scan[start:end])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
    assert sender.state()["state"] == "taking"
    _incoming.take_incoming(sender.id)
    found = sender.state()
    assert found["state"] == "taken"
    original = Original.objects.get(id=found["answer"]["original_ids"][0])
    blob, name = dossier.original_blob(sender.case_id, original.id)
    assert b"".join(dossier.read_blob(blob)) == scan
    assert name == "讯问.jpg"
    actions.derive_original(original.id)
    assert dossier.progress(sender.case_id) == (1, 0, 1)
    _incoming.take_incoming(sender.id)  # a job that runs again does nothing again
    acts = [row.act for row in ledger.entries(sender.case_id)]
    assert acts.count("dossier.upload") == 1
    assert not _path(sender.id).exists()
    said(sender.part(len(scan), b"x"), 410, "upload-gone")
    said(sender.end(), 410, "upload-gone")


def test_a_worker_that_dies_between_taking_and_telling_takes_it_once(sender: Sender, scan: bytes) -> None:
    sender.begin(len(scan))
    sender.part(0, scan)
    row = Incoming.objects.select_related("dossier").get(id=sender.id)
    first = _incoming._take(row)
    _incoming.take_incoming(sender.id)
    assert sender.state()["answer"]["original_ids"] == [str(one) for one in first.original_ids]
    assert Original.objects.filter(dossier_id=sender.case_id).count() == 1


def test_what_is_on_disk_is_sealed(sender: Sender) -> None:
    plain = b"%PDF-1.4 " + b"A" * 4000
    sender.begin(len(plain) + 1, "x.pdf")
    sender.part(0, plain[:17])
    sender.part(17, plain[17:])
    kept = _path(sender.id).read_bytes()
    assert len(kept) == len(plain)
    assert b"AAAA" not in kept
    assert _path(sender.id).stat().st_mode & 0o777 == 0o600
    row = Incoming.objects.select_related("dossier").get(id=sender.id)
    with _incoming_file.Plain(sender.id, _incoming._files.case_key(row.dossier)) as opened:
        assert opened.read() == plain
        opened.seek(3)
        assert opened.read(5) == plain[3:8]


def _path(incoming_id: UUID) -> Path:
    return Path(django_settings.ANTONG_INCOMING) / incoming_id.hex


def test_a_part_from_elsewhere_or_too_long_is_refused(sender: Sender) -> None:
    sender.begin(10)
    assert sender.part(0, b"12345").status_code == 204
    said(sender.part(0, b"12345"), 409, "upload-offset")
    said(sender.part(6, b"7"), 409, "upload-offset")
    said(sender.part(5, b"678901"), 413, "upload-too-large")
    assert sender.offset() == 5
    said(sender.part(5, b"6", Content_Type="text/plain"), 415, "part-type")
    said(sender.part(5, b"6", Tus_Resumable="0.2.2"), 412, "tus-version")
    assert sender.offset() == 5


def test_a_checksum_that_differs_takes_nothing(sender: Sender) -> None:
    sender.begin(20)
    sums = {name: base64.b64encode(hashlib.new(name, b"0123456789").digest()).decode() for name in ("sha1", "sha256")}  # fmt: skip
    said(sender.part(0, b"0123456780", Upload_Checksum=f"sha1 {sums['sha1']}"), 460, "upload-checksum")
    assert sender.offset() == 0
    for wrong in ("md5 AAAA", "sha1", "sha1 ***"):
        said(sender.part(0, b"0123456789", Upload_Checksum=wrong), 400, "upload-algorithm")
    assert sender.part(0, b"0123456789", Upload_Checksum=f"sha256 {sums['sha256']}").status_code == 204
    assert sender.offset() == 10


def test_a_part_that_was_never_compared_does_not_count(sender: Sender) -> None:
    """A process that is killed within a part with a checksum leaves its mark: the part is sent again."""
    sender.begin(20)
    sender.part(0, b"01234")
    _path(sender.id).with_suffix(".from").write_text("5")
    with _path(sender.id).open("ab") as file:
        file.write(b"garbage")
    assert sender.offset() == 5
    assert sender.part(5, b"56789").status_code == 204
    assert sender.offset() == 10


class Broken(io.RawIOBase):
    """A line that breaks after some bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int = -1, /) -> bytes:
        if not self.data:
            raise ConnectionResetError
        piece, self.data = self.data[:size], self.data[size:]
        return piece


def test_a_line_that_breaks_leaves_what_came(sender: Sender, people: dict[str, Any]) -> None:
    police = people["zhencha"]
    made = actions.begin_incoming(
        police, case_id=sender.case_id, file_name="a.mp4", size=100, catalogue_key=PLACE
    )
    left = actions.append_incoming(
        police, incoming_id=made.id, offset=0, read=Broken(b"x" * 40).read, length=100
    )
    assert left.offset == dossier.incoming(police, made.id).offset == 40


def test_two_at_once(sender: Sender) -> None:
    sender.begin(10)
    descriptor = os.open(_path(sender.id), os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        said(sender.part(0, b"1"), 423, "upload-busy")
        said(sender.end(), 423, "upload-busy")
        assert sender.offset() == 0
    finally:
        os.close(descriptor)
    assert sender.part(0, b"1").status_code == 204


@pytest.mark.parametrize(
    ("name", "size", "status", "code"),
    [
        ("a.pdf", 2 << 30, 201, ""),
        ("a.pdf", (2 << 30) + 1, 413, "upload-too-large"),
        ("a.mp4", 50 << 30, 201, ""),
        ("a.MP4", (50 << 30) + 1, 413, "upload-too-large"),
        ("a.docx", 10, 422, "extension"),
        ("pdf", 10, 422, "extension"),
        ("a.pdf", 0, 422, "empty"),
        (f"{'长' * 160}.pdf", 10, 422, "extension"),
    ],
)
def test_what_may_begin(
    sender: Sender, name: str, size: int, status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_incoming_file, "room", lambda: 1 << 40)
    answer = sender.begin(size, name)
    if code:
        said(answer, status, code)
    else:
        assert (answer.status_code, answer.json()["size"]) == (status, size)


def test_what_is_said_wrongly(sender: Sender) -> None:
    for wrong in ("filename", "filename ***", "filename /w==", ""):
        answer = sender.begin(10, Upload_Metadata=wrong)
        assert answer.status_code == 422, answer.content.decode()
    said(sender.begin(10, Upload_Metadata=metadata(filename="a.pdf", no="x")), 422, "fields")
    said(
        sender.begin(10, Upload_Metadata=metadata(filename="a.pdf", catalogue_key="none")),
        422,
        "catalogue-key",
    )
    for wrong in ("", "-1", "x", "1.5"):
        said(sender.begin(10, Upload_Length=wrong), 422, "fields")
    nowhere = metadata(filename="a.pdf", entry_id=str(uuid4()))
    assert sender.begin(10, Upload_Metadata=nowhere).status_code == 404
    first = sender.begin(10, Idempotency_Key="one").json()["id"]
    assert sender.begin(10, Idempotency_Key="one").json()["id"] == first
    said(sender.begin(11, Idempotency_Key="one"), 422, "key-reused")


def test_a_unit_has_so_much_under_way(sender: Sender, settings: Any) -> None:
    settings.ANTONG_MOST_UNFINISHED = 100
    assert sender.begin(60).status_code == 201
    said(sender.begin(60), 409, "upload-quota")
    assert sender.end().status_code == 204
    assert sender.begin(60).status_code == 201


def test_a_full_disk_loses_nothing(sender: Sender, scan: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    sender.begin(len(scan))
    sender.part(0, scan[:100])
    real = os.write

    def write(descriptor: int, data: Any) -> int:
        if len(data) > 50:
            return real(descriptor, data[:50])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(_incoming_file.os, "write", write)
        said(sender.part(100, scan[100:220]), 507, "disk-full")
    came = sender.offset()
    assert 100 < came < 220
    assert sender.part(came, scan[came:]).status_code == 204
    _incoming.take_incoming(sender.id)
    assert sender.state()["state"] == "taken"
    with monkeypatch.context() as full:
        full.setattr(_incoming_file, "room", lambda: 1 << 30)
        said(sender.begin(10), 507, "disk-full")


def test_it_is_its_own_token_s_alone(sender: Sender, system: Callable[..., Any]) -> None:
    sender.begin(10)
    for other in (system("zhencha"), system("lian", system="审判系统")):
        stranger = Sender(other, sender.case_id)
        stranger.path = sender.path
        assert {stranger.part(0, b"1").status_code, stranger.end().status_code} <= {403, 404}
    assert sender.offset() == 0


def test_what_waits_too_long_is_swept(sender: Sender, scan: bytes) -> None:
    sender.begin(10)
    sender.part(0, b"12345")
    kept = Sender(sender.system, sender.case_id)
    kept.begin(10)
    Incoming.objects.filter(id=sender.id).update(ends_at=clock.now() - timedelta(minutes=1))
    assert actions.sweep_incoming() == 1
    assert not _path(sender.id).exists()
    assert sender.system.get(sender.path).status_code == 404
    assert kept.offset() == 0
    told = Sender(sender.system, sender.case_id)
    told.begin(len(scan))
    row = Incoming.objects.select_related("dossier").get(id=told.id)
    key = _incoming._files.case_key(row.dossier)
    with _incoming_file.writing(told.id) as descriptor:  # whole on disk, and killed before anybody was told
        _incoming_file.append(told.id, descriptor, key, io.BytesIO(scan).read, len(scan))
    actions.sweep_incoming()
    assert told.state()["state"] == "taking"


def test_what_cannot_be_taken_says_why(sender: Sender) -> None:
    sender.begin(8, "x.pdf")
    sender.part(0, b"%PDF-1.4")
    _incoming.take_incoming(sender.id)
    found = sender.state()
    assert (found["state"], found["answer"]["code"]) == ("refused", "damaged")
    assert "x.pdf" in found["answer"]["items"][0]
    assert Original.objects.filter(dossier_id=sender.case_id).count() == 0


RECORDINGS = {
    "a.mp4": b"\0\0\0\x20ftypisom" + b"\0" * 40,
    "a.webm": b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\0" * 40,
    "a.mkv": b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska" + b"\0" * 40,
    "a.wav": b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40,
    "a.mp3": b"ID3\x04\0\0" + b"\0" * 40,
    "b.mp3": b"\xff\xfb\x90\x64" + b"\0" * 40,
    "a.ogg": b"OggS\0\x02" + b"\0" * 40,
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_are_known_by_what_they_hold(sender: Sender, name: str) -> None:
    data = RECORDINGS[name]
    sender.begin(len(data), name)
    sender.part(0, data)
    _incoming.take_incoming(sender.id)
    found = sender.state()
    assert found["state"] == "taken", found
    original_id = UUID(found["answer"]["original_ids"][0])
    actions.derive_original(original_id)
    assert dossier.progress(sender.case_id) == (1, 0, 1)
    wrong = Sender(sender.system, sender.case_id)
    wrong.begin(len(data), "c.pdf")
    wrong.part(0, data)
    _incoming.take_incoming(wrong.id)
    assert wrong.state()["answer"]["code"] == "extension"
