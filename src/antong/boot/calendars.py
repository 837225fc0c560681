"""Each process learns of a year's rest days within seconds after an operator brought them."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, InterfaceError, connection

from antong.cases import actions as cases

log = logging.getLogger("antong.calendar")
EVERY = 15.0
"""Seconds; limits are computed again once every process has looked (`cases._anew.WAIT`)."""


def follow() -> None:
    """Look for notices now and every few seconds, in a thread of its own, as long as the process lives."""
    threading.Thread(target=_follow, name="calendar", daemon=True).start()


def _follow() -> None:
    never = threading.Event()
    while True:
        look()
        never.wait(EVERY)


def look() -> None:
    """Take what notices there are; a database that is away is asked again in its turn."""
    try:
        cases.take_notices()
    except (DatabaseError, InterfaceError):
        log.warning("the calendar cannot be read; trying again")
    finally:
        connection.close()
