"""Where tests run as root, the clusters they make stand outside the test's folder: they are removed here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from antong.boot import postgres


@pytest.fixture(autouse=True)
def _no_cluster_stays(tmp_path: Path) -> Iterator[None]:
    yield
    for identity in tmp_path.rglob("instance"):
        shutil.rmtree(postgres.SHARED / identity.read_text().strip(), ignore_errors=True)
