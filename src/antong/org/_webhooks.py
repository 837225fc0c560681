"""Where a unit's own system is called when something happens: asked for by one administrator, allowed by another (decision 0014)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.ledger import selectors as ledger_selectors
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import _notices, _sealed, access
from antong.org._duties import in_force
from antong.org._posting import address_fault
from antong.org.models import Unit, Webhook, WebhookCall
from antong.org.types import Permission

MARK = "whsec_"
BOTH = timedelta(days=1)
"""How long an old secret signs beside its successor."""
LONGEST_URL = 300
LONGEST_REASON = 120
BASIS = ("案通对接规则：回调只发往可以核实的主机，内容只有编号",)


def secrets_of(row: Webhook) -> list[bytes]:
    """Return the keys that sign now, the newest first; no statement."""
    found = [_sealed.unseal(row.id, bytes(row.secret))]
    if row.old_secret is not None and row.rotated_at is not None and clock.now() < row.rotated_at + BOTH:
        found.append(_sealed.unseal(row.id, bytes(row.old_secret)))
    return found


def _new_secret(webhook_id: UUID) -> tuple[str, bytes]:
    """Return a new secret as systems are told it, and sealed."""
    key = secrets.token_bytes(32)
    return MARK + base64.b64encode(key).decode(), _sealed.seal(webhook_id, key)


@ledger.acted
def new_webhook(actor: Actor, *, unit_id: UUID, url: str, types: Sequence[str] = ()) -> tuple[UUID, str]:
    """Ask for calls to a unit's system; return its id and its secret, shown once. Nothing is called until `allow_webhook`.

    `types` are kinds of event, checked by the caller, none for all. Five statements. Raises BadInput naming the field.
    """
    access.require(actor, Permission.ORG_MANAGE)
    unit = Unit.objects.filter(in_force(), id=unit_id).first()
    if unit is None:
        raise NotFound
    address = url.strip()
    fault = f"不超过 {LONGEST_URL} 个字符" if len(address) > LONGEST_URL else address_fault(address)
    if fault:
        raise BadInput(
            f"不能登记：回调地址{fault}。",
            code="webhook-url",
            basis=BASIS,
            remedy="写 https:// 开头的完整地址；内网主机或 http:// 的，先由运维写入 ANTONG_WEBHOOK_HOSTS。",
            who="系统管理员、运维人员",
            fields={"url": fault},
        )
    webhook_id = new_id()
    shown, sealed = _new_secret(webhook_id)
    now = clock.now()
    Webhook.objects.create(
        id=webhook_id, unit=unit, url=address, types=sorted(set(types)), secret=sealed, place=-1, next_at=now, made_at=now,
        made_by_id=actor.person_id,
    )  # fmt: skip
    _record(
        actor, "org.new-webhook", webhook_id, {"unit": unit.id, "url": address, "types": sorted(set(types))}
    )
    return webhook_id, shown


@ledger.acted
def allow_webhook(actor: Actor, *, webhook_id: UUID) -> Recorded:
    """Have a webhook called with what happens from now on, by an administrator who has not asked for it; its unit is told."""
    access.require(actor, Permission.ACCOUNT_MANAGE)
    row = _locked(webhook_id)
    if row.allowed_at is not None or row.ended_at is not None or row.made_by_id == actor.person_id:
        raise Refusal(
            "不能启用：回调已经启用、已经停用，或者是自己登记的。",
            code="webhook-not-waiting",
            basis=("案通三员分立规则：登记与启用由两人分别办理",),
            remedy="核对回调的状态；需要的，请系统管理员另行登记。",
            who="安全管理员",
        )
    now = clock.now()
    _change(
        row, allowed_at=now, allowed_by_id=actor.person_id, place=ledger_selectors.last_place(), next_at=now
    )
    _notices.notify(
        actor, to_units=[row.unit_id], kind="notice", title="系统回调已启用",
        body=f"本单位案件的动态（只有编号和类别）今后发往 {row.url}。不是本单位申请的，请即告知安全管理员停用。",
    )  # fmt: skip
    return _record(actor, "org.allow-webhook", webhook_id)


@ledger.acted
def rotate_webhook(actor: Actor, *, webhook_id: UUID) -> str:
    """Give a webhook a new secret, shown once; the old one signs beside it for a day. Raises Refusal where it has ended."""
    access.require(actor, Permission.ORG_MANAGE)
    row = _running(webhook_id)
    shown, sealed = _new_secret(webhook_id)
    _change(row, secret=sealed, old_secret=bytes(row.secret), rotated_at=clock.now())
    _record(actor, "org.rotate-webhook", webhook_id)
    return shown


@ledger.acted
def pause_webhook(actor: Actor, *, webhook_id: UUID, reason: str) -> Recorded:
    """Hold calls back, with a reason; what happens meanwhile is told after `resume_webhook`."""
    access.require(actor, Permission.TOKEN_REVOKE)
    row, said = _running(webhook_id), _reason(reason)
    if row.paused_at is not None:
        raise Refusal("不能暂停：回调已经暂停。", code="webhook-paused", basis=BASIS, remedy="无需办理。")
    return paused(actor, webhook_id, said)


def paused(actor: Actor, webhook_id: UUID, why: str) -> Recorded:
    """Pause a webhook within the caller's act; three statements."""
    Webhook.objects.filter(id=webhook_id).update(paused_at=clock.now(), paused_why=why)
    return _record(actor, "org.pause-webhook", webhook_id, {"reason": why})


