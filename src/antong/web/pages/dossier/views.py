"""The file: reading room, images against a ticket, uploads, arranging, documents."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render

from antong.cases import access
from antong.cases.types import CaseAccess, GrantRole
from antong.dossier import actions, selectors
from antong.flow import selectors as flow
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound, NotPermitted
from antong.org.types import Permission
from antong.web import parse, reading
from antong.web.guard import ActorRequest, page
from antong.web.pages.dossier.uploads import uploads

SIZES = {"image": False, "thumb": True}


def _content(actor: Actor, case_id: UUID, reason: str = "") -> CaseAccess:
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
    """Read the file page by page. A supervisor states a reason first."""
    actor = request.actor
    if Permission.CONTENT_READ not in actor.permissions and request.method != "POST":
        case = access.case_for(actor, case_id, Permission.CONTENT_READ_WITH_REASON)
        return render(request, "dossier/reason.html", {"case": case})
    reason = request.POST.get("reason", "")
    case = _content(actor, case_id, reason)
    if request.method == "POST":
        request.session[f"reason:{case_id}"] = reason.strip()[:200]
    tree = selectors.tree(
        case_id, None if case.living or case.role is GrantRole.SUPERVISION else case.manifest_id
    )
    pins = [] if case.role is GrantRole.SUPERVISION else flow.pins_of(actor, case_id)
    return render(
        request,
        "dossier/reading.html",
        {"case": case, "tree": tree, "pins": pins, "start": request.GET.get("page", "")},
    )


@page(Permission.CASE_READ, methods=("POST",))
def ticket(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Record that the file is opened; return the ticket its images are served against."""
    reason = str(request.session.get(f"reason:{case_id}", ""))
    _content(request.actor, case_id, reason)
    return JsonResponse({"ticket": reading.ticket(request.actor, case_id, [], "打开卷宗", reason)})


def _shown(case: CaseAccess, page_id: UUID) -> None:
    """Refuse a page that is not in the snapshot a unit was given."""
    if case.living or case.role is GrantRole.SUPERVISION:
        return
    if case.manifest_id is None or page_id not in selectors.pages_in_manifest(case.manifest_id):
        raise NotFound


@page(Permission.CASE_READ)
def page_image(request: ActorRequest, case_id: UUID, page_id: UUID, size: str) -> StreamingHttpResponse:
    """Serve the image of a page, against a ticket."""
    if size not in SIZES:
        raise NotFound
    case = _content(request.actor, case_id, str(request.session.get(f"reason:{case_id}", "")))
    reading.check_ticket(request.actor, case_id, request.GET.get("t", ""))
    _shown(case, page_id)
    blob = selectors.page_blob(case_id, page_id, thumb=SIZES[size])
    answer = StreamingHttpResponse(selectors.read_blob(blob), content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.headers["Content-Length"] = str(blob.size)
    return answer


@page(Permission.CONTENT_READ, methods=("POST",))
def original(request: ActorRequest, case_id: UUID, original_id: UUID) -> StreamingHttpResponse:
    """Serve an original as it was uploaded; a POST, so that the reading is recorded."""
    case = access.case_for(request.actor, case_id, Permission.CONTENT_READ)
    if not case.living and not selectors.original_in_manifest(case.manifest_id, original_id):
        raise NotFound
    blob, name = selectors.original_blob(case_id, original_id)
    reading.ticket(request.actor, case_id, [original_id], "下载原件")
    answer = StreamingHttpResponse(selectors.read_blob(blob), content_type=blob.media_type)
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    answer.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
    )
    return answer


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def upload(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Take in files dropped or chosen."""
    post = request.POST
    made = actions.upload(
        request.actor, case_id=case_id, files=uploads(request), entry_id=parse.optional_uuid(post, "entry_id"),
        catalogue_key=post.get("catalogue_key", ""), title=post.get("title", ""),
        replace_page_id=parse.optional_uuid(post, "replace_page_id"), key=parse.optional_uuid(post, "key"),
    )  # fmt: skip
    return JsonResponse(
        {"pages": len(made.page_ids), "refused": [text for _, text in made.refused], "version": made.version}
    )


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def move(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Move a page before another."""
    post = request.POST
    version = actions.move_pages(
        request.actor, case_id=case_id, page_ids=[parse.uuid(post, "page_id")], entry_id=parse.uuid(post, "entry_id"),
        before_page_id=parse.optional_uuid(post, "before_page_id"),
    )  # fmt: skip
    return JsonResponse({"version": version})


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def rotate(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Turn a page by a quarter."""
    version = actions.rotate_page(request.actor, case_id=case_id, page_id=parse.uuid(request.POST, "page_id"))
    return JsonResponse({"version": version})


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def remove(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Take a page out of the file, with a reason."""
    reason = request.POST.get("reason", "")
    page_id = parse.uuid(request.POST, "page_id")
    return JsonResponse(
        {"version": actions.remove_page(request.actor, case_id=case_id, page_id=page_id, reason=reason)}
    )


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def restore(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Put a removed page back."""
    page_id = parse.uuid(request.POST, "page_id")
    return JsonResponse({"version": actions.restore_page(request.actor, case_id=case_id, page_id=page_id)})


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def rename(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Give an entry another title."""
    entry_id, title = parse.uuid(request.POST, "entry_id"), request.POST.get("title", "")
    version = actions.rename_entry(request.actor, case_id=case_id, entry_id=entry_id, title=title)
    return JsonResponse({"version": version})


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def shift(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Move an entry one place up or down in its volume."""
    entry_id, up = parse.uuid(request.POST, "entry_id"), request.POST.get("step") == "-1"
    before = selectors.neighbour(case_id, entry_id, up=up)
    version = actions.move_entry(request.actor, case_id=case_id, entry_id=entry_id, before_entry_id=before)
    return JsonResponse({"version": version})


@page(Permission.CASE_READ)
def progress(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Say how many pages have been checked."""
    access.case_for(request.actor, case_id, Permission.CASE_READ)
    ready, failed, total = selectors.progress(case_id)
    return JsonResponse({"ready": ready, "failed": failed, "total": total})


@page(Permission.CASE_READ)
def page_facts(request: ActorRequest, case_id: UUID, page_id: UUID) -> HttpResponse:
    """Say what is known of a page: its original, its measures; against a ticket like its image."""
    case = _content(request.actor, case_id, str(request.session.get(f"reason:{case_id}", "")))
    reading.check_ticket(request.actor, case_id, request.GET.get("t", ""))
    _shown(case, page_id)
    return JsonResponse(selectors.page_facts(case_id, page_id))
