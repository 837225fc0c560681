"""Signing in: slow to guess, the same answer for a wrong name and a wrong password, on the record."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor, Channel
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, NotPermitted
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import selectors
from antong.org.models import Person, SignInAttempt
from antong.org.types import SignedIn

WINDOW = timedelta(minutes=15)
MOST_BY_NAME = 5
MOST_BY_ADDRESS = 50
SHORTEST_PASSWORD = 12
_NOBODY = make_password("nobody has this password", salt="a-salt-for-nobody")


def sign_in(username: str, password: str, address: str) -> SignedIn:
    """Check a name and a password; throttled by account and by address.

    Raises BadInput with one answer whatever was wrong, NotPermitted while throttled or without a post.
    A failure is counted in a transaction of its own, so that no rollback forgets it.
    """
    username = username.strip()[:60]
    _throttle(username, address)
    person = Person.objects.filter(username=username, is_active=True).first()
    # an unknown name costs the same time as a wrong password
    right = check_password(password, person.password if person is not None else _NOBODY)
    if person is None or not right:
        SignInAttempt.objects.create(username=username, address=address, at=clock.now())
        raise BadInput(
            "不能登录：用户名或密码不对。",
            code="sign-in",
            remedy=f"核对后重试；{int(WINDOW.total_seconds() // 60)} 分钟内错 {MOST_BY_NAME} 次将暂停登录。",
            fields={"password": "用户名或密码不对"},
        )
    duties = tuple(selectors.duties_of(person.id))
    if not duties:
        raise NotPermitted(
            "不能登录：现在没有任何岗位。",
            code="no-duty",
            remedy="请本单位系统管理员任命岗位。",
            who="本单位系统管理员",
        )
    SignInAttempt.objects.filter(username=username).delete()
    return SignedIn(
        person_id=person.id,
        name=person.name,
        must_change_password=person.must_change_password,
        duties=duties,
    )


def _throttle(username: str, address: str) -> None:
    since = clock.now() - WINDOW
    recent = SignInAttempt.objects.filter(at__gt=since)
    by_name = list(
        recent.filter(username=username).order_by("-at").values_list("at", flat=True)[:MOST_BY_NAME]
    )
    by_address = list(
        recent.filter(address=address).order_by("-at").values_list("at", flat=True)[:MOST_BY_ADDRESS]
    )
    waits = []
    if len(by_name) >= MOST_BY_NAME:
        waits.append(by_name[-1])
    if len(by_address) >= MOST_BY_ADDRESS:
        waits.append(by_address[-1])
    if waits:
        again = clock.local(max(waits) + WINDOW)
        raise NotPermitted(
            "不能登录：错误次数过多，已暂停。",
            code="throttled",
            basis=("案通登录规则：连续错误后暂停，防止猜测密码",),
            remedy=f"{again:%H:%M} 后再试；忘记密码的，请本单位安全管理员重设。",
            who="本单位安全管理员",
        )


@transaction.atomic
def choose_duty(person_id: UUID, duty_id: UUID) -> Actor:
    """Begin a session on a duty, on the record; raises NotFound where it is not the person's."""
    actor = selectors.actor_for(person_id, duty_id, channel=Channel.PAGE)
    if actor is None:
        raise NotFound
    Person.objects.filter(id=person_id).update(last_login=clock.now())
    ledger.record(actor, chain_id=SYSTEM_CHAIN, act="org.sign-in", moment=moment(), after={"duty": duty_id})
    return actor


@transaction.atomic
def sign_out(actor: Actor) -> None:
    """End a session, on the record."""
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.sign-out", moment=moment(), after={"duty": actor.duty_id}
    )


@transaction.atomic
def change_password(actor: Actor, old: str, new: str) -> None:
    """Change one's own password: at least 12 characters, not the old one."""
    person = Person.objects.select_for_update().get(id=actor.person_id)
    wrong = {}
    if not check_password(old, person.password):
        wrong["old"] = "原密码不对"
    if len(new) < SHORTEST_PASSWORD or new == old:
        wrong["new"] = f"至少 {SHORTEST_PASSWORD} 位，且与原密码不同"
    if wrong:
        raise BadInput("不能修改密码。", code="password", remedy="改正标红的各项。", fields=wrong)
    Person.objects.filter(id=person.id).update(password=make_password(new), must_change_password=False)
    ledger.record(actor, chain_id=SYSTEM_CHAIN, act="org.change-password", moment=moment())
