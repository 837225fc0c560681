"""What watchers ask: is it up, can it serve, and figures in Prometheus's text format. No name or number of anybody is in them."""

from __future__ import annotations

import shutil
from hmac import compare_digest
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.watch import selectors as watch
from antong.web import metering, standing
from antong.web.guard import public

LEAST_FREE = 256 << 20
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
TEXT = "text/plain; version=0.0.4; charset=utf-8"
_migrated: list[bool] = []
"""Filled once the tables were found to be those of this program: they are not looked at again."""


@public("tells a watcher whether pages and database are up")
def health(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers."""
    if not _answers():
        return JsonResponse({"ok": False, "what": "数据库没有应答。"}, status=503)
    return JsonResponse({"ok": True})


@public("tells a load balancer whether to send people here")
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether this process can serve: database, tables, disk; and how long entries wait for the tree.

    A ledger that is late is told, and so are a store of originals that does not answer and a custody watch that does not look
    (`degraded`); none takes the
    pages away: all that neither reads nor brings an original goes on, and another process would reach no more.
    """
    free = shutil.disk_usage(settings.ANTONG_STATE).free
    facts: dict[str, Any] = {"database": _answers(), "disk": free >= LEAST_FREE, "disk_free_mb": free >> 20}
    if facts["database"]:
        facts["migrations"] = _is_migrated()
        if facts["migrations"]:
            facts["sequencer_seconds"] = _waiting_seconds()
    facts |= _store()
    if (silent := standing.watch_silent(Path(settings.ANTONG_STATE))) is not None:
        facts["watch_silent_seconds"] = round((clock.now() - silent).total_seconds())
        facts["degraded"] = [*facts.get("degraded", []), "watch"]
    good = facts["database"] and facts["disk"] and facts.get("migrations", False)
    return JsonResponse({"ok": good, **facts}, status=200 if good else 503)


def _answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError):
        return False
    return True


def _is_migrated() -> bool:
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.append(True)
    return True


def _store() -> dict[str, Any]:
    """Return whether originals can be read and written, as it was seen within minutes; nothing where nobody has looked."""
    seen = standing.store(Path(settings.ANTONG_STATE))
    if seen is None or seen.stale:
        return {}
    return {"store": seen.good, "degraded": [] if seen.good else ["store"]}


def _waiting_seconds() -> float:
    oldest = ledger.oldest_waiting()
    return 0.0 if oldest is None else round(max(0.0, (clock.now() - oldest).total_seconds()), 1)


@public("read by a machine of the operator: from this machine, or with the token")
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with figures; from elsewhere only with the token of ANTONG_METRICS_TOKEN."""
    if not _may_read(request):
        return HttpResponse("403\n", status=403, content_type="text/plain; charset=utf-8")
    rows = [*_ledger(), *metering.machine(), *metering.requests()]
    return HttpResponse("".join(f"{row}\n" for row in rows), content_type=TEXT)


def _may_read(request: HttpRequest) -> bool:
    token, given = settings.ANTONG_METRICS_TOKEN, request.headers.get("Authorization", "")
    if token and compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    if any(name in request.headers for name in FORWARDED):  # a proxy on this machine asks for somebody else
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _ledger() -> list[str]:
    """Return the figures that stand in the database; without it only that it is away."""
    line = metering.line
    if not _answers():
        return [line("antong_database_up", "Whether the database answers.", 0)]
    head, now = ledger.latest_head(), clock.now()
    rows = [
        line("antong_database_up", "Whether the database answers.", 1),
        line("antong_ledger_waiting", "Entries that wait for the tree.", ledger.queue_depth()),
        line(
            "antong_ledger_oldest_waiting_seconds",
            "How long the oldest of them has waited.",
            _waiting_seconds(),
        ),
    ]
    if (beat := watch.beat()) is not None:
        rows += [
            line(
                "antong_watch_age_seconds",
                "How long ago the custody watch looked.",
                round((now - beat.at).total_seconds(), 1),
            ),
            line("antong_watch_people", "How many people it looked at.", beat.people),
            line("antong_watch_alarms", "Alarms that stand.", beat.alarms),
        ]
    if head is not None:
        age = round((now - head.made_at).total_seconds(), 1)
        rows += [
            line("antong_head_number", "Number of the newest signed head.", head.number),
            line("antong_head_age_seconds", "Age of the newest signed head.", age),
            line("antong_tree_leaves", "Leaves the newest head commits to.", head.tree_size),
        ]
    jobs = ledger.waiting_jobs()
    return [
        *rows,
        *metering.lines(
            "antong_jobs",
            "Jobs in the queue by how they stand.",
            [({"status": name}, jobs.get(name, 0)) for name in ("todo", "doing", "failed")],
        ),
    ]
