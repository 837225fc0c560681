"""The calendar: what is owed stands on its last day, hearings and duty hours beside it, and it goes as a file without names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.flow import actions, selectors
from antong.flow.models import HandOver
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.org import actions as org_actions
from antong.web import reading

SignIn = Callable[[str], Client]


def month() -> tuple[Any, Any]:
    """Return yesterday, and a day some weeks on."""
    return clock.today() - timedelta(days=1), clock.today() + timedelta(days=75)


def test_what_is_owed_stands_on_its_last_day(people: dict[str, Any], investigated: UUID) -> None:
    actor = people["zhencha"]
    owed = {
        (row.kind, row.label, row.due_at)
        for row in selectors.desk(actor, until=clock.now() + timedelta(days=75))
        if row.due_at and row.case_id == investigated
    }
    found = [one for one in selectors.calendar(actor, *month()) if one.case_id == investigated]
    assert owed
    assert {(one.kind, one.label, one.at) for one in found} == owed
    for one in found:
        assert clock.end(one.at).startswith(f"{one.day:%m-%d}") or one.day.year != clock.today().year
    assert len({one.key for one in found}) == len(found)


def test_limits_beyond_the_desk_are_in_their_month(people: dict[str, Any], investigated: UUID) -> None:
    actor = people["zhencha"]
    near = {row.limit_id for row in selectors.desk(actor)}
    far = [
        row
        for row in selectors.desk(actor, until=clock.now() + timedelta(days=400))
        if row.limit_id not in near
    ]
    for row in far:
        day = clock.local(row.due_at - timedelta(minutes=1)).date() if row.due_at else clock.today()
        assert row.label in {one.label for one in selectors.calendar(actor, day, day)}
        assert row.label not in {one.label for one in selectors.calendar(actor, clock.today(), clock.today())}


def test_strangers_and_colleagues_see_nothing_of_it(people: dict[str, Any], investigated: UUID) -> None:
    for who in ("fuzhu", "lian", "jiandu", "kanshou"):
        assert not [
            one for one in selectors.calendar(people[who], *month()) if one.case_id == investigated
        ], who


def test_own_duty_hours_and_nobody_elses(people: dict[str, Any]) -> None:
    start = clock.now() + timedelta(hours=1)
    for who, hours in (("anguan", 8), ("jianchaguan", 4)):
        org_actions.add_shift(
            people["jianchazhang"], unit_id=people["anguan"].unit_id, person_id=people[who].person_id, starts_at=start,
            ends_at=start + timedelta(hours=hours),
        )  # fmt: skip
    shifts = [one for one in selectors.calendar(people["anguan"], *month()) if one.kind == "shift"]
    assert [(one.at, one.until) for one in shifts if one.at == start] == [(start, start + timedelta(hours=8))]


def test_a_hearing_stands_on_its_day_for_who_handles_the_case(
    people: dict[str, Any], investigated: UUID
) -> None:
    actor = people["zhencha"]
    at = clock.now().replace(second=0, microsecond=0) + timedelta(days=9)
    made = actions.compose(actor, case_id=investigated, flow="arrest-request")
    written = clock.local(at).strftime("%Y-%m-%dT%H:%M")
    # what a court would send: here of the unit that handles the case, as the notice itself needs a trial first
    rows = HandOver.objects.filter(id=made.handover_id)
    rows.update(
        flow="hearing-notice", state="entered", fields={"hearing_at": written, "courtroom": "第三法庭"}
    )
    (one,) = [one for one in selectors.calendar(actor, *month()) if one.kind == "hearing"]
    assert (one.at, one.title, one.case_id, one.owed) == (at, "第三法庭", investigated, False)
    assert [one for one in selectors.calendar(people["fuzhu"], *month()) if one.kind == "hearing"] == []
    for text in ("明天", "", "2026-99-99T00:00"):
        rows.update(fields={"hearing_at": text})
        assert [one for one in selectors.calendar(actor, *month()) if one.kind == "hearing"] == []
    rows.update(fields={"hearing_at": written}, state="draft")
    assert [one for one in selectors.calendar(actor, *month()) if one.kind == "hearing"] == []


def test_the_file_says_numbers_and_kinds_and_is_a_reading(
    people: dict[str, Any], investigated: UUID, sign_in: SignIn
) -> None:
    client = sign_in("zhencha")
    number = next(row.case_number for row in selectors.desk(people["zhencha"]) if row.case_id == investigated)
    event = next(
        one for one in selectors.calendar(people["zhencha"], *month()) if one.case_id == investigated
    )
    answer = client.get(f"/calendar.ics?week={event.day}")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    text = answer.content.decode().replace("\r\n ", "")
    assert f"SUMMARY:{number} {event.label}" in text
    assert "http://testserver/" in text
    assert not re.search("韩序舟|杜明泽|盗窃", text)
    reading.post_spooled()
    assert "导出日历" in [row.what for row in ledger.readings(investigated)]


def test_months_and_weeks_by_address(investigated: UUID, sign_in: SignIn) -> None:
    client = sign_in("zhencha")
    page = client.get("/calendar?month=2026-01").content.decode()
    assert "2026年1月" in page
    assert 'href="?month=2025-12" data-key="ArrowLeft"' in page
    assert 'href="?month=2026-02" data-key="ArrowRight"' in page
    assert page.count('<div class="day">') == 35
    week = client.get("/calendar?week=2026-03-12").content.decode()
    assert "2026年3月9日 至 2026年3月15日" in week
    assert 'href="?week=2026-03-02"' in week


@pytest.mark.parametrize(
    "query",
    [
        "month=",
        "month=2026-13",
        "month=x",
        "week=x",
        "week=2026-02-30",
        "month=9999-12",
        "week=1899-01-01",
        "month=0001-01",
        "week=昨天",
    ],
)
def test_any_address_is_a_page(sign_in: SignIn, db: None, query: str) -> None:
    client = sign_in("zhencha")
    assert client.get(f"/calendar?{query}").status_code == 200
    assert client.get(f"/calendar.ics?{query}").status_code == 200


def test_an_empty_calendar_says_so(sign_in: SignIn, db: None) -> None:
    page = sign_in("zhencha").get("/calendar?week=2019-03-12").content.decode()
    assert page.count("没有到期的事项、开庭和值班") == 7
