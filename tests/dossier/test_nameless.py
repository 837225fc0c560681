"""Files that a killed process has left are removed in time, and no other."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from antong.dossier import _where, actions
from antong.dossier.models import Blob, Move
from antong.dossier.places import Bucket
from antong.kernel import clock
from s3server import free_ports

DAY = 86400


def file(root: Path, name: str, days: float) -> Path:
    path = root / name[-2:] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def test_only_what_is_half_or_nameless_for_long_goes(
    investigated: UUID, settings: Any, tmp_path: Path
) -> None:
    settings.ANTONG_BLOBS = tmp_path
    named = Blob.objects.first()
    assert named is not None
    stays = [
        file(tmp_path, named.id.hex, 400), file(tmp_path, uuid4().hex, 29), file(tmp_path, f"{uuid4().hex}.part", 0.9),
        file(tmp_path, "read-me", 400), file(tmp_path, f"{uuid4().hex}.old", 400),
    ]  # fmt: skip
    goes = [file(tmp_path, uuid4().hex, 31), file(tmp_path, f"{uuid4().hex}.part", 1.1)]
    (tmp_path / "loose").write_text("x")
    assert actions.remove_nameless() == 2
    assert all(path.exists() for path in stays)
    assert not any(path.exists() for path in goes)
    assert actions.remove_nameless() == 0


@pytest.mark.django_db
def test_without_a_folder_there_is_nothing_to_do(settings: Any, tmp_path: Path) -> None:
    settings.ANTONG_BLOBS = tmp_path / "none"
    assert actions.remove_nameless() == 0


def moved(target: str, days: float, **more: Any) -> datetime:
    at = clock.now() - timedelta(days=days)
    Move.objects.create(target=target, person_id=uuid4(), began_at=at, seen_at=at, finished_at=at, **more)
    return at


@pytest.mark.django_db
def test_a_bucket_is_cleared_only_of_what_came_since_it_is_ours(settings: Any, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    settings.ANTONG_BLOBS, settings.ANTONG_S3 = (
        tmp_path,
        Bucket(endpoint=nobody, name="of-others", access="a", secret="b"),
    )
    _where.forget()
    assert actions.remove_nameless() == 0, "set, and never moved to: it is not even asked"
    first = moved("s3", 400)
    moved("disk", 300)
    moved("s3", 200)
    assert _where.bucket_since() == first
    moved("disk", 100, surplus=0)
    assert _where.bucket_since() is None, "the bucket of before that restore is not ours any more"
    again = moved("s3", 50, surplus=3)
    moved("disk", 40)
    assert _where.bucket_since() == again, "what the lost machine has left stays"
    _where.forget()
