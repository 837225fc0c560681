"""The loop of the sequencer's process: the tree, silence, the read log's spool."""

from __future__ import annotations

import logging
import threading
import time

from django.db import OperationalError, close_old_connections, connection

from antong.flow.jobs import notice_silence
from antong.ledger import sequencer
from antong.web.reading import post_spooled

log = logging.getLogger("antong.sequencer")
PAUSE = 0.2
SPOOL_EVERY = 5.0
SILENCE_EVERY = 60.0


def run(stop: threading.Event) -> None:
    """Work until `stop` is set; a lost database is waited out."""
    next_spool = next_silence = 0.0
    while not stop.is_set():
        try:
            added = sequencer.run_once()
            now = time.monotonic()
            if now >= next_spool:
                post_spooled()
                next_spool = now + SPOOL_EVERY
            if now >= next_silence:
                notice_silence()
                next_silence = now + SILENCE_EVERY
        except OperationalError:
            log.warning("the database is away; trying again")
            connection.close()
            stop.wait(2)
            continue
        close_old_connections()
        if not added:
            stop.wait(PAUSE)
