"""Worked examples, reckoned by hand: those of `worked.yaml`, and the standard's own where they lie beside the checkout."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from antong.law import articles, questions, timelimit
from law.examples import EVERY, OWN

AT_ONCE = {"release-at-once", "arrest-execution-at-once"}
"""What the house presses for is no limit of the law."""


def wanted(example: dict[str, Any], got: str) -> str:
    """Return what an example expects, as long as the answer: a day, or a minute."""
    return str(example["expected"]).replace(" ", "T")[: max(len(got), 10)]


@pytest.mark.parametrize("example", EVERY, ids=lambda example: example["id"])
def test_the_engine_agrees(example: dict[str, Any]) -> None:
    named = {articles.find(one).full for one in example["article"].split(";")}
    if example.get("refused"):
        with pytest.raises(timelimit.LimitRefused) as refused:
            timelimit.answer(example["rule"], example["facts"])
        assert refused.value.what
        assert refused.value.remedy
        cited: tuple[str, ...] = refused.value.basis
    else:
        found = timelimit.answer(example["rule"], example["facts"])
        told = found.as_json()
        assert told["due"] == wanted(example, told["due"])
        cited = found.articles
        if "alternative" in example:
            assert str(example["alternative"]) in [one["due"] for one in told["alternatives"]]
    whole = {one.split("条")[0] for one in cited}
    assert whole & {one.split("条")[0] for one in named}, cited


def test_a_line_of_json_says_the_same() -> None:
    for example in EVERY:
        line = json.dumps(example, ensure_ascii=False, default=str)
        told = json.loads(questions.answer_line(line))
        assert told["id"] == example["id"]
        assert told["articles"]
        if example.get("refused"):
            assert told["refused"]
        else:
            assert told["due"] == wanted(example, told["due"]), example["id"]


def test_each_rule_has_two_examples_and_an_answer() -> None:
    every = Counter(one["rule"] for one in OWN)
    dated = {one["rule"] for one in OWN if "expected" in one}
    rules = {rule.key for rule in timelimit.rules()} - AT_ONCE
    assert dated == rules
    assert min(every.values()) > 1
    assert len({one["id"] for one in OWN}) == every.total()
