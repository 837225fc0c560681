"""What runs, what the house looks like, and who is told: operations, components, counts."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from antong.ledger import selectors as ledger
from antong.org.types import Permission
from antong.web import shell
from antong.web.guard import ActorRequest, page
from antong.web.pages.org import samples

WORKS = {
    "database": ("数据库", "案件、卷宗目录、账本"),
    "web": ("页面服务", "各单位打开的页面"),
    "worker": ("后台作业", "页面检查、缩略图、静默巡查"),
    "sequencer": ("账本", "留痕入树、封签、查阅记录入账"),
}


@page(Permission.SELF_MANAGE)
def counts(request: ActorRequest) -> HttpResponse:
    """Return the badge counts, with an ETag so that polling costs nothing."""
    body = json.dumps(shell.counts(request.actor), sort_keys=True)
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    return HttpResponse(body, content_type="application/json", headers={"ETag": etag})


@page(Permission.SELF_MANAGE)
def operations(request: ActorRequest) -> HttpResponse:
    """Show what runs: processes, ledger, queue."""
    path = Path(settings.ANTONG_STATE) / "status.json"
    status = json.loads(path.read_text("utf-8")) if path.exists() else None
    for row in status["processes"] if status else ():
        row["since"] = datetime.fromtimestamp(row["since"], UTC)
        row["word"], row["work"] = WORKS.get(row["name"], (row["name"], ""))
    facts = {
        "status": status,
        "at": datetime.fromtimestamp(status["at"], UTC) if status else None,
        "stopped": sum(not row["alive"] for row in status["processes"]) if status else 0,
        "queue": ledger.queue_depth(),
        "latest": ledger.latest_head(),
    }
    return render(request, "org/operations.html", facts)


@page(Permission.SELF_MANAGE)
def components(request: ActorRequest) -> HttpResponse:
    """Show every component and state."""
    return render(request, "components.html", samples.facts())
