"""A database that is put back as it was, the house's processes on it, and a system that calls over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.db import connection

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import actions as org
from antong.org.types import GRANTABLE, ROLE_PERMISSIONS, Role

HERE, TESTS = Path(__file__).parent, Path(__file__).resolve().parents[1]
WAIT = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(what: Callable[[], bool], seconds: float = WAIT) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


class Ground:
    """The database that the settings name, in a state that it can be put back to; processes work on it."""

    def __init__(self, notes: Path) -> None:
        db = connection.settings_dict
        self.name, self.saved, self.notes = str(db["NAME"]), f"{db['NAME']}_saved", notes
        self.server = (
            f"postgresql://{quote(str(db['USER']))}:{quote(str(db['PASSWORD']))}@{db['HOST']}:{db['PORT']}/"
        )

    @property
    def url(self) -> str:
        return self.server + self.name

    def _run(self, *statements: str) -> None:
        connection.close()
        with psycopg.connect(f"{self.server}postgres", autocommit=True) as keeper:
            for statement in statements:
                keeper.execute(statement)  # type: ignore[call-overload]

    def keep(self) -> None:
        """Remember the present state."""
        self.forget()
        self._run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'",
            f'CREATE DATABASE "{self.saved}" TEMPLATE "{self.name}"',
        )

    def put_back(self) -> None:
        """Go back to it, whoever is connected; what was spooled is forgotten too."""
        for path in Path(settings.ANTONG_SPOOL).glob("*"):
            path.unlink()
        self._run(
            f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)',
            f'CREATE DATABASE "{self.name}" TEMPLATE "{self.saved}"',
        )

    def forget(self) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{self.saved}" WITH (FORCE)')

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as asked:
            return asked.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]

    def counts(self) -> dict[str, int]:
        """How many rows every table has."""
        names = [row[0] for row in self.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        asked = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in sorted(names))
        return dict(self.ask(asked))  # type: ignore[arg-type]

    def nameless(self) -> list[str]:
        """Rows of blobs whose file is not there."""
        rows = self.ask("SELECT id FROM dossier_blob")
        root = Path(settings.ANTONG_BLOBS)
        return [str(row[0]) for row in rows if not (root / row[0].hex[-2:] / row[0].hex).exists()]

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTONG_")}
        return {
            **kept, "DATABASE_URL": self.url, "ANTONG_STATE": str(settings.ANTONG_STATE),
            "ANTONG_SECRET_KEY": str(settings.SECRET_KEY), "DJANGO_SETTINGS_MODULE": "survival.settings",
            "PYTHONPATH": str(TESTS), "PYTHONWARNINGS": "ignore", "DIED_AT": str(self.notes / "died"),
            "DIE_AT_FILE": str(self.notes / "die-at"), **more,
        }  # fmt: skip

    def died_at(self) -> str:
        """The write at which a process has ended itself; told once."""
        note = self.notes / "died"
        text = note.read_text("utf-8") if note.exists() else ""
        note.unlink(missing_ok=True)
        return text

    @contextmanager
    def lives(self, *kind: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process that is born again when it dies."""
        with (self.notes / f"{kind[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "lives.py"), *kind], env=self.environment(**more),
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait(30)

    @contextmanager
    def running(self, *command: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command of the house as it stands, with the settings of the tests; its output goes to <first word>.log."""
        with (self.notes / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "antong.boot", *command], env=self.environment(**more),
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                kill_group(process.pid)
                process.wait()

    @contextmanager
    def web(self, **more: str) -> Iterator[str]:
        """The web server; yields its address."""
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        with self.lives("web", str(port), **more):
            assert eventually(lambda: serves(base)), (self.notes / "web.log").read_text()[-2000:]
            yield base


def serves(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/healthz", timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Died(Exception):
    """No answer came."""


class System:
    """An agency's system with the token of somebody's unit."""

    def __init__(self, people: dict[str, Actor], who: str, *, own: bool = True) -> None:
        actor = people[who]
        may = [one for one in GRANTABLE if one in ROLE_PERMISSIONS[Role(actor.role)]]
        made = org.issue_token(
            people["xitong"], unit_id=actor.unit_id, system="执法办案平台", permissions=[one.value for one in may],
            valid_until=clock.now() + timedelta(days=30), role=actor.role if own else "",
            duty_id=None if own else actor.duty_id,
        )  # fmt: skip
        org.allow_token(people["anquan"], token_id=made.id)
        self.secret = made.secret

    def call(
        self,
        base: str,
        path: str,
        body: Any,
        key: str = "",
        die_at: int | None = None,
        kind: str = "application/json",
        **more: str,
    ) -> tuple[int, Any, list[str]]:
        """Return status, what was said, and what was written; raises Died where no answer comes."""
        data = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": kind}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"Die-At": str(die_at)} if die_at is not None else {}
        asked = urllib.request.Request(f"{base}/api/v1/{path}", data, headers)  # noqa: S310 - our own address
        try:
            with urllib.request.urlopen(asked, timeout=WAIT) as answer:  # noqa: S310 - our own address
                return answer.status, json.loads(answer.read()), json.loads(answer.headers["Writes"] or "[]")
        except urllib.error.HTTPError as problem:
            return problem.code, json.loads(problem.read()), []
        except (urllib.error.URLError, OSError) as problem:
            raise Died(str(problem)) from problem


def multipart(name: str, content: bytes, **fields: str) -> tuple[bytes, str]:
    """Return the body of an upload of one picture, and its content type."""
    edge = "edge-of-part"
    parts = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    )
    head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = parts.encode() + head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    return body, f"multipart/form-data; boundary={edge}"


def kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    """The processes that a process has begun and that live."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123 - of the kernel
        return [int(word) for word in file.read().split()]
