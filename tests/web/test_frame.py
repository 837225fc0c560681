"""The frame of every page: sessions, passwords, what administrators see, what is told when something fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.kernel import clock

SignIn = Callable[[str], Client]


def test_work_keeps_a_session_alive(sign_in: SignIn) -> None:
    client, start = sign_in("zhencha"), clock.now()
    for minutes in (20, 40, 60):
        with clock.set_to(start + timedelta(minutes=minutes)):
            assert client.post("/present").status_code == 200


def test_a_session_is_written_once_a_minute(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    client = sign_in("zhencha")
    client.post("/present")
    with django_assert_num_queries(2):  # the session, the duty: no update
        client.post("/present")


@pytest.mark.parametrize(
    ("who", "word", "path"),
    [("xitong", "单位岗位", "/units"), ("anquan", "账号登录", "/accounts"), ("shenji", "审计", "/audit")],
)
def test_each_administrator_has_a_page_and_no_case(sign_in: SignIn, who: str, word: str, path: str) -> None:
    client = sign_in(who)
    home = client.get("/", follow=True)
    assert home.redirect_chain[-1][0] == "/operations"
    text = home.content.decode()
    assert word in text
    assert "待办" not in text
    assert 'role="search"' not in text
    assert client.get(path).status_code == 200
    others = {"/units", "/accounts", "/audit"} - {path}
    assert {client.get(other).status_code for other in others} == {403}


def test_the_security_administrator_sees_who_is_paused(sign_in: SignIn) -> None:
    for _ in range(5):
        Client().post("/login", {"username": "lian", "password": "wrong"})
    page = sign_in("anquan").get("/accounts?state=paused_until").content.decode()
    assert ">lian<" in page
    assert page.count("登录暂停至 ") == 1


def test_a_text_with_a_null_is_refused(sign_in: SignIn) -> None:
    client = sign_in("zhencha")
    assert client.get("/handovers?state=%00").status_code == 422
    assert client.post("/find", {"to": "/cases", "text": "a\0b"}).status_code == 422
    answer = client.post("/drafts", {"place": "/x", "values": json.dumps({"a": ["b\0"]})})
    assert answer.status_code == 422


def test_a_draft_can_be_given_up(sign_in: SignIn) -> None:
    client = sign_in("zhencha")
    client.post("/drafts", {"place": "/x#y", "values": json.dumps({"a": ["b"], "_version": ["3"]})})
    assert client.get("/drafts?place=/x%23y").json()["values"] == {"a": ["b"], "_version": ["3"]}
    client.post("/drafts", {"place": "/x#y", "drop": "1"})
    assert client.get("/drafts?place=/x%23y").json()["values"] is None


def test_a_refusal_says_where_one_is_and_leads_back(sign_in: SignIn) -> None:
    answer = sign_in("zhencha").get(
        f"/handovers/{UUID(int=0)}/", headers={"Referer": "http://testserver/inbox?tab=done"}
    )
    text = answer.content.decode()
    assert answer.status_code == 404
    assert '<a class="crumb" href="/handovers">移送</a>' in text
    assert 'href="/inbox?tab=done">返回刚才的页面' in text
    assert text.count("<h1") == 1


def test_the_footer_says_how_processes_are(sign_in: SignIn, settings: Any) -> None:
    client = sign_in("zhencha")
    rows = [{"name": name, "alive": name != "worker"} for name in ("database", "web", "worker")]
    (settings.ANTONG_STATE / "status.json").write_text(
        json.dumps({"at": clock.now().timestamp(), "processes": rows})
    )
    try:
        assert "后台作业 停了" in client.get("/desk").content.decode()
    finally:
        (settings.ANTONG_STATE / "status.json").unlink()


def test_counts_are_those_of_the_desk(sign_in: SignIn, new_case: Callable[..., UUID]) -> None:
    new_case()
    client = sign_in("zhencha")
    first = client.get("/counts")
    assert set(first.json()) == {"unread", "desk", "inbox", "approvals", "sent"}
    assert client.get("/counts", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
