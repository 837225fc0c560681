"""The desk: what somebody owes, what others owe, the limits of own cases, what was done today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.custody import selectors as custody
from antong.flow import selectors
from antong.flow.types import HandOverView, TaskKind, TaskView
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import selectors as org
from antong.org.types import Permission
from antong.watch import selectors as watch
from antong.web import find, reading
from antong.web.guard import ActorRequest, page
from antong.web.lists import Words, in_order, listing, order_of, page_of, table_file, wants_file
from antong.web.pages.flow.receiving import handlers

GROUPS = (
    ("overdue", "逾期", "overdue"), ("day", "24 小时内", "red"), ("three", "3 天内", "orange"),
    ("week", "7 天内", "yellow"), ("later", "7 天以上", "blue"),
)  # fmt: skip
GROUP_WORDS = {**{key: word for key, word, _ in GROUPS}, "none": "无期限"}
HELD_WORDS = {"yes": "有在押", "no": "无在押"}
KIND_WORDS = {**{kind.value: kind.label for kind in TaskKind}, "limit": "期限"}
WORDS: Words = {
    "kind": KIND_WORDS,
    "from": lambda value: f"来自 {value}",
    "held": HELD_WORDS,
    "due": GROUP_WORDS,
}
ORDERS: Mapping[str, Any] = {
    "due": lambda row: row.due_at,
    "task": lambda row: row.label,
    "case": lambda row: row.case_number,
    "from": lambda row: row.from_name,
    "since": lambda row: row.since,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A row of the desk with what its place among the others adds: a line before it where the urgency changes."""

    row: selectors.DeskRow
    gap: bool


def when(instant: Any) -> str:
    """Return an instant for a table file."""
    return clock.local(instant).strftime("%Y-%m-%d %H:%M") if instant else ""


def _chosen(request: ActorRequest) -> dict[str, str]:
    chosen = {name: request.GET.get(name, "").strip() for name in ("kind", "from", "held", "due")}
    return {**chosen, "text": find.text_of(request.GET).lower()}


def _kept(row: selectors.DeskRow, chosen: Mapping[str, str]) -> bool:
    said = f"{row.case_name} {row.case_number} {row.label} {row.title}".lower()
    return (
        all(word in said for word in chosen["text"].split())
        and (not chosen["due"] or cases.urgency(row.due_at) == chosen["due"])
        and (not chosen["kind"] or row.kind == chosen["kind"])
        and (not chosen["from"] or row.from_name == chosen["from"])
        and (not chosen["held"] or (row.in_custody > 0) == (chosen["held"] == "yes"))
    )


def _lined(rows: Sequence[selectors.DeskRow], order: str, last: selectors.DeskRow | None) -> list[Shown]:
    """Mark the first row of each group of urgency, where rows stand in that order; `last` stands before them."""
    made, before = [], cases.urgency(last.due_at) if last else ""
    for row in rows:
        group = cases.urgency(row.due_at)
        made.append(Shown(row=row, gap=order == "due" and bool(before) and group != before))
        before = group
    return made


@page(Permission.CASE_READ)
def desk(request: ActorRequest) -> HttpResponse:
    """Show what the actor owes, most urgent first, and by tabs what others owe, own limits, what was done."""
    tab = request.GET.get("tab", "mine")
    return _TABS.get(tab, _mine)(request)


def _frame(request: ActorRequest, rows: Sequence[selectors.DeskRow] | None = None) -> dict[str, Any]:
    actor = request.actor
    owed = selectors.desk(actor) if rows is None else rows
    counted = dict.fromkeys([key for key, *_ in GROUPS] + ["none"], 0)
    for row in owed:
        counted[cases.urgency(row.due_at)] += 1
    request.own_limits = sum(row.kind == selectors.LIMIT for row in owed)  # the side bar counts them too
    return {
        "owed": len(owed), "groups": GROUPS, "counted": counted, "waiting": selectors.waiting_count(actor),
        "calls": watch.calling(actor), "custody": custody.ending(actor), "inside": actor.unit_kind in custody.PLACES, "export": request.path,
        "behalf": org.person_names({actor.on_behalf_of}).get(actor.on_behalf_of, "") if actor.on_behalf_of else "",
    }  # fmt: skip


def _mine(request: ActorRequest) -> HttpResponse:
    owed, chosen = selectors.desk(request.actor), _chosen(request)
    order = order_of(request, ORDERS, "due")
    rows = in_order([row for row in owed if _kept(row, chosen)], order, ORDERS)
    if wants_file(request):
        return _mine_file(request.actor, selectors.in_full(rows))
    frame = listing(request, total=len(rows), words=WORDS, order=order)
    start = (frame.page - 1) * frame.size
    before = rows[start - 1] if start else None
    facts = {
        **_frame(request, owed), "tab": "mine", "list": frame, "group": chosen["due"], "chosen": chosen,
        "rows": _lined(selectors.in_full(rows[start : start + frame.size]), order, before), "kinds": KIND_WORDS,
        "senders": sorted({row.from_name for row in owed}),
        **(handlers(request.actor) if Permission.HANDOVER_RECEIVE in request.actor.permissions else {}),
    }  # fmt: skip
    return render(request, "flow/desk.html", facts)


