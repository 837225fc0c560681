"""A machine whose clock is set back by hours: the ledger stays in order and whole, and heads never go back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from antong.kernel import clock
from antong.ledger import selectors as ledger
from survival.ground import Ground, System
from walking import hand_over

pytestmark = pytest.mark.full
BACK = {"CLOCK_BY": "-10800"}


def sequenced(ground: Ground, **more: str) -> None:
    with ground.lives("sequencer", **more) as process:
        assert process.wait(120) == 0


def test_acts_and_heads_on_a_clock_set_back_keep_their_order(
    crowd: dict[str, Any], apart: UUID, ground: Ground
) -> None:
    sent = hand_over(crowd, apart, "arrest-request")
    police, office = System(crowd, "zhencha", own=False), System(crowd, "anguan", own=False)
    path = f"handovers/{sent.handover_id}"
    sequenced(ground)
    acts = [
        (police, f"{path}/nudge", {"text": "请尽快"}),
        (office, f"{path}/accept", {"version": sent.version}),
        (
            police,
            f"cases/{apart}/parties",
            {"version": 10_000, "parties": [{"kind": "victim", "name": "宁稚川"}]},
        ),
    ]
    told = []
    with ground.web(**BACK) as base:
        for index, (who, where, body) in enumerate(acts):
            status, said, _ = who.call(base, where, body, f"k{index}")
            assert status in {200, 201} or (status < 500 and said["remedy"]), said
            told.append(status)
            sequenced(ground, **BACK)
        ahead = {"version": 1, "happened_at": clock.now().isoformat(), "reasons": [{"text": "缺页"}]}
        status, said, _ = office.call(base, f"{path}/return", ahead, "r")  # three hours ahead of that clock
        assert (status, said["code"]) == (422, "future")
    assert 200 in told, told
    with ground.web() as base:  # and on the right clock all of it is done, what was refused too
        for index, (who, where, body) in enumerate(acts[:2]):
            assert who.call(base, where, body, f"k{index}")[0] == 200
    sequenced(ground)
    entries = ledger.entries(apart, most=500)[::-1]
    assert [one.number for one in entries] == list(range(1, len(entries) + 1))
    times = [one.recorded_at for one in entries]
    assert times == sorted(times)
    assert clock.now() - times[-1] < timedelta(minutes=30)
    heads = [row[0] for row in ground.ask("SELECT made_at FROM ledger_head ORDER BY number")]
    assert heads == sorted(heads)
    assert list(ledger.audit_all(lambda *_: None)) == []
    connection.close()
