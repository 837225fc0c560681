"""A store of originals that does not answer, as a system that calls is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from antong.dossier.models import Blob, Original
from antong.ledger import selectors as ledger

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_connection")]


def test_it_is_a_503_problem_and_the_same_may_be_sent_again(
    away: UUID, system: Callable[..., Any], scan: bytes
) -> None:
    police = system("zhencha")
    original = Original.objects.filter(dossier_id=away).first()
    assert original is not None
    before = (Original.objects.count(), Blob.objects.count(), ledger.last_number(away))
    form = {"catalogue_key": "ev-victim.victim", "files": [SimpleUploadedFile("一.jpg", scan + b"x")]}
    for answer in (
        police.post(f"cases/{away}/originals/{original.id}/content"),
        police.upload(f"cases/{away}/uploads", form, Idempotency_Key=str(uuid4())),
    ):
        assert answer.status_code == 503, answer.content
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["code"] == "store-away"
        assert "127.0.0.1" not in answer.content.decode()
    assert (Original.objects.count(), Blob.objects.count(), ledger.last_number(away)) == before
    assert police.get(f"cases/{away}").status_code == 200
