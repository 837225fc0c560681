"""Lists of the room: desk, inbox, approvals, hand-overs sent, what is under way. One hand-over is in handover.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.catalog import loader
from antong.flow import selectors
from antong.flow.types import State, TaskKind, TaskView
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import selectors as org
from antong.org.types import Permission
from antong.web.guard import ActorRequest, page
from antong.web.lists import Words, listing, page_of, table_file

GROUPS = (("overdue", "逾期", "overdue"), ("day", "24 小时内", "red"), ("three", "3 天内", "orange"), ("week", "7 天内", "yellow"), ("later", "7 天以上", "blue"))  # fmt: skip
GROUP_WORDS = {**{key: word for key, word, _ in GROUPS}, "none": "无期限"}
HELD_WORDS = {"yes": "有在押", "no": "无在押"}
KIND_WORDS = {kind.value: kind.label for kind in TaskKind}


def _flow_words() -> dict[str, str]:
    return {flow.key: flow.name for flow in loader.load().flows.values()}


def _when(instant: Any) -> str:
    return clock.local(instant).strftime("%Y-%m-%d %H:%M") if instant else ""


def _kept(task: TaskView, chosen: dict[str, str]) -> bool:
    text = chosen["f"].lower()
    return (
        (not chosen["due"] or cases.urgency(task.due_at) == chosen["due"])
        and (not text or any(text in part.lower() for part in (task.case_name, task.case_number, task.title)))
        and (not chosen["kind"] or task.kind.value == chosen["kind"])
        and (not chosen["from"] or task.from_unit == chosen["from"])
        and (not chosen["held"] or (task.in_custody > 0) == (chosen["held"] == "yes"))
    )


def _grouped(tasks: Sequence[TaskView]) -> list[TaskView]:
    """Mark the first row of each group of urgency, for the line between them."""
    before = None
    marked = []
    for task in tasks:
        group = cases.urgency(task.due_at)
        marked.append(replace(task, gap=before is not None and group != before))
        before = group
    return marked


def _chosen(request: ActorRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in ("f", "kind", "from", "held", "due")}


DESK_WORDS: Words = {"f": lambda value: f"含“{value}”", "kind": KIND_WORDS, "from": lambda value: f"来自 {value}", "held": HELD_WORDS, "due": GROUP_WORDS}  # fmt: skip


@page(Permission.CASE_READ)
def desk(request: ActorRequest) -> HttpResponse:
    """Show what the actor owes, most urgent first, and what others owe."""
    actor, tab, chosen = request.actor, request.GET.get("tab", "mine"), _chosen(request)
    tasks = selectors.tasks(actor)
    counted = dict.fromkeys([key for key, *_ in GROUPS] + ["none"], 0)
    for task in tasks:
        counted[cases.urgency(task.due_at)] += 1
    rows: Sequence[Any] = _DESK.get(tab, _mine)(actor, tasks, chosen)
    number, size = page_of(request)
    frame = listing(request, total=len(rows), words=DESK_WORDS, keep=("tab",))
    shown = rows[(number - 1) * size : number * size]
    facts = {
        "tab": tab, "rows": shown, "list": frame, "total": len(tasks), "groups": GROUPS, "counted": counted, "group": chosen["due"],
        "text": chosen["f"], "chosen": chosen, "kinds": list(TaskKind), "senders": sorted({task.from_unit for task in tasks}),
        "waiting": selectors.waiting_count(actor), "custody": cases.custody_warnings(actor), "export": "/desk/export" if tab == "mine" else "",
        "people": org.people_of(actor.unit_id) if Permission.HANDOVER_RECEIVE in actor.permissions else [],
        "behalf": org.person_names({actor.on_behalf_of}).get(actor.on_behalf_of, "") if actor.on_behalf_of else "",
    }  # fmt: skip
    if tab == "waiting":
        facts["briefs"] = cases.briefs(actor, {row.case_id for row in shown})
    return render(request, "flow/desk.html", facts)


def _mine(actor: Actor, tasks: Sequence[TaskView], chosen: dict[str, str]) -> Sequence[Any]:
    return _grouped([task for task in tasks if _kept(task, chosen)])


def _waiting(actor: Actor, tasks: Sequence[TaskView], chosen: dict[str, str]) -> Sequence[Any]:
    return selectors.waiting_for_others(actor)


def _limits(actor: Actor, tasks: Sequence[TaskView], chosen: dict[str, str]) -> Sequence[Any]:
    rows = cases.list_cases(actor, cases.CaseFilter(mine=True, order="due"), size=100).rows
    soonest: dict[Any, Any] = {}
    for limit in cases.running_limits(actor.unit_id, {row.case_id for row in rows}):
        soonest.setdefault(limit.case_id, limit)
    return [(row, soonest.get(row.case_id)) for row in rows]


def _done(actor: Actor, tasks: Sequence[TaskView], chosen: dict[str, str]) -> Sequence[Any]:
    return selectors.done_today(actor)


_DESK = {"waiting": _waiting, "limits": _limits, "done": _done}


@page(Permission.CASE_READ)
def export_desk(request: ActorRequest) -> HttpResponse:
    """Write the desk as a table file, filtered as shown."""
    chosen = _chosen(request)
    rows = [task for task in selectors.tasks(request.actor) if _kept(task, chosen)]
    heads = ["期限", "任务", "事项", "案名", "案号", "在押", "来自", "状态", "到达"]
    cells = [
        [_when(task.due_at), task.kind.label, task.title, task.case_name, task.case_number, task.in_custody, task.from_unit, task.state, _when(task.opened_at)]
        for task in rows
    ]  # fmt: skip
    return table_file("desk", heads, cells)


QUERY_WORDS: Words = {"q": lambda value: f"含“{value}”", "state": {"open": "未办结", **{state.value: state.label for state in State}}, "late": "逾期和静默", "unit": lambda value: f"由 {value} 持有"}  # fmt: skip


@page(Permission.HANDOVER_RECEIVE)
def inbox(request: ActorRequest) -> HttpResponse:
    """Show what the unit has received: waiting, or taken."""
    done, text, flow = request.GET.get("tab") == "done", request.GET.get("q", ""), request.GET.get("flow", "")
    number, size = page_of(request)
    found = selectors.inbox(request.actor, done=done, text=text, flow=flow, page=number, size=size)
    facts = {
        "rows": found.rows, "done": done, "text": text, "chosen": flow, "flows": loader.load().flows.values(),
        "list": listing(request, total=found.total, more=found.more, words={**QUERY_WORDS, "flow": _flow_words()}, keep=("tab",)),
        "silent": sum(row.silent for row in found.rows), "export": "/inbox/export", "people": org.people_of(request.actor.unit_id),
    }  # fmt: skip
    return render(request, "flow/inbox.html", facts)


@page(Permission.HANDOVER_RECEIVE)
def export_inbox(request: ActorRequest) -> HttpResponse:
    """Write the register of what the unit has received (收件登记簿) as a table file."""
    get = request.GET.get
    found = selectors.inbox(
        request.actor, done=get("tab") == "done", text=get("q", ""), flow=get("flow", ""), size=1000
    )
    heads = ["入件", "事项", "轮次", "案名", "案号", "来自", "状态", "受理期限", "受理、退回", "承办人"]
    cells = [
        [_when(row.entered_at), row.flow_name, row.round, row.case_name, row.case_number, row.from_unit, row.state, _when(row.receive_due), _when(row.taken_at), row.handler_name]
        for row in found.rows
    ]  # fmt: skip
    return table_file("inbox", heads, cells)


@page(Permission.HANDOVER_APPROVE)
def approvals(request: ActorRequest) -> HttpResponse:
    """Show what waits for the actor's approval."""
    text = request.GET.get("f", "").strip()
    rows = selectors.tasks(request.actor, kinds=(TaskKind.APPROVE, TaskKind.APPROVE_ANSWER))
    rows = [
        task
        for task in rows
        if _kept(task, {**_chosen(request), "kind": "", "from": "", "held": "", "due": ""})
    ]
    number, size = page_of(request)
    frame = listing(request, total=len(rows), words={"f": DESK_WORDS["f"]})
    facts = {"rows": rows[(number - 1) * size : number * size], "list": frame, "text": text}
    return render(request, "flow/approvals.html", facts)


