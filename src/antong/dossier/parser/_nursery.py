"""A process that has read nothing, from which the parser of each call is forked.

To start an interpreter and its libraries for each file cost ten times what reading the file costs. So one process is
started with an empty environment and waits; for a call it forks a child, and the child confines itself
(`__main__.confine`) before it reads. The process that waits never sees a file: no file can reach the next call.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

AT_ONCE = 64
"""How many files may travel with a call: a message carries 253 descriptors at most."""
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1"
}  # a parser may start no thread, and numpy ends where one is refused
_BLOCK = 1 << 16
_DONE = b"."


class ParserFailed(Exception):
    """The parser died, ran out of its limits or said nothing."""


class _NeverBegan(Exception):
    """The process that forks was gone: no parser has read anything."""


class Nursery:
    """The waiting process of this process: begun at the first call, and again where it has died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        atexit.register(self.close)

    def run(self, words: Sequence[str], descriptors: Sequence[int], timeout: float) -> bytes:
        """Return what a parser of its own says of open files. Raises ParserFailed.

        `words` are the operation and its arguments, `descriptors` at most AT_ONCE files, `timeout` is in seconds.
        """
        try:
            return self._once(words, descriptors, timeout)
        except _NeverBegan:
            self.close()
        try:
            return self._once(words, descriptors, timeout)
        except _NeverBegan as error:
            raise ParserFailed("did not begin") from error

    def _once(self, words: Sequence[str], descriptors: Sequence[int], timeout: float) -> bytes:
        said, says = os.pipe()
        state, states = os.pipe()
        try:
            try:
                message = json.dumps(list(words)).encode()
                with self._lock:
                    socket.send_fds(self._waiting(), [message], [says, states, *descriptors])
            except OSError as error:
                raise _NeverBegan from error
            finally:
                os.close(says)
                os.close(states)
            return _heard(said, state, time.monotonic() + timeout)
        finally:
            os.close(said)
            os.close(state)

    def _waiting(self) -> socket.socket:
        if self._line is None or self._owner != os.getpid():
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, by this interpreter; it ends when our end closes
                    [sys.executable, "-I", "-m", "antong.dossier.parser", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_ENVIRONMENT,
                    start_new_session=True,  # a Ctrl-C is for those who wait for its children
                )
            self._line, self._owner = ours, os.getpid()
        return self._line

    def close(self) -> None:
        """End the waiting process; those it has forked go on to their end. The next call begins another."""
        with self._lock:
            if self._line is not None:
                self._line.close()
            if self._process is not None and self._owner == os.getpid():
                self._process.wait()
            self._line = self._process = None


def _heard(said: int, state: int, deadline: float) -> bytes:
    """Collect what a parser says until it is done; end it at the deadline."""
    heard, told = bytearray(), bytearray()
    waiting = {said: heard, state: told}
    poll = select.poll()
    for descriptor in waiting:
        poll.register(descriptor, select.POLLIN)
    while waiting:
        ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        if not ready:
            _end(told)
            raise ParserFailed("out of time")
        for descriptor, _ in ready:
            piece = os.read(descriptor, _BLOCK)
            waiting[descriptor] += piece
            if not piece:
                poll.unregister(descriptor)
                del waiting[descriptor]
    if not told:
        raise _NeverBegan
    if told[4:] != _DONE:
        raise ParserFailed("ended before it was done")
    return bytes(heard)


def _end(told: bytes | bytearray) -> None:
    if len(told) >= 4:  # noqa: PLR2004 - its process id
        with suppress(ProcessLookupError):
            os.kill(struct.unpack_from(">I", told)[0], signal.SIGKILL)
