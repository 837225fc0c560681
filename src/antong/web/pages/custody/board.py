"""The board of a place of custody: who is held until when, on what, by whom, and what stands next; and one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.custody import selectors
from antong.custody.types import Held, Nearness
from antong.kernel.refusal import Refusal
from antong.org import selectors as org
from antong.org.types import Permission, UnitKind
from antong.watch import selectors as watch
from antong.web import find, reading
from antong.web.guard import ActorRequest, page
from antong.web.lists import Words, in_order, listing, order_of, table_file, wants_file
from antong.web.pages.flow.desk import when

COLOURS = {
    Nearness.NONE: "overdue", Nearness.DAY: "red", Nearness.THREE: "orange", Nearness.SEVEN: "yellow",
    Nearness.MORE: "blue", Nearness.SENTENCE: "grey",
}  # fmt: skip
NEAR = {one.value: one.label for one in Nearness}
TOLD = {"apart": "告知与案件不一致", "release": "待释放"}
WORDS: Words = {
    "near": NEAR,
    "agency": lambda value: f"办案机关 {value}",
    "place": lambda value: f"羁押于 {value}",
    "stage": lambda value: f"阶段 {value}",
    "told": TOLD,
}
FAR = 10.0**12
ORDERS: Mapping[str, Any] = {
    "until": lambda row: (tuple(Nearness).index(row.nearness), row.until.timestamp() if row.until else FAR),
    "person": lambda row: (row.cell, row.name),
    "charge": lambda row: row.charge,
    "agency": lambda row: row.agency,
    "paper": lambda row: row.number,
    "since": lambda row: row.admitted_at,
}
HEADS = [
    "羁押至", "状态", "姓名", "监室", "罪名", "案号", "阶段", "办案机关", "羁押场所", "强制措施", "依据文书", "文号", "被告知羁押至",
    "告知的办案机关", "收押时间", "待释放",
]  # fmt: skip


def apart(row: Held) -> bool:
    """Whether what the place was told and what the case says are apart."""
    ends = not row.sentence and row.until is not None and row.told_until != row.until
    return not row.agency_told or (row.holds and ends)


def _kept(row: Held, chosen: Mapping[str, str], text: str) -> bool:
    said = f"{row.name} {row.cell} {row.case_number} {row.number} {row.charge}".lower()
    marks = {"apart": apart(row), "release": row.release_ordered_at is not None}
    return (
        all(word in said for word in text.split())
        and chosen["near"] in {"", row.nearness.value}
        and chosen["agency"] in {"", row.agency}
        and chosen["place"] in {"", row.place}
        and chosen["stage"] in {"", row.stage}
        and (chosen["told"] not in marks or marks[chosen["told"]])
    )


@page(Permission.CUSTODY_READ)
def board(request: ActorRequest) -> HttpResponse:
    """Show who is held."""
    return show_board(request)


def show_board(request: ActorRequest, refusal: Refusal | None = None) -> HttpResponse:
    """Show the board, with the refusal of an act that was done on it."""
    every = selectors.board(request.actor)
    chosen = {name: request.GET.get(name, "") for name in WORDS}
    order = order_of(request, ORDERS, "until")
    text = find.text_of(request.GET).lower()
    rows = in_order([row for row in every if _kept(row, chosen, text)], order, ORDERS)
    if wants_file(request):
        return _file(request, rows)
    frame = listing(request, total=len(rows), words=WORDS, order=order)
    start = (frame.page - 1) * frame.size
    shown = rows[start : start + frame.size]
    request.place = "/custody"  # type: ignore[attr-defined] # the place in the navigation
    facts = _facts(request, every, shown) | {"chosen": chosen, "list": frame, "refusal": refusal}
    return render(request, "custody/board.html", facts, status=refusal.status if refusal else 200)


def _facts(request: ActorRequest, every: list[Held], shown: list[Held]) -> dict[str, Any]:
    counted = Counter(row.nearness for row in every)
    alarms = watch.of_parties([row.party_id for row in shown])
    names = org.person_names({row.handler_id for row in shown if row.handler_id})
    return {
        "rows": [
            (row, COLOURS[row.nearness], alarms.get(row.party_id, []), names.get(row.handler_id, "") if row.handler_id else "")
            for row in shown
        ],
        "groups": [(one.value, one.label, COLOURS[one], counted[one]) for one in Nearness],
        "total": len(every), "releasing": sum(row.release_ordered_at is not None for row in every),
        "apart": sum(apart(row) for row in every), "agencies": sorted({row.agency for row in every}),
        "stages": sorted({row.stage for row in every}), "places": sorted({row.place for row in every}), "told": TOLD,
        "beat": watch.beat(), "calls": watch.calling(request.actor), "export": "/custody", "typed": request.POST, "identities": selectors.IDENTITIES,
        "records": Permission.CUSTODY_RECORD in request.actor.permissions,
    }  # fmt: skip


def _file(request: ActorRequest, rows: list[Held]) -> HttpResponse:
    for case_id in {row.case_id for row in rows}:
        reading.spool(request.actor, case_id, "导出在押人员")
    cells = [
        [when(row.until), row.nearness.label, row.name, row.cell, row.charge, row.case_number, row.stage, row.agency, row.place, row.measure,
         row.paper, row.number, when(row.told_until), row.told_agency, when(row.admitted_at), "是" if row.release_ordered_at else ""]
        for row in rows
    ]  # fmt: skip
    return table_file("custody", HEADS, cells)


@page(Permission.CUSTODY_READ)
def person(request: ActorRequest, admission_id: UUID) -> HttpResponse:
    """Show one person held: the basis and how it was computed, what the place was told, who came to question."""
    return show_person(request, admission_id)


def show_person(request: ActorRequest, admission_id: UUID, refusal: Refusal | None = None) -> HttpResponse:
    """Show one person held, with the refusal of an act that was done there."""
    row, story = selectors.story(request.actor, admission_id)
    reading.spool(request.actor, row.case_id, "在押人员页")
    agencies = org.find_units(
        kinds=(UnitKind.POLICE, UnitKind.POLICE_STATION, UnitKind.PROCURATORATE, UnitKind.COURT), most=500
    )
    facts = {
        "row": row, "story": story, "colour": COLOURS[row.nearness], "refusal": refusal, "typed": request.POST,
        "alarms": watch.of_parties([row.party_id]).get(row.party_id, []), "agencies": agencies, "apart": apart(row),
        "reasons": selectors.REASONS, "beat": watch.beat(), "asked": request.GET.get("asked", ""),
        "records": Permission.CUSTODY_RECORD in request.actor.permissions and row.place_id == request.actor.unit_id,
        "handler": org.person_names({row.handler_id}).get(row.handler_id, "") if row.handler_id else "",
    }  # fmt: skip
    request.place = "/custody"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "custody/person.html", facts, status=refusal.status if refusal else 200)
