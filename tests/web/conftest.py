"""Signing in without a browser, and the browser stories' house with seats at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from browser import FLAGS, House, Seat, running
from s3server import free_ports

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def sign_in(passwords: dict[str, str]) -> Callable[[str], Client]:
    """Return a client that is signed in, by login."""

    def run(username: str) -> Client:
        client = Client()
        answer = client.post("/login", {"username": username, "password": passwords[username]})
        assert answer.status_code == 302, answer.content.decode()[:400]
        return client

    return run


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own, running."""
    from django.conf import settings

    with running(tmp_path_factory.mktemp("house"), settings.DATABASES["default"]) as made:
        yield made


@pytest.fixture
def seats(house: House) -> Iterator[Callable[[str], Seat]]:
    """Seats at the house by login; each person signs in once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        made: dict[str, Seat] = {}

        def seat(username: str) -> Seat:
            if username not in made:
                made[username] = Seat(browser, house.base, username, house.passwords[username])
            return made[username]

        yield seat
        browser.close()


@pytest.fixture
def away(investigated: UUID, settings: Any, tmp_path: Path) -> Iterator[UUID]:
    """A case whose originals lie in a bucket at whose address nobody listens."""
    from antong.dossier import _where
    from antong.dossier.models import Move
    from antong.dossier.places import Bucket
    from antong.kernel import clock

    settings.ANTONG_S3 = Bucket(
        endpoint=f"http://127.0.0.1:{free_ports(1)[0]}", name="originals", access="a", secret="s" * 40
    )
    settings.ANTONG_BLOBS = tmp_path / "blobs"
    now = clock.now()
    Move.objects.create(target="s3", person_id=uuid4(), began_at=now, seen_at=now, finished_at=now)
    _where.forget()
    yield investigated
    _where.forget()
