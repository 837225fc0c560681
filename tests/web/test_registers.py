"""Registers: every round a line, of the own unit and of the days asked for; printed, and taken away as a recorded reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.flow import actions, selectors
from antong.flow.types import Reason
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.web import reading
from walking import hand_over

SignIn = Callable[[str], Client]


def lines(actor: Any, kind: str, case_id: UUID, days: int = 0) -> list[Any]:
    today = clock.today()
    rows, more = selectors.register(actor, kind, today - timedelta(days=days), today)
    assert not more
    return [row for row in rows if row.case_id == case_id]


def test_what_one_unit_sent_another_received(people: dict[str, Any], investigated: UUID) -> None:
    police, office = people["zhencha"], people["anguan"]
    done = hand_over(people, investigated, "arrest-request")
    (sent,), (got,) = lines(police, "sent", investigated), lines(office, "received", investigated)
    assert sent.handover_id == got.handover_id == done.handover_id
    assert (sent.other, got.other) == (office.unit_name, police.unit_name)
    assert (sent.accepted_at, sent.state, sent.person) == (None, "已入件", police.person_name)
    actions.accept(office, handover_id=done.handover_id, version=done.version)
    (sent,), (got,) = lines(police, "sent", investigated), lines(office, "received", investigated)
    assert (sent.accepted_by, got.accepted_by, got.person) == (office.person_name,) * 3
    assert lines(office, "sent", investigated) == []
    assert lines(people["lian"], "received", investigated) == []


def test_a_returned_round_keeps_its_line(people: dict[str, Any], investigated: UUID) -> None:
    police, office = people["zhencha"], people["anguan"]
    done = hand_over(people, investigated, "arrest-request")
    back = actions.return_file(
        office, handover_id=done.handover_id, version=done.version, reasons=[Reason(text="缺末页")]
    )
    actions.begin_round(police, handover_id=back.handover_id, version=back.version)
    (sent,) = lines(police, "sent", investigated)
    assert (sent.round, sent.state) == (1, "已退回")
    assert sent.returned_at is not None


def test_days_bound_it(people: dict[str, Any], investigated: UUID) -> None:
    hand_over(people, investigated, "arrest-request")
    today = clock.today()
    for first, last in (
        (today + timedelta(days=1), today + timedelta(days=2)),
        (today - timedelta(days=9), today - timedelta(days=1)),
    ):
        assert selectors.register(people["anguan"], "received", first, last) == ([], False)


def test_the_page_and_its_file(people: dict[str, Any], investigated: UUID, sign_in: SignIn) -> None:
    hand_over(people, investigated, "arrest-request")
    client = sign_in("anguan")
    page = client.get("/registers").content.decode()
    assert "收案登记表" in page
    assert "提请批准逮捕" in page
    text = client.get("/registers?as=file").content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("序号,收到,移送单位,案号")
    assert "提请批准逮捕" in text
    reading.post_spooled()
    assert "导出收案登记表" in [row.what for row in ledger.readings(investigated)]


@pytest.mark.parametrize(
    "query",
    ["first=x", "last=2026-02-30", "first=2026-05-01&last=2026-04-01", "first=2020-01-01&last=2026-01-01"],
)
def test_wrong_days_are_said_at_their_field(sign_in: SignIn, db: None, query: str) -> None:
    answer = sign_in("anguan").get(f"/registers?{query}")
    assert answer.status_code == 422
    assert 'class="wrong"' in answer.content.decode()
