"""The sequencer's process: the tree and its heads in one loop, what the house does by the clock in others, calls of webhooks in others.

So nothing that is slow or fails among the chores and the systems that are called keeps a head from being signed: while
there are entries one is signed at least every SIGN_EVERY seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from antong.boot import destroying
from antong.cases import actions as case_actions
from antong.dossier import actions as dossier_actions
from antong.flow.actions import tell_webhook
from antong.flow.jobs import escalate_notices, notice_silence
from antong.ledger import sequencer
from antong.ledger.types import Altered
from antong.org import actions as org_actions
from antong.watch import actions as watch_actions
from antong.web import looking
from antong.web.reading import post_spooled

log = logging.getLogger("antong.sequencer")
SIGN_EVERY = 1.0
AWAY = 2.0
HALT = 30.0
CALLERS = 3
"""How many webhooks are called at once: one that is slow holds up two others at most until it has failed."""
CALL_EVERY = 2.0
END_SECONDS = 10.0


def write_down_destructions() -> None:
    """Have the keys' folder know what was destroyed, for whoever restores a database from before it."""
    destroying.write_down(Path(settings.ANTONG_HEAD_KEY).parent)


def clear_sessions() -> None:
    """Delete the sessions that have ended."""
    SessionStore.clear_expired()


@dataclass(slots=True)
class Chore:
    """Something the house does every so many seconds; done twice, or by two processes, it does no harm."""

    name: str
    every: float
    do: Callable[[], object]
    next_at: float = 0.0


def chores() -> list[Chore]:
    """Return what is done by the clock."""
    return [
        Chore(name="post readings", every=5, do=post_spooled),
        Chore(name="notice silence", every=60, do=notice_silence),
        Chore(name="escalate notices", every=60, do=escalate_notices),
        Chore(name="sweep uploads", every=60, do=dossier_actions.sweep_incoming),
        Chore(name="look around", every=30, do=looking.look),
        Chore(name="tell of a silent watch", every=30, do=watch_actions.tell_silence),
        Chore(name="clear sessions", every=3600, do=clear_sessions),
        Chore(name="forget old forms", every=24 * 3600, do=org_actions.forget_old_forms),
        Chore(name="forget old calls", every=24 * 3600, do=org_actions.forget_calls),
        Chore(name="write down destructions", every=60, do=write_down_destructions),
        Chore(name="remove destroyed files", every=60, do=dossier_actions.remove_destroyed),
        Chore(name="remove nameless files", every=24 * 3600, do=dossier_actions.remove_nameless),
        Chore(name="forget webhook calls", every=24 * 3600, do=org_actions.forget_webhook_calls),
    ]


def outside() -> list[Chore]:
    """Return what is done by the clock and may wait for a server that stalls: it holds up no other chore."""
    return [Chore(name="look at the store", every=30, do=looking.look_at_store)]


def compute_limits_anew() -> None:
    """Learn of the calendar, and compute all running limits again where it or the table is another than before."""
    case_actions.take_notices()
    case_actions.recount()


def long() -> list[Chore]:
    """Return what is done by the clock and may take minutes."""
    return [Chore(name="compute limits anew", every=30, do=compute_limits_anew)]


def run(stop: threading.Event) -> None:
    """Work until `stop` is set; a lost database is waited out."""
    keeping = [
        threading.Thread(target=keep, args=(stop, due), name=name, daemon=True)
        for name, due in (("chores", chores()), ("outside", outside()), ("long", long()))
    ]
    for one in keeping:
        one.start()
    for _ in range(CALLERS):
        threading.Thread(target=tell, args=(stop,), name="webhooks", daemon=True).start()
    sequence(stop)
    join(keeping, END_SECONDS)


def join(threads: Sequence[threading.Thread], seconds: float) -> None:
    """Wait until all have ended, so many seconds altogether: a supervisor waits for nobody longer than STOP_SECONDS."""
    until = time.monotonic() + seconds
    for one in threads:
        one.join(timeout=max(0.0, until - time.monotonic()))


def sequence(stop: threading.Event) -> None:
    """Take entries into the tree and sign heads until `stop` is set; over an altered ledger nothing is signed."""
    while not stop.is_set():
        pause = SIGN_EVERY
        try:
            if sequencer.run_once() >= sequencer.BATCH:
                pause = 0.0  # more is waiting
        except (OperationalError, InterfaceError):
            log.warning("the database is away; trying again")
            connection.close()
            pause = AWAY
        except Altered as altered:
            log.critical("%s %s", altered.what, altered.remedy)
            pause = HALT
        close_old_connections()
        stop.wait(pause)


def keep(stop: threading.Event, due: list[Chore]) -> None:
    """Do each chore when its time has come, until `stop` is set; one that fails is tried again, the others go on."""
    while not stop.is_set():
        for chore in due:
            if stop.is_set() or time.monotonic() < chore.next_at:
                continue
            chore.next_at = time.monotonic() + chore.every
            try:
                chore.do()
            except (OperationalError, InterfaceError):
                log.warning("%s: the database is away; trying again", chore.name)
                connection.close()
                chore.next_at = time.monotonic() + AWAY
            except Exception:  # a chore is not the house
                log.exception("%s failed; trying again in its turn", chore.name)
        close_old_connections()
        stop.wait(1.0)
    connection.close()


def tell(stop: threading.Event) -> None:
    """Call the webhooks whose turn it is, until `stop` is set; a call cut short is made again, by whoever works then."""
    while not stop.is_set():
        pause = CALL_EVERY
        try:
            if tell_webhook():
                pause = 0.0  # another may be waiting
        except (OperationalError, InterfaceError):
            connection.close()
        except Exception:  # one webhook is not the house
            log.exception("a webhook could not be told; trying again")
        close_old_connections()
        stop.wait(pause)
    connection.close()
