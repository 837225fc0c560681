"""The second factor: what RFC 6238 says, taken once, counted with the passwords, lost by two administrators' act."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.hashers import make_password

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import _sealed, actions, selectors
from antong.org._factors import code_at
from antong.org.models import Person, RecoveryCode, SecondFactor, SignInAttempt

PASSWORD = "one long enough for a test"
HERE = "10.0.0.1"
People = dict[str, Actor]


def phone(secret: bytes, steps: int = 0) -> str:
    """Return what a phone shows, so many steps from now."""
    return code_at(secret, int(clock.now().timestamp()) // 30 + steps)


def enrolled(actor: Actor) -> tuple[bytes, tuple[str, ...]]:
    """Set up a phone for somebody; return its secret and the recovery codes."""
    actions.begin_factor(actor)
    row = SecondFactor.objects.get(person_id=actor.person_id)
    assert row.pending is not None
    secret = _sealed.unseal(row.id, bytes(row.pending))
    return secret, actions.enrol_factor(actor, code=phone(secret))


@pytest.fixture
def judge(people: People, quick_hash: None) -> Actor:
    Person.objects.filter(username="faguan").update(password=make_password(PASSWORD))
    return people["faguan"]


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_rfc(at: int, code: str) -> None:
    assert code_at(b"12345678901234567890", at // 30) == code


def test_a_phone_takes_over_what_the_picture_says(judge: Actor) -> None:
    offer = actions.begin_factor(judge)
    said = parse_qs(urlsplit(offer.uri).query)
    assert said["secret"] == [offer.secret.replace(" ", "")]
    assert (said["digits"], said["period"], said["algorithm"]) == (["6"], ["30"], ["SHA1"])
    row = SecondFactor.objects.get(person_id=judge.person_id)
    assert row.sealed is None
    assert row.pending is not None
    assert offer.secret.replace(" ", "").encode() not in bytes(row.pending)
    assert not actions.sign_in("faguan", PASSWORD, HERE).second_factor, (
        "nothing is in force before a code is shown"
    )


def test_the_password_alone_opens_nothing_afterwards(judge: Actor) -> None:
    secret, codes = enrolled(judge)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[2-9A-Z]{5}-[2-9A-Z]{5}", one) for one in codes)
    assert actions.sign_in("faguan", PASSWORD, HERE).second_factor
    with clock.set_to(clock.now() + timedelta(seconds=90)):
        assert (
            actions.check_factor(judge.person_id, f" {phone(secret)[:3]} {phone(secret)[3:]} ", HERE)
            == "totp"
        )


def test_a_code_is_taken_once_and_one_step_either_side(judge: Actor) -> None:
    secret, _ = enrolled(judge)
    with clock.set_to(clock.now() + timedelta(minutes=5)):
        for steps, taken in (
            (-2, False),
            (-1, True),
            (-1, False),
            (0, True),
            (-1, False),
            (0, False),
            (1, True),
            (2, False),
        ):
            if taken:
                assert actions.check_factor(judge.person_id, phone(secret, steps), HERE) == "totp", steps
            else:
                with pytest.raises(BadInput):
                    actions.check_factor(judge.person_id, phone(secret, steps), HERE)


def test_wrong_codes_pause_the_account_however_often_the_password_is_right(judge: Actor) -> None:
    secret, _ = enrolled(judge)
    later = clock.now() + timedelta(minutes=5)
    with clock.set_to(later):
        for _ in range(5):
            assert actions.sign_in("faguan", PASSWORD, HERE).second_factor
            with pytest.raises(BadInput):
                actions.check_factor(judge.person_id, "000000", HERE)
        for attempt in (
            lambda: actions.check_factor(judge.person_id, phone(secret), HERE),
            lambda: actions.sign_in("faguan", PASSWORD, HERE),
        ):
            with pytest.raises(NotPermitted) as paused:
                attempt()
            assert paused.value.code == "throttled"
    with clock.set_to(later + timedelta(minutes=2)):
        assert actions.check_factor(judge.person_id, phone(secret), HERE) == "totp"
        assert not SignInAttempt.objects.filter(username="faguan").exists()


@pytest.mark.parametrize(
    "bad", ["", "      ", "１２３４５６", "\0", "9" * 5000, "字字字字字字", "-", "ABCDE-FGHJK"]
)
def test_what_is_no_code_is_refused(judge: Actor, bad: str) -> None:
    enrolled(judge)
    with pytest.raises(BadInput) as refused:
        actions.check_factor(judge.person_id, bad, HERE)
    assert refused.value.code == "factor"
    assert refused.value.remedy
    assert refused.value.who


def test_a_recovery_code_signs_in_once_and_the_person_is_told(judge: Actor) -> None:
    _, codes = enrolled(judge)
    assert actions.check_factor(judge.person_id, codes[3].lower(), HERE) == "recovery"
    with pytest.raises(BadInput):
        actions.check_factor(judge.person_id, codes[3], HERE)
    assert selectors.factor_of(judge.person_id).codes == 9
    actions.choose_duty(judge.person_id, judge.duty_id, by="recovery")
    assert selectors.notices(judge)[0][0].title == "用备用码登录了一次"
    assert ledger.entries(SYSTEM_CHAIN)[0].act == "org.sign-in"
    assert not any(
        one.replace("-", "").encode() in bytes(row.digest)
        for row in RecoveryCode.objects.all()
        for one in codes
    )


def test_another_phone_needs_a_code_of_the_first_and_ends_it(judge: Actor) -> None:
    first, codes = enrolled(judge)
    for code in ("", "000000", phone(first)):  # the last was taken by setting it up
        with pytest.raises(BadInput):
            actions.begin_factor(judge, code=code, address=HERE)
    before = selectors.session_for(judge.person_id, judge.duty_id)
    with clock.set_to(clock.now() + timedelta(minutes=2)):
        actions.begin_factor(judge, code=phone(first), address=HERE)
        row = SecondFactor.objects.get(person_id=judge.person_id)
        assert row.pending is not None
        second = _sealed.unseal(row.id, bytes(row.pending))
        with pytest.raises(BadInput):
            actions.enrol_factor(judge, code=phone(first))
        actions.enrol_factor(judge, code=phone(second))
        for gone in (phone(first, 1), codes[0]):
            with pytest.raises(BadInput):
                actions.check_factor(judge.person_id, gone, HERE)
    after = selectors.session_for(judge.person_id, judge.duty_id)
    assert before is not None
    assert after is not None
    assert before.mark != after.mark, "sessions elsewhere end"


def test_nothing_is_set_up_twice_by_one_code(judge: Actor) -> None:
    secret, _ = enrolled(judge)
    with pytest.raises(NotFound):
        actions.enrol_factor(judge, code=phone(secret))


def test_a_lost_phone_is_forgotten_by_two_administrators(people: People, judge: Actor) -> None:
    system, security = people["xitong"], people["anquan"]
    with pytest.raises(NotFound):
        actions.propose_factor_reset(system, person_id=judge.person_id, reason="手机遗失")
    secret, _ = enrolled(judge)
    for reason in ("", "   ", "长" * 121):
        with pytest.raises(BadInput):
            actions.propose_factor_reset(system, person_id=judge.person_id, reason=reason)
    with pytest.raises(NotFound):
        actions.decide_factor_reset(security, person_id=judge.person_id, agree=True)
    actions.propose_factor_reset(system, person_id=judge.person_id, reason="手机遗失")
    with pytest.raises(Refusal, match="已经申请过"):
        actions.propose_factor_reset(system, person_id=judge.person_id, reason="手机遗失")
    for wrong in (system, people["shenji"], judge):
        with pytest.raises(NotPermitted):
            actions.decide_factor_reset(wrong, person_id=judge.person_id, agree=True)
    actions.decide_factor_reset(security, person_id=judge.person_id, agree=False)
    assert actions.sign_in("faguan", PASSWORD, HERE).second_factor
    actions.propose_factor_reset(system, person_id=judge.person_id, reason="确已遗失")
    actions.decide_factor_reset(security, person_id=judge.person_id, agree=True)
    assert not actions.sign_in("faguan", PASSWORD, HERE).second_factor
    with pytest.raises(BadInput):
        actions.check_factor(judge.person_id, phone(secret, 1), HERE)
    told = [row.title for row in selectors.notices(judge)[0]]
    assert told[:4] == [
        "您的动态口令已重置",
        "申请重置您的动态口令",
        "您的动态口令没有重置",
        "申请重置您的动态口令",
    ]
    acts = [row.act for row in ledger.entries(SYSTEM_CHAIN)]
    assert acts[:4] == [
        "org.reset-factor",
        "org.propose-factor-reset",
        "org.keep-factor",
        "org.propose-factor-reset",
    ]


def test_nobody_decides_on_the_own_phone(people: People) -> None:
    security = people["anquan"]
    enrolled(security)
    actions.propose_factor_reset(people["xitong"], person_id=security.person_id, reason="手机遗失")
    with pytest.raises(NotFound):
        actions.decide_factor_reset(security, person_id=security.person_id, agree=True)
    enrolled(people["xitong"])
    with pytest.raises(NotFound):
        actions.propose_factor_reset(
            people["xitong"], person_id=people["xitong"].person_id, reason="手机遗失"
        )


def test_from_the_server_itself_it_can_be_forgotten_on_the_record(people: People) -> None:
    from antong.boot import founding

    enrolled(people["anquan"])
    actions.forget_factor(founding.operator(), username="anquan")
    assert selectors.factor_of(people["anquan"].person_id).since is None
    assert ledger.entries(SYSTEM_CHAIN)[0].act == "org.reset-factor"
    with pytest.raises(NotFound):
        actions.forget_factor(founding.operator(), username="anquan")


@pytest.mark.parametrize(
    ("rule", "admin", "officer"), [("off", False, False), ("admins", True, False), ("all", True, True)]
)
def test_who_must_have_one_is_a_setting(
    people: People, settings: Any, rule: str, *, admin: bool, officer: bool
) -> None:
    settings.ANTONG_SECOND_FACTOR = rule
    for who, must in (("xitong", admin), ("anquan", admin), ("shenji", admin), ("faguan", officer)):
        found = selectors.session_for(people[who].person_id, people[who].duty_id)
        assert found is not None
        assert found.must_enrol is must, who
    enrolled(people["xitong"])
    found = selectors.session_for(people["xitong"].person_id, people["xitong"].duty_id)
    assert found is not None
    assert not found.must_enrol


def test_another_master_key_opens_no_secret_and_says_so(judge: Actor, settings: Any, tmp_path: Any) -> None:
    secret, _ = enrolled(judge)
    settings.ANTONG_MASTER_KEY = tmp_path / "master"
    with pytest.raises(Refusal) as refused:
        actions.check_factor(judge.person_id, phone(secret, 1), HERE)
    assert "主密钥" in refused.value.what
    settings.ANTONG_MASTER_KEY.write_bytes(b"x" * 32)
    with pytest.raises(Refusal) as refused:
        actions.check_factor(judge.person_id, phone(secret, 1), HERE)
    assert refused.value.code == "master-key"
