"""How far long work is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

Tell = Callable[[str, int], None]


def progress() -> Tell:
    """Return what tells how far it is, on a line of the terminal that is written over; silent elsewhere."""

    def tell(stage: str, done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{stage} {done:,}")
            sys.stderr.flush()

    return tell
