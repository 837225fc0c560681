"""Calendar files: folded, escaped, and read back as they were."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from antong.web import ics

AT = datetime(2026, 3, 12, 1, 30, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=300)


def properties(made: bytes) -> list[tuple[str, str]]:
    """Read a calendar file as a program would: unfold, split at the first colon, take the escapes back."""
    assert made.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    lines = made.decode().replace("\r\n ", "").split("\r\n")[:-1]
    found = []
    for line in lines:
        name, _, value = line.partition(":")
        plain, escaped = "", False
        for sign in value:
            if escaped:
                plain, escaped = plain + ("\n" if sign == "n" else sign), False
            elif sign == "\\":
                escaped = True
            else:
                plain += sign
        found.append((name, plain))
    return found


@given(WORDS, WORDS)
def test_any_words_are_read_back(summary: str, text: str) -> None:
    made = ics.file_of("案通", [ics.Entry(uid="a@antong", summary=summary, text=text, start=AT)], made_at=AT)
    read = properties(made)
    assert ("SUMMARY", summary) in read
    assert not text or ("DESCRIPTION", text) in read
    assert [name for name, _ in read].count("BEGIN") == 2


def test_days_spans_and_reminders() -> None:
    entries = [
        ics.Entry(uid="1", summary="一", start=date(2026, 12, 31), ahead=timedelta(hours=15)),
        ics.Entry(
            uid="2",
            summary="二",
            start=AT,
            until=AT + timedelta(hours=2),
            place="第一法庭",
            url="https://h/x?a=1;b",
        ),
    ]
    read = properties(ics.file_of("案通", entries, made_at=AT))
    assert ("DTSTART;VALUE=DATE", "20261231") in read
    assert ("DTEND;VALUE=DATE", "20270101") in read
    assert ("DTSTART", "20260312T013000Z") in read
    assert ("DTEND", "20260312T033000Z") in read
    assert ("TRIGGER", "-PT900M") in read
    assert ("URL", "https://h/x?a=1;b") in read
    assert [value for name, value in read if name in {"BEGIN", "END"}] == [
        "VCALENDAR", "VEVENT", "VALARM", "VALARM", "VEVENT", "VEVENT", "VEVENT", "VCALENDAR",
    ]  # fmt: skip


def test_a_colon_in_words_stays() -> None:
    read = properties(ics.file_of("a:b", [ics.Entry(uid="1", summary="见：x:y;z,\\", start=AT)], made_at=AT))
    assert ("SUMMARY", "见：x:y;z,\\") in read