@ledger.acted
def resume_webhook(actor: Actor, *, webhook_id: UUID) -> Recorded:
    """Call again, from where the calls were held back or given up: nothing of it is left out."""
    access.require(actor, Permission.TOKEN_REVOKE)
    row = _running(webhook_id)
    if row.paused_at is None:
        raise Refusal("不能恢复：回调没有暂停。", code="webhook-not-paused", basis=BASIS, remedy="无需办理。")
    _change(row, paused_at=None, paused_why="", failing_since=None, tries=0, next_at=clock.now())
    return _record(actor, "org.resume-webhook", webhook_id)


@ledger.acted
def resend_webhook(actor: Actor, *, webhook_id: UUID, place: int | None = None) -> Recorded:
    """Tell a webhook once more what happened from a place on, under the same ids; without one only call it again at once.

    Six statements. Raises NotFound where the webhook was never called with what lies at that place.
    """
    access.require(actor, Permission.TOKEN_REVOKE)
    row = _running(webhook_id)
    if place is not None and not WebhookCall.objects.filter(webhook_id=webhook_id, place=place).exists():
        raise NotFound
    back = row.place if place is None else min(row.place, place - 1)
    _change(row, place=back, tries=0, next_at=clock.now())
    return _record(actor, "org.resend-webhook", webhook_id, {"from": back})


@ledger.acted
def end_webhook(actor: Actor, *, webhook_id: UUID, reason: str) -> Recorded:
    """End a webhook for good, with a reason; its secret is forgotten."""
    access.require(actor, Permission.TOKEN_REVOKE)
    row, said = _running(webhook_id), _reason(reason)
    _change(row, ended_at=clock.now(), ended_why=said, secret=b"", old_secret=None)
    return _record(actor, "org.end-webhook", webhook_id, {"reason": said})


def _reason(text: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > LONGEST_REASON:
        raise BadInput(
            "不能办理：没有写明理由。", code="webhook-reason", basis=BASIS, remedy=f"写明理由，不超过 {LONGEST_REASON} 字。",
            fields={"reason": "必填"},
        )  # fmt: skip
    return said


def _change(row: Webhook, **values: Any) -> None:
    Webhook.objects.filter(id=row.id).update(**values)


def _record(actor: Actor, act: str, webhook_id: UUID, after: dict[str, object] | None = None) -> Recorded:
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act=act, moment=moment(), subjects=[webhook_id], after=after
    )


def _locked(webhook_id: UUID) -> Webhook:
    row = Webhook.objects.select_for_update(of=("self",)).filter(id=webhook_id).first()
    if row is None:
        raise NotFound
    return row


def _running(webhook_id: UUID) -> Webhook:
    row = _locked(webhook_id)
    if row.ended_at is not None:
        raise Refusal(
            "不能办理：回调已经停用。",
            code="webhook-ended",
            basis=BASIS,
            remedy="需要的，由系统管理员另行登记。",
        )
    return row
