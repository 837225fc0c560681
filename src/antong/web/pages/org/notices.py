"""Notices of a unit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.kernel import clock
from antong.org import actions, selectors
from antong.org.types import NoticeView, Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page
from antong.web.lists import listing, page_of, table_file, wants_file

NOTICE_KINDS = {
    "warning": "将逾期",
    "silence": "静默",
    "nudge": "催办",
    "answer": "答复",
    "escalated": "升级",
    "notice": "督办",
    "report": "报障",
    "delegated": "委托",
    "handed-on": "移交",
}
MOST_COUNTED = 1000


def _when(instant: datetime | None) -> str:
    return clock.local(instant).strftime("%Y-%m-%d %H:%M") if instant else ""


@page(Permission.NOTICE_READ)
def notices(request: ActorRequest) -> HttpResponse:
    """Show the notices of the unit and the person."""
    only, kind = request.GET.get("unread") == "1", request.GET.get("kind", "")
    number, size = (1, MOST_COUNTED) if wants_file(request) else page_of(request)
    rows, total = selectors.notices(request.actor, unread=only, kind=kind, page=number, size=size)
    briefs = cases.briefs(request.actor, {row.case_id for row in rows if row.case_id})
    if wants_file(request):
        return table_file("notices", *_notice_table(rows, briefs))
    facts = {
        "rows": rows,
        "only": only,
        "kinds": NOTICE_KINDS,
        "chosen": kind,
        "briefs": briefs,
        "export": request.path,
        "list": listing(
            request,
            total=min(total, MOST_COUNTED),
            more=total > MOST_COUNTED,
            words={"kind": NOTICE_KINDS},
            keep=("unread",),
        ),
    }
    return render(request, "org/notices.html", facts)


def _notice_table(rows: list[NoticeView], briefs: dict[UUID, Any]) -> tuple[list[str], list[list[str]]]:
    heads = ["时间", "种类", "事项", "案名", "案号", "来自", "答复期限", "答复", "答复人", "升级", "已读"]
    cells = []
    for row in rows:
        brief = briefs.get(row.case_id) if row.case_id else None
        named = [brief.name, brief.number] if brief else ["", ""]
        kind = NOTICE_KINDS.get(row.kind, row.kind)
        cells.append(
            [
                _when(row.created_at),
                kind,
                row.title,
                *named,
                row.from_name,
                _when(row.answer_by),
                row.answer,
                row.answered_name,
                row.escalated_to,
                _when(row.read_at),
            ]
        )
    return heads, cells


@page(Permission.NOTICE_READ, methods=("POST",))
def read_notice(request: ActorRequest, notice_id: UUID) -> HttpResponse:
    """Mark a notice as read."""
    actions.read_notice(request.actor, notice_id)
    return HttpResponseRedirect("/notices")


@page(Permission.NOTICE_READ, methods=("POST",))
def answer_notice(request: ActorRequest, notice_id: UUID) -> HttpResponse:
    """Answer a notice that asks for one."""
    actions.answer_notice(request.actor, notice_id=notice_id, text=request.POST.get("text", ""))
    return HttpResponseRedirect("/notices")


@page(Permission.NOTICE_READ, methods=("POST",))
def read_some(request: ActorRequest) -> HttpResponse:
    """Mark the notices that were ticked as read."""
    for notice_id in parse.uuids(request, "pick"):
        actions.read_notice(request.actor, notice_id)
    return HttpResponseRedirect("/notices")


@page(Permission.NOTICE_READ, methods=("POST",))
def read_all(request: ActorRequest) -> HttpResponse:
    """Mark all notices as read."""
    actions.read_notices(request.actor)
    return HttpResponseRedirect("/notices")
