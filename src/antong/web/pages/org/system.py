"""What runs, what the house looks like, and who is told: operations, components, counts."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from antong.dossier import actions as dossier
from antong.kernel import clock
from antong.kernel.refusal import Refusal
from antong.ledger import selectors as ledger
from antong.org import actions
from antong.org.types import Permission
from antong.web import shell, standing, words
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.pages.org import samples

WORKS = {
    "database": ("数据库", "案件、卷宗目录、账本"),
    "web": ("页面服务", "各单位打开的页面"),
    "worker": ("后台作业", "页面检查、缩略图、静默巡查"),
    "watch": ("羁押守望", "独立核对在押人员的羁押依据，告警"),
    "sequencer": ("账本", "留痕入树、封签、查阅记录入账"),
}
MOST_JOBS = 50
BACKUP_AFTER = timedelta(hours=26)
"""A day, and what the nightly backup may be late, as `antong doctor` has it."""
LEAST_FREE = 2 << 30
"""Below this much free space the disk is told as nearly full, as `antong doctor` does."""


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
    """Show what runs and what is stuck: processes, queues, jobs, disk, backup, ledger, the last errors."""
    return _operations(request, None)


def _operations(request: ActorRequest, refusal: Refusal | None) -> HttpResponse:
    state = Path(settings.ANTONG_STATE)
    rows, at = standing.processes(state)
    reasons = standing.reasons(state)
    disk = shutil.disk_usage(state)
    facts = {
        "processes": [{**row, "word": WORKS.get(row["name"], (row["name"], ""))} for row in rows],
        "at": at,
        "stopped": sum(not row.get("alive") for row in rows),
        "queue": ledger.queue_depth(),
        "latest": ledger.latest_head(),
        "stuck": [row for row in standing.stuck(state) if row.many],
        "seen": standing.seen_at(state),
        "queues": standing.queues(state),
        "jobs": [
            {"row": row, "word": words.JOBS.get(row.name, row.name), "reason": reasons.get(row.id, "")}
            for row in ledger.failed_jobs(most=MOST_JOBS)
        ],
        "store": standing.store(state),
        "backup": standing.last_backup(state),
        "late_before": clock.now() - BACKUP_AFTER,
        "free": disk.free,
        "full": disk.free < LEAST_FREE,
        "errors": standing.errors(state),
        "mends": Permission.ORG_MANAGE in request.actor.permissions,
        "refusal": refusal,
    }
    return render(request, "org/operations.html", facts, status=refusal.status if refusal else 200)


@page(Permission.ORG_MANAGE, methods=("POST",))
def run_job(request: ActorRequest, job_id: int) -> HttpResponse:
    """Queue a job that has failed once more."""
    return or_again(
        request,
        lambda: actions.run_job_again(request.actor, job_id=job_id),
        partial(_operations, request),
        "/operations",
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def run_uploads(request: ActorRequest) -> HttpResponse:
    """Queue the making of pages that wait and that no job makes."""
    return or_again(
        request, lambda: dossier.queue_waiting(request.actor), partial(_operations, request), "/operations"
    )


@page(Permission.SELF_MANAGE)
def components(request: ActorRequest) -> HttpResponse:
    """Show every component and state."""
    return render(request, "components.html", samples.facts())
