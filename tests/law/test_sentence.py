"""Sentences: the worked examples, what holds of any of them, and the engine beside a counter that walks day by day."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from antong.law import articles, questions, sentence
from antong.law.conventions import CONVENTIONS
from antong.law.timelimit import LimitRefused
from law import naive_sentence as naive

HERE = Path(__file__).resolve().parent
WORKED: list[dict[str, Any]] = yaml.safe_load((HERE / "sentences.yaml").read_text("utf-8"))
REAL: list[dict[str, Any]] = yaml.safe_load((HERE / "sentences_real.yaml").read_text("utf-8"))
KNOWN = settings(max_examples=150, derandomize=True, deadline=None, database=None)
DAY = timedelta(days=1)
STARTS = st.dates(date(2021, 3, 1), date(2040, 12, 31))
MONTHS = st.integers(6, 180)


def term(months: int, **facts: Any) -> sentence.SentenceAnswer:
    """Return the answer for so many months of 有期徒刑."""
    years, rest = divmod(months, 12)
    return sentence.answer("sentence-term", {"kind": "有期徒刑", "years": years, "months": rest, **facts})


@pytest.mark.parametrize("example", WORKED, ids=lambda example: example["id"])
def test_the_engine_agrees(example: dict[str, Any]) -> None:
    told = json.loads(questions.answer_line(json.dumps(example, ensure_ascii=False, default=str)))
    cited = {one.split("条")[0] for one in told["articles"]}
    assert articles.find(example["article"]).full.split("条")[0] in cited
    if example.get("refused"):
        assert told["refused"]
        return
    assert (told["from"], told["due"]) == (example["from"], example["expected"])
    assert told["derivation"]
    if "alternative" in example:
        assert example["alternative"] in [one["due"] for one in told["alternatives"]]


@pytest.mark.parametrize("example", REAL, ids=lambda example: example["id"])
def test_what_a_judgment_printed(example: dict[str, Any]) -> None:
    found = sentence.answer("sentence-term", example["facts"])
    assert (found.due.isoformat() == example["printed"]) is ("cause" not in example)


@KNOWN
@given(STARTS, MONTHS)
def test_without_earlier_custody_the_term_is_whole(day: date, months: int) -> None:
    found = term(months, executed_on=day)
    assert found.first == day
    assert found.credited == 0
    after = found.due + DAY
    assert after.year * 12 + after.month == day.year * 12 + day.month + months
    assert after.day == day.day or after.day > 27 or (after + DAY).day == 1


@KNOWN
@given(STARTS, MONTHS, st.integers(0, 60), st.integers(0, 60), st.integers(2, 30))
def test_interrupted_custody_is_set_off_day_by_day(
    day: date, months: int, one: int, two: int, gap: int
) -> None:
    first = [day - timedelta(days=200), day - timedelta(days=200 - one)]
    second = [first[1] + timedelta(days=gap), first[1] + timedelta(days=gap + two)]
    custody = [{"measure": "detention", "from": begins, "to": ends} for begins, ends in (first, second)]
    whole, less = term(months, executed_on=day), term(months, executed_on=day, custody=custody)
    assert less.credited == one + 1 + two + 1
    assert less.due == whole.due - timedelta(days=less.credited)


@KNOWN
@given(STARTS, MONTHS, st.integers(1, 90), st.integers(0, 60))
def test_more_custody_never_ends_later(day: date, months: int, ago: int, length: int) -> None:
    ends = [
        term(months, executed_on=day, custody=[{"measure": "detention", "from": day - timedelta(days=ago + 70 + more), "to": day - timedelta(days=ago + 70 - length)}]).due
        for more in range(4)
    ]  # fmt: skip
    assert ends == sorted(ends, reverse=True)
    held = [
        term(
            months, executed_on=day, custody=[{"measure": "arrest", "from": day - timedelta(days=ago + more)}]
        ).due
        for more in range(4)
    ]
    assert held == sorted(held, reverse=True)


@KNOWN
@given(STARTS, st.integers(6, 179), st.booleans())
def test_a_longer_sentence_never_ends_earlier(day: date, months: int, same: bool) -> None:  # noqa: FBT001 - drawn
    judged = "2019-01-01" if same else "2024-01-01"
    assert (
        term(months, executed_on=day, judged_on=judged).due
        < term(months + 1, executed_on=day, judged_on=judged).due
    )


@KNOWN
@given(STARTS, MONTHS, st.integers(0, 3))
def test_choosing_a_reading_gives_what_the_alternative_said(day: date, months: int, spans: int) -> None:
    custody = [
        {
            "measure": kind,
            "from": day - timedelta(days=90 * number + 20),
            "to": day - timedelta(days=90 * number + 5),
        }
        for number, kind in enumerate(("custody", "designated-residence", "bail")[:spans], 1)
    ]
    facts = {"executed_on": day, "custody": custody}
    usual = term(months, **facts)
    years, rest = divmod(months, 12)
    for key, convention in CONVENTIONS.items():
        chosen = sentence.answer(
            "sentence-term", {"kind": "有期徒刑", "years": years, "months": rest, **facts}, conventions=[key]
        )
        said = {name: (first, last) for name, first, last in usual.alternatives}
        assert (chosen.first, chosen.due) in {(usual.first, usual.due), *said.values()}
        if convention.name in said:
            assert (chosen.first, chosen.due) == said[convention.name]


def history(draw: random.Random) -> dict[str, Any]:
    """Return facts of a sentence that nobody thought of; every third begins on a month's last days."""
    kind = draw.choice(("管制", "拘役", "有期徒刑", "有期徒刑"))
    months = {"管制": draw.randint(3, 24), "拘役": draw.randint(1, 6)}.get(kind, draw.randint(6, 180))
    executed = date(2012, 1, 1) + timedelta(days=draw.randrange(7000))
    if draw.random() < 1 / 3:
        executed = executed.replace(day=1) - timedelta(days=draw.randint(1, 3))
    custody: list[dict[str, str]] = []
    for _ in range(draw.randint(0, 4)):
        begins = executed - timedelta(days=draw.randint(1, 120))
        ends = min(begins + timedelta(days=draw.randint(0, 40)), executed - DAY)
        measure = draw.choice(("detention", "arrest", "designated-residence", "liuzhi", "bail"))
        custody.append({"measure": measure, "from": begins.isoformat(), "to": ends.isoformat()})
    years, rest = divmod(months, 12)
    days = 15 if kind == "拘役" and rest < 6 and draw.random() < 0.2 else 0
    facts: dict[str, Any] = {
        "kind": kind, "years": years, "months": rest, "days": days, "executed_on": executed.isoformat(), "custody": custody,
    }  # fmt: skip
    if draw.random() < 0.5:
        facts["judged_on"] = draw.choice(("2019-05-06", "2021-02-28", "2021-03-01", "2024-05-06"))
    return facts


