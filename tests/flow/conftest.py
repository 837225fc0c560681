"""Roads that the tests of one module share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from walking import Roads


@pytest.fixture(scope="module")
def roads(django_db_setup: None, django_db_blocker: Any, scan: bytes) -> Iterator[Roads]:
    """A case that the tests of a module carry where they need it, each from where the last common step ended."""
    from django.db import transaction

    from antong.demo import carriage

    with django_db_blocker.unblock(), transaction.atomic():
        yield Roads(carriage.actors(), scan)
        transaction.set_rollback(True)
