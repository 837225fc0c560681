"""The people of the story on a database where acts are committed, and which can be put back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from survival.ground import Ground


@pytest.fixture
def crowd(apart: UUID) -> dict[str, Any]:
    """The people of the story, in the copy."""
    from antong.demo import carriage

    return carriage.actors()


@pytest.fixture
def ground(apart: UUID, tmp_path: Path) -> Iterator[Ground]:
    """The copy, to be put back as often as one likes."""
    made = Ground(tmp_path)
    yield made
    connection.close()
    made.forget()
