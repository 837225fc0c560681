"""Browsers of the people of the story, without a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client


@pytest.fixture
def sign_in(passwords: dict[str, str]) -> Callable[[str], Client]:
    def run(username: str) -> Client:
        client = Client()
        answer = client.post("/login", {"username": username, "password": passwords[username]})
        assert answer.status_code == 302, answer.content.decode()[:400]
        return client

    return run