def _sent(request: ActorRequest, number: int, size: int) -> Any:
    get = request.GET.get
    return selectors.sent_by(
        request.actor, text=get("q", ""), flow=get("flow", ""), state=get("state", ""), page=number, size=size
    )


@page(Permission.HANDOVER_COMPOSE)
def sent(request: ActorRequest) -> HttpResponse:
    """Show the hand-overs the unit has begun."""
    found = _sent(request, *page_of(request))
    facts = {
        "rows": found.rows, "briefs": cases.briefs(request.actor, {row.case_id for row in found.rows}), "text": request.GET.get("q", ""),
        "list": listing(request, total=found.total, more=found.more, words={**QUERY_WORDS, "flow": _flow_words()}),
        "states": list(State), "flows": loader.load().flows.values(), "chosen": request.GET, "export": "/handovers/export",
    }  # fmt: skip
    return render(request, "flow/sent.html", facts)


@page(Permission.HANDOVER_COMPOSE)
def export_sent(request: ActorRequest) -> HttpResponse:
    """Write the register of what the unit has sent (移送登记簿) as a table file."""
    found = _sent(request, 1, 1000)
    briefs = cases.briefs(request.actor, {row.case_id for row in found.rows})
    heads = ["事项", "轮次", "案名", "案号", "接收", "状态", "发起人", "发出", "受理"]
    cells = [
        [row.flow_name, row.round, briefs[row.case_id].name, briefs[row.case_id].number, "、".join(row.receivers), row.state.label, row.composed_by_name,
         _when(row.sent_at), _when(row.obligations[-1].accepted_at if row.obligations else None)]
        for row in found.rows if row.case_id in briefs
    ]  # fmt: skip
    return table_file("handovers", heads, cells)


