"""A disk that is really full: what cannot be kept is refused in words, nothing is half, and it goes on once there is space."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from psycopg.errors import DiskFull

from antong.dossier.models import Blob, Original
from antong.ledger import selectors as ledger
from antong.ledger.models import ReadLog
from antong.web import middleware, reading
from processes import fill_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_page(people: dict[str, Any], passwords: dict[str, str]) -> Client:
    client = Client(raise_request_exception=False)
    client.post("/login", {"username": "zhencha", "password": passwords["zhencha"]})
    return client


def files(place: Path) -> set[str]:
    return {str(path) for path in place.rglob("*") if path.is_file() and path.name != "filler"}


def test_an_upload_is_refused_and_leaves_nothing_then_is_taken(
    investigated: UUID, at_page: Client, settings: Any, small: Path, scan: bytes
) -> None:
    blobs = small / "blobs"
    settings.ANTONG_BLOBS = blobs
    blobs.mkdir()
    filler = fill_up(small, leave=len(scan) + 150_000)  # the first of two files fits
    form = {"catalogue_key": "ev-victim.victim", "key": str(uuid4())}

    def send(**headers: str) -> Any:
        two = [SimpleUploadedFile(f"{n}.jpg", scan + os.urandom(90_000)) for n in (1, 2)]
        return at_page.post(f"/cases/{investigated}/upload", {**form, "files": two}, headers=headers)

    before = (Original.objects.count(), Blob.objects.count(), ledger.last_number(investigated))
    for headers in ({}, {"X-Requested-With": "fetch"}, {}):
        refused = send(**headers)
        said = refused.json() if headers else {"what": refused.content.decode(), "code": "disk-full"}
        assert refused.status_code == 507, said
        assert "存储空间已满" in said["what"]
        assert said["code"] == "disk-full"
        assert files(small) == set(), "a file was left"
    assert (Original.objects.count(), Blob.objects.count(), ledger.last_number(investigated)) == before
    filler.unlink()
    assert send().status_code in {200, 302}
    assert Original.objects.count() == before[0] + 2
    assert len(files(blobs)) == 2
    assert ledger.audit(investigated) == []


def test_no_page_is_shown_that_cannot_be_recorded(
    investigated: UUID, at_page: Client, settings: Any, small: Path
) -> None:
    settings.ANTONG_SPOOL = small / "spool"
    assert at_page.get(f"/cases/{investigated}/?tab=people").status_code == 200
    filler = fill_up(small)
    kept = {path: path.read_bytes() for path in (small / "spool").iterdir()}
    # what is left of the file's last block takes a few lines more; then one is cut
    refused = [at_page.get(f"/cases/{investigated}/?tab=people") for _ in range(60)][-1]
    assert refused.status_code == 507
    page = refused.content.decode()
    assert "存储空间已满" in page
    assert "韩序舟" not in page
    (path,) = (small / "spool").iterdir()
    body = path.read_bytes()
    assert body.startswith(next(iter(kept.values())))
    assert body.endswith(b"]\n"), "half a line spoils the next one"
    filler.unlink()
    assert at_page.get(f"/cases/{investigated}/?tab=people").status_code == 200
    lines = path.read_bytes().count(b"\n")
    before = ReadLog.objects.count()
    assert reading.post_spooled() == lines
    assert ReadLog.objects.count() == before + lines


def test_a_line_that_was_cut_stops_no_other_reading(
    investigated: UUID, at_page: Client, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ANTONG_SPOOL = tmp_path / "spool"
    at_page.get(f"/cases/{investigated}/?tab=people")
    (path,) = (tmp_path / "spool").iterdir()
    whole = path.read_text()
    odd = [whole[:40], '["x"]', "[1, 2]", "{}", "", "null]"]
    path.write_text("".join(f"{line}\n" for line in odd) + whole)
    assert reading.post_spooled() == 1
    kept = (tmp_path / "spool" / reading.DAMAGED).read_text().splitlines()
    assert kept == odd
    assert "韩" not in caplog.text
    assert reading.post_spooled() == 0
    shutil.rmtree(tmp_path / "spool")


def test_a_full_disk_of_the_database_is_said_as_such() -> None:
    problem = OperationalError("could not extend file")
    problem.__cause__ = DiskFull("could not extend file")
    refusal, status = middleware._told(problem, "ab12")
    assert (refusal.code, status) == ("disk-full", 507)
    refusal, status = middleware._told(OperationalError("gone"), "ab12")
    assert (refusal.code, status) == ("database-away", 503)
