"""The embedded database that commands and a run share: the last one out stops it, and only where one of them started it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from antong.boot import sharing


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