def _where(request: ActorRequest) -> selectors.UnderWayFilter:
    get = request.GET.get
    return selectors.UnderWayFilter(
        text=get("q", ""), late=get("late") == "1", flow=get("flow", ""), unit=get("unit", "")
    )


@page(Permission.SUPERVISE_READ)
def supervision(request: ActorRequest) -> HttpResponse:
    """Show the supervisor who holds what since when, by hand-over or by unit."""
    where, every = _where(request), selectors.under_way(request.actor)
    rows = selectors.narrow(every, where)
    number, size = page_of(request)
    frame = listing(
        request, total=len(rows), words={**QUERY_WORDS, "flow": lambda value: value}, keep=("tab",)
    )
    facts = {
        "rows": rows[(number - 1) * size : number * size], "where": where, "list": frame, "holders": selectors.by_holder(every),
        "tab": request.GET.get("tab", ""), "flows": sorted({row.flow_name for row in every}), "export": "/supervision/export",
        "totals": {
            "all": len(every), "overdue": sum(row.overdue for row in every), "silent": sum(row.silent for row in every),
            "nudges": sum(row.nudges for row in every), "held": sum(row.in_custody > 0 for row in every),
        },
    }  # fmt: skip
    return render(request, "flow/supervision.html", facts)


@page(Permission.SUPERVISE_READ)
def export_supervision(request: ActorRequest) -> HttpResponse:
    """Write who holds what since when as a table file."""
    rows = selectors.narrow(selectors.under_way(request.actor), _where(request))
    heads = ["期限", "事项", "轮次", "案名", "案号", "在押", "持有单位", "自", "状态", "静默", "催办", "发起"]
    cells = [
        [_when(row.due_at), row.flow_name, row.round, row.case_name, row.case_number, row.in_custody, row.held_by, _when(row.since), row.state,
         "是" if row.silent else "", row.nudges, row.from_unit]
        for row in rows
    ]  # fmt: skip
    return table_file("under-way", heads, cells)
