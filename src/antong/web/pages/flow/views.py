"""Lists of hand-overs: received, to approve, begun by the unit. The desk is in desk.py, one hand-over in handover.py."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.catalog import loader
from antong.flow import selectors
from antong.flow.types import State, TaskKind
from antong.org.types import Permission
from antong.web import find, reading
from antong.web.guard import ActorRequest, page
from antong.web.lists import MOST_EXPORTED, in_order, listing, order_of, page_of, table_file, wants_file
from antong.web.pages.flow.desk import ORDERS, when
from antong.web.pages.flow.receiving import handlers

STATE_WORDS = {"open": "未办结", **{state.value: state.label for state in State}}


def _flow_words() -> dict[str, str]:
    return {flow.key: flow.name for flow in loader.load().flows.values()}


def _page(request: ActorRequest) -> tuple[int, int]:
    return (1, MOST_EXPORTED) if wants_file(request) else page_of(request)


def _told(request: ActorRequest, case_ids: set[Any], what: str) -> None:
    for case_id in case_ids:
        reading.spool(request.actor, case_id, what)


@page(Permission.HANDOVER_RECEIVE)
def inbox(request: ActorRequest) -> HttpResponse:
    """Show what the unit has received: waiting, or taken."""
    done, flow = request.GET.get("tab") == "done", request.GET.get("flow", "")
    order = order_of(request, selectors.INBOX_ORDERS, "entered" if done else "due")
    number, size = _page(request)
    found = selectors.inbox(
        request.actor,
        done=done,
        text=find.text_of(request.GET),
        flow=flow,
        order=order,
        page=number,
        size=size,
    )
    if wants_file(request):
        return _inbox_file(request, found.rows)
    words = {"flow": _flow_words()}
    frame = listing(request, total=found.total, more=found.more, words=words, keep=("tab",), order=order)
    facts = {
        "rows": found.rows, "done": done, "chosen": flow, "flows": loader.load().flows.values(), "list": frame,
        "silent": selectors.silent_count(request.actor), "export": request.path, **handlers(request.actor),
    }  # fmt: skip
    return render(request, "flow/inbox.html", facts)


def _inbox_file(request: ActorRequest, rows: tuple[Any, ...]) -> HttpResponse:
    """The register of what the unit has received (收件登记簿)."""
    _told(request, {row.case_id for row in rows}, "导出收件登记簿")
    heads = ["入件", "事项", "轮次", "案名", "案号", "来自", "状态", "受理期限", "受理、退回", "承办人"]
    cells = [
        [when(row.entered_at), row.flow_name, row.round, row.case_name, row.case_number, row.from_unit, row.state, when(row.receive_due), when(row.taken_at), row.handler_name]
        for row in rows
    ]  # fmt: skip
    return table_file("inbox", heads, cells)


@page(Permission.HANDOVER_APPROVE)
def approvals(request: ActorRequest) -> HttpResponse:
    """Show what waits for the actor's approval, the most urgent case first."""
    text = find.text_of(request.GET).lower()
    wanted = {TaskKind.APPROVE.value, TaskKind.APPROVE_ANSWER.value}
    rows = [
        row
        for row in selectors.desk(request.actor)
        if row.kind in wanted
        and all(word in f"{row.case_name} {row.case_number} {row.title}".lower() for word in text.split())
    ]
    order = order_of(request, ORDERS, "due")
    rows = in_order(rows, order, ORDERS)
    if wants_file(request):
        _told(request, {row.case_id for row in rows}, "导出待审批")
        heads = ["期限", "任务", "事项", "案名", "案号", "呈报", "呈报时间"]
        cells = [
            [
                when(row.due_at),
                row.label,
                row.title,
                row.case_name,
                row.case_number,
                row.from_name,
                when(row.since),
            ]
            for row in rows
        ]
        return table_file("approvals", heads, cells)
    frame = listing(request, total=len(rows), order=order)
    shown = selectors.in_full(rows[(frame.page - 1) * frame.size : frame.page * frame.size])
    return render(request, "flow/approvals.html", {"rows": shown, "list": frame, "export": request.path})


@page(Permission.HANDOVER_COMPOSE)
def sent(request: ActorRequest) -> HttpResponse:
    """Show the hand-overs the unit has begun."""
    get = request.GET.get
    order = order_of(request, selectors.SENT_ORDERS, "changed")
    number, size = _page(request)
    found = selectors.sent_by(
        request.actor,
        text=find.text_of(request.GET),
        flow=get("flow", ""),
        state=get("state", ""),
        order=order,
        page=number,
        size=size,
    )
    briefs = cases.briefs(request.actor, {row.case_id for row in found.rows})
    rows = [row for row in found.rows if row.case_id in briefs]
    if wants_file(request):
        return _sent_file(request, rows, briefs)
    words = {"state": STATE_WORDS, "flow": _flow_words()}
    facts = {
        "rows": rows, "briefs": briefs, "states": STATE_WORDS, "flows": loader.load().flows.values(), "chosen": request.GET,
        "list": listing(request, total=found.total, more=found.more, words=words, order=order), "export": request.path,
    }  # fmt: skip
    return render(request, "flow/sent.html", facts)


def _sent_file(request: ActorRequest, rows: list[Any], briefs: dict[Any, Any]) -> HttpResponse:
    """The register of what the unit has sent (移送登记簿)."""
    _told(request, set(briefs), "导出移送登记簿")
    heads = ["事项", "轮次", "案名", "案号", "接收", "状态", "发起人", "发出", "受理"]
    cells = [
        [row.flow_name, row.round, briefs[row.case_id].name, briefs[row.case_id].number, "、".join(row.receivers), row.state.label, row.composed_by_name,
         when(row.sent_at), when(row.obligations[-1].accepted_at if row.obligations else None)]
        for row in rows
    ]  # fmt: skip
    return table_file("handovers", heads, cells)
