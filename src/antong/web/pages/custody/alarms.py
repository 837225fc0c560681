"""The alarms of the watch: which stand, who was told, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.kernel.refusal import NotFound, Refusal
from antong.org.types import Permission
from antong.watch import actions, selectors
from antong.watch.types import AlarmKind, AlarmView
from antong.web import find, parse
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.lists import Words, in_order, listing, order_of, table_file, wants_file
from antong.web.pages.flow.desk import when

KINDS = {kind.value: kind.label for kind in AlarmKind}
ANSWERED = {"no": "没有答复", "yes": "已答复"}
WORDS: Words = {"kind": KINDS, "answered": ANSWERED}
ORDERS: Mapping[str, Any] = {
    "kind": lambda row: (tuple(AlarmKind).index(row.kind), row.until or row.since),
    "since": lambda row: row.since,
    "agency": lambda row: row.agency,
    "place": lambda row: row.place,
    "step": lambda row: row.step,
}
HEADS = [
    "告警",
    "情形",
    "人员",
    "案号",
    "办案机关",
    "羁押场所",
    "自",
    "期限",
    "告警时间",
    "告知到",
    "答复人",
    "答复",
    "办完时间",
]


def _kept(row: AlarmView, kind: str, answered: str, text: str) -> bool:
    said = f"{row.person} {row.case_number} {row.agency} {row.place}".lower()
    return (
        all(word in said for word in text.split())
        and kind in {"", row.kind.value}
        and (answered not in ANSWERED or row.answered == (answered == "yes"))
    )


@page(Permission.ALARM_ANSWER)
def alarms(request: ActorRequest) -> HttpResponse:
    """Show the alarms that stand."""
    every = selectors.overseen(request.actor)
    kind, answered = request.GET.get("kind", ""), request.GET.get("answered", "")
    order = order_of(request, ORDERS, "kind")
    text = find.text_of(request.GET).lower()
    rows = in_order([row for row in every if _kept(row, kind, answered, text)], order, ORDERS)
    if wants_file(request):
        cells = [
            [row.kind.label, row.why, row.person, row.case_number, row.agency, row.place, when(row.since), when(row.until),
             when(row.raised_at), row.step.label, row.answered_name, row.answer, when(row.answer_until)]
            for row in rows
        ]  # fmt: skip
        return table_file("alarms", HEADS, cells)
    frame = listing(request, total=len(rows), words=WORDS, order=order)
    start = (frame.page - 1) * frame.size
    facts = {
        "rows": rows[start : start + frame.size], "list": frame, "kinds": KINDS, "kind": kind, "answered": answered,
        "answers": ANSWERED, "counted": _counted(every), "total": len(every), "beat": selectors.beat(), "export": request.path,
    }  # fmt: skip
    return render(request, "custody/alarms.html", facts)


def _counted(rows: list[AlarmView]) -> list[tuple[str, str, str, int]]:
    colours = {"no_basis": "overdue", "released_held": "overdue", "contradiction": "red", "transfer_late": "red",
               "ends_1": "red", "ends_3": "orange", "ends_7": "yellow"}  # fmt: skip
    return [
        (kind.value, kind.label, colours[kind.value], sum(row.kind is kind for row in rows))
        for kind in AlarmKind
    ]


@page(Permission.ALARM_ANSWER)
def alarm(request: ActorRequest, alarm_id: UUID) -> HttpResponse:
    """Show an alarm: what is wrong, by which article, who was told when, and what was answered."""
    return _show(request, alarm_id)


def _show(request: ActorRequest, alarm_id: UUID, refusal: Refusal | None = None) -> HttpResponse:
    row = selectors.shown(request.actor, alarm_id)
    if row is None:
        raise NotFound
    request.place = "/alarms"  # type: ignore[attr-defined] # the place in the navigation
    facts = {
        "row": row, "basis": selectors.basis_of(row.kind), "refusal": refusal, "typed": request.POST if refusal else {},
        "beat": selectors.beat(), "case": bool(cases.held_by(row.case_id, [request.actor.unit_id])),
    }  # fmt: skip
    return render(request, "custody/alarm.html", facts, status=refusal.status if refusal else 200)


@page(Permission.ALARM_ANSWER, methods=("POST",))
def answer(request: ActorRequest, alarm_id: UUID) -> HttpResponse:
    """Answer an alarm."""
    return or_again(
        request,
        lambda: actions.answer(
            request.actor, alarm_id=alarm_id, text=request.POST.get("text", ""),
            done_by=parse.instant(request.POST, "done_by"),
        ),
        partial(_show, request, alarm_id), f"/alarms/{alarm_id}/",
    )  # fmt: skip
