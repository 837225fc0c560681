"""Who calls: an agency's system shows its secret with every request, and what it asks twice is done once."""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from antong.kernel import clock
from antong.kernel.actor import Actor, Channel
from antong.kernel.refusal import BadInput, Refusal
from antong.ledger.selectors import KNOWN_MOMENT
from antong.org._duties import ACTING, IN_FORCE, JOINED, acting
from antong.org._guesses import ADDRESS_WINDOW, MOST_BY_ADDRESS, note_pause
from antong.org._token_rows import digest_of
from antong.org._tokens import MARK
from antong.org.models import SignInAttempt, SystemCall, SystemToken
from antong.org.types import Caller, Permission

CALLS_KEPT = timedelta(days=30)
"""How long a key is known: a system that asks again later asks for something new."""
_SECRET = re.compile(rf"^{MARK}_([0-9a-f]{{8}})_[\w-]{{43}}$", re.ASCII)
_FAILED = """
(SELECT min(f.at) FROM (SELECT a.at FROM org_signinattempt a WHERE a.address = %(address)s
  AND a.at > %(since)s AND a.at < %(ahead)s ORDER BY a.at DESC LIMIT %(most)s) f HAVING count(*) >= %(most)s)
"""
"""The oldest of so many failures that the address pauses, else nothing. Those of a clock that was ahead pause nobody."""
_CALLER = f"""
SELECT {_FAILED}, t.id, t.digest, t.permissions::text, t.flows::text, t.addresses::text, t.valid_until, t.allowed_at,
  t.revoked_at, t.used_on, {KNOWN_MOMENT}, ({IN_FORCE}), d.person_id, h.name, {ACTING}
FROM {JOINED} JOIN org_systemtoken t ON t.duty_id = d.id WHERE t.prefix = %(prefix)s
"""  # noqa: S608 - a wording of our own


class NotRecognised(Refusal):
    """Nobody calls: no token, a wrong one, or one that is not in force. `again_in` seconds, where the address pauses."""

    status = 401

    def __init__(self, what: str, *, code: str, remedy: str, again_in: int = 0) -> None:
        super().__init__(
            f"不能办理：{what}。",
            code=code,
            basis=("案通对接规则：系统凭有效令牌办理，猜测令牌的，暂停来源地址",),
            remedy=remedy,
            who="签发令牌的系统管理员、安全管理员",
        )
        self.again_in = again_in
        if again_in:
            self.status = 429


def recognise(secret: str, address: str) -> Caller:
    """Return who calls with a secret from an address; one statement, and up to six more where the secret is wrong.

    A token that has ended stays ended on a clock that was set back (`ledger.latest_moment`). A wrong secret counts as a failed sign-in of the address (`_sign_in`): so many, and the address pauses, also for a
    right secret. Raises NotRecognised: of a wrong secret it says nothing, of a right one why it is not in force.
    """
    address = address.replace("\0", "")[:64]
    match = _SECRET.match(secret)
    row = _row(match[1] if match else "", address)
    now = clock.latest()
    if row[0] is not None:
        raise _paused(row[0] + ADDRESS_WINDOW - now)
    if match is None or len(row) == 1 or not hmac.compare_digest(bytes(row[2]), digest_of(secret)):
        note_pause(SignInAttempt.objects.create(username="", address=address, at=now).id, "", address)
        raise _refused("unknown")
    _, token_id, _, permissions, flows, networks, until, allowed, revoked, used_on, known, in_force, *duty = (
        row
    )
    why = (
        "revoked" if revoked is not None
        else "ended" if until <= max(now, known or now)
        else "waiting" if allowed is None
        else "duty-ended" if not in_force
        else "" if _within(address, json.loads(networks))
        else "address"
    )  # fmt: skip
    if why:  # whoever has the secret does not guess: an old token left in a system pauses nobody
        raise _refused(why)
    return Caller(
        actor=replace(_actor(duty, json.loads(permissions)), address=address, by=f"token:{match[1]}"),
        token_id=token_id,
        flows=frozenset(json.loads(flows)),
        noted=used_on == clock.today(),
    )


def _row(prefix: str, address: str) -> tuple[Any, ...]:
    now = clock.latest()
    values: dict[str, Any] = {
        "prefix": prefix,
        "address": address,
        "since": now - ADDRESS_WINDOW,
        "ahead": now + clock.APART,
        "most": MOST_BY_ADDRESS,
        "now": now,
    }
    with connection.cursor() as cursor:
        if prefix:
            cursor.execute(_CALLER, values)
            found: tuple[Any, ...] | None = cursor.fetchone()
            if found is not None:
                return found
        cursor.execute(
            f"SELECT {_FAILED}",
            {name: value for name, value in values.items() if name not in {"prefix", "now"}},
        )
        return tuple(cursor.fetchone())


def _within(address: str, networks: Sequence[str]) -> bool:
    if not networks:
        return True
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(here in ipaddress.ip_network(network) for network in networks)


def _actor(duty: Sequence[Any], permissions: Sequence[str]) -> Actor:
    """Return who acts; a token never has more than the role of its duty has now."""
    person_id, person, *row = duty
    return acting(
        row,
        person_id=person_id,
        person_name=person,
        channel=Channel.API,
        given=[Permission(one) for one in permissions if one in set(Permission)],
    )


_WHY = {
    "unknown": ("没有出示令牌，或者令牌不对", "在 Authorization 头里写 Bearer 和签发的令牌。"),
    "revoked": ("令牌已收回", "请系统管理员签发新令牌。"),
    "ended": ("令牌已到期", "请系统管理员签发新令牌。"),
    "waiting": ("令牌还没有启用", "请安全管理员在“对接令牌”中启用。"),
    "duty-ended": ("令牌所依的岗位已终止", "请系统管理员按现任岗位签发新令牌。"),
    "address": ("令牌不能从这个地址使用", "从登记的地址调用，或请系统管理员按新地址签发。"),
}


def _refused(why: str) -> NotRecognised:
    what, remedy = _WHY[why]
    return NotRecognised(what, code=f"token-{why}", remedy=remedy)


def _paused(left: timedelta) -> NotRecognised:
    seconds = max(1, int(left.total_seconds()) + 1)
    return NotRecognised(
        "这个地址错误次数过多，已暂停",
        code="throttled",
        remedy=f"{seconds} 秒后再试；核对系统里配置的令牌。",
        again_in=seconds,
    )


def note_call(token_id: UUID, key: str, asked: bytes) -> None:
    """Note what a system asks under a key of its own; one statement. Raises BadInput where it asked something else before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO org_systemcall AS c (token_id, key, asked, at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (token_id, key) DO UPDATE SET at = c.at RETURNING asked",
            [token_id, key, asked, clock.now()],
        )
        (first,) = cursor.fetchone()
    if bytes(first) != asked:
        raise BadInput(
            "没有办成：这个 Idempotency-Key 已用于另一次提交。",
            code="key-reused",
            basis=("案通对接规则：一个键对应一次提交，内容相同才是重试",),
            remedy="重试时内容保持不变；另一次提交换一个新的键。",
            fields={"Idempotency-Key": "已用于内容不同的提交"},
        )


def forget_calls() -> int:
    """Forget the keys that systems used long ago; one statement, returns how many."""
    return SystemCall.objects.filter(at__lt=clock.now() - CALLS_KEPT).delete()[0]


def note_token_use(token_id: UUID, day: date) -> None:
    """Note the last day on which a token was used; one statement."""
    rows = SystemToken.objects.filter(Q(used_on__isnull=True) | Q(used_on__lt=day), id=token_id)
    rows.update(used_on=day)
