"""Both places of originals: a folder, and a bucket of a real S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

import s3server
from antong.dossier import _move, _where
from antong.dossier.places import Bucket, Place
from antong.dossier.places.disk import Disk
from antong.dossier.places.s3 import S3Place


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3server.Server]:
    if not s3server.is_installed():
        pytest.skip(s3server.MISSING)
    with s3server.serving(tmp_path_factory.mktemp("swift")) as running:
        yield running


@pytest.fixture
def bucket(server: s3server.Server) -> Bucket:
    """An empty bucket of its own."""
    name = f"antong-{uuid4().hex[:12]}"
    boto3.session.Session().client(
        "s3", endpoint_url=server.endpoint, region_name="us-east-1",
        aws_access_key_id=s3server.ACCESS, aws_secret_access_key=s3server.SECRET,
    ).create_bucket(Bucket=name)  # fmt: skip
    return Bucket(
        endpoint=server.endpoint,
        name=name,
        prefix="originals/",
        access=s3server.ACCESS,
        secret=s3server.SECRET,
    )


@pytest.fixture
def with_bucket(bucket: Bucket, settings: Any, tmp_path: Path) -> Iterator[Bucket]:
    """A house that has a bucket set; its disk is empty."""
    settings.ANTONG_S3, settings.ANTONG_BLOBS = bucket, tmp_path / "blobs"
    _where.forget()
    yield bucket
    _where.forget()


@pytest.fixture
def quick_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moves that wait seconds for nobody."""
    monkeypatch.setattr(_where, "ASKED_EVERY", 0.2)
    monkeypatch.setattr(_move, "LATE_SECONDS", 2.0)


@pytest.fixture(params=["disk", pytest.param("s3", marks=[pytest.mark.full, pytest.mark.xdist_group("s3")])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each place in turn."""
    if request.param == "disk":
        return Disk(tmp_path / "blobs")
    return S3Place(request.getfixturevalue("bucket"))
