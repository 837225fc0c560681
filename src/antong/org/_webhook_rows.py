"""Webhooks as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound
from antong.kernel.worded import Worded
from antong.ledger import selectors as ledger_selectors
from antong.org import access
from antong.org._webhooks import BOTH
from antong.org.models import Webhook, WebhookCall
from antong.org.types import Permission

NEWEST = 100


class WebhookState(Worded):
    """What becomes of a webhook: two administrators put it in force, either holds it or ends it."""

    WAITING = "waiting", "待安全管理员启用"
    IN_FORCE = "in_force", "正常"
    FAILING = "failing", "送不到"
    PAUSED = "paused", "已暂停"
    ENDED = "ended", "已停用"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """A webhook as administrators see it; of its secret nothing. `behind` says that something waits to be told."""

    id: UUID
    unit_name: str
    url: str
    types: tuple[str, ...]
    state: WebhookState
    made_by: str
    made_at: datetime
    allowed_by: str
    allowed_at: datetime | None
    why: str
    failing_since: datetime | None
    tries: int
    next_at: datetime
    behind: bool
    old_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call with one event: when, whether it was taken, what the other side said."""

    event_id: UUID
    place: int
    type: str
    at: datetime
    taken: bool
    said: str


def webhooks(actor: Actor, text: str = "") -> list[WebhookView]:
    """Return the webhooks, newest first, of a unit or address when given; two statements."""
    access.require_permission(actor, Permission.TOKEN_REVOKE)
    rows = Webhook.objects.select_related("unit", "made_by", "allowed_by").order_by("-made_at", "id")
    if text.strip():
        rows = rows.filter(Q(unit__name__contains=text.strip()) | Q(url__contains=text.strip()))
    end = ledger_selectors.last_place()
    return [_view(row, end) for row in rows]


def webhook(actor: Actor, webhook_id: UUID) -> tuple[WebhookView, list[CallView]]:
    """Return a webhook with its newest calls; three statements. Raises NotFound."""
    access.require_permission(actor, Permission.TOKEN_REVOKE)
    row = Webhook.objects.select_related("unit", "made_by", "allowed_by").filter(id=webhook_id).first()
    if row is None:
        raise NotFound
    calls = WebhookCall.objects.filter(webhook_id=webhook_id).order_by("-id")[:NEWEST]
    return _view(row, ledger_selectors.last_place()), [
        CallView(event_id=one.event_id, place=one.place, type=one.type, at=one.at, taken=one.taken, said=one.said)
        for one in calls
    ]  # fmt: skip


def _view(row: Webhook, end: int) -> WebhookView:
    return WebhookView(
        id=row.id, unit_name=row.unit.name, url=row.url, types=tuple(row.types), state=_state(row), made_by=row.made_by.name,
        made_at=row.made_at, allowed_by=row.allowed_by.name if row.allowed_by else "", allowed_at=row.allowed_at,
        why=row.ended_why or row.paused_why, failing_since=row.failing_since, tries=row.tries, next_at=row.next_at,
        behind=row.allowed_at is not None and row.ended_at is None and row.place < end,
        old_until=row.rotated_at + BOTH if row.rotated_at and row.old_secret is not None else None,
    )  # fmt: skip


def _state(row: Webhook) -> WebhookState:
    if row.ended_at is not None:
        return WebhookState.ENDED
    if row.allowed_at is None:
        return WebhookState.WAITING
    if row.paused_at is not None:
        return WebhookState.PAUSED
    return WebhookState.FAILING if row.failing_since else WebhookState.IN_FORCE
