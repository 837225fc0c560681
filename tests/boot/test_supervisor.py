"""The supervisor with real processes: leftovers of a killed one end, grandchildren too, the database is restarted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from antong.boot import postgres, supervisor

SLEEP = "import time; time.sleep(60)  # antong.boot"


def eventually(what: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.1)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def boss_of(state: Path, code: str = SLEEP) -> supervisor.Supervisor:
    child = supervisor.Child(name="sleeper", command=[sys.executable, "-c", code])
    return supervisor.Supervisor(state=state, children=[child], environment=dict(os.environ))


def test_what_a_killed_supervisor_left_running_ends_first(tmp_path: Path) -> None:
    orphan = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
    left = {"pid": orphan.pid, "born": supervisor.born(orphan.pid)}
    (tmp_path / "status.json").write_text(json.dumps({"at": 0, "processes": [left]}))
    boss = boss_of(tmp_path)
    boss.claim()
    boss.stop()
    assert orphan.wait(5) == -signal.SIGTERM


@pytest.mark.parametrize("ours", [True, False])
def test_children_that_outlived_a_killed_child_end_too_and_a_strangers_are_spared(
    tmp_path: Path,
    ours: bool,  # noqa: FBT001
) -> None:
    note, state = tmp_path / "grandchild", tmp_path if ours else tmp_path / "another"
    code = (
        "import pathlib, subprocess, sys, time\n"
        f"made = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(made.pid)); time.sleep(60)"
    )
    orphaner = subprocess.Popen(
        [sys.executable, "-c", code], start_new_session=True, env={**os.environ, supervisor.MARK: str(state)}
    )
    assert eventually(lambda: note.exists() and note.read_text() != "")
    grandchild, birth = int(note.read_text()), supervisor.born(orphaner.pid)
    orphaner.kill()
    orphaner.wait()
    row = {"pid": orphaner.pid, "born": birth}
    (tmp_path / "status.json").write_text(json.dumps({"at": 0, "processes": [row]}))
    boss = boss_of(tmp_path)
    boss.claim()
    boss.stop()
    assert eventually(lambda: alive(grandchild) is not ours, 5)
    if not ours:
        os.kill(grandchild, signal.SIGKILL)


def test_a_stranger_with_a_leftover_number_is_spared(tmp_path: Path) -> None:
    """Even one of ours: after a power cut another instance's process may have got the number."""
    stranger = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
    try:
        left = {"pid": stranger.pid, "born": "another-boot 17"}
        (tmp_path / "status.json").write_text(json.dumps({"at": 0, "processes": [left]}))
        boss = boss_of(tmp_path)
        boss.claim()
        boss.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_children_of_a_killed_child_do_not_outlive_its_restart(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    code = (
        "import pathlib, subprocess, sys, time\n"
        f"made = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        f"with pathlib.Path({str(note)!r}).open('a') as file: file.write(f'{{made.pid}}\\n')\n"
        "time.sleep(60)"
    )
    boss = boss_of(tmp_path, code)
    boss.claim()
    boss.start()
    try:
        assert eventually(lambda: note.exists() and note.read_text().endswith("\n"))
        grandchild = int(note.read_text())
        process = boss.children[0].process
        assert process is not None
        process.kill()
        assert eventually(lambda: boss.children[0].starts == 2)
        assert eventually(lambda: not alive(grandchild))
    finally:
        boss.stop()
    assert not any(alive(int(pid)) for pid in note.read_text().split())


def test_a_child_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "child"
    child = (
        "import os, pathlib, time; from antong.boot import supervisor; supervisor.die_with(os.getppid());"
        f"pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import subprocess, sys; subprocess.call([sys.executable, '-c', {child!r}], start_new_session=True)",
        ]
    )
    assert eventually(lambda: note.exists() and note.read_text() != "")
    parent.kill()
    parent.wait()
    assert eventually(lambda: not alive(int(note.read_text())))


def test_a_child_that_keeps_dying_is_restarted_ever_more_slowly(tmp_path: Path) -> None:
    boss = boss_of(tmp_path, "raise SystemExit(1)")
    boss.claim()
    boss.start()
    try:
        assert eventually(lambda: boss.children[0].starts >= 3, 20)
        assert boss.children[0].pause >= 2.0
    finally:
        boss.stop()


def test_a_dead_database_is_started_again_and_said(tmp_path: Path) -> None:
    server = postgres.locate(tmp_path)
    base = supervisor.Database(start=lambda: postgres.start(server))
    boss = boss_of(tmp_path)
    boss.database = base
    boss.claim()
    try:
        base.up()
        boss.start()
        for pid in postgres.processes(server):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: base.starts == 2 and postgres.answers(base.url), 30)
        row = json.loads((tmp_path / "status.json").read_text())["processes"][0]
        assert row["name"] == "database"
    finally:
        boss.stop()
        postgres.stop(server)


def test_a_stopped_supervisor_gives_its_folder_back(tmp_path: Path) -> None:
    for _ in range(2):
        boss = boss_of(tmp_path)
        boss.claim()
        with pytest.raises(supervisor.AlreadyRunning):
            boss_of(tmp_path).claim()
        boss.stop()
