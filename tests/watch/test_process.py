"""The watch's process: it goes on whatever fails, and keeps in the state folder that it looked."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError

from antong.boot import supervisor, watching
from antong.kernel import clock
from antong.watch.actions import Looked
from antong.web import standing

LOOKED = Looked(at=clock.now(), number=7, people=3, raised=0, cleared=0, escalated=0, standing=1)


def test_it_is_a_process_of_its_own() -> None:
    named = {child.name: child.command for child in supervisor.children("127.0.0.1", 8000)}
    assert named["watch"][-1] == "watch"
    assert named["watch"] != named["worker"]


def test_a_failed_round_and_a_lost_database_are_waited_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stop, answers = threading.Event(), iter([OperationalError("away"), ValueError("odd"), None, LOOKED])
    rounds: list[Any] = []

    def run_round() -> Looked | None:
        rounds.append(next(answers))
        if isinstance(rounds[-1], Exception):
            raise rounds[-1]
        if rounds[-1] is not None:
            stop.set()
        return rounds[-1]  # type: ignore[no-any-return]

    monkeypatch.setattr(watching.actions, "run_round", run_round)
    monkeypatch.setattr(watching, "EVERY", 0.01)
    monkeypatch.setattr(watching, "AWAY", 0.01)
    monkeypatch.setattr(watching, "close_old_connections", lambda: None)
    monkeypatch.setattr(watching, "connection", type("C", (), {"close": staticmethod(lambda: None)}))
    monkeypatch.setattr(settings, "ANTONG_STATE", tmp_path)
    watching.run(stop)
    assert len(rounds) == 4
    assert standing.watched_at(tmp_path) == LOOKED.at
    with clock.set_to(LOOKED.at):
        assert standing.watch_silent(tmp_path) is None


def test_what_its_file_says_when_it_stops(tmp_path: Path) -> None:
    assert standing.watch_silent(tmp_path) is None
    watching.keep(tmp_path, LOOKED)
    with clock.set_to(LOOKED.at + standing.WATCH_SILENT * 1.1):
        assert standing.watch_silent(tmp_path) == LOOKED.at
    (tmp_path / standing.WATCH_FILE).write_text("{")
    assert standing.watched_at(tmp_path) is None