def set_beside(number: int, seed: int) -> None:
    """Compare on so many histories; most give a day, some none."""
    draw, refused = random.Random(seed), 0  # noqa: S311 - no secret
    for _ in range(number):
        facts = history(draw)
        try:
            slow: Any = naive.term(facts)
        except naive.No:
            slow = None
        try:
            found = sentence.answer("sentence-term", facts)
            quick: Any = (found.first, found.due)
        except LimitRefused:
            quick = None
        assert quick == slow, facts
        refused += slow is None
    assert number // 200 < refused < number // 4


def test_both_agree_on_a_thousand_histories() -> None:
    set_beside(1_000, 20210301)


@pytest.mark.full
def test_both_agree_on_twenty_thousand_histories() -> None:
    set_beside(20_000, 1997)


def test_a_question_that_cannot_be_read_is_refused() -> None:
    for facts in (
        {},
        {"kind": "有期徒刑"},
        {"kind": "有期徒刑", "years": "三", "executed_on": "2024-05-06"},
        {"kind": "有期徒刑", "years": 3, "executed_on": "2024-02-30"},
        {"kind": "有期徒刑", "years": 3, "executed_on": "2024-05-06", "custody": "all of it"},
        {"kind": "有期徒刑", "years": 3, "executed_on": "2024-05-06", "custody": [{"measure": "detention"}]},
        {"kind": "有期徒刑", "years": 3, "executed_on": "9999-05-06"},
    ):
        for rule in sentence.RULES:
            with pytest.raises(LimitRefused) as refused:
                sentence.answer(rule, facts)
            assert refused.value.remedy
            assert refused.value.basis
