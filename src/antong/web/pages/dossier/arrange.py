"""Filling and arranging the file: uploads, order, rotation, removal; each an act, answered as JSON to the page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, JsonResponse

from antong.dossier import actions, selectors
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page
from antong.web.pages.dossier.uploads import uploads


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def upload(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Take in files dropped or chosen; the answer names the entry, so that the next lot can follow into it."""
    post = request.POST
    made = actions.upload(
        request.actor, case_id=case_id, files=uploads(request), entry_id=parse.optional_uuid(post, "entry_id"),
        catalogue_key=post.get("catalogue_key", ""), title=post.get("title", ""),
        replace_page_id=parse.optional_uuid(post, "replace_page_id"), key=parse.optional_uuid(post, "key"),
    )  # fmt: skip
    refused = [{"name": name, "why": why} for name, why in made.refused]
    again = selectors.same_before(case_id, made.original_ids)
    return JsonResponse(
        {
            "entry": str(made.entry_id),
            "pages": len(made.page_ids),
            "refused": refused,
            "again": [{"name": name, "where": where} for name, where in again.items()],
            "version": made.version,
        }
    )


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def move(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Move pages, in the order given, before another."""
    post = request.POST
    version = actions.move_pages(
        request.actor, case_id=case_id, page_ids=parse.uuids(request, "page_id"), entry_id=parse.uuid(post, "entry_id"),
        before_page_id=parse.optional_uuid(post, "before_page_id"),
    )  # fmt: skip
    return JsonResponse({"version": version})


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def rotate(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Turn a page clockwise, by a quarter unless told."""
    version = actions.rotate_page(
        request.actor, case_id=case_id, page_id=parse.uuid(request.POST, "page_id"),
        quarter_turns=parse.number(request.POST, "turns", 1),
    )  # fmt: skip
    return JsonResponse({"version": version})


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def retry(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Have the images of failed pages made again."""
    return JsonResponse({"pages": actions.retry_failed(request.actor, case_id=case_id)})


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
