"""One supervisor owns the life of every process: starts, watches, restarts with growing pauses, stops, logs.

The database is watched too: a living one is adopted, a dead one started again. What a killed supervisor left running
is ended before anything starts. What runs stands in `status.json` in the state folder, which the operations page shows.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from antong.boot import postgres

STOP_SECONDS = 15
LONGEST_PAUSE = 30.0
LOG_BYTES = 20 << 20
DATABASE_EVERY = 2.0
PR_SET_PDEATHSIG = 1
WEB = "web"
RENEW = signal.SIGUSR1
"""Asks a supervisor to begin its processes anew; a terminal that is closed (SIGHUP) still ends it."""
MARK = "SUPERVISED_IN"
"""Set in every process of ours: the state folder it belongs to."""


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

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class Database:
    """The database to be kept alive: `start` adopts or starts it and returns its address."""

    start: Callable[[], str]
    url: str = ""
    alive: bool = False
    starts: int = 0
    started_at: float = 0.0

    def up(self) -> None:
        """Adopt or start it; raises postgres.DatabaseTrouble."""
        self.url, self.alive = self.start(), True
        self.starts, self.started_at = self.starts + 1, time.time()


@dataclass(slots=True)
class Supervisor:
    """The processes of one state folder."""

    state: Path
    children: list[Child]
    environment: dict[str, str]
    database: Database | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    _spawning: threading.Lock = field(default_factory=threading.Lock)
    _lock: IO[str] | None = None
    _watcher: threading.Thread | None = None

    def claim(self) -> None:
        """Own the state folder, or raise AlreadyRunning; end what a killed supervisor left behind."""
        self.state.mkdir(parents=True, exist_ok=True)
        lock = (self.state / "supervisor.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise AlreadyRunning(str(self.state)) from error
        self._lock = lock
        _end_leftovers(self.state)

    def start(self) -> None:
        """Start every process and begin to watch."""
        for child in self.children:
            self._spawn(child)
        self._report()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def _spawn(self, child: Child) -> None:
        logs = self.state / "log"
        logs.mkdir(exist_ok=True)
        path = logs / f"{child.name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with self._spawning, path.open("ab") as log:
            if self.stopping.is_set():
                return
            _signal(child, signal.SIGKILL)  # its own children, should they have outlived it
            child.process = subprocess.Popen(  # noqa: S603 - our own processes
                child.command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={**self.environment, MARK: str(self.state)},
                start_new_session=True,
            )  # fmt: skip
        child.starts += 1
        child.started_at = time.time()

    def _watch(self) -> None:
        next_look = 0.0
        while not self.stopping.wait(0.5):
            now = time.monotonic()
            if self.database is not None and now >= next_look:
                self._watch_database(self.database)
                next_look = time.monotonic() + DATABASE_EVERY
            for child in self.children:
                if child.alive:
                    if time.time() - child.started_at > LONGEST_PAUSE:
                        child.pause = 0.5
                elif child.not_before == 0.0:
                    child.not_before, child.pause = now + child.pause, min(child.pause * 2, LONGEST_PAUSE)
                elif now >= child.not_before:
                    child.not_before = 0.0
                    self._spawn(child)
            self._report()

    def _watch_database(self, database: Database) -> None:
        """Start a database that does not answer; where it came up elsewhere, its users start anew."""
        database.alive = postgres.listens(database.url)
        if database.alive:
            return
        self._report()
        before = database.url
        if self.stopping.is_set():
            return
        try:
            database.up()
        except postgres.DatabaseTrouble as trouble:
            with (self.state / "log" / "database.log").open("a") as log:
                log.write(f"{trouble}\n")
            return
        if database.url != before:
            self.environment["DATABASE_URL"] = database.url
            for child in self.children:
                _signal(child, signal.SIGTERM)

    def _report(self) -> None:
        rows = [self._row(child) for child in self.children]
        if self.database is not None:
            data = self.database
            rows.insert(
                0,
                {
                    "name": "database", "pid": None, "alive": data.alive,
                    "starts": data.starts, "since": data.started_at,
                },
            )  # fmt: skip
        part = self.state / "status.json.new"
        me = os.getpid()
        part.write_text(
            json.dumps({"at": time.time(), "supervisor": me, "born": born(me), "processes": rows})
        )
        part.replace(self.state / "status.json")

    @staticmethod
    def _row(child: Child) -> dict[str, Any]:
        return {
            "name": child.name,
            "pid": child.process.pid if child.process else None,
            "born": born(child.process.pid) if child.process else None,
            "alive": child.alive,
            "starts": child.starts,
            "since": child.started_at,
        }

    def renew(self) -> None:
        """Have every process begin anew with the program as it is now, without refusing anybody meanwhile.

        The web server keeps its port: it brings up new workers beside the old ones, which end what they have begun.
        The others end and are started again.
        """
        for child in self.children:
            if child.process is not None and child.alive:
                if child.name == WEB:
                    os.kill(child.process.pid, signal.SIGHUP)  # itself alone: it tells its workers
                else:
                    _signal(child, signal.SIGTERM)

    def stop(self) -> None:
        """Stop every process, gently first; give the state folder back."""
        with self._spawning:
            self.stopping.set()
        if self._watcher is not None:  # it must not write or start anything after this
            self._watcher.join(STOP_SECONDS)
        for child in self.children:
            if child.alive:
                _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, deadline - time.monotonic()))
                _signal(child, signal.SIGKILL)
                child.process.wait()
        (self.state / "status.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()


def _signal(child: Child, which: signal.Signals) -> None:
    """Signal a process and its own children."""
    if child.process is not None:
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, which)


def _end_leftovers(state: Path) -> None:
    """End the processes of a supervisor that was killed: they would hold the port and do the work twice."""
    status = state / "status.json"
    try:
        rows = json.loads(status.read_text())["processes"]
        left = [(int(row["pid"]), str(row["born"])) for row in rows if row["pid"] and row["born"]]
    except (OSError, ValueError, KeyError, TypeError):
        return
    deadline = time.monotonic() + STOP_SECONDS
    for pid, birth in left:
        while _lives_on(pid, birth, state):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
            time.sleep(0.2)
    status.unlink(missing_ok=True)


def _lives_on(pid: int, birth: str, state: Path) -> bool:
    """Whether a process of ours lives, or is gone and has left children: a web server's workers hold its port.

    No number is given to a new process while a group bears it; that the group is ours its members say.
    """
    birth_now = born(pid)
    if birth_now is not None:
        return birth_now == birth
    mark = f"{MARK}={state}".encode()
    return any(mark in _environment(member) for member in group(pid))


def group(pid: int) -> Iterator[Path]:
    """Yield the processes of a group, as folders of /proc."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if fields[0] != "Z" and int(fields[2]) == pid:
                    yield entry


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _running(state: Path) -> tuple[int, str] | None:
    """Return the living supervisor of a state folder: its number and its birth."""
    try:
        told = json.loads((state / "status.json").read_text())
        pid, birth = int(told["supervisor"]), str(told["born"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (pid, birth) if born(pid) == birth else None


def renew_running(state: Path) -> bool:
    """Ask the supervisor of a state folder to begin its processes anew; False where none runs."""
    found = _running(state)
    if found is not None:
        os.kill(found[0], RENEW)
    return found is not None


def stop_running(state: Path) -> bool | None:
    """Ask the supervisor of a state folder to end, and wait for it; None where none runs, False where it does not end."""
    found = _running(state)
    if found is None:
        return None
    pid, birth = found
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 2 * STOP_SECONDS + postgres.START_SECONDS
    while born(pid) == birth:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def born(pid: int) -> str | None:
    """Return when a process began, in clock ticks of this boot and the boot's id; None where it has ended.

    A number is given to other processes in time, and after a power cut at once; with its birth it is one process's.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (OSError, IndexError):
        return None
    return None if stat[0] == "Z" else f"{boot} {stat[19]}"


def die_with(parent: int) -> None:
    """End this process when its supervisor ends, however that ended; called in the child."""
    with suppress(OSError, AttributeError):  # not Linux: the next supervisor ends what is left
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the supervisor is gone")


def children(host: str, port: int, certificate_port: int | None = None) -> list[Child]:
    """Return the processes of a hub: two web workers, a job worker, the sequencer, the custody watch, and where certificates are shown."""
    antong = [sys.executable, "-m", "antong.boot", "--parent", str(os.getpid())]
    made = [
        Child(name=WEB, command=[*antong, "web", "--host", host, "--port", str(port)]),
        Child(name="worker", command=[*antong, "worker"]),
        Child(name="sequencer", command=[*antong, "sequencer"]),
        Child(name="watch", command=[*antong, "watch"]),
    ]
    if certificate_port is not None:
        place = ["--host", host, "--port", str(certificate_port)]
        made.append(Child(name="certificate", command=[*antong, "certificate", *place]))
    return made
