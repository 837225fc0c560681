"""Registered terminals (固定设备): registered by an administrator, made known by a code at the machine, asked for at sign-in."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import _notices, _sessions, access
from antong.org._duties import in_force
from antong.org._fields import Form
from antong.org._guesses import charge, note_pause
from antong.org._house import HOUSE
from antong.org._terminal_rows import BASIS, digest_of, enrolled
from antong.org._values import TerminalCode
from antong.org.models import SignInAttempt, Terminal, TerminalRule, Unit
from antong.org.types import Permission, UnitKind

LONGEST_LIFE = timedelta(days=366)
"""Shorter than the 400 days for which a browser keeps anything."""
CODE_LIFE = timedelta(hours=1)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 12
RULE = BASIS[0]


def _code() -> str:
    """Return a code that is read out over the telephone: 59 bits, for an hour, once."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _spelled(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4))


@ledger.acted
def register_terminal(
    actor: Actor,
    *,
    unit_id: UUID,
    name: str,
    place: str,
    users: str,
    valid_until: datetime | None,
    fault: str = "",
) -> TerminalCode:
    """Register a machine of a unit; it is known once the code that is returned has been entered there, within an hour.

    `fault` is what the caller could not read of the day. Raises BadInput naming each field, NotFound for the unit.
    """
    access.require(actor, Permission.ORG_MANAGE)
    if not Unit.objects.filter(in_force(), id=unit_id).exists():
        raise NotFound
    form, now, code = Form(), clock.now(), _code()
    row = Terminal(
        id=new_id(),
        unit_id=unit_id,
        name=form.text("name", name, Terminal.NAME_LENGTH),
        place=form.text("place", place, Terminal.TEXT_LENGTH),
        users=form.text("users", users, Terminal.TEXT_LENGTH),
        code=digest_of(code),
        code_until=now + CODE_LIFE,
        registered_by_id=actor.person_id,
        registered_at=now,
        valid_until=_until(valid_until, fault, form, now),
    )
    form.refuse("不能登记终端：有内容要改。", "terminal-fields", RULE)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Refusal(
            "不能登记终端：本单位已有同名的终端。",
            code="terminal-known",
            basis=BASIS,
            remedy="换一个名称；是同一台机器的，在列表里给它“换发登记码”，或先收回。",
            who="系统管理员",
            fields={"name": "本单位已有同名的终端"},
        ) from error
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.register-terminal", moment=moment(), subjects=[row.id],
        after={"unit": unit_id, "name": row.name, "place": row.place, "users": row.users, "until": row.valid_until},
    )  # fmt: skip
    return TerminalCode(id=row.id, name=row.name, code=_spelled(code), until=now + CODE_LIFE)


def _until(given: datetime | None, fault: str, form: Form, now: datetime) -> datetime:
    """Return until when, or note that it will not do."""
    if given is None or fault or not now < given <= now + LONGEST_LIFE:
        form.wrong["valid_until"] = fault or f"写明到期日，晚于今天，不超过 {LONGEST_LIFE.days} 天"
        return now
    return given


@ledger.acted
def renew_terminal(
    actor: Actor, *, terminal_id: UUID, valid_until: datetime | None, fault: str = ""
) -> TerminalCode:
    """Give a terminal a new code and a new end: its browser was reset, the machine replaced, its time is nearly over.

    What the machine proved itself by is void at once, and sessions there end. Raises BadInput, NotFound where it was taken back.
    """
    access.require(actor, Permission.ORG_MANAGE)
    row = Terminal.objects.select_for_update().filter(id=terminal_id, revoked_at__isnull=True).first()
    if row is None:
        raise NotFound
    form, now, code = Form(), clock.now(), _code()
    until = _until(valid_until, fault, form, now)
    form.refuse("不能换发登记码：到期日要改。", "terminal-fields", RULE)
    Terminal.objects.filter(id=row.id).update(
        code=digest_of(code), code_until=now + CODE_LIFE, digest=None, enrolled_at=None, valid_until=until
    )
    ended = _sessions.end_at_terminal(row.id)
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.renew-terminal", moment=moment(), subjects=[row.id],
        after={"until": until, "sessions": ended},
    )  # fmt: skip
    return TerminalCode(id=row.id, name=row.name, code=_spelled(code), until=now + CODE_LIFE)


