"""A connection lost in the middle of an act: nothing half done, and the same command again does it once.

The connection is ended by the server's own means, from another one, before one statement of the act after another,
before its commit, and after it while the answer is on its way.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.dossier import actions as dossier_actions
from antong.dossier.types import Upload
from antong.flow import actions
from antong.flow.types import Outcome, Reason
from antong.kernel import clock
from antong.ledger import selectors as ledger
from meeting import contents, cut, lost_answer, statements
from walking import hand_over, send_up, theft

People = dict[str, Any]
Act = Callable[[], Any]
MOST_CUTS = 6


def register(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    occurred = clock.now()
    return lambda: case_actions.register(
        people["zhencha"], source="01", category="050200", occurred_at=occurred, place="河西路", brief="盗窃。", parties=[], key=key
    )  # fmt: skip


def upload(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    return lambda: dossier_actions.upload(
        people["zhencha"],
        case_id=case_id,
        catalogue_key="ev-victim.victim",
        files=[Upload(file_name="1.jpg", content=io.BytesIO(scan + b"new"))],
        key=key,
    )


def compose(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    return lambda: actions.compose(people["zhencha"], case_id=case_id, flow="arrest-request", key=key)


def submit(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    made = compose(people, case_id, scan, uuid4())()
    return lambda: actions.submit(
        people["zhencha"], handover_id=made.handover_id, version=made.version, key=key
    )


def approve(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    done = send_up(people, case_id, "arrest-request")
    return lambda: actions.approve(
        people["juzhang"], handover_id=done.handover_id, version=done.version, key=key
    )


def approve_act(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    done = send_up(people, theft(people, ["纪白"]), "filing")
    return lambda: actions.approve(
        people["juzhang"], handover_id=done.handover_id, version=done.version, key=key
    )


def send(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    done = approve(people, case_id, scan, uuid4())()
    return lambda: actions.send(
        people["zhencha"], handover_id=done.handover_id, version=done.version, key=key
    )


def accept(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    done = hand_over(people, case_id, "arrest-request")
    return lambda: actions.accept(
        people["anguan"], handover_id=done.handover_id, version=done.version, key=key
    )


def return_file(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    done = hand_over(people, case_id, "arrest-request")
    return lambda: actions.return_file(
        people["anguan"],
        handover_id=done.handover_id,
        version=done.version,
        reasons=[Reason(text="缺末页", where="讯问笔录")],
        key=key,
    )


def propose_answer(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    done = accept(people, case_id, scan, uuid4())()
    outcomes = [
        Outcome(party_id=party.id, outcome="refused", reason="无逮捕必要")
        for party in cases.living_sheet(case_id).suspects
    ]
    return lambda: actions.propose_answer(
        people["anguan"], handover_id=done.handover_id, version=done.version, outcomes=outcomes, key=key
    )


def approve_answer(people: People, case_id: UUID, scan: bytes, key: UUID) -> Act:
    done = propose_answer(people, case_id, scan, uuid4())()
    return lambda: actions.approve_answer(
        people["jianchazhang"], handover_id=done.handover_id, version=done.version, key=key
    )


ACTS = [
    register, upload, compose, submit, approve, approve_act, send, accept, return_file, propose_answer, approve_answer,
]  # fmt: skip


@pytest.fixture
def crowd(apart: UUID) -> People:
    """The people of the story, in the copy."""
    from antong.demo import carriage

    return carriage.actors()


@pytest.mark.parametrize("prepare", ACTS, ids=lambda act: act.__name__)
def test_nothing_is_half_done_and_the_same_command_again_succeeds_once(
    crowd: People, apart: UUID, scan: bytes, prepare: Any
) -> None:
    act = prepare(crowd, apart, scan, uuid4())
    many = statements(act)
    before = contents()
    steps = {1, 2, many, *(1 + index * (many - 1) // (MOST_CUTS - 1) for index in range(MOST_CUTS)), 0}
    for step in sorted(steps):
        assert isinstance(cut(act, step), DatabaseError), f"not cut at {step} of {many}"
        after = contents()
        changed = [name for name in before if before[name] != after[name]]
        assert changed == [], f"cut before statement {step} of {many}"
    assert isinstance(lost_answer(act), DatabaseError)
    done = contents()
    assert done != before
    answer = act()
    assert contents() == done, "the repeated command did it again"
    assert act() == answer
    assert ledger.audit(apart) == []
