"""Fail points: a process that ends itself by SIGKILL at the nth write of what it was told to watch, or by END_BY.

Nothing of this is in the product: a process has fail points only where it is started with the settings of the tests
(`survival.settings`), which lie beside these files and in no installation. A write is a statement that changes rows, a
commit, the moment after a commit while its answer has not left, a file opened for writing, a file given its name.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any

WRITES = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|procrastinate_defer\w*)\s*[\"(]?(\w*)", re.IGNORECASE
)
LOCKS = re.compile(r"\bFOR\s+(NO\s+KEY\s+)?UPDATE\b|\bDO\s+UPDATE\b", re.IGNORECASE)
FOLDERS = ("/blobs/", "/spool/")
COMMIT, COMMITTED = "commit", "after the commit, before the answer"


class Points:
    """Counts the writes of one thread, and ends the process group at one of them."""

    def __init__(self) -> None:
        self.at: int | None = None
        self.says = ""
        self.seen: list[str] = []
        self._thread: int | None = None

    def arm(self, at: int, says: str = "") -> None:
        """Watch this thread from now on; 0 only counts. With `says` the write fails with it, and nobody dies."""
        self.at, self.says, self.seen, self._thread = at, says, [], threading.get_ident()

    def follow(self) -> None:
        """Watch this thread too, as part of what is watched already."""
        self._thread = threading.get_ident()

    def disarm(self) -> list[str]:
        """Stop watching; return what was written."""
        self.at = None
        return self.seen

    def reach(self, name: str) -> None:
        """Be at a write; end here where this is the one."""
        if self.at is None or threading.get_ident() != self._thread:
            return
        self.seen.append(name)
        if len(self.seen) == self.at:
            if self.says:
                raise ValueError(self.says)
            note = os.environ.get("DIED_AT")
            if note:
                Path(note).write_text(name, "utf-8")
            os.killpg(os.getpgrp(), getattr(signal, os.environ.get("END_BY", "SIGKILL")))

    def statement(self, text: str) -> None:
        """Be at a statement, which counts where it writes."""
        found = WRITES.search(LOCKS.sub("", text))
        if found is not None:
            verb = found[1].split()[0].upper()
            self.reach(found[1].lower() if verb.startswith("PROC") else f"{verb} {found[2]}")


points = Points()


def watch_files() -> None:
    """Count files of the state folder as they are opened for writing and named; for the life of the process."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if points.at is None or event not in {"open", "os.rename", "os.link"}:
            return
        path = str(args[0])
        if not any(folder in path for folder in FOLDERS):
            return
        kind = "blob" if "/blobs/" in path else "spool"
        if event in {"os.rename", "os.link"}:
            points.reach(f"name of a {kind}")
        elif args[2] & (os.O_WRONLY | os.O_RDWR):
            points.reach(f"file of a {kind}")

    sys.addaudithook(hook)
