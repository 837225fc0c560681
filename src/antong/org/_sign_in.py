"""Signing in: slow to guess, the same answer for a wrong name and a wrong password, on the record."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password
from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor, Channel
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Stale
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import _notices, access, selectors
from antong.org._duties import duties_to_sign_in
from antong.org._guesses import charge, minute_after, note_pause, succeeded
from antong.org._rosters import MOST_BY_NAME
from antong.org._terminal_rows import at_terminal
from antong.org.models import Person, SecondFactor, SignInAttempt
from antong.org.types import Permission, SignedIn

RECOVERY = "recovery"
"""What a session was opened by where the second factor was a recovery code."""
SHORTEST_PASSWORD = 12
FEWEST_CHARACTERS = 5
RUNS = ("0123456", "1234567", "7654321", "abcdefg", "qwertyu", "password")
SHORT_NAME = 4
LONGEST_PASSWORD = 256


def sign_in(username: str, password: str, address: str) -> SignedIn:
    """Check a name and a password; throttled by account and by address.

    Raises BadInput with one answer whatever was wrong, NotPermitted while paused or without a post.
    The attempt is counted before the password is looked at, in a transaction of its own, so that neither
    a rollback nor many attempts at once escape the count.
    """
    username = username.replace("\0", "").strip()[:60]
    address = address.replace("\0", "")[:64]
    attempt = charge(username, address)
    person = Person.objects.filter(username=username, is_active=True).first()
    # an unknown name costs the same time as a wrong password: an unusable hash is computed all the same
    encoded = UNUSABLE_PASSWORD_PREFIX if person is None else person.password
    right = check_password(password[:LONGEST_PASSWORD], encoded) and len(password) <= LONGEST_PASSWORD
    if person is None or not right:
        until = note_pause(attempt, username, address)
        raise BadInput(
            "不能登录：用户名或口令不对。"
            if until is None
            else "不能登录：用户名或口令不对，已多次错误，登录暂停。",
            code="sign-in",
            remedy=f"核对后重试；错 {MOST_BY_NAME} 次将暂停登录，再错一次，暂停时间加倍。"
            if until is None
            else f"{minute_after(until):%H:%M} 后再试，再错一次暂停时间加倍；忘记口令的，请本单位安全管理员重设。",
            fields={"password": "用户名或口令不对"},
        )
    second = SecondFactor.objects.filter(person=person, since__isnull=False).exists()
    if second:  # wrong codes stay counted, however often the password is right
        SignInAttempt.objects.filter(id=attempt).delete()
    else:
        succeeded(person.id, username, address)
    duties = duties_to_sign_in(person.id)
    return SignedIn(
        person_id=person.id,
        name=person.name,
        must_change_password=person.must_change_password,
        duties=duties,
        second_factor=second,
    )


def choose_duty(
    person_id: UUID, duty_id: UUID, *, by: str = "password", terminal: str = "", address: str = ""
) -> Actor:
    """Begin a session on a duty, on the record with what it was opened `by`; raises NotFound where it is not the person's.

    `terminal` is what the browser proves itself by as a registered one: raises NotPermitted where the unit's rule asks for
    one and this is none, which is on record too. Where a recovery code opened it the person is told.
    """
    actor = selectors.actor_for(person_id, duty_id, channel=Channel.PAGE)
    if actor is None:
        raise NotFound
    actor = replace(actor, address=address.replace("\0", "")[:64], by=by)
    try:
        with transaction.atomic():
            _begun(actor, at_terminal(actor, terminal))
    except NotPermitted as refusal:
        _refused(actor, refusal.code)
        raise
    return actor


@transaction.atomic
def _refused(actor: Actor, why: str) -> None:
    """Put on record that somebody showed all that is asked for, and may not sign in here."""
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.refuse-sign-in", moment=moment(),
        after={"duty": actor.duty_id, "why": why},
    )  # fmt: skip


def _begun(actor: Actor, terminal: UUID | None) -> None:
    """Begin it within the caller's transaction."""
    first = not Person.objects.filter(id=actor.person_id, last_login__isnull=False).exists()
    Person.objects.filter(id=actor.person_id).update(last_login=clock.now())
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.sign-in", moment=moment(),
        after={"duty": actor.duty_id} | ({"terminal": terminal} if terminal else {}) | ({"first": True} if first else {}),
    )  # fmt: skip
    if actor.by == RECOVERY:
        _notices.notify(
            actor,
            to_units=[actor.unit_id],
            to_person=actor.person_id,
            kind="notice",
            title="用备用码登录了一次",
            body="这个备用码已失效。手机遗失的，到“动态口令”重新绑定；不是本人登录的，即请安全管理员停用账号。",
        )


@transaction.atomic
def sign_out(actor: Actor) -> None:
    """End a session, on the record."""
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.sign-out", moment=moment(), after={"duty": actor.duty_id}
    )


def change_password(actor: Actor, old: str, new: str, *, again: str | None = None, address: str = "") -> None:
    """Change one's own password: at least 12 characters, not easily guessed, not the old one; other sessions end.

    Guessing the old one is counted as a failure to sign in.
    """
    access.require(actor, Permission.SELF_MANAGE)
    person = Person.objects.get(id=actor.person_id)
    address = address.replace("\0", "")[:64]
    attempt = charge(person.username, address)
    wrong = {}
    if not check_password(old[:LONGEST_PASSWORD], person.password):
        note_pause(attempt, person.username, address)
        wrong["old"] = "原口令不对"
    else:
        succeeded(person.id, person.username, address)
    weak = _weakness(person, old, new)
    if weak:
        wrong["new"] = weak
    if again is not None and again != new:
        wrong["again"] = "两次输入的新口令不同"
    if wrong:
        raise BadInput(
            "不能修改口令。",
            code="password",
            basis=(f"案通登录规则：口令 {SHORTEST_PASSWORD} 位以上，不易猜",),
            remedy="改正标红的各项；可用几个不相干的词连成一句。",
            fields=wrong,
        )
    with transaction.atomic():
        changed = Person.objects.filter(id=person.id, password=person.password).update(
            password=make_password(new), must_change_password=False
        )
        if changed != 1:
            raise Stale("不能修改口令：口令刚刚在别处改过。")
        ledger.record(actor, chain_id=SYSTEM_CHAIN, act="org.change-password", moment=moment())


def _weakness(person: Person, old: str, new: str) -> str:
    """Return what is wrong with a new password, nothing where it will do."""
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        return f"{SHORTEST_PASSWORD} 至 {LONGEST_PASSWORD} 位"
    if new == old:
        return "须与原口令不同"
    plain = new.casefold()
    if len(set(plain)) < FEWEST_CHARACTERS or any(run in plain for run in RUNS):
        return "太简单：不用重复或顺序的字符"
    own = [
        part
        for part in (person.username.casefold(), person.staff_number.casefold())
        if len(part) >= SHORT_NAME
    ]
    if any(part in plain for part in own):
        return "不含用户名或编号"
    return ""
