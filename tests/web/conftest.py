"""Signing in without a browser, and the browser stories' house with seats at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from browser import FLAGS, House, Seat, running

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
