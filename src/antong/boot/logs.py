"""What the processes write down: lines for people or JSON for machines, and never what a row or a form says.

A failure is its class and the places it came through; its message may quote a name (a constraint quotes the row it
refused), so no message of an exception is ever written, whoever logs it. Errors are kept a second time in
`log/errors.jsonl` of the state folder, which the operations page and `antong status` read.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

FRAMES = 8
MOST_BYTES = 1 << 20
log = logging.getLogger("antong.process")


def failure(kind: type[BaseException] | None, trace: TracebackType | None) -> str:
    """Return an exception as its class and where it came through, innermost first, without what it says."""
    frames = traceback.extract_tb(trace)
    places = " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames[-FRAMES:])
    )
    return f"{kind.__name__ if kind else 'Exception'} at {places or 'unknown'}"


def _raised(record: logging.LogRecord) -> str:
    given = record.exc_info
    return failure(given[0], given[2]) if given else ""


def facts(record: logging.LogRecord) -> dict[str, Any]:
    """Return a record for machines: when, how grave, who says it, what, which failure, which job."""
    found: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "pid": record.process,
        "what": record.getMessage(),
    }
    if raised := _raised(record):
        found["failure"] = raised
    job = getattr(record, "job", None)
    if isinstance(job, Mapping) and job.get("id") is not None:
        found["job"] = job["id"]
    return found


class Plain(logging.Formatter):
    """A line for people."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Return an exception without what it says."""
        return failure(ei[0], ei[2])


class Lines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record."""
        return json.dumps(facts(record), ensure_ascii=False)


class Errors(logging.Handler):
    """Keeps errors in a file of their own, of which there are never more than two megabytes."""

    def __init__(self, path: str) -> None:
        super().__init__(logging.ERROR)
        self.path = Path(path)

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record; a disk that is full or closed stops nobody."""
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > MOST_BYTES:
                self.path.replace(self.path.with_suffix(".jsonl.1"))
            line = json.dumps(facts(record), ensure_ascii=False) + "\n"
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)


def watch_process() -> None:
    """Have a failure that ends this process, or a thread of it, written down like any other."""

    def ended(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, (KeyboardInterrupt, SystemExit)):
            sys.__excepthook__(kind, value, trace)
            return
        log.critical("the process ends: %s", failure(kind, trace))

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            name = args.thread.name if args.thread else "?"
            log.critical("thread %s ends: %s", name, failure(args.exc_type, args.exc_traceback))

    sys.excepthook = ended
    threading.excepthook = thread_ended


PLAIN = {"()": "antong.boot.logs.Plain", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}
FORMATTERS = {"plain": PLAIN, "json": {"()": "antong.boot.logs.Lines"}}


def of_server(form: str) -> dict[str, Any]:
    """Return what the web server itself writes, in the same form; requests are counted, not written down."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": FORMATTERS,
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "loggers": {"_granian": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    }


def configuration(state: Path, form: str) -> dict[str, Any]:
    """Return what Django gives to `logging`: `form` is plain or json."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": FORMATTERS,
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": form},
            "errors": {"class": "antong.boot.logs.Errors", "path": str(state / "log" / "errors.jsonl")},
        },
        "root": {"handlers": ["console", "errors"], "level": "WARNING"},
        "loggers": {"antong": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
    }
