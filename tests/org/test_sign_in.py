"""Signing in: one answer for every failure, pauses that grow, on the record."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection

from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotFound, NotPermitted
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import _guesses, actions, selectors
from antong.org.models import Duty, Person, SignInAttempt

PASSWORD = "one long enough for a test"


@pytest.fixture
def account(db: None, quick_hash: None) -> str:
    """An officer with a cheap hash."""
    row = Duty.objects.filter(post__role="judge").exclude(person__username="faguan").first()
    assert row is not None
    Person.objects.filter(id=row.person_id).update(password=make_password(PASSWORD))
    return row.person.username


def fail(username: str, address: str = "10.0.0.1", times: int = 1, *, given: str = "wrong") -> None:
    for _ in range(times):
        with pytest.raises(BadInput):
            actions.sign_in(username, given, address)


def test_the_right_password_opens_and_forgets_failures(account: str) -> None:
    fail(account, times=4)
    signed = actions.sign_in(f" {account} ", PASSWORD, "10.0.0.1")
    assert signed.duties
    assert not SignInAttempt.objects.filter(username=account).exists()


def test_printed_password_opens(passwords: dict[str, str]) -> None:
    assert actions.sign_in("faguan", passwords["faguan"], "10.0.0.1").name


def test_unknown_and_wrong_read_the_same_and_hash_once(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    calls: list[str] = []
    real = MD5PasswordHasher.encode

    def encode(self: MD5PasswordHasher, password: str, salt: str) -> str:
        calls.append(password)
        return real(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    answers, costs = [], []
    closed = Duty.objects.filter(post__role="prosecutor").exclude(person__username="jianchaguan")[0].person
    for username in (account, "nobody-at-all", closed.username, "bad\0name", "x" * 5000):
        calls.clear()
        with pytest.raises(BadInput) as refused:
            actions.sign_in(username, "wrong", "10.0.0.1")
        answers.append((refused.value.what, refused.value.code, refused.value.remedy, refused.value.fields))
        costs.append(len(calls))
    assert all(answer == answers[0] for answer in answers)
    assert costs == [1] * len(costs)


def test_closed_accounts_do_not_open(account: str) -> None:
    Person.objects.filter(username=account).update(is_active=False)
    fail(account, given=PASSWORD)


def test_a_giant_password_is_wrong_not_slow(account: str) -> None:
    fail(account, given=PASSWORD + "x" * 1_000_000)


def test_pauses_grow_and_end(account: str) -> None:
    begin = clock.now()
    with clock.set_to(begin):
        fail(account, times=5)
        with pytest.raises(NotPermitted) as paused:
            actions.sign_in(account, PASSWORD, "10.0.0.2")
        assert paused.value.code == "throttled"
        assert f"{clock.local(begin + timedelta(seconds=119)):%H:%M}" in paused.value.remedy
    after_first = begin + timedelta(seconds=61)
    with clock.set_to(after_first):
        fail(account)
    with clock.set_to(after_first + timedelta(seconds=61)), pytest.raises(NotPermitted):
        actions.sign_in(account, PASSWORD, "10.0.0.1")
    with clock.set_to(after_first + timedelta(seconds=121)):
        assert actions.sign_in(account, PASSWORD, "10.0.0.1").duties


def test_no_pause_is_longer_than_an_hour(account: str) -> None:
    now = clock.now()
    SignInAttempt.objects.bulk_create(
        [SignInAttempt(username=account, address="a", at=now - timedelta(minutes=61)) for _ in range(40)]
    )
    with clock.set_to(now):
        assert actions.sign_in(account, PASSWORD, "10.0.0.1").duties


def test_a_refused_attempt_does_not_lengthen_the_pause(account: str) -> None:
    fail(account, times=5)
    for _ in range(3):
        with pytest.raises(NotPermitted):
            actions.sign_in(account, "wrong", "10.0.0.1")
    assert SignInAttempt.objects.filter(username=account).count() == 5


def test_an_address_pauses_whatever_the_names(account: str) -> None:
    for index in range(_guesses.MOST_BY_ADDRESS):
        fail(f"guess{index}", "10.0.0.9")
    with pytest.raises(NotPermitted):
        actions.sign_in(account, PASSWORD, "10.0.0.9")
    assert actions.sign_in(account, PASSWORD, "10.0.0.8").duties


def test_without_a_post_nobody_works(account: str) -> None:
    Duty.objects.filter(person__username=account).update(valid_until=clock.now() - timedelta(hours=1))
    with pytest.raises(NotPermitted) as refused:
        actions.sign_in(account, PASSWORD, "10.0.0.1")
    assert refused.value.code == "no-duty"


def test_choosing_a_duty_and_leaving_are_on_the_record(people: dict[str, Any]) -> None:
    actor = people["zhencha"]
    chosen = actions.choose_duty(actor.person_id, actor.duty_id)
    actions.sign_out(chosen)
    acts = [entry.act for entry in ledger.entries(SYSTEM_CHAIN, most=2)]
    assert acts == ["org.sign-out", "org.sign-in"]
    with pytest.raises(NotFound):
        actions.choose_duty(actor.person_id, people["juzhang"].duty_id)


def test_changing_the_password(account: str) -> None:
    from antong.org import selectors

    signed = actions.sign_in(account, PASSWORD, "10.0.0.1")
    actor = selectors.actor_for(signed.person_id, signed.duties[0].id)
    assert actor is not None
    for old, new in (("wrong", "x" * 20), (PASSWORD, "short"), (PASSWORD, PASSWORD), (PASSWORD, "x" * 300)):
        with pytest.raises(BadInput):
            actions.change_password(actor, old, new)
    actions.change_password(actor, PASSWORD, "another one, long too")
    fail(account, given=PASSWORD)
    assert actions.sign_in(account, "another one, long too", "10.0.0.1").duties


def test_a_weak_new_password_is_refused_and_each_field_is_named(account: str) -> None:
    from antong.org import selectors

    signed = actions.sign_in(account, PASSWORD, "10.0.0.1")
    actor = selectors.actor_for(signed.person_id, signed.duties[0].id)
    assert actor is not None
    for weak in ("aaaaaaaaaaaaaaaa", "my 0123456 long", f"{account} and more words", "password and some"):
        with pytest.raises(BadInput) as refused:
            actions.change_password(actor, PASSWORD, weak)
        assert set(refused.value.fields) == {"new"}, weak
    with pytest.raises(BadInput) as refused:
        actions.change_password(actor, "wrong", "short", again="other")
    assert set(refused.value.fields) == {"old", "new", "again"}


def test_guessing_the_old_password_in_an_open_session_is_throttled(account: str) -> None:
    from antong.org import selectors

    signed = actions.sign_in(account, PASSWORD, "10.0.0.1")
    actor = selectors.actor_for(signed.person_id, signed.duties[0].id)
    assert actor is not None
    for index in range(5):
        with pytest.raises(BadInput):
            actions.change_password(actor, f"guess {index}", "a new one, long enough", address="10.0.0.1")
    with pytest.raises(NotPermitted) as refused:
        actions.change_password(actor, PASSWORD, "a new one, long enough", address="10.0.0.1")
    assert refused.value.code == "throttled"


class TestStrangers:
    """A stranger who guesses cannot keep an officer out."""

    HOME, ELSEWHERE = "10.1.0.1", "10.66.0.6"

    def test_the_own_desk_stays_open_while_somebody_guesses_elsewhere(self, account: str) -> None:
        assert actions.sign_in(account, PASSWORD, self.HOME).duties
        fail(account, self.ELSEWHERE, times=5)
        with pytest.raises(NotPermitted):
            actions.sign_in(account, "wrong", self.ELSEWHERE)
        assert actions.sign_in(account, PASSWORD, self.HOME).duties
        with pytest.raises(NotPermitted):  # and opening it there does not help the stranger
            actions.sign_in(account, PASSWORD, self.ELSEWHERE)

    def test_a_stranger_at_it_for_a_day_never_locks_it(self, account: str) -> None:
        begin = clock.now()
        with clock.set_to(begin):
            assert actions.sign_in(account, PASSWORD, self.HOME).duties
        for hour in range(24):
            with clock.set_to(begin + timedelta(hours=hour, minutes=1)):
                for _ in range(3):
                    with pytest.raises((BadInput, NotPermitted)):
                        actions.sign_in(account, "wrong", self.ELSEWHERE)
                assert actions.sign_in(account, PASSWORD, self.HOME).duties

    def test_guesses_at_the_known_address_do_pause(self, account: str) -> None:
        assert actions.sign_in(account, PASSWORD, self.HOME).duties
        fail(account, self.HOME, times=5)
        with pytest.raises(NotPermitted):
            actions.sign_in(account, PASSWORD, self.HOME)

    def test_an_address_is_known_to_its_person_alone_and_not_for_ever(
        self, account: str, passwords: Any
    ) -> None:
        now = clock.now()
        assert actions.sign_in("faguan", passwords["faguan"], self.HOME).duties
        fail(account, self.ELSEWHERE, times=5)
        with pytest.raises(NotPermitted):
            actions.sign_in(account, PASSWORD, self.HOME)
        SignInAttempt.objects.all().delete()
        assert actions.sign_in(account, PASSWORD, self.HOME).duties
        with clock.set_to(now + timedelta(days=31)):
            fail(account, self.ELSEWHERE, times=5)
            with pytest.raises(NotPermitted):
                actions.sign_in(account, PASSWORD, self.HOME)


def paused_acts() -> list[Any]:
    return ledger.house_acts(ledger.ActFilter(acts=("org.pause-sign-in",)), most=99)


@pytest.mark.usefixtures("account")
class TestPausesOnRecord:
    """One entry a pause, however many try, and none that anybody can fill the ledger with."""

    def test_a_pause_of_an_account_is_one_entry_and_the_next_another(self, account: str) -> None:
        fail(account, times=4)
        assert paused_acts() == []
        fail(account)
        for _ in range(20):
            with pytest.raises(NotPermitted):
                actions.sign_in(account, "wrong", "10.0.0.1")
        (entry,) = paused_acts()
        assert entry.subject_ids == (Person.objects.get(username=account).id,)
        assert entry.after["of"] == "account"
        assert (entry.after["failures"], entry.after["address"]) == (5, "10.0.0.1")
        with clock.set_to(clock.now() + timedelta(seconds=61)):
            fail(account)
        assert [one.after["failures"] for one in paused_acts()] == [6, 5]

    def test_names_that_nobody_has_leave_one_entry_of_the_address(self) -> None:
        for index in range(_guesses.MOST_BY_ADDRESS):
            fail(f"guess{index // 5}", "10.0.0.9")
        told = sorted((entry.after["of"], entry.subject_ids) for entry in paused_acts())
        assert told == [("address", ()), ("unknown", ())]
        assert "guess" not in str([entry.after for entry in paused_acts()])

    def test_an_address_that_goes_on_is_noted_once(self) -> None:
        began = clock.now()
        for index in range(_guesses.MOST_BY_ADDRESS):
            with clock.set_to(began + timedelta(seconds=index)):
                fail(f"guess{index}", "10.0.0.9")
        for index in range(3):  # as soon as the oldest no longer counts, another is let through
            with clock.set_to(began + _guesses.ADDRESS_WINDOW + timedelta(seconds=index + 0.5)):
                fail(f"more{index}", "10.0.0.9")
                with pytest.raises(NotPermitted):
                    actions.sign_in("x", "x", "10.0.0.9")
        assert sorted(entry.after["of"] for entry in paused_acts()) == ["address", "unknown"]

    def test_wrong_old_passwords_count_alike(self, people: dict[str, Any]) -> None:
        for _ in range(5):
            with pytest.raises(BadInput):
                actions.change_password(people["faguan"], "wrong", "x", address="10.0.0.1")
        assert [one.subject_ids for one in paused_acts()] == [(people["faguan"].person_id,)]


class TestClockSetBack:
    """A pause ends when it should, whatever the machine's clock says meanwhile."""

    def test_while_the_process_runs(self, account: str, monkeypatch: pytest.MonkeyPatch) -> None:
        shown, ran = [clock.now()], [1000.0]
        monkeypatch.setattr(clock, "_running", [lambda: ran[0]])
        with clock.set_to(lambda: shown[0]):
            fail(account, times=5)
            shown[0] -= timedelta(hours=5)
            ran[0] += 59
            with pytest.raises(NotPermitted):
                actions.sign_in(account, PASSWORD, "10.0.0.1")
            ran[0] += 2
            assert actions.sign_in(account, PASSWORD, "10.0.0.1").duties

    def test_in_a_process_begun_since(self, account: str) -> None:
        began = clock.now()
        fail(account, times=5)
        back = began - timedelta(hours=5)
        with clock.set_to(back), pytest.raises(NotPermitted):
            actions.sign_in(account, PASSWORD, "10.0.0.1")
        with clock.set_to(back + timedelta(seconds=59)), pytest.raises(NotPermitted):
            actions.sign_in(account, PASSWORD, "10.0.0.1")
        with clock.set_to(back + timedelta(seconds=61)):
            assert actions.sign_in(account, PASSWORD, "10.0.0.1").duties


