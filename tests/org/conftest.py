"""What the tests of the room share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def quick_hash(settings: Any) -> None:
    """Hashes that cost nothing, where a test signs in many times; the demonstration's own stay readable."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "antong.org._hashers.Argon2",
    ]
