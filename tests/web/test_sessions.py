"""Sessions: idle and absolute ends, a password somebody else set, headers on everything that is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from antong.kernel import clock
from antong.kernel.refusal import NotPermitted
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org.models import Person

SignIn = Callable[[str], Client]
NEW = "seven quiet herons cross"
HEADERS = (
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
)


def test_a_session_ends_after_half_an_hour_idle_and_after_twelve_hours(sign_in: SignIn) -> None:
    client, begin = sign_in("zhencha"), clock.now()
    with clock.set_to(begin + timedelta(minutes=29)):
        assert client.get("/desk").status_code == 200
    with clock.set_to(begin + timedelta(minutes=31)):
        assert client.get("/desk").status_code == 302
    client = sign_in("zhencha")
    begin = clock.now()
    for minutes in range(20, 12 * 60, 20):
        with clock.set_to(begin + timedelta(minutes=minutes)):
            assert client.post("/present").status_code == 200
    with clock.set_to(begin + timedelta(hours=12, minutes=1)):
        assert client.post("/present", headers={"X-Requested-With": "fetch"}).status_code == 401
        assert client.get("/desk").status_code == 302


class TestClockSetBack:
    """A session ends when it should, whatever the machine's clock says meanwhile."""

    @pytest.fixture
    def ran(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        seconds = [1000.0]
        monkeypatch.setattr(clock, "_running", [lambda: seconds[0]])
        return seconds

    def test_an_idle_session_ends_after_half_an_hour_all_the_same(
        self, sign_in: SignIn, ran: list[float]
    ) -> None:
        client = sign_in("zhencha")
        with clock.set_to(clock.now() - timedelta(hours=3)):
            ran[0] += 29 * 60
            assert client.get("/desk").status_code == 200
            ran[0] += 2 * 60
            assert client.get("/desk").status_code == 302
            assert not selectors.open_sessions()

    def test_whoever_works_on_goes_on_and_ends_after_twelve_hours(
        self, sign_in: SignIn, ran: list[float]
    ) -> None:
        client = sign_in("zhencha")
        with clock.set_to(clock.now() - timedelta(days=3)):
            for _ in range(35):
                ran[0] += 20 * 60
                assert client.post("/present").status_code == 200
            ran[0] += 21 * 60
            assert client.post("/present").status_code == 302

    def test_after_the_machine_was_started_anew_a_session_of_later_is_none(
        self, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = sign_in("zhencha")
        monkeypatch.setattr(clock, "_boot", lambda: "another run")
        assert client.get("/desk").status_code == 200
        with clock.set_to(clock.now() - timedelta(hours=3)):
            assert client.get("/desk").status_code == 302

    def test_a_password_that_was_shown_waits_two_minutes_for_the_duty(
        self, people: dict[str, Any], ran: list[float]
    ) -> None:
        client = Client()
        session = client.session
        at, *by = clock.mark()
        session["choosing"] = [str(people["faguan"].person_id), at, "password", *by]
        session.save()
        with clock.set_to(clock.now() - timedelta(hours=3)):
            ran[0] += 121
            late = client.post("/login", {"duty": str(people["faguan"].duty_id)})
        assert late.status_code == 403


class TestPasswordOfSomebodyElse:
    """What an administrator has set opens nothing but the page that changes it."""

    @pytest.fixture
    def given(self, people: dict[str, Any]) -> str:
        return actions.reset_password(people["anquan"], person_id=people["faguan"].person_id)

    def enter(self, password: str) -> Client:
        client = Client()
        assert (
            client.post("/login", {"username": "faguan", "password": password, "next": "/cases"}).status_code
            == 302
        )
        return client

    def test_every_page_leads_to_the_new_password(self, given: str) -> None:
        client = self.enter(given)
        for path in ("/desk", "/cases", "/inbox", "/notices", "/operations"):
            answer = client.get(path)
            assert answer.status_code == 302, path
            assert answer["Location"].startswith("/password?next="), path
        assert "改成自己的口令后才能办理" in client.get("/password").content.decode()

    def test_every_act_is_refused_with_the_way_out(self, given: str) -> None:
        client = self.enter(given)
        refused = client.post("/notices/read-all")
        assert refused.status_code == 403
        assert "修改口令" in refused.content.decode()
        assert (
            client.get("/counts", headers={"X-Requested-With": "fetch"}).json()["code"] == "password-not-own"
        )
        assert client.post("/logout").status_code == 302

    def test_it_is_changed_once_and_work_goes_on_where_it_was(self, given: str) -> None:
        client = self.enter(given)
        for old, new, again in ((given, "short", "short"), (given, NEW, "other"), ("wrong", NEW, NEW)):
            refused = client.post("/password", {"old": old, "new": new, "again": again})
            assert refused.status_code == 422
            assert client.get("/desk").status_code == 302
        done = client.post("/password", {"old": given, "new": NEW, "again": NEW, "next": "/cases"})
        assert (done.status_code, done["Location"]) == (302, "/cases")
        assert client.get("/cases").status_code == 200
        assert Client().post("/login", {"username": "faguan", "password": given}).status_code == 422
        assert self.enter(NEW).get("/desk").status_code == 200

    def test_people_entered_with_a_password_must_change_it(self) -> None:
        from antong.org.actions import PersonRow
        from antong.org.models import new_id

        row = PersonRow(id=new_id(), username="x", name="x", staff_number="1", password="somebody else's")
        assert row.must_change_password

    def test_those_of_the_demonstration_are_kept(self, passwords: dict[str, str]) -> None:
        assert not Person.objects.filter(username__in=passwords, must_change_password=True).exists()


def test_a_reset_ends_what_is_open(sign_in: SignIn, people: dict[str, Any]) -> None:
    client = sign_in("faguan")
    assert client.get("/desk").status_code == 200
    actions.reset_password(people["anquan"], person_id=people["faguan"].person_id)
    assert client.get("/desk").status_code == 302
    assert client.get("/desk")["Location"].startswith("/login")


def test_a_changed_password_ends_other_sessions_and_keeps_this_one(
    sign_in: SignIn, passwords: dict[str, str]
) -> None:
    here, elsewhere = sign_in("faguan"), sign_in("faguan")
    key = here.cookies["antong_session"].value
    form = {"old": passwords["faguan"], "new": NEW, "again": NEW, "next": "/desk"}
    assert here.post("/password", form).status_code == 302
    assert here.cookies["antong_session"].value != key
    assert here.get("/desk").status_code == 200
    assert elsewhere.get("/desk").status_code == 302


def test_the_way_back_from_the_new_password_stays_in_the_house(
    sign_in: SignIn, passwords: dict[str, str]
) -> None:
    client = sign_in("faguan")
    form = {"old": passwords["faguan"], "new": NEW, "again": NEW, "next": "https://elsewhere.example/"}
    assert client.post("/password", form)["Location"] == "/desk"


def routes(patterns: list[Any], prefix: str = "/") -> list[str]:
    found = []
    for one in patterns:
        if isinstance(one, URLResolver):
            found += routes(one.url_patterns, prefix + str(one.pattern))
        elif isinstance(one, URLPattern):
            found.append(prefix + str(one.pattern))
    return found


def test_every_route_error_and_static_file_carries_the_headers(sign_in: SignIn) -> None:
    client = sign_in("zhencha")
    client.raise_request_exception = False
    some = "00000000-0000-7000-8000-0000000000ff"
    paths = [path.replace("<uuid:", "<").split("<") for path in routes(get_resolver().url_patterns)]
    asked = ["".join([head, *[some + part.split(">", 1)[1] for part in rest]]) for head, *rest in paths]
    asked += ["/nowhere", "/static/antong/app.js", "/static/nowhere.css", "/static/../settings.py"]
    seen = set()
    for path in asked:
        for answer in (client.get(path), client.post(path), client.delete(path)):
            missing = [name for name in HEADERS if name not in answer.headers]
            assert not missing, (path, answer.status_code, missing)
            policy = answer["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "default-src 'self'" in policy
            seen.add(answer.status_code)
    foreign = client.get("/desk", headers={"Host": "elsewhere.example"})
    assert foreign.status_code == 400
    assert not [name for name in HEADERS if name not in foreign.headers]
    assert {200, 302, 404, 405} <= seen


def test_cookies_are_closed_to_scripts_and_to_other_sites(sign_in: SignIn) -> None:
    client = sign_in("zhencha")
    client.get("/cases/new")
    for name in ("antong_session", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name


@pytest.mark.parametrize("tls", [False, True])
def test_secure_cookies_and_hsts_follow_the_setting(tls: bool) -> None:  # noqa: FBT001
    import subprocess
    import sys

    code = "from antong.boot import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    import os

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "ANTONG_TLS": str(int(tls))},
    )  # fmt: skip
    assert done.stdout.split() == [str(tls)] * 2


def test_old_sessions_are_cleared(db: None, settings: Any, tmp_path: Path) -> None:
    from django.contrib.sessions.models import Session

    from antong.boot import sequencing

    Session.objects.create(session_key="old", session_data="", expire_date=clock.now() - timedelta(days=1))
    Session.objects.create(session_key="new", session_data="", expire_date=clock.now() + timedelta(days=1))
    sequencing.clear_sessions()
    assert list(
        Session.objects.filter(session_key__in=["old", "new"]).values_list("session_key", flat=True)
    ) == ["new"]


class TestWhoIsSignedIn:
    """The security administrator sees who is signed in and ends it; nobody else does, and no key leaves the house."""

    def test_a_session_is_seen_with_its_address_and_ended(
        self, people: dict[str, Any], sign_in: SignIn
    ) -> None:
        client, admin = sign_in("faguan"), sign_in("anquan")
        person = people["faguan"].person_id
        (seen,) = selectors.open_sessions(person)
        assert (seen.address, seen.post_name) == ("127.0.0.1", people["faguan"].post_name)
        page = admin.get("/sessions").content.decode()
        assert people["faguan"].person_name in page
        assert client.cookies["antong_session"].value not in page
        before = ledger.last_number(SYSTEM_CHAIN)
        assert admin.post(f"/sessions/{seen.mark}/end").status_code == 302
        assert client.get("/desk").status_code == 302
        assert not selectors.open_sessions(person)
        assert ledger.last_number(SYSTEM_CHAIN) == before + 1
        assert admin.post(f"/sessions/{seen.mark}/end").status_code == 404
        assert admin.post("/sessions/keines/end").status_code == 404

    def test_all_of_a_person_end_at_once(self, people: dict[str, Any], sign_in: SignIn) -> None:
        clients = [sign_in("faguan"), sign_in("faguan")]
        admin, person = sign_in("anquan"), people["faguan"].person_id
        assert admin.post(f"/accounts/{person}/sessions/end").status_code == 302
        assert [client.get("/desk").status_code for client in clients] == [302, 302]
        assert admin.post(f"/accounts/{person}/sessions/end").status_code == 404

    def test_an_idle_one_is_not_shown(self, people: dict[str, Any], sign_in: SignIn) -> None:
        sign_in("faguan")
        with clock.set_to(clock.now() + timedelta(minutes=31)):
            assert not selectors.open_sessions(people["faguan"].person_id)

    def test_a_closed_account_is_put_out_and_comes_back(
        self, people: dict[str, Any], sign_in: SignIn
    ) -> None:
        client, admin, person = sign_in("faguan"), sign_in("anquan"), people["faguan"].person_id
        assert admin.post(f"/accounts/{person}/active", {"active": "no"}).status_code == 302
        assert "已停用" in admin.get(f"/accounts/{person}/").content.decode()
        assert client.get("/desk").status_code == 302
        assert admin.post(f"/accounts/{person}/active", {"active": "yes"}).status_code == 302
        sign_in("faguan")
        own = people["anquan"].person_id
        assert admin.post(f"/accounts/{own}/active", {"active": "no"}).status_code == 404

    def test_a_new_password_is_shown_once(self, people: dict[str, Any], sign_in: SignIn) -> None:
        admin, person = sign_in("anquan"), people["faguan"].person_id
        given = admin.post(f"/accounts/{person}/password")
        password = given.context["made"]["password"]
        assert password in given.content.decode()
        assert given.headers["Cache-Control"] == "no-store"
        assert password not in admin.get(f"/accounts/{person}/").content.decode()
        entered = Client().post("/login", {"username": "faguan", "password": password})
        assert entered.status_code == 302

    def test_a_pause_is_lifted_and_the_password_stays(
        self, people: dict[str, Any], sign_in: SignIn, passwords: dict[str, str]
    ) -> None:
        admin, person = sign_in("anquan"), people["faguan"].person_id
        for _ in range(5):
            Client().post("/login", {"username": "faguan", "password": "wrong"})
        right = {"username": "faguan", "password": passwords["faguan"]}
        assert Client().post("/login", right).status_code == 403
        assert "登录暂停" in admin.get(f"/accounts/{person}/").content.decode()
        assert admin.post(f"/accounts/{person}/pause/lift").status_code == 302
        assert Client().post("/login", right).status_code == 302
        assert admin.post(f"/accounts/{person}/pause/lift").status_code == 404

    @pytest.mark.parametrize("who", ["xitong", "shenji", "juzhang"])
    def test_nobody_else(self, people: dict[str, Any], who: str) -> None:
        for act in (
            lambda: actions.end_session(people[who], mark="x"),
            lambda: actions.end_sessions(people[who], person_id=people["faguan"].person_id),
            lambda: actions.lift_pause(people[who], person_id=people["faguan"].person_id),
        ):
            with pytest.raises(NotPermitted):
                act()
