"""Registered terminals as pages show them, and as signing in asks for them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotPermitted
from antong.org import access
from antong.org._duties import in_force
from antong.org._values import TerminalRuleView, TerminalState, TerminalView
from antong.org.models import Terminal, TerminalRule, Unit
from antong.org.types import Permission

BASIS = ("案通登录规则：固定人员、固定设备、固定地点",)
ORDERS = {"unit": "unit__code", "until": "valid_until", "used": "used_at", "registered": "registered_at"}
"""What the list may be sorted by -> the column."""


def digest_of(secret: str) -> bytes:
    """Return what is kept of a secret or a code. One is 256 random bits, the other 59 that live for an hour."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def enrolled() -> QuerySet[Terminal]:
    """Return the terminals at which people sign in now."""
    return Terminal.objects.filter(_in(TerminalState.IN_FORCE, clock.now()), in_force("unit__"))


def _in(state: TerminalState, now: datetime) -> Q:
    """Return what is true of a terminal in a state; every terminal is in one."""
    live = Q(revoked_at__isnull=True, valid_until__gt=now)
    return {
        TerminalState.REVOKED: Q(revoked_at__isnull=False),
        TerminalState.ENDED: Q(revoked_at__isnull=True, valid_until__lte=now),
        TerminalState.IN_FORCE: live & Q(digest__isnull=False),
        TerminalState.WAITING: live & Q(digest__isnull=True, code_until__gt=now),
        TerminalState.LAPSED: live & Q(digest__isnull=True, code_until__lte=now),
    }[state]


def _state(row: Terminal, now: datetime) -> TerminalState:
    if row.revoked_at is not None:
        return TerminalState.REVOKED
    if row.valid_until <= now:
        return TerminalState.ENDED
    if row.digest is not None:
        return TerminalState.IN_FORCE
    return TerminalState.WAITING if row.code_until and row.code_until > now else TerminalState.LAPSED


def terminals(
    actor: Actor, text: str = "", *, state: str = "", order: str = "unit", page: int = 1, size: int = 50
) -> tuple[list[TerminalView], int]:
    """Return a page of the terminals, of a state, name, place, user or unit when given, and how many there are.

    `order` is a key of ORDERS, with a minus before it when descending. Two statements.
    """
    access.require_permission(actor, Permission.TERMINAL_MANAGE)
    now = clock.now()
    rows = Terminal.objects.all()
    for word in text.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(place__contains=word) | Q(users__contains=word)
            | Q(unit__name__contains=word) | Q(unit__pinyin__contains=word.lower())
        )  # fmt: skip
    if state in {one.value for one in TerminalState}:
        rows = rows.filter(_in(TerminalState(state), now))
    column = F(ORDERS[order.lstrip("-")])
    sort = column.desc(nulls_last=True) if order.startswith("-") else column.asc(nulls_last=True)
    shown = rows.select_related("unit", "registered_by", "revoked_by").order_by(sort, "name", "id")
    return [_view(row, now) for row in shown[(page - 1) * size : page * size]], rows.count()


def _view(row: Terminal, now: datetime) -> TerminalView:
    return TerminalView(
        id=row.id, name=row.name, unit_id=row.unit_id, unit_name=row.unit.name, place=row.place, users=row.users,
        state=_state(row, now), registered_by=row.registered_by.name, registered_at=row.registered_at,
        enrolled_at=row.enrolled_at, valid_until=row.valid_until, used_at=row.used_at,
        revoked_by=row.revoked_by.name if row.revoked_by else "", revoked_at=row.revoked_at, revoked_why=row.revoked_why,
    )  # fmt: skip


def terminal_of(secret: str) -> TerminalView | None:
    """Return the terminal that a browser proves itself to be, None where it is none in use; one statement, none without secret."""
    if not secret:
        return None
    row = (
        enrolled()
        .select_related("unit", "registered_by", "revoked_by")
        .filter(digest=digest_of(secret))
        .first()
    )
    return None if row is None else _view(row, clock.now())


def terminal_rules(actor: Actor, text: str = "") -> list[TerminalRuleView]:
    """Return the units by code, of a name when given, each with its terminals in use and its rule; three statements."""
    access.require_permission(actor, Permission.TERMINAL_MANAGE)
    counted = enrolled().order_by().values_list("unit_id").annotate(Count("id"))
    held = dict(counted)
    rules = {row.unit_id: row for row in TerminalRule.objects.select_related("set_by")}
    units = Unit.objects.filter(in_force()).order_by("code")
    for word in text.split():
        units = units.filter(
            Q(name__contains=word) | Q(pinyin__contains=word.lower()) | Q(code__startswith=word)
        )
    return [
        TerminalRuleView(
            unit_id=row.id,
            unit_name=row.name,
            terminals=held.get(row.id, 0),
            since=rules[row.id].since if row.id in rules else None,
            set_by=rules[row.id].set_by.name if row.id in rules else "",
        )
        for row in units
    ]


def at_terminal(actor: Actor, secret: str) -> UUID | None:
    """Return the registered terminal at which somebody signs in, None where it is none; note its use. Within the caller's act.

    Raises NotPermitted where the rule of the actor's unit asks for a terminal of the unit, and this is none of them.
    Three statements.
    """
    row = enrolled().filter(digest=digest_of(secret)).first() if secret else None
    if (row is None or row.unit_id != actor.unit_id) and TerminalRule.objects.filter(
        unit_id=actor.unit_id
    ).exists():
        other = "这台电脑没有登记" if row is None else "这台电脑登记在别的单位"
        raise NotPermitted(
            f"不能登录：{actor.unit_name}只在本单位的登记终端上登录，{other}。",
            code="terminal-needed",
            basis=BASIS,
            remedy="换到本单位的登记终端登录；这台就是办案用机的，请系统管理员登记，再在本机打开“登记这台电脑”输入登记码。",
            who="系统管理员登记终端；安全管理员设定这项限制",
        )
    if row is not None:
        Terminal.objects.filter(id=row.id).update(used_at=clock.now())
    return None if row is None else row.id
