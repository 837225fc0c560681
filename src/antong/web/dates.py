"""Dates as people write them: 2025年3月12日 18:00, 2025-03-12 18:00, 20250312, 3月12日 9时30分, 昨天 22:10."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from antong.kernel import clock

FIRST_YEAR = 1900
YEARS_AHEAD = 10
EXAMPLE_DAY = "2025年3月12日"
EXAMPLE = f"{EXAMPLE_DAY} 18:00"
_NEAR = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2, "前日": 2}
_DAY = re.compile(
    r"^(?:(?P<near>今天|今日|昨天|昨日|前天|前日)"
    r"|(?P<y>\d{4})(?:年|[-/.])(?P<m>\d{1,2})(?:月|[-/.])(?P<d>\d{1,2})[日号]?"
    r"|(?P<m2>\d{1,2})月(?P<d2>\d{1,2})[日号]?"
    r"|(?P<y3>\d{4})(?P<m3>\d{2})(?P<d3>\d{2}))"
    r"(?P<rest>.*)$"
)
_TIME = re.compile(
    r"^(?P<half>上午|下午|晚上|凌晨|晚|早上)?(?:(?P<h>\d{1,2})(?:[:时点](?P<i>\d{1,2})?分?)(?::\d{1,2}(?:\.\d+)?)?"
    r"|(?P<h2>\d{2})(?P<i2>\d{2}))$"
)
_LOOSE = re.compile(r"\s*([年月日号时点分:/.-])\s*")
_LATE = {"下午", "晚上", "晚"}
NOON = 12


class Unreadable(ValueError):
    """A text that is no date; the message says what is allowed."""


def day(text: str) -> date:
    """Return the day that `text` names; raises Unreadable."""
    found, rest = _day_of(text, EXAMPLE_DAY)
    if rest:
        raise Unreadable(f"只写年月日，例：{EXAMPLE_DAY}")
    return found


def moment(text: str) -> datetime:
    """Return the minute that `text` names, in China's time; 24:00 is the end of its day. Raises Unreadable."""
    found, rest = _day_of(text, EXAMPLE)
    if not rest:
        raise Unreadable(f"还要写几时几分，例：{EXAMPLE}")
    match = _TIME.match(rest)
    if match is None:
        raise Unreadable(f"时间写得不对，例：{EXAMPLE}")
    hour = int(match["h"] or match["h2"])
    minute = int(match["i"] or match["i2"] or 0)
    if match["half"] in _LATE and hour < NOON:
        hour += NOON
    if not (0 <= hour < 24 and minute < 60) and (hour, minute) != (24, 0):  # noqa: PLR2004 - a clock's hours and minutes
        raise Unreadable(f"没有 {hour:02d}:{minute:02d} 这个时间，例：{EXAMPLE}")
    return clock.midnight(found) + timedelta(hours=hour, minutes=minute)


def words(value: date | datetime) -> str:
    """Return a day, or a minute in China's time, as forms show it."""
    if isinstance(value, datetime):
        local = clock.local(value)
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
    return f"{value.year}年{value.month}月{value.day}日"


def _day_of(text: str, example: str) -> tuple[date, str]:
    plain = _LOOSE.sub(r"\1", unicodedata.normalize("NFKC", text)).replace("T", " ").strip()
    match = _DAY.match(plain)
    if match is None:
        raise Unreadable(f"写得不对，例：{example}")
    today = clock.today()
    if match["near"]:
        return today - timedelta(days=_NEAR[match["near"]]), match["rest"].strip()
    year, month, number = (
        (match["y"], match["m"], match["d"])
        if match["y"]
        else (today.year, match["m2"], match["d2"])
        if match["m2"]
        else (match["y3"], match["m3"], match["d3"])
    )
    if not FIRST_YEAR <= int(year) <= today.year + YEARS_AHEAD:
        raise Unreadable(f"年份要在 {FIRST_YEAR} 到 {today.year + YEARS_AHEAD} 之间，例：{example}")
    try:
        return date(int(year), int(month), int(number)), match["rest"].strip()
    except ValueError:
        raise Unreadable(f"没有 {year}年{month}月{number}日 这一天，例：{example}") from None
