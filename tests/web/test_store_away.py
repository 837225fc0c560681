"""A store of originals that does not answer: reading and bringing are refused with 503 and words, everything else goes on."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from antong.dossier.models import Blob, Original, Page
from antong.ledger import selectors as ledger

pytestmark = pytest.mark.django_db
AJAX = {"X-Requested-With": "fetch"}


@pytest.fixture
def officer(people: dict[str, Any], passwords: dict[str, str]) -> Client:
    client = Client(raise_request_exception=False)
    client.post("/login", {"username": "zhencha", "password": passwords["zhencha"]})
    return client


def test_pages_refuse_in_words_what_needs_it_and_show_the_rest(
    away: UUID, officer: Client, scan: bytes, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    page = Page.objects.filter(dossier_id=away, state="ready").first()
    assert page is not None
    ticket = officer.post(f"/cases/{away}/ticket").json()["ticket"]
    before = (Original.objects.count(), Blob.objects.count(), ledger.last_number(away))
    form = {"catalogue_key": "ev-victim.victim", "key": str(uuid4())}
    with caplog.at_level(logging.ERROR, logger="antong.web"):
        answers = [
            officer.get(f"/cases/{away}/pages/{page.id}/image?t={ticket}"),
            officer.get(f"/cases/{away}/pages/{page.id}/thumb?t={ticket}"),
            officer.post(f"/cases/{away}/originals/{page.original_id}"),
            officer.post(
                f"/cases/{away}/upload", form | {"files": [SimpleUploadedFile("韩序舟.jpg", scan + b"x")]}
            ),
        ]
        told = officer.post(
            f"/cases/{away}/upload", form | {"files": [SimpleUploadedFile("韩序舟.jpg", scan + b"x")]}, headers=AJAX
        )  # fmt: skip
    for answer in answers:
        assert answer.status_code == 503, answer
        assert "存放原件的存储没有应答" in answer.content.decode()
        assert "不看、不传原件的办理照常" in answer.content.decode()
        assert "127.0.0.1" not in answer.content.decode(), "where it lies is for the log"
    assert (told.status_code, told.json()["code"]) == (503, "store-away")
    assert (Original.objects.count(), Blob.objects.count(), ledger.last_number(away)) == before
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "nothing half was left"
    assert caplog.text.count("the store of originals: S3 存储 http://127.0.0.1:") == 5
    assert "韩序舟" not in caplog.text
    for path in ("/desk", "/cases", f"/cases/{away}/?tab=people", f"/cases/{away}/?tab=dossier"):
        assert officer.get(path).status_code == 200, path


def test_a_bucket_that_a_process_does_not_know_is_named_to_the_log(
    away: UUID, officer: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ANTONG_S3 = None
    original = Original.objects.filter(dossier_id=away).first()
    assert original is not None
    assert officer.post(f"/cases/{away}/originals/{original.id}").status_code == 503
    assert "ANTONG_S3_ENDPOINT" in caplog.text
