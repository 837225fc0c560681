"""Signing in with a code beside the password, and setting it up, as somebody sees it who has only pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotPermitted
from antong.org._factors import code_at
from antong.web import guard

SignIn = Callable[[str], Client]


def secret_on(page: str) -> bytes:
    """Return the secret that a page shows to be typed into a phone."""
    import base64

    found = re.search(r'<p class="code">([A-Z2-7 ]+)</p>', page)
    assert found is not None
    return base64.b32decode(found[1].replace(" ", ""))


def phone(secret: bytes) -> str:
    return code_at(secret, int(clock.now().timestamp()) // 30)


def set_up(client: Client, **more: str) -> tuple[bytes, list[str]]:
    """Set up a phone; return its secret and the recovery codes."""
    offered = client.post("/factor", {"begin": "1", **more})
    secret = secret_on(offered.content.decode())
    wrong = client.post("/factor", {"code": "000000" if phone(secret) != "000000" else "111111"})
    assert wrong.status_code == 422
    assert secret_on(wrong.content.decode()) == secret, "the picture stays when a code is mistyped"
    done = client.post("/factor", {"code": phone(secret)})
    assert done.status_code == 200
    return secret, re.findall(r"<li>([2-9A-Z-]{11})</li>", done.content.decode())


def enter(passwords: dict[str, str], who: str, code: str, **more: str) -> tuple[Client, Any]:
    client = Client()
    asked = client.post("/login", {"username": who, "password": passwords[who], **more})
    assert asked.status_code == 200
    assert "输入手机上的动态口令" in asked.content.decode()
    assert client.get("/desk").status_code == 302, "the password alone opens nothing"
    return client, client.post("/login", {"code": code, **more})


def test_an_administrator_sets_up_a_phone_before_anything_else(
    sign_in: SignIn, passwords: dict[str, str], settings: Any
) -> None:
    settings.ANTONG_SECOND_FACTOR = "admins"
    client = sign_in("anquan")
    for path in ("/accounts", "/operations", "/notices"):
        assert client.get(path)["Location"].startswith("/factor?next="), path
    assert client.post("/notices/read-all").status_code == 403
    assert client.get("/counts", headers={"X-Requested-With": "fetch"}).json()["code"] == "factor-missing"
    assert "本岗位登录须用口令和动态口令" in client.get("/factor").content.decode()
    secret, codes = set_up(client)
    assert len(codes) == 10
    assert client.get("/accounts").status_code == 200, "the session goes on"
    assert not re.search(r'<p class="code">', client.get("/factor").content.decode()), "never shown again"
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        again, answer = enter(passwords, "anquan", phone(secret), next="/sessions")
        assert answer.status_code == 302
        assert again.get("/accounts").status_code == 200
    assert sign_in("zhencha").get("/desk").status_code == 200


def test_password_first_then_the_phone(people: dict[str, Actor], settings: Any) -> None:
    from antong.org import actions

    settings.ANTONG_SECOND_FACTOR = "all"
    given = actions.reset_password(people["anquan"], person_id=people["faguan"].person_id)
    client = Client()
    client.post("/login", {"username": "faguan", "password": given})
    assert client.get("/desk")["Location"].startswith("/password?")
    new = "seven quiet herons cross"
    client.post("/password", {"old": given, "new": new, "again": new})
    assert client.get("/desk")["Location"].startswith("/factor?")
    set_up(client)
    assert client.get("/desk").status_code == 200


def test_a_wrong_code_keeps_the_step_and_says_how_to_mend(sign_in: SignIn, passwords: dict[str, str]) -> None:
    secret, codes = set_up(sign_in("faguan"))
    client, refused = enter(
        passwords, "faguan", "000000" if phone(secret) != "000000" else "111111", next="/cases"
    )
    assert refused.status_code == 422
    said = refused.content.decode()
    assert "备用码" in said
    assert 'value="/cases"' in said
    assert passwords["faguan"] not in said
    done = client.post("/login", {"code": codes[0], "next": "/cases"})
    assert (done.status_code, done["Location"]) == (302, "/cases")


def test_the_step_lasts_two_minutes_and_needs_the_password_first(
    sign_in: SignIn, passwords: dict[str, str]
) -> None:
    _, codes = set_up(sign_in("faguan"))
    stranger = Client().post("/login", {"code": codes[0]})
    assert stranger.status_code == 403
    client = Client()
    client.post("/login", {"username": "faguan", "password": passwords["faguan"]})
    with clock.set_to(clock.now() + timedelta(seconds=121)):
        late = client.post("/login", {"code": codes[0]})
        assert late.status_code == 403
        assert "重新输入用户名和口令" in late.content.decode()


def test_the_phone_is_changed_with_a_code_and_other_sessions_end(
    sign_in: SignIn, passwords: dict[str, str]
) -> None:
    elsewhere, client = sign_in("faguan"), sign_in("faguan")
    _, codes = set_up(client)
    assert elsewhere.get("/desk").status_code == 302
    refused = client.post("/factor", {"begin": "1", "begin_code": "1"})
    assert refused.status_code == 422
    assert client.get("/desk").status_code == 200
    set_up(client, begin_code=codes[1])


def test_a_lost_phone_on_the_pages_of_the_administrators(sign_in: SignIn, people: dict[str, Actor]) -> None:
    officer = sign_in("faguan")
    set_up(officer)
    person = people["faguan"].person_id
    system, security = sign_in("xitong"), sign_in("anquan")
    assert "申请重置动态口令" in system.get(f"/people/{person}/").content.decode()
    bad = system.post(f"/people/{person}/factor/reset", {"reset_reason": ""})
    assert bad.status_code == 422
    assert "没有写明原因" in bad.content.decode()
    assert system.post(f"/people/{person}/factor/reset", {"reset_reason": "手机遗失"}).status_code == 302
    assert "等安全管理员确认" in system.get(f"/people/{person}/").content.decode()
    assert "申请重置，原因：手机遗失" in security.get(f"/accounts/{person}/").content.decode()
    assert "申请重置：手机遗失" in officer.get("/factor").content.decode()
    assert security.post(f"/accounts/{person}/factor/reset", {"agree": "yes"}).status_code == 302
    assert "没有绑定" in security.get(f"/accounts/{person}/").content.decode()
    assert officer.get("/desk").status_code == 302, "sessions end with it"
    assert sign_in("faguan").get("/desk").status_code == 200


@pytest.mark.parametrize("given", [{}, {"begin": ""}, {"code": ""}, {"code": "1" * 3000}])
def test_any_form_is_answered(sign_in: SignIn, given: dict[str, str]) -> None:
    assert sign_in("faguan").post("/factor", given).status_code in {200, 404, 422}


def test_a_refusal_holds_nothing_of_an_earlier_request(rf: RequestFactory) -> None:
    said = []
    for _ in range(2):
        with pytest.raises(NotPermitted) as refused:
            guard._first(rf.post("/cases/new"), "pledge")
        said.append(refused.value)
    assert said[0] is not said[1]
