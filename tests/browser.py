"""A house of its own and people at real browsers: what the browser stories share."""

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]
ANTONG = [sys.executable, "-m", "antong.boot"]
PATIENCE = 30_000
"""Milliseconds a person waits for a page; the machine may be busy."""


@dataclass(frozen=True)
class House:
    """A running house: where it serves, its logins, its database, the process of its web server."""

    base: str
    passwords: dict[str, str]
    database: str
    web: int

    def let_days_pass(self, rule: str, days: int) -> None:
        """Let a time limit be as many days further on: a browser cannot wait for the end of a term of appeal."""
        import psycopg

        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(
                "UPDATE cases_limit SET due_at = due_at - make_interval(days => %s) WHERE rule = %s",
                (days, rule),
            )


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=3):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError("the web server did not come up")


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end; one in the midst of a long job is ended with what it has begun."""
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def running(state: Path, database: dict[str, Any]) -> Iterator[House]:
    """Run a house on a database of its own: web server, worker and sequencer are real processes."""
    import psycopg

    server = f"postgresql://{quote(database['USER'])}:{quote(database['PASSWORD'])}@{database['HOST']}:{database['PORT']}/"
    name, port = f"story_{uuid4().hex[:8]}", free_port()
    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    environment = {
        **os.environ,
        "DATABASE_URL": server + name,
        "ANTONG_STATE": str(state),
        "ANTONG_DEMO": "1",
    }
    subprocess.run([*ANTONG, "demo", "plant"], env=environment, check=True, timeout=120, capture_output=True)
    commands = [["web", "--port", str(port), "--workers", "1"], ["worker"], ["sequencer"]]
    with (state / "log").open("wb") as log:
        processes = [
            subprocess.Popen([*ANTONG, *one], env=environment, stdout=log, stderr=log, start_new_session=True)
            for one in commands
        ]
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{base}/healthz")
        logins = json.loads((state / "demo-logins.json").read_text("utf-8"))
        yield House(
            base=base,
            passwords={row["username"]: row["password"] for row in logins},
            database=server + name,
            web=processes[0].pid,
        )
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            _ended(process)
        with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


class Seat:
    """One person at a browser of 1366×768. Counts clicks and seconds.

    A button, a link, a list and a field that is typed into cost one click each; keys cost none.
    """

    def __init__(self, browser: Any, base: str, username: str, password: str) -> None:
        self.page = browser.new_context(
            locale="zh-CN", viewport={"width": 1366, "height": 768}, accept_downloads=True
        ).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.base, self.username, self.clicks, self.seconds = base, username, 0, 0.0
        self.page.goto(f"{base}/login")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.press("#password", "Enter")
        self.page.wait_for_selector("nav.side")

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.page.wait_for_load_state()
        self.seconds += time.monotonic() - started

    def click(self, selector: str) -> None:
        """Click on what a selector finds, and wait for the page it leads to."""
        self.clicks += 1
        with self._timed():
            self.page.click(selector)

    def fill(self, selector: str, text: str) -> None:
        """Type into a field."""
        self.clicks += 1
        with self._timed():
            self.page.fill(selector, text)

    def choose(self, selector: str, label: str) -> None:
        """Choose from a list by its words."""
        self.clicks += 1
        with self._timed():
            self.page.select_option(selector, label=label)

    def pick(self, selector: str, text: str) -> None:
        """Type into a picker and take what it offers first."""
        self.fill(selector, text)
        with self._timed():
            self.page.wait_for_selector(f".picker:has({selector}) .list [role=option].on")
            self.page.press(selector, "Enter")

    def point(self, selector: str, x: float, y: float) -> None:
        """Click on a place of a picture, given as parts of its width and height."""
        self.clicks += 1
        with self._timed():
            box = self.page.locator(selector).bounding_box()
            assert box is not None
            self.page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)

    def menu(self, word: str) -> None:
        """Go to a page by the navigation."""
        self.click(f"nav.side a:has-text('{word}')")

    def find(self, text: str) -> None:
        """Open a case by the search at the top: its key, what is looked for, Enter, the first row."""
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("/")
        with self._timed():
            self.page.fill("[data-search]", text)
            self.page.press("[data-search]", "Enter")
        self.click("tbody a[href^='/cases/']")

    def opened(self, path: str) -> None:
        """Go back to a page of before, as a person does by a tab that is still open."""
        with self._timed():
            self.page.goto(self.base + path)

    def path(self) -> str:
        """Return where the person is."""
        return str(self.page.url).removeprefix(self.base)

    def text(self, selector: str = "main") -> str:
        """Return what a part of the page says."""
        return str(self.page.inner_text(selector))

    def fine(self) -> None:
        """Fail with the refusal's words where the last act was refused."""
        box = self.page.query_selector(".refusal[role=alert]")
        assert box is None, box.inner_text()
