"""Tokens of agencies' systems: issued by one administrator, put in force by another, ended by either (decision 0008)."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password

from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.ledger import selectors as ledger_selectors
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import _notices, access
from antong.org._duties import in_force
from antong.org._token_rows import digest_of
from antong.org.models import Duty, Person, Post, SystemToken, Unit
from antong.org.types import ADMIN_ROLES, GRANTABLE, ROLE_PERMISSIONS, IssuedToken, Permission, Role

MARK = "atk"
"""How every secret begins, so that one that was mislaid is recognised for what it is."""
LONGEST_LIFE = timedelta(days=366)
LONGEST_SYSTEM = 40
LONGEST_REASON = 120
MOST_ADDRESSES = 20
BASIS = ("案通对接规则：令牌按单位、按岗位给最少的权限，有期限",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a token is asked for, read and found to be in order."""

    unit: Unit
    system: str
    duty: Duty | None
    role: Role
    permissions: tuple[Permission, ...]
    addresses: list[str]
    valid_until: datetime


@ledger.acted
def issue_token(
    actor: Actor,
    *,
    unit_id: UUID,
    system: str,
    permissions: Sequence[str],
    valid_until: datetime | None,
    role: str = "",
    duty_id: UUID | None = None,
    flows: Sequence[str] = (),
    addresses: Sequence[str] = (),
    faults: Mapping[str, str] | None = None,
) -> IssuedToken:
    """Issue a token to a system of a unit; nothing can be done with it until `allow_token`.

    With `role` the system gets a post of its own, like those the unit has; with `duty_id` it acts on that person's
    duty, and what it does is on record as that person's. `flows` are keys of the catalog, checked by the caller, none
    for all; `addresses` networks the system calls from; `faults` are fields the caller could not read. Raises BadInput
    naming each field.
    """
    access.require(actor, Permission.ORG_MANAGE)
    wrong = dict(faults or {})
    asked = _asked(unit_id, system, permissions, valid_until, role, duty_id, addresses, wrong)
    prefix = secrets.token_hex(4)
    secret = f"{MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    duty = asked.duty or _own_duty(asked, prefix)
    now = clock.now()
    row = SystemToken.objects.create(
        unit=asked.unit,
        duty=duty,
        system=asked.system,
        own=asked.duty is None,
        prefix=prefix,
        digest=digest_of(secret),
        permissions=[one.value for one in asked.permissions],
        flows=sorted(set(flows)),
        addresses=asked.addresses,
        valid_until=asked.valid_until,
        issued_at=now,
        issued_by_id=actor.person_id,
    )
    ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.issue-token",
        moment=moment(),
        subjects=[row.id],
        after={
            "prefix": prefix,
            "unit": asked.unit.id,
            "system": asked.system,
            "duty": duty.id,
            "own": row.own,
            "permissions": row.permissions,
            "flows": row.flows,
            "addresses": row.addresses,
            "until": row.valid_until,
        },
    )
    return IssuedToken(id=row.id, prefix=prefix, secret=secret)


def _asked(
    unit_id: UUID,
    system: str,
    permissions: Sequence[str],
    valid_until: datetime | None,
    role: str,
    duty_id: UUID | None,
    addresses: Sequence[str],
    wrong: dict[str, str],
) -> _Asked:
    now = ledger_selectors.latest_moment()
    unit = Unit.objects.filter(in_force(), id=unit_id).first()
    if unit is None:
        raise NotFound
    name = " ".join(system.split())
    if not name or len(name) > LONGEST_SYSTEM:
        wrong["system"] = f"写明系统名称，不超过 {LONGEST_SYSTEM} 字"
    if valid_until is None or not now < valid_until <= now + LONGEST_LIFE:
        wrong.setdefault("valid_until", f"写明到期时间，晚于现在，不超过 {LONGEST_LIFE.days} 天")
    duty, post_role = _acting_on(unit, role, duty_id, wrong)
    given = tuple(one for one in GRANTABLE if one.value in set(permissions))
    if post_role is not None and "permissions" not in wrong:
        _least(given, len(set(permissions)), post_role, wrong, own=duty is None)
    networks = _networks(addresses, wrong)
    if wrong or post_role is None or valid_until is None:
        raise BadInput(
            f"不能签发令牌：有 {len(wrong)} 处要改。",
            code="token-fields",
            basis=BASIS,
            remedy="改正标红的各项。",
            who="系统管理员",
            fields=wrong,
        )
    return _Asked(
        unit=unit,
        system=name,
        duty=duty,
        role=post_role,
        permissions=given,
        addresses=networks,
        valid_until=valid_until,
    )


