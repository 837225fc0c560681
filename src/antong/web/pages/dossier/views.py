"""The file as one reads it: the reading room, images against a ticket, originals, what changed between rounds."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.shortcuts import render

from antong.cases import access
from antong.cases.types import CaseAccess, GrantRole
from antong.dossier import selectors
from antong.flow import selectors as flow
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound, NotPermitted
from antong.org.types import Permission
from antong.web import ranges, reading
from antong.web.guard import ActorRequest, page
from antong.web.pages.dossier.outline import outline

SIZES = {"image": False, "thumb": True}


def content(actor: Actor, case_id: UUID, reason: str = "") -> CaseAccess:
    """Return the case to somebody who may read its pages; a supervisor needs a stated reason."""
    if Permission.CONTENT_READ in actor.permissions:
        return access.case_for(actor, case_id, Permission.CONTENT_READ)
    case = access.case_for(actor, case_id, Permission.CONTENT_READ_WITH_REASON)
    if case.role is GrantRole.SUPERVISION and len(reason.strip()) < 4:  # noqa: PLR2004 - a word is no reason
        raise NotPermitted(
            "不能查看卷内内容：须先说明查看理由。",
            code="reason-needed",
            basis=("案通查阅规则：监督单位查看内容须说明理由，承办单位可见",),
            remedy="填写查看理由后再打开。",
        )
    return case


@page(Permission.CASE_READ, methods=("GET", "POST"))
def reading_room(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Read the file page by page. A supervisor states a reason first, which is recorded at once."""
    actor, kept = request.actor, f"reason:{case_id}"
    if request.method == "POST":
        reason = request.POST.get("reason", "").strip()[:200]
        content(actor, case_id, reason)
        reading.ticket(actor, case_id, [], "说明查看理由", reason)
        request.session[kept] = reason
        to_case = request.POST.get("then") == "case"
        return HttpResponseRedirect(f"/cases/{case_id}/" + ("" if to_case else "reading"))
    reason = str(request.session.get(kept, ""))
    if Permission.CONTENT_READ not in actor.permissions and not reason:
        case = access.case_for(actor, case_id, Permission.CONTENT_READ_WITH_REASON)
        return render(request, "dossier/reason.html", {"case": case})
    case = content(actor, case_id, reason)
    reading.spool(actor, case_id, "卷宗目录", reason=reason)
    return render(request, "dossier/reading.html", _room(request, case))


