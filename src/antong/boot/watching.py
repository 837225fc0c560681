"""The custody watch's process: a round every few seconds, whatever workers, web and sequencer do."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from antong.watch import actions
from antong.web import standing

log = logging.getLogger("antong.watch")
EVERY = 15.0
"""Seconds between rounds: who is held without a basis is called for within a minute."""
AWAY = 2.0


def run(stop: threading.Event) -> None:
    """Look until `stop` is set; a lost database is waited out, a round that fails is tried again."""
    while not stop.is_set():
        pause = EVERY
        try:
            looked = actions.run_round()
            if looked is not None:
                keep(Path(settings.ANTONG_STATE), looked)
        except (OperationalError, InterfaceError):
            log.warning("the database is away; trying again")
            connection.close()
            pause = AWAY
        except Exception:  # one round is not the watch
            log.exception("a round failed; trying again")
        close_old_connections()
        stop.wait(pause)
    connection.close()


def keep(state: Path, looked: actions.Looked) -> None:
    """Keep in the state folder that it was looked, for every page to see without asking the database."""
    told = {
        "at": looked.at.timestamp(), "number": looked.number, "people": looked.people, "alarms": looked.standing,
    }  # fmt: skip
    standing.keep(state / standing.WATCH_FILE, told)
