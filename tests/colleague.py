"""Who installs a package and keeps it, in one folder of his own, on a machine that reaches nobody. Standard library only."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from visiting import Visitor, words

DONE = "all of it was done"
"""The last line of a story."""
PATIENCE = 300
FOUNDING = (
    "--region",
    "试州",
    "--letters",
    "SZ",
    "--unit",
    "试州政法协同平台运行中心",
    "--code",
    "990900hub",
)
FIRST_LOGIN = re.compile(r"^  (\w+) +([a-z0-9]{4}(?:-[a-z0-9]{4}){3})  ", re.MULTILINE)
ADDRESS = re.compile(r"(https?://[\w.]+:\d+)/login")
UNDER_SETTINGS = 'set -a; . "$0"; set +a; exec "$@"'
"""What an operator does before a command, and systemd by EnvironmentFile."""


class Colleague:
    """Who installs, in one folder; his home and his other settings are empty. `env_file` is read before every command."""

    def __init__(self, folder: Path, env_file: Path | None = None) -> None:
        self.folder, self.place, self.home, self.env_file = folder, folder / "opt", folder / "home", env_file
        self.home.mkdir()
        self.settings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8"}

    @property
    def current(self) -> str:
        """The release that runs from now on."""
        return (self.place / "current").readlink().name

    def does(self, *given: str | Path, fails: bool = False) -> str:
        """Run a command; return what it says."""
        done = subprocess.run(
            self._under(given), env=self.settings, cwd=self.folder,
            capture_output=True, text=True, check=False, timeout=PATIENCE * 2,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        return said

    def antong(self, *given: str | Path, fails: bool = False) -> str:
        """Run the installed command."""
        return self.does(self.place / "current" / "venv" / "bin" / "antong", *given, fails=fails)

    def _under(self, given: tuple[str | Path, ...]) -> list[str]:
        before = ["sh", "-c", UNDER_SETTINGS, str(self.env_file)] if self.env_file else []
        return [*before, *map(str, given)]

    @contextlib.contextmanager
    def running(self, *options: str) -> Iterator[str]:
        """Serve; yield the address. It ends well, or the test fails."""
        command = self.place / "current" / "venv" / "bin" / "antong"
        out = self.folder / "run.out"
        with out.open("wb") as file:
            process = subprocess.Popen(
                self._under((command, "run", *options)), env=self.settings, cwd=self.folder,
                stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + PATIENCE
            while "服务中" not in out.read_text("utf-8", "replace"):
                assert process.poll() is None, out.read_text("utf-8", "replace")
                assert time.monotonic() < deadline, out.read_text("utf-8", "replace")
                time.sleep(0.2)
            address = ADDRESS.search(out.read_text("utf-8"))
            assert address is not None
            yield address[1]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0, out.read_text("utf-8", "replace")


def nobody_is_reached() -> None:
    """Make sure that the network is cut, where it is said to be."""
    for address in ("192.0.2.1", "1.1.1.1"):
        try:
            socket.create_connection((address, 443), timeout=3).close()
        except OSError:
            continue
        raise AssertionError(f"{address} is reached")


def enter_unit(admin: Visitor, posts: dict[str, str], **facts: str) -> str:
    """Enter a unit and its posts (name: role) by the pages; return where it is."""
    status, where, text = admin.post("/units/new", **facts)
    assert status == 200, words(text)
    assert re.fullmatch(r"/units/[0-9a-f-]{36}/", where), where
    for name, role in posts.items():
        status, _, text = admin.post(where, at=f"{where}posts", name=name, role=role)
        assert status == 200, words(text)
    return where


def first_passwords(table: str) -> dict[str, str]:
    """Return the first passwords by login, from the file that goes out once when people are entered from a table."""
    rows = list(csv.reader(io.StringIO(table.lstrip("\ufeff"))))[1:]
    return {row[3]: row[4].lstrip("'") for row in rows}


def register(officer: Visitor, **more: str) -> str:
    """Register a theft by one suspect; return where the case is."""
    status, where, text = officer.post(
        "/cases/new", secret="no", source="01", category="050200", occurred_at="2026年1月1日 10:00",
        place="河西路", brief="盗窃。", p0_kind="suspect", late_reason="补录", **{"p0_name": "白某", **more},
    )  # fmt: skip
    assert status == 200, words(text)
    assert re.fullmatch(r"/cases/[0-9a-f-]{36}/", where), where
    return where