def enrol_terminal(code: str, address: str) -> tuple[str, datetime]:
    """Take a code that was entered at a machine; return what its browser keeps from now on, and until when.

    Raises BadInput with one answer whatever was wrong with the code, NotPermitted while the address pauses.
    """
    address = address.replace("\0", "")[:64]
    guesser = f"@terminal {address}"[:60]  # no account is called so
    attempt = charge(guesser, address)
    plain = "".join(one for one in code.upper() if one.isalnum())[: CODE_LENGTH + 1]
    secret = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction.atomic():
        row = (
            Terminal.objects.select_for_update()
            .filter(
                in_force("unit__"),
                code=digest_of(plain),
                code_until__gt=now,
                revoked_at__isnull=True,
                valid_until__gt=now,
            )
            .first()
        )
        if row is not None:
            Terminal.objects.filter(id=row.id).update(
                code=None, code_until=None, digest=digest_of(secret), enrolled_at=now
            )
            ledger.record(
                HOUSE, chain_id=SYSTEM_CHAIN, act="org.enrol-terminal", moment=moment(), subjects=[row.id],
                after={"address": address},
            )  # fmt: skip
    if row is None:
        note_pause(attempt, guesser, address)
        raise BadInput(
            "没有登记：登记码不对、已经用过，或已过时。",
            code="terminal-code",
            basis=BASIS,
            remedy="核对后重新输入，字母不分大小写；登记码一小时内有效，只用一次，过时的请系统管理员换发。",
            who="系统管理员",
            fields={"code": "登记码不对、已经用过，或已过时"},
        )
    SignInAttempt.objects.filter(id=attempt).delete()
    return secret, row.valid_until


@ledger.acted
def revoke_terminal(actor: Actor, *, terminal_id: UUID, reason: str) -> Recorded:
    """Take a terminal back at once, with a reason; the sessions there end. NotFound where it was taken back."""
    access.require(actor, Permission.TERMINAL_MANAGE)
    row = Terminal.objects.select_for_update().filter(id=terminal_id, revoked_at__isnull=True).first()
    if row is None:
        raise NotFound
    form = Form()
    said = form.text("reason", reason, Terminal.REASON_LENGTH)
    form.refuse("不能收回：没有写明原因，或写得太长。", "terminal-reason", RULE)
    Terminal.objects.filter(id=row.id).update(
        revoked_at=clock.now(), revoked_by_id=actor.person_id, revoked_why=said,
        code=None, code_until=None, digest=None,
    )  # fmt: skip
    ended = _sessions.end_at_terminal(row.id)
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.revoke-terminal", moment=moment(), subjects=[row.id],
        after={"reason": said, "sessions": ended},
    )  # fmt: skip


@ledger.acted
def set_terminal_rule(actor: Actor, *, unit_id: UUID, only: bool) -> Recorded:
    """Let a unit's people sign in at its registered terminals alone, or anywhere again; the unit is told.

    Raises Refusal where the unit has no terminal in use, or is the platform's own: nobody could sign in to mend it.
    """
    access.require(actor, Permission.ACCOUNT_MANAGE)
    unit = Unit.objects.select_for_update().filter(in_force(), id=unit_id).first()
    if unit is None:
        raise NotFound
    if only:
        _refuse_lock_out(unit)
        changed = TerminalRule.objects.get_or_create(
            unit=unit, defaults={"since": clock.now(), "set_by_id": actor.person_id}
        )[1]
    else:
        changed = TerminalRule.objects.filter(unit=unit).delete()[0] == 1
    if not changed:
        raise Refusal(
            f"没有改动：{unit.name}本来就{'只' if only else '不'}限在登记终端上登录。",
            code="terminal-rule-as-it-is",
            basis=BASIS,
            remedy="刷新页面，看现在的设置。",
        )
    title = "今起只在登记终端上登录" if only else "不再限在登记终端上登录"
    body = "在别的电脑上不能再登录；常用的电脑没有登记的，请系统管理员登记。" if only else ""
    _notices.notify(actor, to_units=[unit_id], kind="notice", title=title, body=body)
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.set-terminal-rule", moment=moment(), subjects=[unit_id], after={"only": only}
    )  # fmt: skip


def _refuse_lock_out(unit: Unit) -> None:
    if unit.kind == UnitKind.HUB.value:
        raise Refusal(
            "不能限定：这是平台自己的单位。",
            code="terminal-rule-hub",
            basis=BASIS,
            remedy="管理员被锁在外面时，没有人能解开；管理员用动态口令或数字证书登录。",
        )
    if not enrolled().filter(unit=unit).exists():
        raise Refusal(
            f"不能限定：{unit.name}还没有在用的登记终端，限定后谁也不能登录。",
            code="terminal-rule-none",
            basis=BASIS,
            remedy="先登记终端，并在那台电脑上输入登记码。",
            who="系统管理员",
        )
