"""What the frame of every page shows: person, place, counts, time, the ledger's state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from antong.flow import selectors as flow
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import Refusal
from antong.ledger import selectors as ledger
from antong.org import selectors as org
from antong.org.types import Permission
from antong.web import guard, helping, standing, touring

Place = tuple[str, str, str, Permission]
NAVIGATION: tuple[tuple[Place, ...], ...] = (
    (
        ("desk", "待办", "/desk", Permission.CASE_READ),
        ("calendar", "日历", "/calendar", Permission.CASE_READ),
        ("inbox", "收件", "/inbox", Permission.HANDOVER_RECEIVE),
        ("approvals", "审批", "/approvals", Permission.HANDOVER_APPROVE),
        ("cases", "案件", "/cases", Permission.CASE_READ),
        ("sent", "移送", "/handovers", Permission.HANDOVER_COMPOSE),
        ("custody", "在押", "/custody", Permission.CUSTODY_READ),
        ("supervision", "在途", "/supervision", Permission.SUPERVISE_READ),
        ("rotations", "分案监督", "/rotations", Permission.SUPERVISE_READ),
        ("alarms", "羁押告警", "/alarms", Permission.ALARM_ANSWER),
    ),
    (
        ("org", "单位岗位", "/units", Permission.ORG_MANAGE),
        ("people", "人员", "/people", Permission.ORG_MANAGE),
        ("accounts", "账号登录", "/accounts", Permission.ACCOUNT_MANAGE),
        ("terminals", "登记终端", "/terminals", Permission.TERMINAL_MANAGE),
        ("tokens", "对接令牌", "/tokens", Permission.TOKEN_REVOKE),
        ("pledges", "保密承诺", "/pledges", Permission.ACCOUNT_MANAGE),
        ("sessions", "在线登录", "/sessions", Permission.ACCOUNT_MANAGE),
        ("audit", "审计", "/audit", Permission.AUDIT_READ),
        ("readers", "查阅统计", "/readlog/readers", Permission.AUDIT_READ),
        ("heads", "账本封签", "/heads", Permission.AUDIT_READ),
        ("phrases", "常用语", "/phrases", Permission.HANDOVER_RECEIVE),
        ("rotation", "轮案", "/rotation", Permission.TASK_ASSIGN),
        ("hand-on", "岗位移交", "/hand-on", Permission.TASK_ASSIGN),
        ("registers", "登记表", "/registers", Permission.HANDOVER_NUDGE),
        ("duty", "值班屏", "/duty", Permission.HANDOVER_RECEIVE),
        ("roster", "值班", "/roster", Permission.TASK_ASSIGN),
        ("readlog", "查阅记录", "/readlog", Permission.READLOG_READ),
        ("destructions", "销毁登记", "/destructions", Permission.ARCHIVE_READ),
    ),
    (
        ("unread", "通知", "/notices", Permission.NOTICE_READ),
        ("operations", "运行", "/operations", Permission.SELF_MANAGE),
        ("reports", "报障建议", "/reports", Permission.SELF_MANAGE),
    ),
)
"""The places of the house by group: key of the count, word, address, and who goes there."""
STALE = timedelta(minutes=5)
CONCERNED = frozenset({Permission.ALARM_ANSWER, Permission.CUSTODY_READ, Permission.ORG_MANAGE})
"""Whom a silent watch concerns: who works on cases, holds people, oversees, or keeps the house running."""
PROCESSES = {
    "certificate": "证书登录",
    "database": "数据库",
    "web": "页面",
    "worker": "后台作业",
    "sequencer": "账本",
    "watch": "羁押守望",
}


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html needs; counts are read only where a page shows them."""
    region = SimpleLazyObject(_region)
    screen = helping.screens().get(helping.of(request))
    if not hasattr(request, "session"):
        return {"actor": None, "region": region, "screen": screen}
    try:
        actor = guard.actor_of(request)
    except (OperationalError, InterfaceError):  # the page that says so needs nobody
        actor = None
    if actor is None:
        return {
            "actor": None,
            "region": region,
            "screen": screen,
            "by_certificate": settings.ANTONG_CERTIFICATE_PORT,
        }
    preferences = guard.preferences(request)
    shown = cache(lambda: counts(actor, limits=getattr(request, "own_limits", None)))
    return {
        "actor": actor,
        "region": region,
        "screen": screen,
        "home": home_of(actor),
        "navigation": SimpleLazyObject(
            lambda: _navigation(actor, shown(), getattr(request, "place", request.path))
        ),
        "unread": SimpleLazyObject(lambda: shown()["unread"]),
        "now": clock.local(clock.now()),
        "head": SimpleLazyObject(ledger.latest_head),
        "processes": SimpleLazyObject(_processes),
        "preferences": preferences,
        "tour": SimpleLazyObject(lambda: touring.of(actor, preferences, by_itself=not settings.ANTONG_DEMO)),
        "demo": settings.ANTONG_DEMO,
        "watch_silent": SimpleLazyObject(lambda: _watch_silent(actor)),
    }


def _watch_silent(actor: Actor) -> datetime | str:
    """Return since when nobody watches over those held, for whoever that concerns; nothing where somebody does."""
    if not CONCERNED & actor.permissions:
        return ""
    return standing.watch_silent(Path(settings.ANTONG_STATE)) or ""


def _region() -> str:
    """Return whose hub this is; nothing before it is founded, or while nobody can say."""
    try:
        return org.instance().name
    except (Refusal, OperationalError, InterfaceError):
        return ""


def home_of(actor: Actor) -> str:
    """Return where somebody begins the day: the desk, or for administrators what runs."""
    return "/desk" if Permission.CASE_READ in actor.permissions else "/operations"


def counts(actor: Actor, *, limits: int | None = None) -> dict[str, int]:
    """Return how much is open for somebody, by the key of its place; three statements, one for administrators.

    `limits` are the own limits, where the page has counted them.
    """
    found = {"unread": org.unread_count(actor)}
    if Permission.CASE_READ in actor.permissions:
        tasks = flow.desk_counts(actor, limits=limits)
        found["desk"] = sum(tasks.values())
        found["inbox"] = tasks.get("receive", 0) + tasks.get("read", 0)
        found["approvals"] = tasks.get("approve", 0) + tasks.get("approve_answer", 0)
        found["sent"] = tasks.get("send", 0) + tasks.get("fix", 0)
    return found


def _navigation(actor: Actor, shown: Mapping[str, int], path: str) -> list[list[dict[str, Any]]]:
    groups = [
        [
            {
                "key": key if key in shown else "",
                "word": word,
                "url": url,
                "count": shown.get(key, 0),
                "here": path == url or path.startswith(f"{url}/"),
            }
            for key, word, url, permission in places
            if permission in actor.permissions
        ]
        for places in NAVIGATION
    ]
    return [group for group in groups if group]


def _processes() -> dict[str, Any]:
    """Return how the processes of the house are, as their supervisor last wrote it."""
    path = Path(settings.ANTONG_STATE) / "status.json"
    try:
        status = json.loads(path.read_text("utf-8"))
        rows, at = status["processes"], datetime.fromtimestamp(status["at"], UTC)
    except (OSError, ValueError, KeyError):
        return {"known": False}
    stopped = [PROCESSES.get(row["name"], row["name"]) for row in rows if not row["alive"]]
    return {"known": True, "stopped": stopped, "at": at, "old": clock.now() - at > STALE}
