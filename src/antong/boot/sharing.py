"""Who uses the embedded database of a state folder: commands and `antong run` share it, and the last one out stops it.

Each holds a shared lock while it works, which ends with its process however that ended. The file says whether one of them
has started the database: one that was up before, by `antong db start` or by hand, stays up.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

FILE = "database-users.lock"
OURS = "stop"


@contextmanager
def using(
    state: Path, *, answers: Callable[[], bool], stop: Callable[[], None], owner: bool = False
) -> Iterator[None]:
    """Be one of those who use the database; at the end `stop` it where nobody else does and one of us has started it.

    `answers` says whether it is up already. An `owner` takes over one that was.
    """
    state.mkdir(parents=True, exist_ok=True)
    with (state / FILE).open("a+") as lock:
        if owner or (_alone(lock) and not answers()):
            _say(lock, OURS)
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield
        finally:
            if (
                _alone(lock) and _said(lock) == OURS
            ):  # whoever comes now waits until it is down, and starts it
                stop()
                _say(lock, "")


def leave_up(state: Path) -> None:
    """Have the database stay up when those who use it have ended."""
    with (state / FILE).open("a+") as lock:
        _say(lock, "")


def _alone(lock: IO[str]) -> bool:
    """Take the lock for oneself where nobody else holds it; a share of it that was held is given up either way."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _said(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read()


def _say(lock: IO[str], word: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(word)
    lock.flush()
