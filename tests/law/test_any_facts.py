"""Any date and any number: a limit never ends before it begins, a number of GB 11643 stands no slip."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from antong.kernel.clock import CHINA
from antong.law import identity, timelimit
from antong.law._rules import Extension, Rule

KNOWN = settings(max_examples=40, derandomize=True, deadline=None, database=None)
DAYS = st.dates(date(2025, 6, 1), date(2040, 12, 31))
"""All of the table is in force."""
RULES = timelimit.rules()


def facts_of(rule: Rule, start: Any, *, held: bool) -> dict[str, Any]:
    """Return the facts from which a rule starts, at `start`; with the extensions that the rule itself is."""
    facts: dict[str, Any] = {"in_custody": held}
    term = rule
    if rule.hosts:
        facts["host_rule"] = rule.hosts[0]
        term = next(one for one in RULES if one.key == rule.hosts[0])
    name = (rule.start or term.start)[0]
    if "[-1]." in name:
        facts[name.split("[")[0]] = [{name.split(".")[1]: start}]
    else:
        facts[name] = start
    if rule.probation:
        facts["probation_months"] = rule.probation[0]
    if rule.required:
        facts["extensions"] = [full(one) for one in rule.extensions[: rule.required]]
    return facts


def full(link: Extension) -> dict[str, Any]:
    """Return the longest extension that a link allows."""
    return {link.unit: link.most, "approved_by": link.by}


def begins(start: date | datetime) -> datetime:
    """Return the instant a start is."""
    if isinstance(start, datetime):
        return start.replace(tzinfo=CHINA)
    return datetime(start.year, start.month, start.day, tzinfo=CHINA)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
@settings(max_examples=10, derandomize=True, deadline=None, database=None)
@given(day=DAYS, minute=st.integers(0, 1439), held=st.booleans())
def test_no_limit_ends_before_it_begins(rule: Rule, day: date, minute: int, *, held: bool) -> None:
    start: date | datetime = day
    if rule.hours:
        start = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - as law takes it
    found = timelimit.answer(rule.key, facts_of(rule, start, held=held))
    if rule.holidays == "B":  # so many days before an event
        assert found.due_at <= begins(start) + timedelta(days=1)
    else:
        assert found.due_at > begins(start)
    assert found.articles
    assert found.derivation


@KNOWN
@given(DAYS, st.booleans())
def test_an_extension_never_shortens(day: date, held: bool) -> None:  # noqa: FBT001 - drawn
    for rule in RULES:
        for number in range(rule.required, len(rule.extensions)):
            facts = facts_of(rule, day, held=held)
            shorter = {**facts, "extensions": [full(one) for one in rule.extensions[:number]]}
            longer = {**facts, "extensions": [full(one) for one in rule.extensions[: number + 1]]}
            assert timelimit.answer(rule.key, longer).due_at > timelimit.answer(rule.key, shorter).due_at


DIGITS = st.integers(10**16, 10**17 - 1).map(str)
BORN = st.dates(date(1900, 1, 1), date(2026, 12, 31))


def number(head: str, born: date, tail: int) -> str:
    """Return a number with its check character."""
    seventeen = f"{head}{born:%Y%m%d}{tail:03d}"
    return seventeen + identity.check_character(seventeen)


NUMBERS = st.builds(number, st.integers(110000, 659999).map(str), BORN, st.integers(0, 999))


@KNOWN
@given(NUMBERS)
def test_a_number_says_birth_and_sex(text: str) -> None:
    found = identity.check(f" {text.lower()} ")
    assert found.valid
    assert found.number == text
    assert f"{found.born_on:%Y%m%d}" == text[6:14]
    assert found.sex == ("男" if int(text[16]) % 2 else "女")


@KNOWN
@given(NUMBERS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_found(text: str, place: int, by: int) -> None:
    slip = text[:place] + str((int(text[place]) + by) % 10) + text[place + 1 :]
    assert not identity.check(slip).valid


@KNOWN
@given(NUMBERS, st.integers(0, 15))
def test_two_digits_that_changed_places_are_found(text: str, place: int) -> None:
    assume(text[place] != text[place + 1])
    assert not identity.check(text[:place] + text[place + 1] + text[place] + text[place + 2 :]).valid


@KNOWN
@given(NUMBERS)
def test_full_width_digits_are_read(text: str) -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) for one in text)
    assert identity.check(wide) == identity.check(text)


@KNOWN
@given(st.text(max_size=24))
def test_any_text_is_judged(text: str) -> None:
    found = identity.check(text)
    assert found.valid != bool(found.problem)
    assert not found.valid or (found.number.isascii() and len(found.number) in {15, 18})
