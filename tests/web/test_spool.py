"""Readings wait in a spool file and reach the read log once, whatever is killed in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from antong.ledger import selectors as ledger
from antong.web import reading


@pytest.fixture
def spool(settings: Any, tmp_path: Path) -> Path:
    settings.ANTONG_SPOOL = tmp_path / "spool"
    return tmp_path / "spool"


def logged(case_id: UUID) -> list[str]:
    return sorted(one.what for one in ledger.readings(case_id, most=1000))


def test_what_was_committed_is_not_logged_again_after_a_kill(
    people: dict[str, Any], new_case: Callable[..., UUID], spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = new_case()
    for index in range(3):
        reading.spool(people["zhencha"], case_id, f"第{index}次")

    def killed(self: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)  # as a kill after the commit, before the file goes
        with pytest.raises(KeyboardInterrupt):
            reading.post_spooled()
    assert logged(case_id) == ["第0次", "第1次", "第2次"]
    assert list(spool.glob("*.taken"))
    reading.post_spooled()
    assert logged(case_id) == ["第0次", "第1次", "第2次"]
    assert not list(spool.iterdir())


def test_what_was_not_committed_is_logged_the_next_time(
    people: dict[str, Any], new_case: Callable[..., UUID], spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = new_case()
    reading.spool(people["zhencha"], case_id, "案件页")

    def away(*_: Any) -> int:
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(reading.ledger, "log_readings", away)
        with pytest.raises(RuntimeError):
            reading.post_spooled()
    assert logged(case_id) == []
    assert reading.post_spooled() == 1
    assert logged(case_id) == ["案件页"]


def test_a_torn_line_is_left_out(people: dict[str, Any], new_case: Callable[..., UUID], spool: Path) -> None:
    case_id = new_case()
    reading.spool(people["zhencha"], case_id, "案件页")
    (path,) = spool.glob("*.jsonl")
    with path.open("a") as file:
        file.write('["0190')
    assert reading.post_spooled() == 1


def test_none_is_lost_while_files_are_taken_from_under_the_writers(
    people: dict[str, Any], new_case: Callable[..., UUID], spool: Path
) -> None:
    case_id = new_case()

    def write(name: str) -> None:
        for index in range(150):
            reading.spool(people["zhencha"], case_id, f"{name}{index}")

    writers = [threading.Thread(target=write, args=(name,)) for name in "甲乙丙"]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        reading.post_spooled()
    reading.post_spooled()
    assert logged(case_id) == sorted(f"{name}{index}" for name in "甲乙丙" for index in range(150))