def _mine_file(actor: Actor, rows: Sequence[selectors.DeskRow]) -> HttpResponse:
    _told(actor, {row.case_id for row in rows}, "导出待办")
    heads = ["期限", "期限名称", "任务", "事项", "案名", "案号", "在押", "来自", "状态", "说明", "起"]
    cells = [
        [when(row.due_at), row.due.name if row.due else "", row.label, row.title, row.case_name, row.case_number, row.in_custody, row.from_name, row.state, row.note, when(row.since)]
        for row in rows
    ]  # fmt: skip
    return table_file("desk", heads, cells)


def _told(actor: Actor, case_ids: set[Any], what: str) -> None:
    """What is taken away as a file is a reading of each case in it."""
    for case_id in case_ids:
        reading.spool(actor, case_id, what)


def _waiting(request: ActorRequest) -> HttpResponse:
    actor = request.actor
    every = selectors.waiting_for_others(actor)
    briefs = cases.briefs(actor, {row.case_id for row in every})
    words = find.text_of(request.GET).lower().split()
    rows = [
        row
        for row in every
        if row.case_id in briefs
        and all(word in f"{briefs[row.case_id].name} {briefs[row.case_id].number}".lower() for word in words)
    ]
    keys: Mapping[str, Any] = {
        "due": _due_of,
        "sent": lambda row: row.sent_at,
        "flow": lambda row: row.flow_name,
    }
    order = order_of(request, keys, "due")
    rows = in_order(rows, order, keys)
    if wants_file(request):
        _told(actor, {row.case_id for row in rows}, "导出等对方办")
        return table_file("waiting", *_waiting_table(rows, briefs))
    frame = listing(request, total=len(rows), keep=("tab",), order=order)
    shown = rows[(frame.page - 1) * frame.size : frame.page * frame.size]
    facts = {**_frame(request), "tab": "waiting", "list": frame, "rows": shown, "briefs": briefs}
    return render(request, "flow/desk_waiting.html", facts)


def _due_of(row: HandOverView) -> Any:
    present = [one for one in row.obligations if one.round == row.round]
    dues = [one.answer_due if one.accepted_at else one.receive_due for one in present if not one.answered_at]
    return min((due for due in dues if due), default=None)


def _waiting_table(
    rows: Sequence[HandOverView], briefs: Mapping[Any, Any]
) -> tuple[list[str], list[list[Any]]]:
    heads = ["对方期限", "事项", "轮次", "案名", "案号", "对方", "状态", "发出"]
    cells = [
        [when(_due_of(row)), row.flow_name, row.round, briefs[row.case_id].name, briefs[row.case_id].number, "、".join(row.waiting_units), row.state.label, when(row.sent_at)]
        for row in rows
    ]  # fmt: skip
    return heads, cells


def _limits(request: ActorRequest) -> HttpResponse:
    actor, text = request.actor, find.text_of(request.GET)
    number, size = (1, 1000) if wants_file(request) else page_of(request)
    found = cases.list_cases(
        actor, cases.CaseFilter(mine=True, order="due", text=text), page=number, size=size
    )
    soonest: dict[Any, Any] = {}
    for limit in cases.running_limits(actor.unit_id, {row.case_id for row in found.rows}):
        soonest.setdefault(limit.case_id, limit)
    rows = [(row, soonest.get(row.case_id)) for row in found.rows]
    if wants_file(request):
        _told(actor, {row.case_id for row, _ in rows}, "导出案件期限")
        heads = ["届满", "期限", "案名", "案号", "在押", "依据", "阶段"]
        cells = [
            [when(limit.due_at) if limit else "", limit.name if limit else "", row.name, row.number, row.in_custody, "；".join(limit.articles) if limit else "", row.stage.label]
            for row, limit in rows
        ]  # fmt: skip
        return table_file("limits", heads, cells)
    frame = listing(request, total=found.total, more=found.more, keep=("tab",))
    facts = {**_frame(request), "tab": "limits", "list": frame, "rows": rows}
    return render(request, "flow/desk_limits.html", facts)


def _done(request: ActorRequest) -> HttpResponse:
    words = find.text_of(request.GET).lower().split()
    rows: list[TaskView] = [
        task
        for task in selectors.done_today(request.actor)
        if all(word in f"{task.case_name} {task.case_number} {task.title}".lower() for word in words)
    ]
    if wants_file(request):
        _told(request.actor, {row.case_id for row in rows}, "导出今日已办")
        heads = ["办结", "任务", "事项", "案名", "案号", "来自", "移送现状"]
        cells = [
            [
                when(row.closed_at),
                row.kind.label,
                row.title,
                row.case_name,
                row.case_number,
                row.from_unit,
                row.state,
            ]
            for row in rows
        ]
        return table_file("done", heads, cells)
    frame = listing(request, total=len(rows), keep=("tab",))
    shown = rows[(frame.page - 1) * frame.size : frame.page * frame.size]
    return render(
        request, "flow/desk_done.html", {**_frame(request), "tab": "done", "list": frame, "rows": shown}
    )


_TABS = {"waiting": _waiting, "limits": _limits, "done": _done}
