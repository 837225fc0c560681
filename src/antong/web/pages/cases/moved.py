"""Limits that moved (期限变动): for who handles a case and who oversees it, the old end, the new one and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.cases import selectors
from antong.kernel import clock
from antong.org.types import Permission
from antong.web import reading
from antong.web.guard import ActorRequest, page
from antong.web.lists import table_file, wants_file

SPANS = {"30": "30 天", "90": "90 天", "365": "一年"}
HEADS = ["变动时间", "案号", "案名", "人员", "期限", "承担单位", "原届满", "现届满", "原因", "状态"]


@page(Permission.CASE_READ)
def moved_limits(request: ActorRequest) -> HttpResponse:
    """Show or write what moved in the cases of the unit, within a span of days."""
    span = request.GET.get("days", "")
    span = span if span in SPANS else "90"
    rows = selectors.moves(request.actor, since=clock.now() - timedelta(days=int(span)))
    if wants_file(request):
        return _file(request, rows)
    facts: dict[str, Any] = {
        "rows": rows, "span": span, "spans": SPANS, "run": selectors.newest_recount(),
        "earlier": sum(row.earlier for row in rows),
    }  # fmt: skip
    return render(request, "cases/moved.html", facts)


def _file(request: ActorRequest, rows: list[selectors.LimitMoved]) -> HttpResponse:
    for case_id in {row.case_id for row in rows}:
        reading.spool(request.actor, case_id, "导出期限变动")
    cells = [
        [f"{clock.local(row.moved_at):%Y-%m-%d %H:%M}", row.case_number, row.case_name, row.person, row.name, row.unit_name,
         f"{clock.local(row.was_due_at - timedelta(minutes=1)):%Y-%m-%d}", f"{clock.local(row.due_at - timedelta(minutes=1)):%Y-%m-%d}", row.why,
         "在算" if row.running else "已办结"]
        for row in rows
    ]  # fmt: skip
    return table_file("moved-limits", HEADS, cells)