def _room(request: ActorRequest, case: CaseAccess) -> dict[str, Any]:
    """Return what the reading room shows at first: the outline; its script asks for the pages as one comes to them."""
    supervised = case.role is GrantRole.SUPERVISION
    file = selectors.outline_of(case)
    pins = [] if supervised else flow.pins_of(request.actor, case.id)
    start = _id(request.GET.get("page", ""))
    places = selectors.places_of(
        case, file, {pin.page_id for pin in pins if pin.page_id} | ({start} if start else set())
    )
    papers = [
        [str(entry.id), volume.title, entry.title, entry.first, entry.number]
        for volume in file.volumes
        for entry in volume.entries
        if entry.pages
    ]
    return {
        "case": case, "tree": file, "outline": outline(file), "pins": [(pin, places.get(pin.page_id) if pin.page_id else None) for pin in pins],
        "start": places.get(start, "") if start else "", "papers": papers, "supervised": supervised,
    }  # fmt: skip


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@page(Permission.CASE_READ, methods=("POST",))
def ticket(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Record that the file is opened; return the ticket its images are served against."""
    reason = str(request.session.get(f"reason:{case_id}", ""))
    content(request.actor, case_id, reason)
    return JsonResponse({"ticket": reading.ticket(request.actor, case_id, [], "打开卷宗", reason)})


def _shown(actor: Actor, case: CaseAccess, page_id: UUID) -> None:
    """Refuse a page in no snapshot that a unit was given: one of an earlier round is compared with the present."""
    if selectors.shows_page(case, page_id):
        return
    if not any(page_id in selectors.page_places(one) for one in flow.manifests_sent(actor, case.id)):
        raise NotFound


@page(Permission.CASE_READ)
def page_image(request: ActorRequest, case_id: UUID, page_id: UUID, size: str) -> StreamingHttpResponse:
    """Serve the image of a page, against a ticket; a page shown whole is recorded as read."""
    if size not in SIZES:
        raise NotFound
    reason = str(request.session.get(f"reason:{case_id}", ""))
    case = content(request.actor, case_id, reason)
    reading.check_ticket(request.actor, case_id, request.GET.get("t", ""))
    _shown(request.actor, case, page_id)
    blob = selectors.page_blob(case_id, page_id, thumb=SIZES[size])
    if not SIZES[size]:
        reading.spool(request.actor, case_id, "卷内页", pages=[page_id], reason=reason)
    answer = StreamingHttpResponse(selectors.read_blob(blob), content_type="image/jpeg")
    answer.headers["Content-Length"] = str(blob.size)
    return answer


@page(Permission.CASE_READ)
def recording(request: ActorRequest, case_id: UUID, page_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """Play the recording that a page stands for, by ranges, against a ticket like its image; the reading is recorded."""
    reason = str(request.session.get(f"reason:{case_id}", ""))
    case = content(request.actor, case_id, reason)
    reading.check_ticket(request.actor, case_id, request.GET.get("t", ""))
    _shown(request.actor, case, page_id)
    blob = selectors.page_recording(case_id, page_id)
    reading.spool(request.actor, case_id, "播放录音录像", pages=[page_id], reason=reason)
    return ranges.served(request, blob)


@page(Permission.CONTENT_READ, methods=("POST",))
def original(request: ActorRequest, case_id: UUID, original_id: UUID) -> StreamingHttpResponse:
    """Serve an original as it was uploaded; a POST, so that the reading is recorded."""
    case = access.case_for(request.actor, case_id, Permission.CONTENT_READ)
    if not selectors.shows_original(case, original_id):
        raise NotFound
    blob, name = selectors.original_blob(case_id, original_id)
    reading.ticket(request.actor, case_id, [original_id], "下载原件")
    answer = StreamingHttpResponse(selectors.read_blob(blob), content_type=blob.media_type)
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    answer.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
    )
    return answer


@page(Permission.CASE_READ)
def progress(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Say how many pages have been checked."""
    case = access.case_for(request.actor, case_id, Permission.CASE_READ)
    if not case.whole and case.role is not GrantRole.SUPERVISION:  # of all of the file, as it is now
        raise NotFound
    ready, failed, total = selectors.progress(case_id)
    return JsonResponse({"ready": ready, "failed": failed, "total": total})


@page(Permission.CASE_READ)
def page_facts(request: ActorRequest, case_id: UUID, page_id: UUID) -> HttpResponse:
    """Say what is known of a page: its original, its measures; against a ticket like its image."""
    case = content(request.actor, case_id, str(request.session.get(f"reason:{case_id}", "")))
    reading.check_ticket(request.actor, case_id, request.GET.get("t", ""))
    _shown(request.actor, case, page_id)
    return JsonResponse(selectors.page_facts(case_id, page_id))


@page(Permission.CONTENT_READ)
def changes(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Show what changed in the file between two things that were sent, or since one of them."""
    case = access.case_for(request.actor, case_id, Permission.CONTENT_READ)
    reading.spool(request.actor, case_id, "卷宗变化")
    sent = [
        (row, one) for row in flow.handovers_of(request.actor, case_id) for one in row.rounds if one.manifest_id and one.sent_at
    ]  # fmt: skip
    known = {str(one.manifest_id): (row, one) for row, one in sent}
    # what a notice fixes is its own papers: beside it the whole file would be new
    whole = [name for name, (row, _) in known.items() if flow.carries_dossier(row.flow)] or list(known)
    new = request.GET.get("to", "")
    new = new if new in known else "" if case.living else next(iter(whole), "")
    old = request.GET.get("from", "")
    if old not in known:
        later = whole.index(new) + 1 if new in whole else 0
        old = next(iter(whole[later:]), "")
    found = []
    if old:
        found = (
            selectors.manifest_diff(UUID(old), UUID(new))
            if new
            else selectors.changes_since(case_id, UUID(old))
        )
    order = ("added", "replaced", "removed", "moved", "turned")
    facts = {
        "case": case, "known": [(name, *pair) for name, pair in known.items()], "old": old, "new": new,
        "grouped": [(kind, [one for one in found if one.kind == kind]) for kind in order], "found": found,
    }  # fmt: skip
    return render(request, "dossier/changes.html", facts)
