"""Calling webhooks: one event after the other, each noted before the next (Standard Webhooks, decision 0014).

A place moves on only after the other side has said 2xx, so whatever dies in between costs a second call with the same
id and never a lost one. A claim is a lease: who claimed and died holds a webhook up for a minute.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.kernel import clock
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from antong.ledger import selectors as ledger_selectors
from antong.org import _notices
from antong.org._house import HOUSE
from antong.org._posting import NotTaken, post
from antong.org._webhooks import paused, secrets_of
from antong.org.models import Unit, Webhook, WebhookCall

LEASE = timedelta(seconds=60)
"""Longer than a call can take."""
FIRST_PAUSE, LONGEST_PAUSE = 5, 600
"""Seconds after a first failure, doubled with each to the longest."""
ENOUGH = timedelta(days=3)
"""How long a webhook may fail before it is paused and its administrators are told."""
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A webhook that this process calls now: what its unit was told up to, which kinds of event it wants."""

    id: UUID
    unit_id: UUID
    url: str
    types: tuple[str, ...]
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event as a webhook is told of it: `data` holds ids alone."""

    id: UUID
    place: int
    type: str
    at: datetime
    data: dict[str, Any]


@transaction.atomic
def claim_webhook() -> Claimed | None:
    """Return a webhook whose time has come and that lies behind the tree, none where there is none; two statements, three."""
    now = clock.now()
    row = (
        Webhook.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(allowed_at__isnull=False, paused_at__isnull=True, ended_at__isnull=True, next_at__lte=now)
        .filter(place__lt=ledger_selectors.last_place())
        .order_by("next_at", "id")
        .first()
    )
    if row is None:
        return None
    Webhook.objects.filter(id=row.id).update(next_at=now + LEASE)
    return Claimed(id=row.id, unit_id=row.unit_id, url=row.url, types=tuple(row.types), place=row.place)


def call_webhook(webhook_id: UUID, told: Told, *, before: int) -> bool:
    """Call a webhook with one event and note what it said; False where it is not to be called again now.

    Three statements and, outside any transaction, one call. Nothing is sent where the webhook was paused, ended, told
    by another process or set back since `before` was read.
    """
    row = _current(webhook_id, before).first()
    if row is None:
        return False
    body = json.dumps(
        {"type": told.type, "timestamp": told.at.isoformat(), "data": told.data}, separators=(",", ":")
    ).encode()
    at = int(clock.now().timestamp())
    try:
        headers = {
            "Content-Type": "application/json", "User-Agent": "antong-webhook/1", "webhook-id": str(told.id),
            "webhook-timestamp": str(at), "webhook-signature": signed(secrets_of(row), told.id, at, body),
        }  # fmt: skip
        said = post(row.url, body, headers)
    except NotTaken as problem:
        return _failed(row, told, problem)
    except Refusal as problem:
        return _failed(row, told, NotTaken(problem.what))
    return _taken(row, told, said)


def signed(keys: Sequence[bytes], event_id: UUID, at: int, body: bytes) -> str:
    """Return the signatures of a call, one a key (Standard Webhooks, v1)."""
    said = f"{event_id}.{at}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode() for key in keys)


def _current(webhook_id: UUID, place: int) -> Any:
    return Webhook.objects.filter(id=webhook_id, place=place, paused_at__isnull=True, ended_at__isnull=True)


@transaction.atomic
def _taken(row: Webhook, told: Told, said: str) -> bool:
    """Note a call that was taken; the next may follow unless the webhook was paused, ended or set back meanwhile."""
    _note(row, told, said, taken=True)
    moved = Webhook.objects.filter(id=row.id, place=row.place).update(
        place=told.place, tries=0, failing_since=None, next_at=clock.now() + LEASE
    )
    return bool(moved)


def _failed(row: Webhook, told: Told, problem: NotTaken) -> bool:
    """Note a call that was not taken, and when it is tried again; after days, or where it is not wanted, the webhook is paused."""
    now = clock.now()
    since = row.failing_since or now
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.tries, 10))
    with transaction.atomic():
        _note(row, told, problem.said, taken=False)
        Webhook.objects.filter(id=row.id).update(
            tries=row.tries + 1, failing_since=since, next_at=now + timedelta(seconds=pause)
        )
    if problem.gone or now - since >= ENOUGH:
        _give_up(row, "对方答复不再接收（410）" if problem.gone else f"连续 {ENOUGH.days} 天没有送到")
    return False


def _note(row: Webhook, told: Told, said: str, *, taken: bool) -> None:
    WebhookCall.objects.create(
        webhook_id=row.id, event_id=told.id, place=told.place, type=told.type, at=clock.now(), taken=taken, said=said[:120]
    )  # fmt: skip


@ledger.acted
def _give_up(row: Webhook, why: str) -> None:
    if not Webhook.objects.select_for_update().filter(
        id=row.id, paused_at__isnull=True, ended_at__isnull=True
    ):
        return
    paused(HOUSE, row.id, why)
    hub = Unit.objects.filter(kind="hub").values_list("id", flat=True)
    _notices.notify(
        HOUSE, to_units=sorted({row.unit_id, *hub}, key=str), kind="notice", title="系统回调已自动暂停",
        body=f"回调 {row.url} {why}，已暂停。动态没有丢：修好后由管理员在“系统回调”里恢复，从断处接着发；也可从接口 /api/v1/events 补取。",
    )  # fmt: skip


def rest_webhook(webhook_id: UUID, *, before: int, place: int) -> None:
    """Give a claimed webhook back, told up to a place; one statement. Nothing changes where another went on meanwhile."""
    Webhook.objects.filter(id=webhook_id, place=before).update(place=place, next_at=clock.now())


def forget_webhook_calls() -> int:
    """Forget what was said long ago; one statement, returns how many."""
    return WebhookCall.objects.filter(at__lt=clock.now() - KEPT).delete()[0]
