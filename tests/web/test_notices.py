"""The page of notices: who is on duty, what waits for an answer, what went up, and the answer itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from antong.flow import _silence
from antong.kernel import clock
from antong.org import actions
from antong.org.models import Notice

SignIn = Callable[[str], Client]


@pytest.fixture
def asked(people: dict[str, Any]) -> Notice:
    """A supervisor asks the procuratorate something, to be answered by the day after."""
    actions.notify(
        people["jiandu"],
        to_units=[people["anguan"].unit_id],
        kind="nudge",
        title="催办：移送审查起诉",
        answer_by=clock.now() + timedelta(days=1),
        escalate_to=people["jiandu"].unit_id,
        duty_name=people["anguan"].person_name,
    )
    return Notice.objects.get(title="催办：移送审查起诉")


def test_what_waits_for_an_answer_is_answered_on_the_page(sign_in: SignIn, asked: Notice) -> None:
    client = sign_in("anguan")
    page = client.get("/notices").content.decode()
    assert f"/notices/{asked.id}/answer" in page
    assert "由您处置" in page
    refused = client.post(f"/notices/{asked.id}/answer", {"text": " "})
    assert refused.status_code == 422
    assert "须写明办到哪一步" in refused.content.decode()
    assert client.post(f"/notices/{asked.id}/answer", {"text": "明早受理"}).status_code == 302
    page = client.get("/notices").content.decode()
    assert "已答复" in page
    assert "明早受理" in page
    assert f"/notices/{asked.id}/answer" not in page
    back = sign_in("jiandu").get("/notices").content.decode()
    assert "答复：催办：移送审查起诉" in back


def test_nobody_else_answers(sign_in: SignIn, asked: Notice) -> None:
    assert sign_in("faguan").post(f"/notices/{asked.id}/answer", {"text": "x"}).status_code == 404
    assert Client().post(f"/notices/{asked.id}/answer", {"text": "x"}).status_code == 302


def test_what_went_up_is_shown_as_such_to_both(sign_in: SignIn, asked: Notice) -> None:
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert _silence.escalate() == 1
    below = sign_in("anguan").get("/notices").content.decode()
    assert "已升级" in below
    assert "无人答复，已报" in below
    above = sign_in("jiandu").get("/notices?kind=escalated").content.decode()
    assert "升级：催办：移送审查起诉" in above
    assert "逾期未答复" in above
