"""Dates as people write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antong.kernel import clock
from antong.web import dates

NOW = clock.at(2025, 3, 12, 9, 30)


@pytest.mark.parametrize(("text", "words"), [
    ("2025年3月12日 18:00", "2025年3月12日 18:00"), ("2025 年 3 月 12 日 18 时", "2025年3月12日 18:00"), ("2026-01-01T10:00", "2026年1月1日 10:00"),
    ("2025/3/2 9:05", "2025年3月2日 09:05"), ("20250312 1800", "2025年3月12日 18:00"), ("202503121800", "2025年3月12日 18:00"),
    ("3月12日9时30分", "2025年3月12日 09:30"), ("昨天 22:10", "2025年3月11日 22:10"), ("２０２５年３月１２日　２４：００", "2025年3月13日 00:00"),
    ("2025.3.12 下午3点", "2025年3月12日 15:00"),
])  # fmt: skip
def test_a_minute_is_read(text: str, words: str) -> None:
    with clock.set_to(NOW):
        assert dates.words(dates.moment(text)) == words


@pytest.mark.parametrize(("text", "because"), [
    ("", "例"), ("明天", "例"), ("2025年3月12日", "几时几分"), ("2025-02-30 10:00", "没有"), ("2025-03-12 25:00", "没有"),
    ("0001-01-01 00:00", "年份"), ("9999-12-31 10:00", "年份"), ("1899-12-31 10:00", "年份"),
])  # fmt: skip
def test_what_is_no_minute_says_what_is_allowed(text: str, because: str) -> None:
    with clock.set_to(NOW), pytest.raises(dates.Unreadable, match=because):
        dates.moment(text)


@given(st.dates(date(1900, 1, 1), date(2030, 12, 31)))
def test_what_forms_show_is_read_again(day: date) -> None:
    assert dates.day(dates.words(day)) == day == dates.day(day.isoformat())


def test_a_day_takes_no_hour() -> None:
    with pytest.raises(dates.Unreadable, match="只写年月日"):
        dates.day("1991年6月14日 10:00")
