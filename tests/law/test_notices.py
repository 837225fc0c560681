"""The notice of a year's rest days is read strictly; what it says replaces what was guessed of its year, no other day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from antong.kernel.refusal import Refusal
from antong.law import batch, calendar, notices, timelimit

YEAR = 2031
"""Announced by nobody yet; its 春节 is 23 January."""


def notice(**other: Any) -> str:
    rest = ["2031-01-01", *(f"2031-01-{day}" for day in range(22, 30)), "2031-04-05", *(f"2031-05-0{day}" for day in range(1, 6)),
            *(f"2031-10-0{day}" for day in range(1, 9))]  # fmt: skip
    plain = {"year": YEAR, "number": "国办发明电〔2030〕9号", "issued_on": "2030-11-12", "rest": rest, "work": ["2031-01-19", "2031-10-11"]}  # fmt: skip
    return json.dumps({**plain, **other}, ensure_ascii=False)


def test_a_notice_says_what_is_a_rest_day() -> None:
    before = calendar.packaged()
    after = before.with_notices([notices.read(notice())])
    assert before.is_provisional(date(2031, 1, 24))
    assert not after.is_provisional(date(2031, 1, 24))
    assert not before.is_rest(date(2031, 1, 24))
    assert after.is_rest(date(2031, 1, 24))
    assert before.is_rest(date(2031, 1, 19))
    assert not after.is_rest(date(2031, 1, 19)), "a Sunday made a working day"
    assert after.mark != before.mark
    assert after.papers[YEAR] == ("国办发明电〔2030〕9号",)
    day = date(2020, 1, 1)
    while day < date(2029, 12, 31):
        assert before.is_rest(day) == after.is_rest(day)
        day += timedelta(days=1)


def test_a_correction_replaces_the_year() -> None:
    first = notices.read(notice())
    second = notices.read(notice(number="国办发明电〔2031〕1号", issued_on="2031-01-20", work=["2031-10-11"]))
    twice = calendar.packaged().with_notices([first]).with_notices([second])
    assert twice.mark == calendar.packaged().with_notices([second]).mark
    assert twice.is_rest(date(2031, 1, 19))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": "七号"}, "不是文号"),
        ({"number": "国办发明电〔2028〕9号"}, "年份 2028"),
        ({"issued_on": "2029-11-12"}, "不是 2031 年放假安排的发文日期"),
        ({"work": ["2031-01-20"]}, "不是周六、周日"),
        ({"work": ["2031-10-11", "2031-01-19"]}, "逐日递增"),
        ({"work": ["2031-10-04"]}, "既是放假日又是上班日"),
        ({"rest": ["2031-01-01", "2032-01-01"]}, "2032-01-01 不在 2031 年"),
        ({"rest": ["2031-01-01"]}, "没有法定节日 5月1日"),
        ({"rest": ["2031-01-01", "2031-05-01", "2031-05-02", "2031-10-01", "2031-10-02", "2031-10-03"]}, "没有春节"),
        ({"rest": ["2031-02-30"]}, "rest.0 不合格式"),
        ({"year": "虎年"}, "year 不合格式"),
        ({"more": 1}, "more 不合格式"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        notices.read(notice(**change))
    assert said in refused.value.what
    assert refused.value.basis


def test_what_is_no_json_is_refused() -> None:
    for text in ("", "[]", "{", "null", "\ufeff{}"):
        with pytest.raises(Refusal):
            notices.read(text)


@pytest.fixture
def computing() -> Any:
    yield batch.prepare
    batch.prepare((), ())


def test_a_batch_finds_what_is_another_answer_now(computing: Callable[..., None]) -> None:
    def stored(rule: str, **facts: Any) -> batch.Stored:
        answer = timelimit.answer(rule, facts)
        told = answer.as_json()
        at = str(int(answer.due_at.timestamp()))
        return batch.Stored(
            rule, json.dumps(facts), at, json.dumps(told["derivation"]), json.dumps(told["alternatives"])
        )

    rows = [
        stored("counsel-notice-3d", received_on="2031-01-21"),
        stored("prosecution-review-1m", received_on="2030-12-24", in_custody=True),
        stored("prosecution-review-1m", received_on="2030-12-24", in_custody=False),
        stored("counsel-notice-3d", received_on="2026-03-03"),
    ]
    computing((), ())
    assert batch.different(rows) == []
    computing((notices.read(notice()),), ())
    found = dict(batch.different(rows))
    assert set(found) == {0, 2}, "custody moves by no calendar"
    assert "2031-01-30" in found[0].derivation
    assert int(found[2].due_at) > int(rows[2].due_at)


def test_a_version_names_table_calendar_and_readings() -> None:
    plain, read = timelimit.version(), timelimit.version(conventions=["clear-days"])
    assert plain == timelimit.answer("bail-12m", {"decided_on": "2026-03-03"}).table_version
    assert read.startswith(f"{plain}/")
    other = calendar.packaged().with_notices([notices.read(notice())])
    assert timelimit.version(other) != plain
    assert max(len(plain), len(read)) <= 40
