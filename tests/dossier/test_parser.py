"""The parser's processes: one that waits and has read nothing, one forked for each call."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from antong.dossier import parser
from antong.dossier.parser._nursery import AT_ONCE, Nursery, ParserFailed


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def picture(scan: bytes) -> Iterator[int]:
    descriptor = parser.memory_file(iter([scan]))
    yield descriptor
    os.close(descriptor)


def waiting(nursery: Nursery) -> int:
    assert nursery._process is not None
    return nursery._process.pid


def children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_what_waits_is_begun_once_has_an_empty_environment_and_holds_no_file(
    nursery: Nursery, picture: int
) -> None:
    for _ in range(3):
        assert nursery.run(["inspect"], [picture], 60).startswith(b'[{"media_type": "image/jpeg"')
        first = waiting(nursery)
    assert waiting(nursery) == first
    assert Path(f"/proc/{first}/environ").read_bytes() == b"OPENBLAS_NUM_THREADS=1\0"
    held = {str(one.readlink()) for one in Path(f"/proc/{first}/fd").iterdir()}
    assert {name.partition(":")[0] for name in held} == {"/dev/null", "socket"}


def eventually(true: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def held(nursery: Nursery, nice: int = 0) -> Iterator[int]:
    """A parser that is held by a line on which nobody gives it the file: its process, which is killed in the end."""
    ours, theirs = socket.socketpair()
    words = ["derive", "image/jpeg", "0", "1", str(nice), "99999"]
    with ours, theirs, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(nursery.run, words, [theirs.fileno()], 60)
        eventually(lambda: nursery._process and children(waiting(nursery)))
        (pid,) = children(waiting(nursery))
        try:
            yield pid
        finally:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ParserFailed, match="ended before it was done"):
            asked.result()


def test_a_parser_sees_no_network_and_may_not_write(nursery: Nursery) -> None:
    with held(nursery) as pid:
        eventually(lambda: "Max file size             0 " in Path(f"/proc/{pid}/limits").read_text())
        if os.geteuid() == 0:
            here, there = (Path(f"/proc/{one}/ns/net").stat().st_ino for one in ("self", pid))
            assert here != there


def test_killed_it_is_begun_again_and_the_call_is_answered(nursery: Nursery, picture: int) -> None:
    nursery.run(["inspect"], [picture], 60)
    first = waiting(nursery)
    os.kill(first, signal.SIGKILL)
    assert b"image/jpeg" in nursery.run(["inspect"], [picture], 60)
    assert waiting(nursery) != first


def test_what_takes_too_long_is_ended(nursery: Nursery) -> None:
    ours, theirs = socket.socketpair()
    with pytest.raises(
        ParserFailed, match="out of time"
    ):  # the libraries are loaded within it: it is no race
        nursery.run(["derive", "image/jpeg", "0", "1", "0", "99999"], [theirs.fileno()], 1.5)
    deadline = time.monotonic() + 30
    while children(waiting(nursery)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    ours.close()
    theirs.close()


def test_many_at_once_get_each_their_own_answer(nursery: Nursery, scan: bytes) -> None:
    files = [parser.memory_file(iter([scan if number % 2 else b"x" * number])) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda file: nursery.run(["inspect"], [file], 60), files))
    wanted = ["image/jpeg" if number % 2 else "unknown" if number else "empty" for number in range(24)]
    assert all(word.encode() in one for word, one in zip(wanted, said, strict=True))
    for file in files:
        os.close(file)


def test_more_files_than_travel_with_one_call(scan: bytes) -> None:
    files = [parser.memory_file(iter([scan])) for _ in range(AT_ONCE + 3)]
    assert len(parser.inspect(files)) == AT_ONCE + 3
    for file in files:
        os.close(file)


def test_making_pages_stands_back_behind_others(nursery: Nursery) -> None:
    with held(nursery, nice=7) as pid:
        session = Path(f"/proc/{pid}/autogroup")
        eventually(lambda: os.getpriority(os.PRIO_PROCESS, pid) == 7)
        eventually(lambda: not session.exists() or session.read_text().rstrip().endswith("nice 7"))
