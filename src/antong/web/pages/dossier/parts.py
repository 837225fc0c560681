"""Heavy files by parts, for the upload of the file's page: begun, sent, ended, each answered as JSON (decision 0011)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse

from antong.dossier import actions, selectors
from antong.dossier.types import IncomingView
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page

LONGEST_COUNT = 15


def _shown(view: IncomingView) -> dict[str, Any]:
    answer, again = view.answer, {}
    if view.state == "taken":
        again = selectors.same_before(view.case_id, [UUID(one) for one in answer["original_ids"]])
    return {
        "id": str(view.id), "offset": view.offset, "size": view.size, "state": view.state, "entry": answer.get("entry_id", ""),
        "pages": len(answer.get("page_ids", ())), "why": " ".join(answer.get("items", ()) or [answer.get("why", "")]),
        "again": [{"name": name, "where": where} for name, where in again.items()],
    }  # fmt: skip


def _count(text: str) -> int:
    """Return a number of bytes; nothing where it is none, which is then refused for what it is."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_COUNT else 0


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def begin(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Begin the upload of a heavy file."""
    post = request.POST
    view = actions.begin_incoming(
        request.actor, case_id=case_id, file_name=post.get("file_name", ""), size=_count(post.get("size", "")),
        entry_id=parse.optional_uuid(post, "entry_id"), catalogue_key=post.get("catalogue_key", ""),
        title=post.get("title", ""), replace_page_id=parse.optional_uuid(post, "replace_page_id"),
        key=parse.optional_uuid(post, "key"),
    )  # fmt: skip
    return JsonResponse(_shown(view))


@page(Permission.DOSSIER_EDIT)
def state(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """Say how far an upload has come, or what became of it."""
    return JsonResponse(_shown(selectors.incoming(request.actor, upload_id)))


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def part(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """Take the next part: the body as it is, from `offset` of the address on."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    view = actions.append_incoming(
        request.actor, incoming_id=upload_id, offset=_count(request.GET.get("offset", "")), read=request.read,
        length=_count(length),
    )  # fmt: skip
    return JsonResponse(_shown(view))


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def end(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """End an upload that has not come whole."""
    actions.cancel_incoming(request.actor, incoming_id=upload_id)
    return JsonResponse({})
