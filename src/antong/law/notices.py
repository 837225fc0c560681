"""The notice of a year's rest days (国务院办公厅放假安排) as an operator brings it: read strictly, or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from antong.kernel.refusal import Refusal

SATURDAY = 5
FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""Days off in every year whose date is fixed (全国年节及纪念日放假办法, as amended in 2024); lunar ones are not guessed."""
_NUMBER = re.compile(r"^\S{1,20}〔(20\d\d)〕\d{1,4}号$")
_MOST_REST, _MOST_WORK = 45, 15
_DECEMBER, _FROM = 12, 20
_BASIS = ("全国年节及纪念日放假办法", "案通日历规则：年度放假安排以国务院办公厅的通知为准，逐项核对后采用")


class Notice(BaseModel):
    """A year's notice: its number and date, the rest days, the weekend days on which people work."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    year: int
    number: str
    issued_on: date
    rest: tuple[date, ...]
    work: tuple[date, ...]

    def covers(self, day: date) -> bool:
        """Whether a day is one that the notice of this year may name: of the year, or just before it (12-30)."""
        before = day.year == self.year - 1 and (day.month, day.day) >= (_DECEMBER, _FROM)
        return day.year == self.year or before


def read(text: str) -> Notice:
    """Return the notice a file holds; raises Refusal that names everything wrong with it."""
    try:
        notice = Notice.model_validate(json.loads(text))
    except ValidationError as problem:
        where = [".".join(map(str, one["loc"])) or "整个文件" for one in problem.errors()]
        raise _refused([f"{name} 不合格式" for name in dict.fromkeys(where)]) from problem
    except ValueError as problem:
        raise _refused(["不是 UTF-8 的 JSON"]) from problem
    wrong = list(_wrong(notice))
    if wrong:
        raise _refused(wrong)
    return notice


def _wrong(notice: Notice) -> Iterator[str]:
    yield from _about(notice)
    for name, days, most in (("rest", notice.rest, _MOST_REST), ("work", notice.work, _MOST_WORK)):
        yield from _days(notice, name, days, most)
    for day in sorted(set(notice.rest) & set(notice.work)):
        yield f"{day} 既是放假日又是上班日"
    for day in notice.work:
        if day.weekday() < SATURDAY:
            yield f"work 里的 {day} 不是周六、周日，不必调为上班"
    for month, number_of_day in FIXED:
        if date(notice.year, month, number_of_day) not in notice.rest:
            yield f"rest 里没有法定节日 {month}月{number_of_day}日"
    if not any(timedelta() < day - date(notice.year, 1, 20) < timedelta(days=45) for day in notice.rest):
        yield "rest 里没有春节"


def _about(notice: Notice) -> Iterator[str]:
    number = _NUMBER.match(notice.number)
    if number is None:
        yield f"number（{notice.number[:40]}）不是文号，应如 国办发明电〔2025〕7号"
    elif int(number[1]) not in {notice.year - 1, notice.year}:
        yield f"number 的年份 {number[1]} 与 {notice.year} 年的安排不符"
    if not date(notice.year - 1, 7, 1) <= notice.issued_on <= date(notice.year, 12, 31):
        yield f"issued_on（{notice.issued_on}）不是 {notice.year} 年放假安排的发文日期"


def _days(notice: Notice, name: str, days: Sequence[date], most: int) -> Iterator[str]:
    if list(days) != sorted(set(days)):
        yield f"{name} 的日期应逐日递增、不重复"
    if len(days) > most:
        yield f"{name} 有 {len(days)} 天，多于 {most} 天"
    for day in days:
        if not notice.covers(day):
            yield f"{name} 里的 {day} 不在 {notice.year} 年"


def _refused(wrong: list[str]) -> Refusal:
    shown = "；".join(wrong[:8]) + (f"；另有 {len(wrong) - 8} 处" if len(wrong) > 8 else "")  # noqa: PLR2004 - what one line holds
    return Refusal(
        f"不能采用这份放假安排：{shown}。",
        code="calendar-notice",
        basis=_BASIS,
        remedy="按通知原文逐日核对 year、number、issued_on、rest、work 五项后重新提交；没有改动任何期限。",
    )
