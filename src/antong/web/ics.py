"""Calendar files (RFC 5545): lines folded at 75 octets, texts escaped, times in UTC, whole days as days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST = 75
"""Octets of a line, without its end."""
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: a whole day (`start` a date), or from an instant, perhaps until another.

    `ahead` is how long before it the calendar reminds; it repeats no name of anybody.
    """

    uid: str
    summary: str
    start: date | datetime
    until: datetime | None = None
    text: str = ""
    url: str = ""
    place: str = ""
    ahead: timedelta | None = None


def folded(line: str) -> str:
    """Return a line cut into pieces of at most 75 octets, none within a character, each but the first after a space."""
    pieces, piece, size = [], "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > LONGEST:
            pieces.append(piece)
            piece, size = " ", 1
        piece += sign
        size += width
    return "\r\n".join([*pieces, piece])


def escaped(text: str) -> str:
    """Return a text as a property's value."""
    return text.translate(_ESCAPED)


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _start(entry: Entry) -> Iterable[str]:
    if isinstance(entry.start, datetime):
        yield f"DTSTART:{_utc(entry.start)}"
        if entry.until:
            yield f"DTEND:{_utc(entry.until)}"
    else:
        yield f"DTSTART;VALUE=DATE:{entry.start:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{entry.start + timedelta(days=1):%Y%m%d}"


def _lines(entry: Entry, made_at: datetime) -> Iterable[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(entry.uid)}"
    yield f"DTSTAMP:{_utc(made_at)}"
    yield from _start(entry)
    yield f"SUMMARY:{escaped(entry.summary)}"
    if entry.text:
        yield f"DESCRIPTION:{escaped(entry.text)}"
    if entry.place:
        yield f"LOCATION:{escaped(entry.place)}"
    if entry.url:
        yield f"URL:{entry.url}"
    yield "TRANSP:TRANSPARENT"
    yield "CLASS:CONFIDENTIAL"
    if entry.ahead:
        minutes = int(entry.ahead.total_seconds()) // 60
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"TRIGGER:-PT{minutes}M"
        yield f"DESCRIPTION:{escaped(entry.summary)}"
        yield "END:VALARM"
    yield "END:VEVENT"


def file_of(name: str, entries: Iterable[Entry], *, made_at: datetime) -> bytes:
    """Return a calendar file, as `text/calendar`."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Antong//Antong//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ]
    lines.append(f"X-WR-CALNAME:{escaped(name)}")
    for entry in entries:
        lines += _lines(entry, made_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()
