"""The world that the batteries share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from world import World
from world import world as built


@pytest.fixture(scope="package")
def world(_prepared: UUID, scan: bytes, django_db_blocker: Any) -> Iterator[World]:
    """Two cases and everybody who may see them or not, in a transaction that all tests in this folder share.

    Making it takes longer than many of its tests, so all are of one group: one process makes it, once.
    """
    with django_db_blocker.unblock(), built(_prepared, scan) as made:
        yield made
