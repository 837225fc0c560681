"""What benchmarks share: a database of their own, planted and dropped again, and CPU as /proc counts it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds the web server may take to answer
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True, kw_only=True)
class World:
    """A planted database; `server` is the embedded PostgreSQL, None where DATABASE_URL names another."""

    url: str
    state: Path
    server: Any
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The database's name."""
        return urlsplit(self.url).path.lstrip("/")

    def at(self, name: str) -> str:
        """Return the address of another database of the same server."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def database_pids(self) -> list[int]:
        """Return the processes of the embedded server, none for another: those are not ours to see."""
        from antong.boot import postgres

        return [] if self.server is None else postgres.processes(self.server)


@contextmanager
def world() -> Iterator[World]:
    """Start a server (or take DATABASE_URL), make a database, plant the prefecture; drop and stop at the end."""
    sys.path.insert(0, str(ROOT / "src"))
    import psycopg

    from antong.boot import postgres

    state = Path(tempfile.mkdtemp(prefix="antong-bench-"))
    server, url = None, os.environ.get("DATABASE_URL", "")
    if not url:
        server = postgres.locate(ROOT / ".antong" / "bench", name="bench")
        url = postgres.start(server)
    name = f"bench_{uuid4().hex[:8]}"
    made = World(url=postgres.ensure_database(url, name), state=state, server=server)
    os.environ.update(
        DATABASE_URL=made.url,
        ANTONG_STATE=str(state),
        ANTONG_DEMO="1",
        DJANGO_SETTINGS_MODULE="antong.boot.settings",
    )
    import django

    django.setup()
    from antong.boot import environment
    from antong.boot.run import prepare as plant

    try:
        plant(environment.read())
        yield made
    finally:
        from django.db import connections

        connections.close_all()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        if server is not None:
            postgres.stop(server)
        shutil.rmtree(state, ignore_errors=True)


@contextmanager
def serving(state: Path, names: Collection[str]) -> Iterator[tuple[int, dict[str, int]]]:
    """Run some of the house's processes as the supervisor does, the web server among them; give its port and each one's id."""
    from antong.boot import supervisor
    from processes import free_port

    port = free_port()
    boss = supervisor.Supervisor(
        state=state,
        children=[one for one in supervisor.children("127.0.0.1", port) if one.name in names],
        environment=dict(os.environ),
    )
    boss.claim()
    boss.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            if time.monotonic() > deadline:
                raise AssertionError("the web server did not come up")
            time.sleep(0.3)
        yield port, {one.name: one.process.pid for one in boss.children if one.process is not None}
    finally:
        boss.stop()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=3):
            return True
    except OSError:
        return False


def machine_seconds() -> float:
    """Return the busy time of the whole machine so far, in seconds, whoever spent it."""
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICK


def process_seconds(pids: Iterable[int]) -> float:
    """Return the CPU that processes have used so far with the children they have waited for, in seconds."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:  # it has ended: its parent counts it
            continue
        total += sum(int(value) for value in text.rsplit(")", 1)[1].split()[11:15])
    return total / TICK


def machine() -> str:
    """Return one line that says what this ran on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown processor",
    )
    total = int(Path("/proc/meminfo").read_text().split()[1]) // 1024 // 1024
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {model}, {total} GiB, load {load:.1f} at the start"
