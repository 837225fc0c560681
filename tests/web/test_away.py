"""A web server whose database has gone: a real process, a real closed port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import ANTONG, free_port


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server without its database; returns its address."""
    state, port = tmp_path_factory.mktemp("alone"), free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://nobody:none@127.0.0.1:{free_port()}/gone",
        "ANTONG_STATE": str(state),
        "ANTONG_DEMO": "1",
    }
    with (state / "log").open("wb") as log:
        process = subprocess.Popen(
            [*ANTONG, "web", "--port", str(port), "--workers", "1"],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        _up(f"{base}/static/antong/mark.svg")
        yield base
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        assert "Traceback" not in Path(state / "log").read_text("utf-8").split("incident")[0]


def _up(url: str) -> None:
    import time

    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=3).close()  # noqa: S310 - our own address
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    raise AssertionError("the web server did not come up")


def get(url: str, cookie: str = "") -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"Cookie": cookie} if cookie else {})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as problem:
        return problem.code, problem.read().decode()


def test_a_page_says_that_the_database_is_away(alone: str) -> None:
    status, text = get(f"{alone}/desk", "antong_session=abcdefghijklmnopqrstuvwxyz")
    assert status == 503
    assert "与数据库的连接中断" in text
    assert "告诉系统管理员" in text
    assert "Server Error" not in text


def test_a_watcher_is_told(alone: str) -> None:
    status, text = get(f"{alone}/healthz")
    assert status == 503
    assert json.loads(text) == {"ok": False, "database": "away"}


def test_the_form_to_sign_in_still_shows(alone: str) -> None:
    status, text = get(f"{alone}/login")
    assert status == 200
    assert "口令" in text
