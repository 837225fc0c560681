"""Some pages of a file at a time: the reading room and the file's tab ask for them as one comes to them.

Against a ticket like the images, so that nobody lists a file whose opening is not on record.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from antong.cases.types import CaseAccess
from antong.dossier import selectors
from antong.kernel.refusal import NotFound
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from antong.web import parse, reading
from antong.web.guard import ActorRequest, page
from antong.web.pages.dossier import leaves
from antong.web.pages.dossier.views import content

CHUNK = 100
"""How many pages the reading room is told of at a time."""


def _opened(request: ActorRequest, case_id: UUID) -> CaseAccess:
    case = content(request.actor, case_id, str(request.session.get(f"reason:{case_id}", "")))
    reading.check_ticket(request.actor, case_id, request.GET.get("t", ""))
    return case


@page(Permission.CASE_READ)
def room_pages(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Tell of a hundred pages from a place on, in a short form: 409 where the file has changed since it was opened.

    How many pages are unread is told when asked: it alone looks through the file.
    """
    case = _opened(request, case_id)
    file = selectors.outline_of(case)
    if parse.number(request.GET, "v", file.version) != file.version:
        return JsonResponse({"version": file.version}, status=409)
    first = parse.number(request.GET, "from", 0)
    found = selectors.window(case, file, selectors.spans_at(file, first, CHUNK))
    read = ledger.pages_read(case.id, request.actor.person_id)
    pages = [
        [str(one.id), one.rotation, int(one.doubtful), int(str(one.id) in read), one.state, one.media]
        for pages in found
        for one in pages
    ]
    told: dict[str, object] = {"first": first, "pages": pages}
    if "unread" in request.GET:
        told["unread"] = file.page_count - selectors.standing(case, [UUID(one) for one in read])
    return JsonResponse(told)


@page(Permission.CASE_READ)
def room_doubt(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Say where the next page that somebody has to look at stands, from a place on; begins anew after the last."""
    case = _opened(request, case_id)
    first = parse.number(request.GET, "from", 0)
    found = selectors.doubts_after(case, first - 1, 1) or selectors.doubts_after(case, -1, 1)
    return JsonResponse({"place": found[0] if found else None})


@page(Permission.CASE_READ)
def paper_pages(request: ActorRequest, case_id: UUID, entry_id: UUID) -> HttpResponse:
    """Show some more pages of a paper in the file's tab."""
    case = _opened(request, case_id)
    file = selectors.outline_of(case)
    entry = next((one for one in leaves.entries_of(file) if one.id == entry_id), None)
    if entry is None:
        raise NotFound
    many = parse.number(request.GET, "count", leaves.OF_A_PAPER)
    run = leaves.some(case, file, entry, parse.number(request.GET, "from", 0), many)
    facts = {"case": case, "run": run, "up": "up" in request.GET, "down": "down" in request.GET}
    return render(request, "dossier/run.html", facts)
