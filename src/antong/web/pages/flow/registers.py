"""Registers on paper (收案登记表、移送登记表): of the own unit, for a span of days; printed, or taken away as a table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.flow import selectors
from antong.kernel import clock
from antong.org.types import Permission
from antong.web import dates, reading
from antong.web.guard import ActorRequest, page
from antong.web.lists import table_file, wants_file
from antong.web.pages.flow.desk import when

KINDS = {"received": "收案登记表", "sent": "移送登记表"}
HEADS = {
    "received": ["序号", "收到", "移送单位", "案号", "案名", "事项", "轮次", "受理、签收", "受理、退回人", "承办人", "退回", "状态"],
    "sent": ["序号", "发出", "接收单位", "案号", "案名", "事项", "轮次", "受理、签收", "受理、退回人", "发起人", "退回", "状态"],
}  # fmt: skip
LONGEST = timedelta(days=366)


def _span(request: ActorRequest) -> tuple[date, date, dict[str, str]]:
    """Return the days asked for, this month so far where none are, and what is wrong with them by field."""
    today, wrong = clock.today(), {}
    said = {"first": today.replace(day=1), "last": today}
    for name, usual in list(said.items()):
        text = request.GET.get(name, "").strip()
        try:
            said[name] = dates.day(text) if text else usual
        except dates.Unreadable as problem:
            wrong[name] = str(problem)
    if not wrong and not said["first"] <= said["last"] <= said["first"] + LONGEST:
        wrong["last"] = "不早于开始的一天，一次不超过一年"
    return said["first"], said["last"], wrong


@page(Permission.CASE_READ)
def registers(request: ActorRequest) -> HttpResponse:
    """Show a register of the own unit as it is printed."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else "received"
    first, last, wrong = _span(request)
    rows, more = ([], False) if wrong else selectors.register(request.actor, kind, first, last)
    if wants_file(request) and not wrong:
        return _file(request, kind, rows)
    facts: dict[str, Any] = {
        "kind": kind, "kinds": KINDS, "heads": HEADS[kind], "first": first, "last": last, "rows": rows, "more": more, "wrong": wrong,
        "typed": {name: request.GET.get(name, "") for name in ("first", "last")},
        "accepted": sum(row.accepted_at is not None for row in rows), "returned": sum(row.returned_at is not None for row in rows),
    }  # fmt: skip
    return render(request, "flow/registers.html", facts, status=422 if wrong else 200)


def _file(request: ActorRequest, kind: str, rows: list[selectors.RegisterRow]) -> HttpResponse:
    for case_id in {row.case_id for row in rows}:
        reading.spool(request.actor, case_id, f"导出{KINDS[kind]}")
    cells = [
        [number, when(row.at), row.other, row.case_number, row.case_name, row.flow_name, row.round, when(row.accepted_at), row.accepted_by,
         row.person, when(row.returned_at), row.state]
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    return table_file(f"register-{kind}", HEADS[kind], cells)
