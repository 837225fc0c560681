"""Identifiers that sort by time (UUID version 7, RFC 9562)."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = (0, 0)  # milliseconds, 12-bit counter


def new_id() -> UUID:
    """Return a UUIDv7; ids made in one process are strictly increasing, also within one millisecond."""
    global _last  # noqa: PLW0603 - the one counter of this process, under its lock
    with _lock:
        millis = time.time_ns() // 1_000_000
        last_millis, counter = _last
        if millis > last_millis:
            counter = int.from_bytes(os.urandom(2), "big") & 0x3FF
        else:
            millis, counter = last_millis, counter + 1
            if counter > 0xFFF:  # noqa: PLR2004 - twelve bits are full: borrow the next millisecond
                millis, counter = millis + 1, 0
        _last = (millis, counter)
    tail = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=millis << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | tail)
