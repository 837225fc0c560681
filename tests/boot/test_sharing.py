"""The embedded database that commands and a run share: the last one out stops it, and only where one of them started it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from antong.boot import postgres, sharing
from processes import antong, environment, running

HOLD = """
from antong.boot import environment
from antong.boot.run import database_up
with database_up(environment.read()):
    print("up", flush=True)
    input()
"""
FOUNDING = ("--region", "试州", "--letters", "SZ", "--unit", "试州平台运行中心", "--code", "990900hub")


class Server:
    """What is up or down, as those who use it would find it."""

    def __init__(self, state: Path, *, up: bool) -> None:
        self.state, self.up, self.stops = state, up, 0

    def used(self, *, owner: bool = False) -> AbstractContextManager[None]:
        return sharing.using(self.state, answers=lambda: self.up, stop=self.stop, owner=owner)

    def stop(self) -> None:
        self.up = False
        self.stops += 1


def test_one_command_alone_starts_it_and_stops_it(tmp_path: Path) -> None:
    server = Server(tmp_path, up=False)
    for times in (1, 2):
        with server.used():
            server.up = True
        assert (server.up, server.stops) == (False, times)


def test_of_two_commands_the_one_that_ends_last_stops_it(tmp_path: Path) -> None:
    server = Server(tmp_path, up=False)
    first, second = server.used(), server.used()
    first.__enter__()
    server.up = True
    second.__enter__()
    first.__exit__(None, None, None)
    assert server.up, "another still works with it"
    second.__exit__(None, None, None)
    assert (server.up, server.stops) == (False, 1)


def test_a_run_that_has_adopted_it_keeps_it_and_a_command_outlives_the_run(tmp_path: Path) -> None:
    server = Server(tmp_path, up=False)
    command, run, late = server.used(), server.used(owner=True), server.used()
    command.__enter__()
    server.up = True
    run.__enter__()
    command.__exit__(None, None, None)
    assert server.up, "the run has it"
    late.__enter__()
    run.__exit__(None, None, None)
    assert server.up, "a command is in the middle of its work"
    late.__exit__(None, None, None)
    assert (server.up, server.stops) == (False, 1)


def test_what_was_up_before_stays_up_unless_a_run_takes_it_over(tmp_path: Path) -> None:
    server = Server(tmp_path, up=True)
    with server.used():
        pass
    with server.used():
        sharing.leave_up(tmp_path)
    assert server.up
    with server.used(owner=True):
        pass
    assert not server.up


@pytest.mark.full
@pytest.mark.xdist_group("run")
def test_on_real_processes_a_command_that_ends_leaves_a_run_its_database(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert antong(state, "init", *FOUNDING).returncode == 0
    server, url = postgres.locate(state), (state / "database-url").read_text().strip()
    assert not postgres.answers(url), "init has stopped what it started"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], env=environment(state), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    born = (server.data / "postmaster.pid").read_text().splitlines()[0]
    with running(state) as run:
        holder.communicate("\n", timeout=60)
        assert holder.returncode == 0
        assert (server.data / "postmaster.pid").read_text().splitlines()[0] == born, "it was never down"
        assert postgres.answers(url)
        assert run.end() == 0
    assert not postgres.answers(url)
