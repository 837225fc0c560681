"""For supervisors: who holds what since when, by hand-over, by unit, by flow; every figure leads to its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.flow import selectors
from antong.org.types import Permission
from antong.watch import selectors as watch
from antong.web import find, reading
from antong.web.guard import ActorRequest, page
from antong.web.lists import Words, in_order, listing, order_of, table_file, wants_file
from antong.web.pages.flow.desk import when

STATES = {
    "overdue": "逾期",
    "silent": "静默未受理",
    "late": "逾期或静默",
    "held": "涉在押",
    "nudged": "催办过",
}
WORDS: Words = {
    "flow": lambda value: f"事项 {value}",
    "unit": lambda value: f"由 {value} 持有",
    "only": STATES,
}
ORDERS: Mapping[str, Any] = {
    "due": lambda row: row.due_at,
    "since": lambda row: row.since,
    "flow": lambda row: row.flow_name,
    "unit": lambda row: row.held_by,
    "nudges": lambda row: -row.nudges,
}
COUNTS: Mapping[str, Any] = {
    "count": lambda one: -one.count,
    "overdue": lambda one: -one.overdue,
    "silent": lambda one: -one.silent,
    "nudges": lambda one: -one.nudges,
    "since": lambda one: one.since,
    "name": lambda one: one.name,
}


@page(Permission.SUPERVISE_READ)
def supervision(request: ActorRequest) -> HttpResponse:
    """Show who holds what since when."""
    get = request.GET.get
    where = selectors.UnderWayFilter(
        text=find.text_of(request.GET), only=get("only", ""), flow=get("flow", ""), unit=get("unit", "")
    )
    every = selectors.under_way(request.actor)
    tab = get("tab", "")
    facts: dict[str, Any] = {
        "calls": watch.overseen(request.actor),
        "where": where, "tab": tab, "flows": sorted({row.flow_name for row in every}), "export": request.path, "states": STATES,
        "holders": selectors.by_holder(every), "by_flow": selectors.by_flow(every),
        "totals": {
            "all": len(every), "overdue": sum(row.overdue for row in every), "silent": sum(row.silent for row in every),
            "nudges": sum(row.nudges for row in every), "nudged": sum(row.nudges > 0 for row in every),
            "held": sum(row.in_custody > 0 for row in every),
        },
    }  # fmt: skip
    if tab in {"units", "flows"}:
        return _grouped(request, facts, facts["holders"] if tab == "units" else facts["by_flow"])
    order = order_of(request, ORDERS, "due")
    rows = in_order(selectors.narrow(every, where), order, ORDERS)
    if wants_file(request):
        return _file(request, rows)
    frame = listing(request, total=len(rows), words=WORDS, order=order)
    start = (frame.page - 1) * frame.size
    return render(
        request, "flow/supervision.html", {**facts, "rows": rows[start : start + frame.size], "list": frame}
    )


def _grouped(request: ActorRequest, facts: dict[str, Any], groups: list[selectors.Holder]) -> HttpResponse:
    """Show the figures of each unit, or of each flow, those with most that is late first."""
    text = find.text_of(request.GET)
    groups = [one for one in groups if text in one.name]
    order = order_of(request, COUNTS, "")
    rows = in_order(groups, order, COUNTS) if order else groups
    if wants_file(request):
        heads = ["持有单位" if facts["tab"] == "units" else "事项", "在途", "逾期", "静默", "催办", "最早自"]
        cells = [[one.name, one.count, one.overdue, one.silent, one.nudges, when(one.since)] for one in rows]
        return table_file("under-way-figures", heads, cells)
    frame = listing(request, total=len(rows), keep=("tab",), order=order)
    start = (frame.page - 1) * frame.size
    return render(
        request,
        "flow/supervision_groups.html",
        {**facts, "rows": rows[start : start + frame.size], "list": frame},
    )


def _file(request: ActorRequest, rows: list[selectors.UnderWay]) -> HttpResponse:
    for case_id in {row.case_id for row in rows}:
        reading.spool(request.actor, case_id, "导出在途移送")
    heads = ["期限", "事项", "轮次", "案名", "案号", "在押", "持有单位", "自", "状态", "静默", "催办", "发起"]
    cells = [
        [when(row.due_at), row.flow_name, row.round, row.case_name, row.case_number, row.in_custody, row.held_by, when(row.since), row.state,
         "是" if row.silent else "", row.nudges, row.from_unit]
        for row in rows
    ]  # fmt: skip
    return table_file("under-way", heads, cells)
