"""A carriage that was cut off goes on where it was: nothing is done twice, nothing is left out."""

from __future__ import annotations

from typing import Any

import pytest

from antong.cases import selectors as cases
from antong.demo import carriage, chapters
from antong.kernel.actor import Actor
from antong.ledger import actions as ledger
from antong.ledger import selectors as entries


class CutOff(Exception):
    """The carriage loses its process here."""


def carry_until(step: int) -> list[carriage.Step]:
    """Carry, and cut off after so many steps."""
    told: list[carriage.Step] = []

    def tell(one: carriage.Step) -> None:
        told.append(one)
        if one.number == step:
            raise CutOff

    with pytest.raises(CutOff):
        chapters.carry(tell)
    return told


def carried_cases(people: dict[str, Any], others: set[Any]) -> list[Any]:
    rows = cases.list_cases(people["zhencha"], cases.CaseFilter(text="韩序舟"), size=100).rows
    return [row for row in rows if row.case_id not in others]


@pytest.fixture
def others(people: dict[str, Any]) -> set[Any]:
    """The cases of these suspects that other tests have prepared."""
    return {row.case_id for row in carried_cases(people, set())}


def acts(case_id: Any) -> list[str]:
    return [entry.act for entry in entries.entries(case_id, most=1000)]


def test_goes_on_where_it_was(people: dict[str, Any], others: set[Any]) -> None:
    assert not carriage.begun()
    carry_until(3)
    (case,) = carried_cases(people, others)
    before = acts(case.case_id)
    assert carriage.begun()
    assert carriage.carried() is None
    assert [step.act for step in carry_until(4)][:3] == ["登记受案", "呈报立案", "审批立案"]
    (again,) = carried_cases(people, others)
    assert again.case_id == case.case_id
    after = acts(case.case_id)
    assert len(after) > len(before)
    assert after.count("case.register") == 1
    assert after.count("handover.approve") == 1


def test_a_step_that_was_done_but_not_remembered_gets_its_first_answer(
    people: dict[str, Any], others: set[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ledger.remember_answer

    def forget(actor: Actor, key: Any, act: str, answer: Any) -> None:
        if act == carriage.STEP and answer["done"] is not None:
            raise CutOff
        real(actor, key, act, answer)

    monkeypatch.setattr("antong.demo.carriage.ledger.remember_answer", forget)
    with pytest.raises(CutOff):  # the second step is done and committed, and then the process is gone
        chapters.carry(lambda _: None)
    (case,) = carried_cases(people, others)
    monkeypatch.undo()
    carry_until(3)
    assert [row.case_id for row in carried_cases(people, others)] == [case.case_id]
    assert acts(case.case_id).count("handover.submit") == 1
    assert acts(case.case_id).count("handover.compose") == 1
