"""What is written down of a failure: its class and its places, in either form, whoever logs it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from antong.boot import logs

NAME = "韩序舟 330521199001012318"


def failing() -> logging.LogRecord:
    try:
        int(NAME)
    except ValueError:
        return logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "x.py", 1, "job %s ended", (7,), sys.exc_info(), extra={"job": {"id": 7, "args": {"a": NAME}}}
        )  # fmt: skip
    raise AssertionError


@pytest.mark.parametrize("form", ["plain", "json"])
def test_no_message_of_an_exception_is_written(form: str) -> None:
    formatter = logs.Lines() if form == "json" else logs.Plain("%(levelname)s %(name)s %(message)s")
    text = formatter.format(failing())
    assert "ValueError at test_logs.py" in text
    assert "job 7 ended" in text
    assert "韩" not in text
    assert "3305" not in text
    if form == "json":
        row = json.loads(text)
        assert (row["level"], row["logger"], row["job"]) == ("ERROR", "x", 7)
        assert set(row) == {"at", "level", "logger", "pid", "what", "failure", "job"}


def test_errors_are_kept_apart_and_never_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log" / "errors.jsonl"
    kept = logs.Errors(str(path))
    monkeypatch.setattr(logs, "MOST_BYTES", 2000)
    for _ in range(50):
        kept.emit(failing())
    assert path.stat().st_size + path.with_suffix(".jsonl.1").stat().st_size < 5000
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text("utf-8").splitlines()[-1])["job"] == 7
    nowhere = logs.Errors("/proc/none/errors.jsonl")
    nowhere.emit(failing())  # stops nobody


ENDING = """
import logging, logging.config, pathlib, sys, threading
from antong.boot import logs
logging.config.dictConfig(logs.configuration(pathlib.Path(sys.argv[1]), "json"))
logs.watch_process()
thread = threading.Thread(target=lambda: int({name!r}), name="odd")
thread.start(); thread.join()
logging.getLogger("antong.x").info("stays")
logging.getLogger("other").info("too quiet")
int({name!r})
"""


def test_a_process_that_ends_by_a_failure_says_no_more_of_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING.format(name=NAME), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    assert [row["level"] for row in rows] == ["CRITICAL", "INFO", "CRITICAL"]
    assert rows[0]["what"].startswith("thread odd ends: ValueError at <string>")
    assert rows[2]["what"].startswith("the process ends: ValueError")
    assert "韩" not in done.stderr + done.stdout
    assert len((tmp_path / "log" / "errors.jsonl").read_text("utf-8").splitlines()) == 2
