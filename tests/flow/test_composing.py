"""Composing with its documents, and saving with submitting: each one act, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from antong.cases.access import case_for
from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.flow import _choose, actions
from antong.flow.models import HandOver, Round
from antong.flow.types import Changes, Done, State
from antong.kernel.refusal import BadInput, NotPermitted, Refusal, Stale
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from walking import fill_file, hand_over

People = dict[str, Any]
REPORT = {"supplement-report": {"results": "已查清。"}}


def accept(people: People, done: Done, who: str = "anguan") -> Done:
    return actions.accept(people[who], handover_id=done.handover_id, version=done.version)


@pytest.fixture
def sent_back(people: People, investigated: UUID) -> UUID:
    accept(people, hand_over(people, investigated, "prosecution-transfer"))
    outline = {"supplement-outline": {"questions": "查清数额。"}}
    asked = hand_over(
        people, investigated, "supplementary-investigation", "anguan", "jianchazhang", texts=outline
    )
    accept(people, asked, "zhencha")
    return investigated


def test_a_refused_compose_leaves_no_draft(
    people: People, new_case: Callable[..., UUID], scan: bytes
) -> None:
    case_id = new_case()
    fill_file(people["zhencha"], case_id, scan)
    hand_over(people, case_id, "filing")
    before = len(dossier.documents(case_id))
    with pytest.raises(BadInput):
        actions.compose(
            people["zhencha"],
            case_id=case_id,
            flow="arrest-request",
            receiver_ids=[people["jianyu"].unit_id],
        )
    assert len(dossier.documents(case_id)) == before
    made = actions.compose(people["zhencha"], case_id=case_id, flow="arrest-request")
    assert made.state is State.DRAFT
    assert [one.state for one in dossier.documents(case_id) if one.kind == "arrest-request"] == ["draft"]


def test_save_and_submit_is_one_act(people: People, sent_back: UUID) -> None:
    police = people["zhencha"]
    made = actions.compose(police, case_id=sent_back, flow="re-transfer")
    kinds = {one.kind for one in dossier.documents(sent_back)}
    assert "supplement-report" not in kinds
    changes = Changes(texts=REPORT, track="dual", note="随附光盘一张")
    done = actions.submit(police, handover_id=made.handover_id, version=made.version, changes=changes)
    assert done.state is State.CHECKED
    row, current = HandOver.objects.get(id=made.handover_id), Round.objects.get(handover_id=made.handover_id)
    assert (row.track, current.note, row.version) == ("dual", "随附光盘一张", made.version + 1)
    assert [entry.act for entry in ledger.entries(sent_back)[:2]] == ["handover.submit", "document.draft"]


def test_a_refused_submit_saves_nothing(people: People, sent_back: UUID) -> None:
    police = people["zhencha"]
    made = actions.compose(police, case_id=sent_back, flow="re-transfer")
    with pytest.raises(Refusal) as refused:
        actions.submit(
            police,
            handover_id=made.handover_id,
            version=made.version,
            changes=Changes(track="dual", note="未写报告"),
        )
    assert refused.value.code == "checks-missing"
    row = HandOver.objects.get(id=made.handover_id)
    assert (row.track, row.version, row.state) == ("single", made.version, State.DRAFT)
    with pytest.raises(Stale):
        actions.submit(
            police, handover_id=made.handover_id, version=made.version + 1, changes=Changes(texts=REPORT)
        )
    assert "supplement-report" not in {one.kind for one in dossier.documents(sent_back)}


def test_a_unit_of_another_level_may_not_begin_what_is_not_its_own(
    people: People, investigated: UUID
) -> None:
    flow = loader.load().flows["prison-receipt"]
    prison = people["jianyu"]
    case = case_for(people["zhencha"], investigated, Permission.CASE_READ)
    assert _choose.of_unit(prison, flow)
    with pytest.raises(NotPermitted, match="由地市级监狱办理"):
        _choose.may_send(replace(prison, unit_level="county"), flow, case)


def test_a_request_names_the_evidence_the_file_holds_and_none_beside(
    people: People, investigated: UUID, new_case: Callable[..., UUID]
) -> None:
    actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    drafted = next(one for one in dossier.documents(investigated) if one.kind == "arrest-request")
    assert drafted.fields["evidence"] == "讯问笔录证实。"
    bare = new_case()
    hand_over(people, bare, "filing")
    made = actions.compose(people["zhencha"], case_id=bare, flow="arrest-request")
    assert "arrest-request" not in {one.kind for one in dossier.documents(bare)}
    texts = {"arrest-request": {"evidence": "被害人陈述证实。"}}
    actions.amend(people["zhencha"], handover_id=made.handover_id, version=made.version, texts=texts)
    written = next(one for one in dossier.documents(bare) if one.kind == "arrest-request")
    assert written.fields["evidence"] == "被害人陈述证实。"
