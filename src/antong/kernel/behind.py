"""Work that nobody waits for stands back behind work that somebody does."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def stand_back(nice: int) -> None:
    """Let others go first (nice(2), 0 to 19): this process among those of its session, and the session among others.

    Where the system groups processes by session, nice(2) alone says nothing across sessions (sched(7), autogroup).
    """
    if nice == 0:
        return
    os.nice(nice)
    with suppress(OSError):  # autogroup is not everywhere, and may be refused
        Path("/proc/self/autogroup").write_text(str(os.nice(0)))
