"""The pages of lawful destruction: proposed by the legal officer, decided by the leader, gone for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.archive.types import WAIT
from road import later
from walking import hand_over

SignIn = Callable[[str], Client]
FORM = {
    "approval_number": "青公档销〔2026〕7号", "approved_on": "2026年1月5日", "retention_ended_on": "2025年12月31日", "reason": "保管期满",
}  # fmt: skip


@pytest.fixture
def ended(people: dict[str, Any], new_case: Callable[..., UUID]) -> UUID:
    """A case that was withdrawn."""
    case_id = new_case(("端木知微",))
    hand_over(people, case_id, "filing")
    hand_over(people, case_id, "case-withdrawal", fields={"withdrawal_reason": "犯罪嫌疑人死亡"})
    return case_id


def test_from_the_case_to_the_register(sign_in: SignIn, ended: UUID) -> None:
    legal, leader = sign_in("fazhi"), sign_in("juzhang")
    case = legal.get(f"/cases/{ended}/")
    assert f"/cases/{ended}/destroy" in case.content.decode()
    assert "/destroy" not in leader.get(f"/cases/{ended}/").content.decode()
    number = re.search(r"YL\d{4}-\d{5}", case.content.decode())
    assert number is not None
    wrong = legal.post(f"/cases/{ended}/destroy", {**FORM, "approved_on": "昨天吧"})
    assert wrong.status_code == 422
    assert FORM["approval_number"] in wrong.content.decode()
    sent = legal.post(f"/cases/{ended}/destroy", FORM)
    assert sent.status_code == 302
    place = sent.headers["Location"]
    assert "已有提请" in legal.get(f"/cases/{ended}/destroy").content.decode()
    assert "批准并销毁</button>" not in leader.get(place).content.decode()
    early = leader.post(f"{place}destroy", {"number": number[0]})
    assert early.status_code == 409
    with later(WAIT.days + 0.01):
        # sessions have ended meanwhile
        legal, leader = sign_in("fazhi"), sign_in("juzhang")
        assert "批准并销毁</button>" in leader.get(place).content.decode()
        assert "批准并销毁</button>" not in legal.get(place).content.decode()
        assert leader.post(f"{place}destroy", {"number": "YL2020-00001"}).status_code == 422
        assert leader.post(f"{place}destroy", {"number": number[0]}).status_code == 302
        shown = leader.get(place).content.decode()
        assert "卷宗销毁登记" in shown
        assert "已销毁" in shown
        for client in (legal, leader, sign_in("zhencha")):
            assert client.get(f"/cases/{ended}/").status_code == 404
        assert number[0] in legal.get("/destructions?state=done").content.decode()
        file = legal.get("/destructions?as=file").content.decode()
        assert number[0] in file
        assert "端木知微" not in file + shown


def test_an_open_case_says_what_is_open(sign_in: SignIn, investigated: UUID) -> None:
    shown = sign_in("fazhi").get(f"/cases/{investigated}/destroy").content.decode()
    assert "还没有全部办结" in shown
    assert "没有终结" in shown


def test_taken_back_and_objected_to(sign_in: SignIn, ended: UUID) -> None:
    legal, leader = sign_in("fazhi"), sign_in("juzhang")
    first = legal.post(f"/cases/{ended}/destroy", FORM).headers["Location"]
    assert legal.post(f"{first}withdraw").status_code == 302
    second = legal.post(f"/cases/{ended}/destroy", FORM).headers["Location"]
    assert leader.post(f"{second}refuse", {"note": " "}).status_code == 422
    assert leader.post(f"{second}refuse", {"note": "同案人还没有审结"}).status_code == 302
    assert "同案人还没有审结" in legal.get(second).content.decode()
    assert leader.post(f"{second}refuse", {"note": "再来"}).status_code == 409
