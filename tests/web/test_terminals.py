"""A registered terminal as somebody at the machine meets it: the code, the cookie, the sign-in, the session that says where."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import actions, selectors
from antong.web import dates

SignIn = Callable[[str], Client]
DAY = dates.words(clock.today() + timedelta(days=90))


def code_on(answer: Any) -> str:
    found = re.search(r'class="secret code">([2-9A-Z-]{14})<', answer.content.decode())
    assert found is not None
    return found[1]


def test_from_the_code_to_the_session(
    sign_in: SignIn, people: dict[str, Actor], passwords: dict[str, str]
) -> None:
    admin, security, judge = sign_in("xitong"), sign_in("anquan"), people["faguan"]
    form = {
        "unit": judge.unit_id,
        "name": "刑庭 1 号机",
        "place": "三楼 301",
        "users": "刑庭法官",
        "valid_until": DAY,
    }
    wrong = admin.post("/terminals/new", {**form, "valid_until": "2月30日"})
    assert wrong.status_code == 422
    assert "刑庭 1 号机" in wrong.content.decode(), "what was typed stays"
    code = code_on(admin.post("/terminals/new", form))
    listed = admin.get("/terminals").content.decode()
    assert code not in listed
    assert "{{" not in listed
    assert f'value="{DAY}"' in listed, "a renewal lasts as long, unless told"

    machine, elsewhere = Client(), Client()
    assert machine.post("/terminal", {"code": "AAAA-BBBB-CCCC"}).status_code == 422
    taken = machine.post("/terminal", {"code": code})
    cookie = taken.cookies["antong_terminal"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert 88 < int(cookie["max-age"]) / 86400 < 92
    assert "刑庭 1 号机" in machine.get("/terminal").content.decode()
    assert elsewhere.post("/terminal", {"code": code}).status_code == 422, "once"

    assert security.post(f"/terminals/rules/{judge.unit_id}", {"only": "yes"}).status_code == 302
    login = {"username": "faguan", "password": passwords["faguan"]}
    refused = elsewhere.post("/login", login)
    assert refused.status_code == 403
    assert "没有登记" in refused.content.decode()
    assert elsewhere.get("/desk").status_code == 302, "nothing is open"
    assert machine.post("/login", login).status_code == 302
    assert machine.get("/desk").status_code == 200
    assert "刑庭 1 号机" in security.get("/sessions").content.decode()

    listed = admin.get("/terminals", {"as": "file"}).content.decode()
    assert "刑庭 1 号机" in listed
    row = selectors.terminals(people["xitong"])[0][0]
    again = admin.post(f"/terminals/{row.id}/renew", {"valid_until": "昨天"})
    assert again.status_code == 422
    assert 'value="昨天"' in again.content.decode()
    no_reason = security.post(f"/terminals/{row.id}/revoke", {"reason": " "})
    assert no_reason.status_code == 422
    assert security.post(f"/terminals/{row.id}/revoke", {"reason": "遗失"}).status_code == 302
    assert machine.get("/desk").status_code == 302, "its session ends with it"
    assert machine.post("/login", login).status_code == 403
    assert "无人能登录" in security.get("/terminals/rules").content.decode()


def test_whoever_has_several_posts_is_refused_for_the_one_that_asks_for_it(
    people: dict[str, Actor], passwords: dict[str, str]
) -> None:
    judge, other = people["faguan"], people["jianchaguan"]
    now = clock.now()
    actions.delegate(
        people["xitong"], duty_id=other.duty_id, to_person=judge.person_id, starts_at=now, ends_at=now + timedelta(days=2), reason="休假",
    )  # fmt: skip
    made = actions.register_terminal(
        people["xitong"],
        unit_id=judge.unit_id,
        name="1 号机",
        place="三楼",
        users="刑庭",
        valid_until=now + timedelta(days=9),
    )
    actions.enrol_terminal(made.code, "10.1.1.1")
    actions.set_terminal_rule(people["anquan"], unit_id=judge.unit_id, only=True)
    client = Client()
    login = {"username": "faguan", "password": passwords["faguan"]}
    assert "选择本次办理的岗位" in client.post("/login", login).content.decode()
    assert client.post("/login", {"duty": judge.duty_id}).status_code == 403
    client.post("/login", login)
    assert client.post("/login", {"duty": other.duty_id}).status_code == 302
