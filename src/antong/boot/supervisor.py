"""One supervisor owns the life of every process: starts, watches, restarts with growing pauses, stops, logs.

It writes what runs to `status.json` in the state folder, which the operations page shows.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

STOP_SECONDS = 15
LONGEST_PAUSE = 30.0


class AlreadyRunning(RuntimeError):
    """Another supervisor owns this state folder."""


@dataclass(slots=True)
class Child:
    """A process to be kept alive."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    pause: float = 0.5
    not_before: float = 0.0
    started_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """The processes of one state folder."""

    state: Path
    children: list[Child]
    environment: dict[str, str]
    stopping: threading.Event = field(default_factory=threading.Event)
    _lock: IO[str] | None = None

    def claim(self) -> None:
        """Own the state folder, or raise AlreadyRunning."""
        self.state.mkdir(parents=True, exist_ok=True)
        lock = (self.state / "supervisor.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise AlreadyRunning(str(self.state)) from error
        self._lock = lock

    def start(self) -> None:
        """Start every process and begin to watch."""
        for child in self.children:
            self._spawn(child)
        threading.Thread(target=self._watch, name="supervisor", daemon=True).start()

    def _spawn(self, child: Child) -> None:
        logs = self.state / "log"
        logs.mkdir(exist_ok=True)
        with (logs / f"{child.name}.log").open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own processes
                child.command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=self.environment,
                start_new_session=True,
            )  # fmt: skip
        child.starts += 1
        child.started_at = time.time()

    def _watch(self) -> None:
        while not self.stopping.wait(0.5):
            now = time.monotonic()
            for child in self.children:
                if child.process is not None and child.process.poll() is None:
                    if time.time() - child.started_at > LONGEST_PAUSE:
                        child.pause = 0.5
                    continue
                if child.not_before == 0.0:
                    child.not_before, child.pause = now + child.pause, min(child.pause * 2, LONGEST_PAUSE)
                elif now >= child.not_before:
                    child.not_before = 0.0
                    self._spawn(child)
            self._report()

    def _report(self) -> None:
        rows = [self._row(child) for child in self.children]
        part = self.state / "status.json.new"
        part.write_text(json.dumps({"at": time.time(), "supervisor": os.getpid(), "processes": rows}))
        part.replace(self.state / "status.json")

    @staticmethod
    def _row(child: Child) -> dict[str, Any]:
        alive = child.process is not None and child.process.poll() is None
        return {
            "name": child.name,
            "pid": child.process.pid if child.process else None,
            "alive": alive,
            "starts": child.starts,
            "since": child.started_at,
        }

    def stop(self) -> None:
        """Stop every process, gently first."""
        self.stopping.set()
        alive = [
            child for child in self.children if child.process is not None and child.process.poll() is None
        ]
        for child in alive:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in alive:
            process = child.process
            if process is None:
                continue
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                process.wait()
        (self.state / "status.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()


def _signal(child: Child, which: signal.Signals) -> None:
    if child.process is not None:
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, which)


def children(host: str, port: int) -> list[Child]:
    """Return the processes of a hub: two web workers, a job worker, the sequencer."""
    antong = [sys.executable, "-m", "antong.boot"]
    return [
        Child(name="web", command=[*antong, "web", "--host", host, "--port", str(port)]),
        Child(name="worker", command=[*antong, "worker"]),
        Child(name="sequencer", command=[*antong, "sequencer"]),
    ]
