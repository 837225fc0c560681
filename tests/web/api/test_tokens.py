"""Tokens of systems: issued by one administrator, allowed by another, least privilege, ended, throttled, on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from antong.kernel import clock
from antong.kernel.actor import Channel
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.ledger import sequencer
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions as org
from antong.org import selectors
from antong.org.models import SignInAttempt, SystemToken
from antong.org.types import Permission, Role, TokenState
from antong.web import reading

People = dict[str, Any]
Issue = Callable[..., tuple[Any, str]]
HERE = "10.20.0.7"


def test_a_system_on_a_post_of_its_own(people: People, issue: Issue) -> None:
    _, secret = issue("zhencha", permissions=(Permission.CASE_READ, Permission.CASE_REGISTER))
    caller = org.recognise(secret, HERE)
    assert caller.actor.channel is Channel.API
    assert caller.actor.person_name == "执法办案平台（系统）"
    assert caller.actor.unit_id == people["zhencha"].unit_id
    assert caller.actor.permissions == {Permission.CASE_READ, Permission.CASE_REGISTER}
    assert caller.may_use("filing")
    with pytest.raises(BadInput):
        org.sign_in(f"api-{secret[4:12]}", "", HERE)


def test_a_system_on_somebodys_duty_acts_as_that_person(people: People, issue: Issue) -> None:
    _, secret = issue("juzhang", own=False, flows=["arrest-request"])
    caller = org.recognise(secret, HERE)
    assert caller.actor.person_id == people["juzhang"].person_id
    assert Permission.HANDOVER_APPROVE in caller.actor.permissions
    assert caller.may_use("arrest-request")
    assert not caller.may_use("filing")


def test_a_new_token_goes_on_with_the_post_of_the_old_one(issue: Issue) -> None:
    first, second = issue("zhencha"), issue("zhencha")
    assert first[1] != second[1]
    actors = [org.recognise(secret, HERE).actor for _, secret in (first, second)]
    assert actors[0].duty_id == actors[1].duty_id


def test_nothing_of_the_secret_is_kept(issue: Issue) -> None:
    token_id, secret = issue("zhencha")
    row = SystemToken.objects.get(id=token_id)
    kept = " ".join(str(value) for value in vars(row).values())
    own = secret.split("_", 2)[2]
    assert secret not in kept
    assert own not in kept
    said = str([(entry.after, entry.before) for entry in ledger.entries(SYSTEM_CHAIN, most=5)])
    assert row.prefix in said
    assert own not in said


def test_it_takes_two_administrators(people: People, issue: Issue) -> None:
    token_id, secret = issue("zhencha", allowed=False)
    with pytest.raises(org.NotRecognised) as refused:
        org.recognise(secret, HERE)
    assert refused.value.code == "token-waiting"
    for who in ("xitong", "zhencha", "shenji"):
        with pytest.raises(NotPermitted):
            org.allow_token(people[who], token_id=token_id)
    for who in ("anquan", "zhencha"):
        unit_id = people[who].unit_id
        with pytest.raises(NotPermitted):
            org.issue_token(people[who], unit_id=unit_id, system="x", permissions=[], valid_until=None)
    org.allow_token(people["anquan"], token_id=token_id)
    assert org.recognise(secret, HERE).actor.unit_id == people["zhencha"].unit_id
    with pytest.raises(Refusal) as again:
        org.allow_token(people["anquan"], token_id=token_id)
    assert again.value.code == "token-not-waiting"
    row = SystemToken.objects.get(id=token_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        SystemToken.objects.filter(id=token_id).update(allowed_by=row.issued_by_id)
    acts = [entry.act for entry in ledger.entries(SYSTEM_CHAIN, most=2)]
    assert acts == ["org.allow-token", "org.issue-token"]
    told = selectors.notices(people["zhencha"])[0][0]
    assert "执法办案平台" in told.title
    assert row.prefix in told.body


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"system": " "}, "system"),
        ({"system": "长" * 41}, "system"),
        ({"valid_until": None}, "valid_until"),
        ({"valid_until": clock.now() - timedelta(days=1)}, "valid_until"),
        ({"valid_until": clock.now() + timedelta(days=367)}, "valid_until"),
        ({"role": "no-role"}, "acts_as"),
        ({"role": Role.POLICE_LEADER.value}, "acts_as"),
        ({"role": Role.JUDGE.value}, "acts_as"),
        ({"permissions": []}, "permissions"),
        ({"permissions": ["case:read", "no:permission"]}, "permissions"),
        ({"permissions": ["case:read", "handover:approve"]}, "permissions"),
        ({"permissions": ["org:manage"]}, "permissions"),
        ({"addresses": ["10.0.0.0/99"]}, "addresses"),
        ({"addresses": ["host.example"]}, "addresses"),
        ({"faults": {"flows": "从列表中选"}}, "flows"),
    ],
)
def test_what_is_asked_wrongly_is_named(people: People, wrong: dict[str, Any], field: str) -> None:
    actor = people["zhencha"]
    asked: dict[str, Any] = {
        "unit_id": actor.unit_id,
        "system": "执法办案平台",
        "permissions": ["case:read"],
        "valid_until": clock.now() + timedelta(days=1),
        "role": actor.role,
    }
    with pytest.raises(BadInput) as refused:
        org.issue_token(people["xitong"], **{**asked, **wrong})
    assert set(refused.value.fields) == {field}


def test_no_token_for_a_duty_elsewhere_or_of_an_administrator(people: People, issue: Issue) -> None:
    for who in ("anguan", "shenji"):
        with pytest.raises(BadInput):
            issue("zhencha", own=False, duty_id=people[who].duty_id)
    with pytest.raises(BadInput):
        issue("shenji", own=False, permissions=(Permission.CASE_READ,))


def test_a_token_ends(people: People, issue: Issue) -> None:
    token_id, secret = issue("zhencha")
    with clock.set_to(clock.now() + timedelta(days=31)), pytest.raises(org.NotRecognised) as late:
        org.recognise(secret, HERE)
    assert late.value.code == "token-ended"
    with pytest.raises(BadInput):
        org.revoke_token(people["anquan"], token_id=token_id, reason=" ")
    with pytest.raises(NotPermitted):
        org.revoke_token(people["zhencha"], token_id=token_id, reason="试试")
    org.revoke_token(people["anquan"], token_id=token_id, reason="系统下线")
    with pytest.raises(org.NotRecognised) as gone:
        org.recognise(secret, HERE)
    assert gone.value.code == "token-revoked"
    with pytest.raises(Refusal):
        org.revoke_token(people["xitong"], token_id=token_id, reason="再收一次")
    shown = selectors.tokens(people["xitong"])[0]
    assert (shown.state, shown.revoked_why) == (TokenState.REVOKED, "系统下线")


def test_a_token_ends_with_its_duty(people: People, issue: Issue) -> None:
    _, secret = issue("fuzhu", own=False)
    assert org.recognise(secret, HERE)
    org.end_duty(people["xitong"], duty_id=people["fuzhu"].duty_id)
    with pytest.raises(org.NotRecognised) as refused:
        org.recognise(secret, HERE)
    assert refused.value.code == "token-duty-ended"


def test_a_token_is_used_from_its_addresses_alone(issue: Issue) -> None:
    _, secret = issue("zhencha", addresses=["10.20.0.0/16", "2001:db8::1"])
    assert org.recognise(secret, HERE)
    assert org.recognise(secret, "2001:db8::1")
    for elsewhere in ("10.21.0.7", "nowhere", ""):
        with pytest.raises(org.NotRecognised) as refused:
            org.recognise(secret, elsewhere)
        assert refused.value.code == "token-address"


class TestClockSetBack:
    """A token that has ended stays ended, whatever the machine's clock says meanwhile."""

    def test_while_the_process_runs(self, issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
        token_id, secret = issue("zhencha")
        left = SystemToken.objects.get(id=token_id).valid_until - clock.now()
        shown, ran = [clock.now()], [1000.0]
        monkeypatch.setattr(clock, "_running", [lambda: ran[0]])
        with clock.set_to(lambda: shown[0]):
            org.recognise(secret, HERE)
            shown[0] -= timedelta(hours=5)
            org.recognise(secret, HERE)
            ran[0] += left.total_seconds()
            with pytest.raises(org.NotRecognised) as refused:
                org.recognise(secret, HERE)
        assert refused.value.code == "token-ended"

    def test_in_a_process_begun_since_the_ledger_knows_better(self, people: People, issue: Issue) -> None:
        token_id, secret = issue("zhencha")
        until = SystemToken.objects.get(id=token_id).valid_until
        with clock.set_to(until + timedelta(minutes=1)):
            assert sequencer.run_once()
        with clock.set_to(until - timedelta(hours=5)):
            with pytest.raises(org.NotRecognised) as refused:
                org.recognise(secret, HERE)
            assert refused.value.code == "token-ended"
            (shown,) = [one for one in selectors.tokens(people["xitong"]) if one.id == token_id]
            assert shown.state is TokenState.ENDED
            with pytest.raises(BadInput):
                issue("zhencha", valid_until=until - timedelta(hours=4))


@pytest.mark.parametrize(
    "secret", ["", "x", "atk_", "atk_00000000_" + "a" * 43, "atk_00000000_" + "a" * 42 + "é", "\0", "\ud800"]
)
def test_what_is_no_token_is_unknown(db: None, secret: str) -> None:
    with pytest.raises(org.NotRecognised) as refused:
        org.recognise(secret, HERE)
    assert (refused.value.status, refused.value.code) == (401, "token-unknown")


def test_guessing_pauses_the_address(issue: Issue) -> None:
    _, secret = issue("zhencha")
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    for _ in range(50):
        with pytest.raises(org.NotRecognised) as refused:
            org.recognise(wrong, HERE)
        assert refused.value.status == 401
    for one in (wrong, secret):
        with pytest.raises(org.NotRecognised) as paused:
            org.recognise(one, HERE)
        assert (paused.value.status, paused.value.code) == (429, "throttled")
        assert 0 < paused.value.again_in <= 15 * 60
    assert SignInAttempt.objects.filter(address=HERE).count() == 50
    assert org.recognise(secret, "10.20.0.8")
    with clock.set_to(clock.now() + timedelta(minutes=15, seconds=1)):
        assert org.recognise(secret, HERE)


def test_an_old_token_left_in_a_system_pauses_nobody(people: People, issue: Issue) -> None:
    old, old_secret = issue("zhencha")
    org.revoke_token(people["xitong"], token_id=old, reason="换新")
    for _ in range(60):
        with pytest.raises(org.NotRecognised):
            org.recognise(old_secret, HERE)
    assert org.recognise(issue("zhencha")[1], HERE)


def test_the_last_day_of_use_is_noted_once_a_day(people: People, issue: Issue) -> None:
    token_id, secret = issue("zhencha")
    assert not org.recognise(secret, HERE).noted
    reading.spool_use(token_id)
    reading.post_spooled()
    assert org.recognise(secret, HERE).noted
    assert selectors.tokens(people["anquan"], text="执法办案平台")[0].used_on == clock.today()
    org.note_token_use(token_id, clock.today() - timedelta(days=3))
    assert selectors.tokens(people["anquan"])[0].used_on == clock.today()


def test_the_pages(people: People, sign_in: Callable[[str], Client]) -> None:
    unit = people["zhencha"].unit_id
    office, guard = sign_in("xitong"), sign_in("anquan")
    assert "哪个单位的系统" in office.get("/tokens/new").content.decode()
    form = office.get(f"/tokens/new?unit={unit}").content.decode()
    assert "系统自己的岗位（权限同办案民警）" in form
    assert "提请批准逮捕" in form
    given = {
        "unit": unit, "system": "执法办案平台", "acts_as": "role:investigator", "valid_until": "昨天", "permission": ["case:read", "org:manage"],
        "flow": ["no-flow"], "addresses": "10.20.0.0/16",
    }  # fmt: skip
    wrong = office.post("/tokens/new", given)
    assert wrong.status_code == 422
    assert set(wrong.context["refusal"].fields) == {"valid_until", "permissions", "flows"}
    day = clock.local(clock.now() + timedelta(days=20))
    given |= {
        "valid_until": f"{day:%Y-%m-%d}",
        "permission": ["case:read", "case:register"],
        "flow": ["filing"],
    }
    made = office.post("/tokens/new", given)
    assert made.status_code == 200
    secret = made.context["made"].secret
    assert secret in made.content.decode()
    shown = guard.get("/tokens").content.decode()
    assert secret not in shown
    assert "待安全管理员启用" in shown
    assert "提请批准逮捕" not in shown
    token_id = made.context["made"].id
    assert office.post(f"/tokens/{token_id}/allow").status_code == 403
    assert guard.post(f"/tokens/{token_id}/allow").status_code == 302
    assert org.recognise(secret, HERE).flows == {"filing"}
    assert "收回" in office.get("/tokens?state=in_force").content.decode()
    assert office.post(f"/tokens/{token_id}/revoke", {"reason": ""}).status_code == 422
    assert office.post(f"/tokens/{token_id}/revoke", {"reason": "下线"}).status_code == 302
    assert "下线" in office.get("/tokens?state=revoked").content.decode()
    assert sign_in("zhencha").get("/tokens").status_code == 403
