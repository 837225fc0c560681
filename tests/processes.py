"""The house as processes of its own, in a state folder of a test: one command, or `antong run` from start to end."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from antong.boot import postgres

HOUSE = ("-m", "antong.boot")
COMMAND = [sys.executable, *HOUSE]
READY = "登录页"
START = 240.0  # the machine that tests run on may be busy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until_up(port: int) -> None:
    """Wait until somebody listens on a port of this machine."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"nothing listens on {port}")


def environment(state: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTONG_")}
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "DJANGO_SETTINGS_MODULE"):
        kept.pop(name, None)
    return {**kept, "ANTONG_STATE": str(state), "PYTHONWARNINGS": "ignore", **more}


class Running:
    """One `antong run`."""

    def __init__(
        self,
        state: Path,
        *options: str,
        before: tuple[str, ...] = (),
        python: str = sys.executable,
        **more: str,
    ) -> None:
        self.state = state
        self.output = state.parent / f"{state.name}-{secrets.token_hex(3)}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*before, python, *HOUSE, "run", *options],
                env=environment(state, **more),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text("utf-8", "replace")

    def until(self, words: str) -> None:
        """Wait until it has said something; fail where it ends before."""
        deadline = time.monotonic() + START
        while words not in self.said:
            ended = self.process.poll() is not None
            assert time.monotonic() < deadline, self.said
            assert not ended or words in self.said, self.said
            time.sleep(0.1)

    def status(self) -> dict[str, int]:
        rows = json.loads((self.state / "status.json").read_text())["processes"]
        return {row["name"]: row["pid"] for row in rows if row["pid"]}

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(90)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def running(
    state: Path, *options: str, before: tuple[str, ...] = (), python: str = sys.executable, **more: str
) -> Iterator[Running]:
    one = Running(state, *options, before=before, python=python, **more)
    try:
        one.until(READY)
        yield one
    finally:
        if one.process.poll() is None:
            one.end()


def antong(
    state: Path, *words: str, seconds: float = START, python: str = sys.executable, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [python, *HOUSE, *words],
        env=environment(state, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def wipe(state: Path) -> None:
    """Take a machine away: files, and the cluster that stands elsewhere where tests run as root."""
    postgres.stop(postgres.locate(state))
    identity = state / "instance"
    if identity.exists():
        shutil.rmtree(postgres.SHARED / identity.read_text().strip(), ignore_errors=True)
    shutil.rmtree(state)


def fill_up(place: Path, leave: int = 0) -> Path:
    """Fill a disk to the last byte, or leave some; return the file that does it."""
    filler = place / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    if leave:
        os.truncate(filler, max(0, filler.stat().st_size - leave))
    return filler
