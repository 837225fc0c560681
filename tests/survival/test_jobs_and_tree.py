"""Worker and sequencer killed at every write, the parser killed, a leader frozen: nothing lost, doubled or forked.

Real processes: each is a worker or a sequencer of its own that ends itself by a signal in the middle of its work, and
is begun again as the supervisor would.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from PIL import Image

from antong.dossier import actions as dossier
from antong.dossier.types import Upload
from antong.ledger import selectors as ledger
from antong.ledger import sequencer as tree
from survival.ground import Ground, children_of, eventually
from walking import hand_over

People = dict[str, Any]
READY = "SELECT count(*) FROM dossier_page WHERE state = 'ready'"


def order(ground: Ground, number: int) -> None:
    (ground.notes / "die-at").write_text(str(number))


def one(ground: Ground, query: str) -> int:
    return int(ground.ask(query)[0][0])


def let_heartbeats_grow_old(ground: Ground) -> None:
    ground.ask(
        "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '2 minutes' RETURNING 1"
    )


@pytest.fixture
def uploaded(crowd: People, apart: UUID, ground: Ground) -> Ground:
    """A file with a page that is still to be made."""
    ground.ask("DELETE FROM procrastinate_jobs RETURNING 1")
    picture = io.BytesIO()
    Image.new("L", (400, 600), 90).save(picture, "JPEG", dpi=(200, 200))  # one that the file has not yet
    files = [Upload(file_name="1.jpg", content=picture)]
    dossier.upload(crowd["zhencha"], case_id=apart, catalogue_key="ev-victim.victim", files=files)
    ground.keep()
    return ground


def finished(ground: Ground) -> bool:
    return one(ground, "SELECT count(*) FROM procrastinate_jobs") == 0


def made(ground: Ground) -> dict[str, int]:
    found = ground.counts()
    return {
        name: found[name]
        for name in ("dossier_page", "dossier_blob", "dossier_original", "procrastinate_jobs")
    }


def killed_and_done(ground: Ground, number: int) -> str:
    """Put back, let a worker die at a write, begin another; return where the first died, nothing where it did not."""
    ground.put_back()
    order(ground, number)
    with ground.lives("worker"):
        assert eventually(lambda: finished(ground) or (ground.notes / "died").exists(), 90)
        where = ground.died_at()
        if where:
            assert ground.nameless() == []
            assert one(ground, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 1
            let_heartbeats_grow_old(ground)
        assert eventually(lambda: finished(ground), 120), (
            where,
            ground.ask("SELECT * FROM procrastinate_jobs"),
        )
    assert one(ground, "SELECT count(*) FROM dossier_page WHERE state <> 'ready'") == 0
    assert ground.nameless() == []
    return where


@pytest.mark.full
def test_a_worker_killed_in_the_middle_of_a_page_job(uploaded: Ground) -> None:
    assert killed_and_done(uploaded, 3)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_a_worker_killed_at_every_write_of_a_page_job(uploaded: Ground) -> None:
    assert killed_and_done(uploaded, 0) == ""
    whole, number, seen = made(uploaded), 1, []
    while where := killed_and_done(uploaded, number):
        assert made(uploaded) == whole, where
        seen.append(where)
        number += 1
    assert len(seen) >= 6
    assert {"file of a blob", "name of a blob", "commit"} <= set(seen)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_pages_that_end_the_parser_every_time_are_marked_and_their_job_is_named(
    uploaded: Ground, apart: UUID
) -> None:
    def failed() -> bool:
        uploaded.ask(
            "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE scheduled_at > now() RETURNING 1"
        )
        return one(uploaded, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == 1

    with uploaded.lives("worker", PARSER_DIES="1"):
        assert eventually(failed, 200), uploaded.ask("SELECT status, attempts FROM procrastinate_jobs")
    marked = uploaded.ask("SELECT DISTINCT error FROM dossier_page WHERE state = 'failed'")
    assert marked == [("页面处理程序多次中断，读不出这一页",)]
    assert {job.name for job in ledger.failed_jobs()} == {"dossier.derive-original"}
    assert {job.attempts for job in ledger.failed_jobs()} == {5}
    connection.close()


def tree_is_whole(ground: Ground) -> None:
    assert list(ledger.audit_all(lambda *_: None)) == []
    connection.close()
    assert one(ground, "SELECT count(*) FROM ledger_queue") == 0
    entries, leaves = (
        one(ground, "SELECT count(*) FROM ledger_entry"),
        one(ground, "SELECT count(*) FROM ledger_leaf WHERE kind = 'entry'"),
    )
    assert entries == leaves
    heads = ground.ask("SELECT number, prev_digest, digest FROM ledger_head ORDER BY number")
    assert [row[0] for row in heads] == list(range(1, len(heads) + 1))
    assert all(later[1] == earlier[2] for earlier, later in pairwise(heads))


@pytest.fixture
def waiting(crowd: People, apart: UUID, ground: Ground) -> Ground:
    """Entries that wait for the tree."""
    tree.drain()
    hand_over(crowd, apart, "arrest-request")
    ground.keep()
    return ground


def sequenced(ground: Ground, number: int) -> str:
    ground.put_back()
    order(ground, number)
    with ground.lives("sequencer") as process:
        process.wait(120)
    return ground.died_at()


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_sequencer_killed_at_every_write_of_a_batch(waiting: Ground) -> None:
    assert sequenced(waiting, 0) == ""
    tree_is_whole(waiting)
    whole, number, seen = waiting.counts(), 1, []
    while where := sequenced(waiting, number):
        tree_is_whole(waiting)
        assert waiting.counts() == whole, where
        seen.append(where)
        number += 1
    assert len(seen) >= 5
    assert "commit" in seen


def test_a_leader_frozen_in_the_middle_of_a_batch_is_cut_off_and_makes_no_second_head(
    waiting: Ground,
) -> None:
    before = one(waiting, "SELECT count(*) FROM ledger_head")

    def leads() -> bool:
        return tree.drain() > 0

    with frozen(waiting) as goes_on:
        assert tree.drain() == 0, "there is one leader"
        assert one(waiting, "SELECT count(*) FROM ledger_head") == before
        connection.close()
        assert eventually(leads, 60), "nobody leads after the frozen one was cut off"
        tree_is_whole(waiting)
        goes_on()
    tree_is_whole(waiting)
    assert one(waiting, "SELECT count(*) FROM ledger_head") == before + 1


@contextmanager
def frozen(ground: Ground) -> Iterator[Any]:
    """A sequencer that is stopped by SIGSTOP at its third write; yields what lets it go on, to its end."""
    order(ground, 3)
    with ground.lives("sequencer", END_BY="SIGSTOP", FROZEN_AFTER="3s") as process:
        assert eventually((ground.notes / "died").exists)
        assert ground.died_at()
        child = children_of(process.pid)[0]

        def goes_on() -> None:
            os.kill(child, signal.SIGCONT)
            assert process.wait(60) != 0, "what was cut off must not have ended well"

        yield goes_on
