"""Papers of a case: summary, sheet, index and covers of the volumes, the sheet as JSON, the bundle."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from antong.cases import access, selectors
from antong.cases.types import Stage
from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.kernel.refusal import NotPermitted
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from antong.web import reading
from antong.web.guard import ActorRequest, page
from antong.web.pages.cases.custody import lanes
from antong.web.pages.cases.track import track
from antong.web.pages.cases.views import asked, gather, proof_of


@page(Permission.CONTENT_READ)
def print_summary(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show a case on two sheets of paper: people, measures, limits, hand-overs."""
    return _paper(request, case_id, "案件摘要", "cases/print_summary.html")


@page(Permission.CONTENT_READ)
def print_sheet(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show the case sheet (案卡) as a paper: everything the case says about itself."""
    return _paper(request, case_id, "案卡", "cases/print_sheet.html")


def _paper(request: ActorRequest, case_id: UUID, what: str, template: str) -> HttpResponse:
    shown = gather(request, case_id)
    reading.spool(request.actor, case_id, f"打印{what}")
    sheet = shown.sheet
    facts: dict[str, Any] = {
        "stage": shown.case.stage if shown.case.living else Stage(sheet.body["case"]["stage"]), "as_of": shown.as_of,
        "case": shown.case, "sheet": sheet, "units": shown.units, "proof": proof_of(ledger.last(case_id)), "what": what,
        "names": {party.id: party.name for party in sheet.parties}, "in_force": {party.id: sheet.in_force(party.id) for party in sheet.parties},
        "running": sorted((limit for limit in shown.limits if limit.running), key=lambda limit: limit.due_at),
        "lanes": lanes(sheet, shown.limits, asked(shown)), "track": track(shown.handovers, shown.units, request.actor.unit_id),
    }  # fmt: skip
    return render(request, template, facts)


@page(Permission.CONTENT_READ)
def print_index(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show cover, index and closing note of each volume as papers to print (卷皮、卷内目录、备考表)."""
    actor = request.actor
    case = access.case_for(actor, case_id, Permission.CONTENT_READ)
    reading.spool(actor, case_id, "打印卷内目录")
    sheet = selectors.sheet(actor, case)
    tree = dossier.file_of(case)
    documents = {one.id: one for one in dossier.documents(case_id)}
    volumes = []
    for volume in tree.volumes:
        rows = [
            {"title": entry.title, "first": entry.pages[0].number, "last": entry.pages[-1].number, "count": len(entry.pages),
             "document": documents.get(entry.document_id) if entry.document_id else None, "doubtful": sum(page.doubtful for page in entry.pages),
             "replaced": sum(page.replaced for page in entry.pages)}
            for entry in volume.entries if entry.pages
        ]  # fmt: skip
        if rows:
            volumes.append({"title": volume.title, "page_count": volume.page_count, "rows": rows})
    facts = {
        "what": "卷皮、卷内目录、备考表", "as_of": sheet.as_of,
        "case": case, "sheet": sheet, "tree": tree, "volumes": volumes, "proof": proof_of(ledger.last(case_id)),
        "charges": dict.fromkeys(charge.name for party in sheet.suspects for charge in party.charges),
    }  # fmt: skip
    return render(request, "cases/print_index.html", facts)


@page(Permission.CONTENT_READ)
def sheet_json(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Give the case sheet (案卡) as JSON, as the actor's unit sees it."""
    case = access.case_for(request.actor, case_id, Permission.CONTENT_READ)
    reading.spool(request.actor, case_id, "下载案卡")
    answer = JsonResponse(
        selectors.sheet(request.actor, case).body, json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{case.number}.json"'
    return answer


@page(Permission.DOSSIER_EXPORT, methods=("POST",))
def bundle(request: ActorRequest, case_id: UUID) -> HttpResponseBase:
    """Give the bundle that proves a case offline, to a unit that sees all of it; a POST, so that it is recorded."""
    case = access.case_for(request.actor, case_id, Permission.DOSSIER_EXPORT)
    if not case.whole:
        raise NotPermitted(
            f"不能导出证据包：案件不在本单位承办（现为“{case.role.label}”）。",
            code="bundle-not-whole",
            basis=("案通案件授权规则：证据包含全部卷宗和留痕，由承办单位导出",),
            remedy="请现承办单位导出；本单位收到的内容可以打印。",
            who="现承办单位",
        )
    with tempfile.TemporaryDirectory(dir=flow.workplace()) as folder:
        out = Path(folder) / "bundle.zip"
        flow.export_bundle(case_id, out, reader=request.actor)
        opened = out.open("rb")  # stays readable once the folder is gone
    return FileResponse(opened, as_attachment=True, filename=f"{case.number}.bundle.zip")
