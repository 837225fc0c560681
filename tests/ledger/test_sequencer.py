"""The sequencer: one leader, heads every second, and killed at any moment it loses and doubles nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from antong.boot import supervisor
from antong.kernel import clock
from antong.ledger import selectors, sequencer
from antong.ledger.models import Head

CRASH = Path(__file__).with_name("crash.py")
Write = Callable[[UUID, int], None]


def address(name: str) -> str:
    facts = connection.settings_dict
    return (
        f"postgresql://{quote(str(facts['USER']))}:{quote(str(facts['PASSWORD']))}"
        f"@{facts['HOST']}:{facts['PORT']}/{name}"
    )


@pytest.fixture
def copy(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of its own, with tables and people: a copy of the tests'."""
    with django_db_blocker.unblock():
        connection.close()
        source, name = str(connection.settings_dict["NAME"]), f"crash_{uuid4().hex[:8]}"
    with psycopg.connect(address("postgres"), autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
        )
    try:
        yield address(name)
    finally:
        with psycopg.connect(address("postgres"), autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def crash(url: str, *how: str) -> dict[str, Any]:
    from django.conf import settings

    environment = {
        **os.environ, "DATABASE_URL": url, "ANTONG_STATE": str(settings.ANTONG_STATE),
        "DJANGO_SETTINGS_MODULE": "antong.boot.settings", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(CRASH), *how], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_killed_at_any_step_a_batch_is_done_or_not_begun(copy: str) -> None:
    found = crash(copy, "steps")
    assert found["unmoved"] == [True] * 6
    assert found["faults"] == []
    assert found["queued"] == 0
    assert found["leaves"] == found["entries"] >= 6 * 23


def test_two_at_once_killed_again_and_again_lose_and_double_nothing(copy: str) -> None:
    found = crash(copy, "race", "4")
    assert found["kills"] >= 3
    assert found["faults"] == []
    assert found["queued"] == 0
    assert found["leaves"] == found["entries"]


def test_there_is_one_leader(write: Write) -> None:
    write(uuid4(), 2)
    with psycopg.connect(address(str(connection.settings_dict["NAME"]))) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [sequencer.LOCK])
        assert sequencer.run_once() == 0
        other.rollback()
        assert sequencer.run_once() >= 2


def test_a_clock_that_is_set_back_makes_no_head_older_than_the_one_before(write: Write) -> None:
    now = clock.now()
    for when in (now, now - timedelta(hours=1)):
        with clock.set_to(when):
            write(uuid4(), 1)
            sequencer.drain()
    made = list(Head.objects.order_by("-number").values_list("made_at", flat=True)[:2])
    assert made[0] >= made[1] >= now
    assert list(selectors.audit_all(lambda *_: None)) == []


def apart(loop: Callable[..., None], *args: Any) -> None:
    """Run a loop in a thread of its own, as the process does: it closes the connection of its thread."""
    thread = threading.Thread(target=loop, args=args)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


class TestLoops:
    """What is slow or fails among the chores keeps no head from being signed."""

    def test_heads_are_signed_while_a_chore_hangs_and_another_fails(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from antong.boot import sequencing

        signed, stop, hangs = [], threading.Event(), threading.Event()
        monkeypatch.setattr(sequencer, "run_once", lambda: signed.append(time.monotonic()) or 1)
        monkeypatch.setattr(sequencing, "SIGN_EVERY", 0.02)

        def fail() -> None:
            raise ValueError("a chore that fails")

        chores = [
            sequencing.Chore(name="fails", every=0.01, do=fail),
            sequencing.Chore(name="hangs", every=0.01, do=lambda: hangs.wait(10)),
        ]
        monkeypatch.setattr(sequencing, "chores", lambda: chores)
        monkeypatch.setattr(sequencing, "outside", list)
        loop = threading.Thread(target=sequencing.run, args=(stop,))
        loop.start()
        deadline = time.monotonic() + 10
        while len(signed) < 5 and time.monotonic() < deadline:
            time.sleep(0.02)
        stop.set()
        hangs.set()
        loop.join(10)
        assert len(signed) >= 5

    def test_threads_that_hang_are_waited_for_together_and_not_one_after_the_other(self) -> None:
        from antong.boot import sequencing

        free = threading.Event()
        hanging = [threading.Thread(target=free.wait, args=(30,), daemon=True) for _ in range(4)]
        for one in hanging:
            one.start()
        began = time.monotonic()
        sequencing.join(hanging, 0.2)
        assert 0.2 <= time.monotonic() - began < 0.6
        free.set()
        assert sequencing.END_SECONDS < supervisor.STOP_SECONDS

    def test_a_failing_chore_leaves_the_others_their_turn(self) -> None:
        from antong.boot import sequencing

        stop, done = threading.Event(), []

        def fail() -> None:
            raise ValueError("a chore that fails")

        def other() -> None:
            done.append(1)
            stop.set()

        chores = [
            sequencing.Chore(name="fails", every=60, do=fail),
            sequencing.Chore(name="other", every=60, do=other),
        ]
        apart(sequencing.keep, stop, chores)
        assert done == [1]

    def test_over_an_altered_ledger_it_waits_and_says_so(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        from antong.boot import sequencing
        from antong.ledger.types import Altered

        stop = threading.Event()

        def altered() -> int:
            stop.set()
            raise Altered("树")

        monkeypatch.setattr(sequencer, "run_once", altered)
        apart(sequencing.sequence, stop)
        assert "antong audit" in caplog.text

    def test_the_chores_are_all_of_them(self) -> None:
        from antong.boot import sequencing

        names = {chore.name for chore in (*sequencing.chores(), *sequencing.outside(), *sequencing.long())}
        assert names == {
            "post readings",
            "look at the store",
            "compute limits anew",
            "notice silence",
            "escalate notices",
            "sweep uploads",
            "tell of a silent watch",
            "clear sessions",
            "forget old forms",
            "forget old calls",
            "forget webhook calls",
            "look around",
            "remove nameless files",
            "remove destroyed files",
            "write down destructions",
        }
