"""The search at the top of every page: cases, hand-overs and documents that somebody may see, by group."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse

from antong.cases import selectors as cases
from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.org.types import Permission
from antong.web.guard import ActorRequest, page

EACH = 5


@page(Permission.DESK_READ, methods=("POST",))
def search(request: ActorRequest) -> JsonResponse:
    """Return what fits a text, by group; a POST, so that names stand in no address."""
    text = " ".join(request.POST.get("text", "").split())[:100]
    actor = request.actor
    if not text or Permission.CASE_READ not in actor.permissions:
        return JsonResponse({"groups": []})
    found = cases.list_cases(actor, cases.CaseFilter(text=text), size=EACH)
    groups: list[dict[str, Any]] = [
        {
            "title": f"案件 {found.total}{'+' if found.more else ''}",
            "rows": [
                {"name": row.name, "note": f"{row.number} · {row.stage.label} · {row.role.label}", "url": f"/cases/{row.case_id}/"}
                for row in found.rows
            ],
        },
        {
            "title": "移送",
            "rows": [
                {"name": f"{row.case_name}　{row.flow_name}", "note": f"{row.state} · {row.from_unit}", "url": f"/handovers/{row.handover_id}/"}
                for row in flow.find(actor, text, most=EACH)
            ],
        },
        {
            "title": "文书",
            "rows": [
                {"name": f"{row.name} {row.number}", "note": row.case_number, "url": f"/cases/{row.case_id}/?tab=documents"}
                for row in dossier.find_documents(actor, text, most=EACH)
            ],
        },
    ]  # fmt: skip
    return JsonResponse({"groups": [group for group in groups if group["rows"]]})
