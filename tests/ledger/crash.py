"""A sequencer that is killed at every step of a batch, as a process of its own. Prints what is left, as JSON.

Run by tests/ledger/test_sequencer.py on a database of its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from antong.kernel.moment import moment  # noqa: E402
from antong.ledger import _map, actions, selectors, sequencer  # noqa: E402
from antong.ledger.models import Entry, Head, Leaf, Queue  # noqa: E402
from antong.org import selectors as org  # noqa: E402

CHAINS = [UUID(int=0x7000_8000_0000_0000_0000 + index) for index in range(5)]


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*values: Any, **named: Any) -> None:
        function(*values, **named)
        die()

    return run


STEPS: dict[str, tuple[Any, str, Callable[[Callable[..., Any]], Callable[..., Any]]]] = {
    "before the tree": (sequencer, "_grow", lambda _: die),
    "after the tree": (sequencer, "_grow", after),
    "before the map": (_map, "update", lambda _: die),
    "after the map": (_map, "update", after),
    "before the head": (sequencer, "_sign", lambda _: die),
    "after the head": (sequencer, "_sign", after),
}


def write(count: int) -> None:
    duty = org.find_duty("zhencha")
    assert duty is not None
    actor = org.actor_for(duty.person_id, duty.id)
    assert actor is not None
    for index in range(count):
        with transaction.atomic():
            actions.record(
                actor,
                chain_id=CHAINS[index % len(CHAINS)],
                act="crash.test",
                moment=moment(),
                after={"i": index},
            )


def killed_at(step: str) -> None:
    """Run a batch in a child that dies at a step; nothing of it may stay."""
    connection.close()
    child = os.fork()
    if child == 0:
        module, name, change = STEPS[step]
        setattr(module, name, change(getattr(module, name)))
        sequencer.run_once(readings=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), step
    assert os.WTERMSIG(status) == signal.SIGKILL, step


def counts() -> dict[str, int]:
    return {
        "entries": Entry.objects.count(), "leaves": Leaf.objects.filter(kind="entry").count(),
        "queued": Queue.objects.count(), "heads": Head.objects.count(),
    }  # fmt: skip


def steps() -> None:
    """Kill at every step in turn, with entries written in between."""
    sequencer.drain()
    unmoved = []
    for step in STEPS:
        write(23)
        before = counts()
        killed_at(step)
        unmoved.append(counts() == before)
    sequencer.drain()
    report(unmoved=unmoved)


def race(seconds: float) -> None:
    """Two sequencers at once, killed and begun again at odd moments, while entries are written."""
    done = threading.Event()
    connection.close()
    children: list[int] = []
    kills = 0

    def begin() -> int:
        child = os.fork()
        if child == 0:
            while True:
                sequencer.run_once()
        return child

    children = [begin(), begin()]
    timer = threading.Timer(seconds, done.set)
    timer.start()
    while not done.is_set():
        write(40)
        connection.close()
        os.kill(children[0], signal.SIGKILL)
        os.waitpid(children.pop(0), 0)
        children.append(begin())
        kills += 1
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    sequencer.drain()
    report(kills=kills)


def report(**more: Any) -> None:
    faults = [f"{one.where} {one.what}" for one in selectors.audit_all(lambda *_: None)]
    sys.stdout.write(json.dumps({**counts(), "faults": faults, **more}) + "\n")


if __name__ == "__main__":
    steps() if sys.argv[1] == "steps" else race(float(sys.argv[2]))
