"""Rotation of a unit (轮案): its list and whose turn it is, set by a leader; the record of turns; for supervisors, shares by unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.flow import actions, selectors
from antong.flow.types import GivenSeat
from antong.kernel import clock
from antong.kernel.refusal import BadInput, Refusal
from antong.org.types import Permission
from antong.web import reading
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.lists import table_file, wants_file
from antong.web.pages.flow.desk import when

SPANS = {"30": "30 天", "90": "90 天", "365": "一年"}
HOW = {"turn": "按轮案", "kept": "原承办人续办", "appointed": "指定"}
STEM = "weight."
HEADS = ["时间", "单位", "案名", "案号", "分法", "承办人", "轮到", "理由", "分案人"]


def _span(request: ActorRequest) -> str:
    given = request.GET.get("days", "")
    return given if given in SPANS else "90"


def _facts(request: ActorRequest) -> dict[str, Any]:
    """What both pages show: turns of a span, of one unit or those against the turn alone where the address says so."""
    span, unit, only = _span(request), request.GET.get("unit", ""), "only" in request.GET
    since = clock.now() - timedelta(days=int(span))
    return {
        "span": span, "spans": SPANS, "unit": unit, "only": only, "how": HOW,
        "turns": selectors.turns(request.actor, since=since, unit=unit, appointed=only), "shares": selectors.shares(request.actor, since=since),
    }  # fmt: skip


def _file(request: ActorRequest, rows: list[selectors.TurnView]) -> HttpResponse:
    for case_id in {row.case_id for row in rows}:
        reading.spool(request.actor, case_id, "导出分案记录")
    cells = [
        [when(row.at), row.unit_name, row.case_name, row.case_number, HOW[row.how], row.person_name, row.proposed_name, row.reason, row.by_name]
        for row in rows
    ]  # fmt: skip
    return table_file("turns", HEADS, cells)


def _shown(request: ActorRequest, refusal: Refusal | None = None) -> HttpResponse:
    facts = _facts(request)
    if wants_file(request) and refusal is None:
        return _file(request, facts["turns"])
    known, officers = selectors.rotation(request.actor), selectors.officers(request.actor.unit_id)
    seats = {seat.person_id: seat for seat in known.seats} if known else {}
    order = [*seats, *(person for person in officers if person not in seats)]
    facts |= {
        "rotation": known, "refusal": refusal, "typed": request.POST if refusal else {},
        "rows": [(person, seats.get(person), officers.get(person)) for person in order],
        "given": sum(seat.taken for seat in seats.values()), "may": Permission.HANDOVER_APPROVE in request.actor.permissions,
        "share": next(iter(facts["shares"]), None),
    }  # fmt: skip
    return render(request, "flow/rotation.html", facts, status=refusal.status if refusal else 200)


@page(Permission.TASK_ASSIGN)
def rotation(request: ActorRequest) -> HttpResponse:
    """Show the own unit's list, whose turn it is, and how cases were assigned."""
    return _shown(request)


def _seats(request: ActorRequest) -> list[GivenSeat]:
    """Return the list as the form gives it: an empty weight is nobody's seat."""
    made = []
    for name, text in request.POST.items():
        if not name.startswith(STEM) or not str(text).strip():
            continue
        plain = str(text).strip()
        try:
            person = UUID(name.removeprefix(STEM))
            weight = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 3 else -1  # noqa: PLR2004 - two digits
        except ValueError:
            raise BadInput(
                "没有保存：表单里的编号不对。",
                code="form",
                fields={name: "编号不对"},
                remedy="刷新页面后重试。",
            ) from None
        made.append(GivenSeat(person_id=person, weight=weight))
    return made


@page(Permission.HANDOVER_APPROVE, methods=("POST",))
def set_rotation(request: ActorRequest) -> HttpResponse:
    """Set the own unit's list."""
    return or_again(
        request,
        lambda: actions.set_rotation(
            request.actor, active="active" in request.POST, on_duty_only="on_duty" in request.POST, seats=_seats(request)
        ),
        lambda refusal: _shown(request, refusal),
        "/rotation",
    )  # fmt: skip


@page(Permission.SUPERVISE_READ)
def rotations(request: ActorRequest) -> HttpResponse:
    """Show supervisors how units assign the cases they oversee: shares by unit, and each assignment against the turn."""
    facts = _facts(request)
    if wants_file(request):
        return _file(request, facts["turns"])
    totals = {
        "all": sum(one.total for one in facts["shares"]),
        "appointed": sum(one.appointed for one in facts["shares"]),
    }
    return render(request, "flow/rotations.html", {**facts, "totals": totals})
