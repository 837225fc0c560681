"""The pledge of secrecy: signed by everybody, anew for each version, by name and password."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal, Stale
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org.models import Person, SignInAttempt

PASSWORD = "one long enough for a test"
TEXT = "本人承诺：只为办理职责内的案件查阅案件信息，不泄露、不带出。"
People = dict[str, Actor]


@pytest.fixture
def judge(people: People, quick_hash: None) -> Actor:
    Person.objects.filter(username="faguan").update(password=make_password(PASSWORD))
    return people["faguan"]


def owes(actor: Actor) -> bool:
    found = selectors.session_for(actor.person_id, actor.duty_id)
    assert found is not None
    return found.must_pledge


def sign(actor: Actor, version: int = 1, name: str = "", password: str | None = PASSWORD) -> None:
    actions.sign_pledge(actor, version=version, name=name or actor.person_name, password=password)


def test_everybody_signs_and_signs_anew_for_a_new_version(people: People, judge: Actor) -> None:
    assert not owes(judge)
    assert selectors.pledge_state().unsigned == ()
    actions.issue_pledge(people["anquan"], text=TEXT)
    assert owes(judge)
    before = selectors.pledge_state()
    sign(judge)
    assert not owes(judge)
    assert owes(people["anquan"])
    after = selectors.pledge_state()
    assert (after.signed, len(after.unsigned)) == (1, len(before.unsigned) - 1)
    assert judge.person_name not in {row.name for row in after.unsigned}
    assert [row.act for row in ledger.entries(SYSTEM_CHAIN)[:2]] == ["org.sign-pledge", "org.issue-pledge"]
    with pytest.raises(NotFound):
        sign(judge)
    actions.issue_pledge(people["anquan"], text=f"{TEXT}离岗后继续保守。")
    assert owes(judge)
    with pytest.raises(Stale):
        sign(judge, version=1)
    sign(judge, version=2)
    assert not owes(judge)


def test_only_the_own_name_and_password_sign(people: People, judge: Actor) -> None:
    actions.issue_pledge(people["anquan"], text=TEXT)
    for name, password, wrong in (
        ("别人", PASSWORD, {"name"}),
        (judge.person_name, "wrong", {"password"}),
        ("", "x" * 5000, {"name", "password"}),
    ):
        with pytest.raises(BadInput) as refused:
            actions.sign_pledge(judge, version=1, name=name, password=password)
        assert set(refused.value.fields) == wrong
    assert owes(judge)
    assert SignInAttempt.objects.filter(username="faguan").count() == 2, "wrong passwords are counted"
    sign(judge, name=" ".join(judge.person_name))


def test_a_session_of_a_certificate_signs_without_a_password(people: People, judge: Actor) -> None:
    actions.issue_pledge(people["anquan"], text=TEXT)
    sign(judge, password=None)
    assert not owes(judge)


def test_only_the_security_administrator_issues_and_nothing_empty_or_the_same(people: People) -> None:
    for who in ("xitong", "shenji", "faguan"):
        with pytest.raises(NotPermitted):
            actions.issue_pledge(people[who], text=TEXT)
    for bad in ("", "  \0 ", "短", "长" * 5001):
        with pytest.raises(BadInput):
            actions.issue_pledge(people["anquan"], text=bad)
    actions.issue_pledge(people["anquan"], text=TEXT)
    with pytest.raises(Refusal, match="与现行版本相同"):
        actions.issue_pledge(people["anquan"], text=f"  {TEXT} \n")
    newest = selectors.pledge_text()
    assert newest is not None
    assert newest.version == 1


def test_nothing_is_done_before_it_is_signed_on_the_pages(people: People, passwords: dict[str, str]) -> None:
    def enter(who: str) -> Client:
        client = Client()
        assert client.post("/login", {"username": who, "password": passwords[who]}).status_code == 302
        return client

    security, judge = enter("anquan"), enter("faguan")
    assert "还没有发布保密承诺书" in judge.get("/pledge").content.decode()
    offered = security.get("/pledges").content.decode()
    assert "郑重承诺" in offered
    refused = security.post("/pledges/new", {"pledge": "短"})
    assert refused.status_code == 422
    assert "太短或太长" in refused.content.decode()
    security.post("/pledges/new", {"pledge": TEXT})
    assert judge.get("/desk")["Location"].startswith("/pledge?next=")
    assert judge.post("/notices/read-all").status_code == 403
    page = judge.get("/pledge?next=/cases").content.decode()
    assert TEXT in page
    assert "签署后才能办理" in page
    wrong = judge.post(
        "/pledge", {"version": "1", "name": "别人", "password": passwords["faguan"], "next": "/cases"}
    )
    assert wrong.status_code == 422
    assert 'value="别人"' in wrong.content.decode()
    assert passwords["faguan"] not in wrong.content.decode()
    name = people["faguan"].person_name
    done = judge.post(
        "/pledge", {"version": "1", "name": name, "password": passwords["faguan"], "next": "/cases"}
    )
    assert (done.status_code, done["Location"]) == (302, "/cases")
    assert judge.get("/desk").status_code == 200
    assert f"承诺人 {name}" in judge.get("/pledge").content.decode()
    assert security.get("/accounts")["Location"].startswith("/pledge?"), "whoever issued it signs too"
    security.post(
        "/pledge", {"version": "1", "name": people["anquan"].person_name, "password": passwords["anquan"]}
    )
    state = security.get("/pledges")
    assert name not in state.content.decode()
    assert people["xitong"].person_name in state.content.decode()
    table = security.get("/pledges?as=file").content.decode("utf-8-sig")
    assert people["xitong"].person_name in table
