"""A server that stalls, as the process that looks around meets it: it is named, and no other chore waits for it."""

from __future__ import annotations

import signal
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

import s3server
from antong.boot import sequencing
from antong.dossier.models import Move
from antong.dossier.places import Bucket, s3
from antong.kernel import clock
from antong.web import standing

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("s3")]


def until(state: Path, *, good: bool) -> standing.Store:
    """Wait until the store was seen so."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = standing.store(state)
        if found is not None and found.good is good:
            return found
        time.sleep(0.05)
    raise AssertionError(f"it is not seen as {good}: {standing.store(state)}")


def test_a_stalled_server_is_named_and_holds_up_no_chore(
    apart: UUID,
    with_bucket: Bucket,
    server: s3server.Server,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.ANTONG_STATE = tmp_path
    now = clock.now()
    Move.objects.create(target="s3", person_id=uuid4(), began_at=now, seen_at=now, finished_at=now)
    connection.close()
    monkeypatch.setattr(s3, "READ_SECONDS", 2)
    monkeypatch.setattr(sequencing, "CALLERS", 0)
    done: list[float] = []
    chores = [sequencing.Chore(name="other", every=0.5, do=lambda: done.append(time.monotonic()))]
    monkeypatch.setattr(sequencing, "chores", lambda: chores)
    looks = sequencing.outside()
    looks[0].every = 0.5
    monkeypatch.setattr(sequencing, "outside", lambda: looks)
    stop = threading.Event()

    def run() -> None:
        try:
            sequencing.run(stop)
        finally:
            connection.close()

    house = threading.Thread(target=run)
    house.start()
    proxy = server.running[-1]
    try:
        until(tmp_path, good=True)
        proxy.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        found = until(tmp_path, good=False)
        took = time.monotonic() - began
        assert "没有应答" in found.fault
        assert found.bucket == with_bucket.name
        assert took > s3.READ_SECONDS, "it did not stall"
        gaps = [after - before for before, after in pairwise(done) if after > began]
        assert len(gaps) >= 2
        assert max(gaps) < took - 1, "a chore waited for the store"
    finally:
        proxy.send_signal(signal.SIGCONT)
        back = until(tmp_path, good=True)
        stop.set()
        house.join(30)
    assert back.since is None