def _acting_on(
    unit: Unit, role: str, duty_id: UUID | None, wrong: dict[str, str]
) -> tuple[Duty | None, Role | None]:
    """Return the duty a token acts on, or none where the system gets a post of its own, and the role."""
    posts = _in_force(unit)
    if duty_id is not None:
        duty = posts.filter(id=duty_id).first()
        if duty is None or Role(duty.post.role) in ADMIN_ROLES:
            wrong["acts_as"] = "从本单位在岗人员中选；管理员岗位不对接系统"
            return None, None
        return duty, Role(duty.post.role)
    held = {Role(one) for one in posts.values_list("post__role", flat=True)}
    fit = {one for one in held - ADMIN_ROLES if Permission.HANDOVER_APPROVE not in ROLE_PERMISSIONS[one]}
    if role not in fit:
        wrong["acts_as"] = "从本单位已有的办案岗位中选；审批岗位须由本人担任"
        return None, None
    return None, Role(role)


def _in_force(unit: Unit) -> Any:
    now = clock.now()
    return Duty.objects.select_related("post", "person").filter(
        in_force(),
        in_force("post__"),
        post__unit=unit,
        person__is_active=True,
        valid_from__lte=now,
    )


def _least(
    given: tuple[Permission, ...], asked: int, role: Role, wrong: dict[str, str], *, own: bool
) -> None:
    """Note where more is asked for than the role has, or than a system may have."""
    if not given or asked > len(given):
        wrong["permissions"] = "至少选一项，从列表中选"
    elif not set(given) <= ROLE_PERMISSIONS[role]:
        wrong["permissions"] = f"超出{role.label}的权限，去掉多选的"
    elif own and Permission.HANDOVER_APPROVE in given:
        wrong["permissions"] = "审批是本人的行为，系统自己的岗位不能有"


def _networks(addresses: Sequence[str], wrong: dict[str, str]) -> list[str]:
    found = []
    for text in addresses:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            wrong["addresses"] = "写 IP 地址或网段，例：10.20.0.0/16"
    if len(found) > MOST_ADDRESSES:
        wrong["addresses"] = f"不超过 {MOST_ADDRESSES} 个"
    return found


def _own_duty(asked: _Asked, prefix: str) -> Duty:
    """Return the duty of a system on a post of its own: the one it has, so that a new token goes on where an old one ends."""
    now = clock.now()
    name = f"{asked.system}·{asked.role.label}对接岗"[:60]
    post, _ = Post.objects.get_or_create(
        unit=asked.unit, name=name, defaults={"role": asked.role.value, "valid_from": now}
    )
    known = _in_force(asked.unit).filter(post=post, post__role=asked.role.value).first()
    if isinstance(known, Duty):
        return known
    person = Person.objects.create(
        username=f"api-{prefix}",
        name=f"{asked.system}（系统）",
        staff_number=f"API-{prefix}",
        password=make_password(None),
    )
    return Duty.objects.create(post=post, person=person, rank=Rank.PRIMARY, valid_from=now)


@ledger.acted
def allow_token(actor: Actor, *, token_id: UUID) -> Recorded:
    """Put a token in force, by an administrator who has not issued it and has not seen its secret; its unit is told."""
    access.require(actor, Permission.ACCOUNT_MANAGE)
    row = _locked(token_id)
    if row.allowed_at is not None or row.revoked_at is not None or row.issued_by_id == actor.person_id:
        raise Refusal(
            "不能启用：令牌已经启用、已经收回，或者是自己签发的。",
            code="token-not-waiting",
            basis=("案通三员分立规则：签发与启用由两人分别办理",),
            remedy="核对令牌的状态；需要的，请系统管理员另行签发。",
            who="安全管理员",
        )
    SystemToken.objects.filter(id=token_id).update(allowed_at=clock.now(), allowed_by_id=actor.person_id)
    _notices.notify(
        actor,
        to_units=[row.unit_id],
        kind="notice",
        title=f"系统对接令牌已启用：{row.system}",
        body=f"令牌 {row.prefix}，以{row.duty.post.name}（{row.duty.person.name}）办理，至 "
        f"{clock.local(row.valid_until):%Y-%m-%d} 止。不是本单位申请的，请即告知安全管理员收回。",
    )
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.allow-token", moment=moment(), subjects=[token_id]
    )


@ledger.acted
def revoke_token(actor: Actor, *, token_id: UUID, reason: str) -> Recorded:
    """End a token at once, with a reason; what was done by it stays."""
    access.require(actor, Permission.TOKEN_REVOKE)
    row = _locked(token_id)
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise BadInput(
            "不能收回：没有写明理由。",
            code="token-reason",
            basis=BASIS,
            remedy=f"写明理由，不超过 {LONGEST_REASON} 字。",
            fields={"reason": "必填"},
        )
    if row.revoked_at is not None:
        raise Refusal("不能收回：令牌已经收回。", code="token-revoked", basis=BASIS, remedy="无需办理。")
    SystemToken.objects.filter(id=token_id).update(
        revoked_at=clock.now(), revoked_by_id=actor.person_id, revoked_why=said
    )
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.revoke-token",
        moment=moment(),
        subjects=[token_id],
        after={"reason": said},
    )


def _locked(token_id: UUID) -> SystemToken:
    row = (
        SystemToken.objects.select_for_update(of=("self",))
        .select_related("duty__post", "duty__person")
        .filter(id=token_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row