class TestAtOnce:
    """Against several connections at once."""

    @pytest.mark.usefixtures("quick_hash", "django_db_setup")
    def test_many_guesses_at_once_do_not_slip_past_the_pause(self, django_db_blocker: Any) -> None:
        answers: list[str] = []
        gate = threading.Barrier(12)

        def guess() -> None:
            gate.wait()
            try:
                actions.sign_in("guessed-at-once", "wrong", "10.9.9.9")
            except BadInput:
                answers.append("wrong")
            except NotPermitted:
                answers.append("paused")
            finally:
                connection.close()

        with django_db_blocker.unblock():
            try:
                threads = [threading.Thread(target=guess) for _ in range(12)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            finally:
                SignInAttempt.objects.filter(username="guessed-at-once").delete()
        assert answers.count("wrong") == _guesses.MOST_BY_NAME
        assert answers.count("paused") == 12 - _guesses.MOST_BY_NAME


def test_a_hash_is_argon2id_and_leaves_a_worker_its_memory() -> None:
    from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher, identify_hasher

    encoded = make_password(PASSWORD)
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert identify_hasher(encoded).verify(PASSWORD, encoded)
    assert not isinstance(get_hasher("default"), PBKDF2PasswordHasher)


def test_the_fifth_wrong_try_says_that_it_pauses_and_until_when(account: str) -> None:
    said = []
    begin = clock.now()
    with clock.set_to(begin):
        for username in (account, "nobody-at-all"):
            fail(username, "10.0.0.7", times=4)
            with pytest.raises(BadInput) as refused:
                actions.sign_in(username, "wrong", "10.0.0.7")
            said.append((refused.value.what, refused.value.remedy))
    assert said[0] == said[1], "whether somebody has the account is not told"
    assert "登录暂停" in said[0][0]
    assert f"{clock.local(begin + timedelta(seconds=119)):%H:%M} 后再试" in said[0][1]


def test_a_pause_is_shown_only_while_it_lasts(account: str) -> None:
    begin = clock.now()
    with clock.set_to(begin):
        fail(account, times=5)
        times, until = selectors.pause(account)
        assert times == 5
        assert until is not None
        assert next(one for one in selectors.accounts() if one.username == account).paused_until
    with clock.set_to(begin + timedelta(seconds=61)):
        assert selectors.pause(account) == (5, None)
        assert not next(one for one in selectors.accounts() if one.username == account).paused_until


def test_names_that_nobody_has_are_noted_once_and_never_written_down(account: str) -> None:
    def noted() -> list[Any]:
        rows = ledger.entries(SYSTEM_CHAIN, most=20)
        return [
            one for one in rows if one.act == "org.pause-sign-in" and (one.after or {})["of"] == "unknown"
        ]

    begin = clock.now()
    with clock.set_to(begin):
        for number in range(4):
            fail(f"my-secret-password-{number}", "10.0.0.8")
        fail(account, "10.0.0.8", times=2)
        assert noted() == []
        for number in range(4, 12):
            fail(f"my-secret-password-{number}", "10.0.0.8")
        (one,) = noted()
    assert one.after == {"of": "unknown", "failures": 5, "address": "10.0.0.8"}
    assert "secret" not in str([row.after for row in ledger.entries(SYSTEM_CHAIN, most=20)])
    with clock.set_to(begin + timedelta(minutes=40)):
        for number in range(20, 25):
            fail(f"my-secret-password-{number}", "10.0.0.8")
        assert len(noted()) == 2
