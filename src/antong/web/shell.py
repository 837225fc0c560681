"""What the frame of every page shows: person, place, counts, time, the ledger's state."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from antong.flow import selectors as flow
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.ledger import selectors as ledger
from antong.org import selectors as org
from antong.org.types import Permission
from antong.web import guard

NAVIGATION: tuple[tuple[str, str, str, Permission | None], ...] = (
    ("desk", "待办", "/desk", Permission.CASE_READ),
    ("inbox", "收件", "/inbox", Permission.HANDOVER_RECEIVE),
    ("approvals", "审批", "/approvals", Permission.HANDOVER_APPROVE),
    ("cases", "案件", "/cases", Permission.CASE_READ),
    ("sent", "移送", "/handovers", Permission.HANDOVER_COMPOSE),
    ("supervision", "在途", "/supervision", Permission.SUPERVISE_READ),
    ("", "", "", None),
    ("notices", "通知", "/notices", Permission.NOTICE_READ),
    ("readlog", "查阅记录", "/readlog", Permission.READLOG_READ),
    ("operations", "运行", "/operations", Permission.SELF_MANAGE),
)


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html needs; counts are read only where a page shows them."""
    if not hasattr(request, "session"):
        return {}
    try:
        actor = guard.actor_of(request)
    except OperationalError:  # the page that says so needs no one's name
        actor = None
    if actor is None:
        return {"actor": None}
    return {
        "actor": actor,
        "navigation": SimpleLazyObject(lambda: _navigation(actor, request.path)),
        "unread": SimpleLazyObject(lambda: org.unread_count(actor)),
        "now": clock.local(clock.now()),
        "head": SimpleLazyObject(ledger.latest_head),
        "preferences": SimpleLazyObject(lambda: org.preferences(actor.person_id)),
        "demo": settings.ANTONG_DEMO,
    }


def _navigation(actor: Actor, path: str) -> list[dict[str, Any]]:
    counts = flow.task_counts(actor) if Permission.CASE_READ in actor.permissions else {}
    shown = {
        "desk": sum(counts.values()),
        "inbox": counts.get("receive", 0) + counts.get("read", 0),
        "approvals": counts.get("approve", 0) + counts.get("approve_answer", 0),
    }
    rows = []
    for key, word, url, permission in NAVIGATION:
        if permission is not None and permission not in actor.permissions:
            continue
        rows.append(
            {
                "key": key if key in shown else "",
                "word": word,
                "url": url,
                "count": shown.get(key, 0),
                "here": bool(url) and path.startswith(url),
            }
        )
    return rows
