"""kill -9 at every write of an act: the act is done or not begun, and the same command again does it once.

A real web server ends itself by SIGKILL at the nth write of a request; it is born again, the caller repeats its command
with the same key, and the database has what it has where nothing was killed: for every n until the act ends. The
table of docs/survival.md is printed by this:

    SURVIVAL_TABLE=docs/table.md tools/test.py --full tests/survival/test_fail_points.py
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from antong.cases import selectors as cases
from antong.flow import actions
from antong.flow.types import Outcome
from antong.kernel import clock
from antong.ledger import selectors as ledger
from survival.ground import Died, Ground, System, eventually, multipart, serves
from survival.points import COMMITTED
from walking import hand_over, send_up

People = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Act:
    """What is asked for, and what a repeated command is answered where the first was done."""

    who: System
    path: str
    body: Any
    kind: str = "application/json"
    status: int = 200
    keyless: bool = False


def register(people: People, case_id: UUID, scan: bytes) -> Act:
    body = {
        "source": "01", "category": "050200", "occurred_at": (clock.now() - timedelta(hours=3)).isoformat(),
        "place": "河西路", "brief": "盗窃。", "secret": False, "parties": [{"kind": "suspect", "name": "纪白"}],
    }  # fmt: skip
    return Act(who=System(people, "zhencha"), path="cases", body=body, status=201)


def upload(people: People, case_id: UUID, scan: bytes) -> Act:
    body, kind = multipart("1.jpg", scan + b"new", catalogue_key="ev-victim.victim")
    return Act(
        who=System(people, "zhencha"), path=f"cases/{case_id}/uploads", body=body, kind=kind, status=201
    )


def issue(people: People, case_id: UUID, scan: bytes) -> Act:
    suspects = cases.living_sheet(case_id).suspects
    draft = actions.draft_document(
        people["zhencha"], case_id=case_id, kind="suspect-rights", party_ids=[suspects[0].id], fields={}
    )
    path = f"cases/{case_id}/documents/{draft.id}/issue"
    return Act(
        who=System(people, "zhencha", own=False), path=path, body={"version": draft.version}, keyless=True
    )


def send(people: People, case_id: UUID, scan: bytes) -> Act:
    done = send_up(people, case_id, "arrest-request")
    done = actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    system = System(people, "zhencha", own=False)
    return Act(who=system, path=f"handovers/{done.handover_id}/send", body={"version": done.version})


def accept(people: People, case_id: UUID, scan: bytes) -> Act:
    done = hand_over(people, case_id, "arrest-request")
    return Act(
        who=System(people, "anguan"),
        path=f"handovers/{done.handover_id}/accept",
        body={"version": done.version},
    )


def return_file(people: People, case_id: UUID, scan: bytes) -> Act:
    done = hand_over(people, case_id, "arrest-request")
    body = {"version": done.version, "reasons": [{"text": "缺末页"}]}
    return Act(who=System(people, "anguan"), path=f"handovers/{done.handover_id}/return", body=body)


def approve_answer(people: People, case_id: UUID, scan: bytes) -> Act:
    done = hand_over(people, case_id, "arrest-request")
    done = actions.accept(people["anguan"], handover_id=done.handover_id, version=done.version)
    outcomes = [Outcome(party_id=one.id, outcome="approved") for one in cases.living_sheet(case_id).suspects]
    done = actions.propose_answer(
        people["anguan"], handover_id=done.handover_id, version=done.version, outcomes=outcomes
    )
    system = System(people, "jianchazhang", own=False)
    body = {"version": done.version, "approved": True}
    return Act(who=system, path=f"handovers/{done.handover_id}/approve-answer", body=body)


ACTS: list[Callable[..., Act]] = [register, upload, issue, send, accept, return_file, approve_answer]


class Trial:
    """One act, killed at some of its writes."""

    def __init__(self, ground: Ground, base: str, act: Act, case_id: UUID) -> None:
        self.ground, self.base, self.act, self.case_id = ground, base, act, case_id
        self.before = ground.counts()
        self.key = "" if act.keyless else f"key-{uuid4()}"
        status, self.answer, self.writes = self.call(0)
        assert status == act.status, self.answer
        self.after = ground.counts()
        assert self.after != self.before

    def call(self, die_at: int | None = None) -> tuple[int, Any, list[str]]:
        act = self.act
        return act.who.call(self.base, act.path, act.body, self.key, die_at, act.kind)

    def killed_at(self, number: int) -> str:
        """Put all back, kill at a write, begin again, repeat: return what had happened when it died."""
        self.ground.put_back()
        with pytest.raises(Died):
            self.call(number)
        where = self.writes[number - 1]
        assert self.ground.died_at() == where
        assert eventually(lambda: serves(self.base))
        left = self.ground.counts()
        acts = (
            "ledger_entry",
            "ledger_queue",
            "dossier_blob",
            "flow_obligation",
            "procrastinate_jobs",
            "cases_case",
        )
        done = left["ledger_entry"] == self.after["ledger_entry"]
        expected = self.after if done else self.before
        assert {name: left[name] for name in acts} == {name: expected[name] for name in acts}, where
        assert done == (where == COMMITTED and COMMITTED not in self.writes[number:]), where
        assert self.ground.nameless() == []
        self.repeated(done=done)
        return "done" if done else "not begun"

    def repeated(self, *, done: bool) -> None:
        """The same command again, twice: done once, answered alike, as where nothing was killed."""
        status, answer, _ = self.call()
        if self.act.keyless and done:
            assert status == 404, answer  # no draft any more
        else:
            assert status == self.act.status, answer
            assert answer.keys() == self.answer.keys()
        if not self.act.keyless:
            assert self.call()[:2] == (status, answer)
        assert self.ground.counts() == self.after
        assert self.ground.nameless() == []
        connection.close()
        chain = UUID(answer["case_id"]) if "case_id" in answer and self.act.path == "cases" else self.case_id
        assert ledger.audit(chain) == []
        connection.close()


def trial(
    ground: Ground, base: str, prepared: Act, case_id: UUID, numbers: Callable[[int], set[int]]
) -> list[str]:
    made = Trial(ground, base, prepared, case_id)
    rows = []
    for number in sorted(numbers(len(made.writes))):
        outcome = made.killed_at(number)
        rows.append(f"| {number} | {made.writes[number - 1]} | {outcome} | once |")
    return rows


def test_killed_at_some_writes_of_an_acceptance(
    crowd: People, apart: UUID, ground: Ground, scan: bytes
) -> None:
    act = accept(crowd, apart, scan)
    ground.keep()
    with ground.web() as base:
        rows = trial(ground, base, act, apart, lambda last: {last - 2, last})
    assert "not begun" in rows[0]
    assert "done" in rows[-1]


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("prepare", ACTS, ids=lambda act: act.__name__)
def test_killed_at_every_write_of_an_act(
    crowd: People, apart: UUID, ground: Ground, scan: bytes, prepare: Callable[..., Act]
) -> None:
    act = prepare(crowd, apart, scan)
    ground.keep()
    with ground.web() as base:
        rows = trial(ground, base, act, apart, lambda last: set(range(1, last + 1)))
    assert len(rows) >= 4
    if table := os.environ.get("SURVIVAL_TABLE"):
        with Path(table).open("a", encoding="utf-8") as file:
            file.write("\n".join([f"\n**{prepare.__name__}** ({len(rows)} writes)\n", HEADER, *rows, ""]))


HEADER = "| n | killed before | the act was | repeated: |\n|---|---|---|---|"
