"""Acts at the door of a place of custody."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from antong.custody import actions
from antong.org.types import Permission
from antong.web import parse
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.pages.custody.board import show_board, show_person


@page(Permission.CUSTODY_RECORD, methods=("POST",))
def admit(request: ActorRequest) -> HttpResponse:
    """Take somebody in."""
    post = request.POST.get
    return or_again(
        request,
        lambda: actions.admit(
            request.actor, number=post("number", ""), name=post("name", ""), identity=post("identity", ""),
            cell=post("cell", ""), **parse.entered(request.POST),
        ),
        partial(show_board, request), "/custody",
    )  # fmt: skip


@page(Permission.CUSTODY_RECORD, methods=("POST",))
def warn(request: ActorRequest) -> HttpResponse:
    """Tell the agencies in charge of those ticked that their basis ends."""
    picked = parse.uuids(request, "pick")
    return or_again(
        request,
        lambda: actions.warn(request.actor, admission_ids=picked),
        partial(show_board, request), "/custody",
    )  # fmt: skip


@page(Permission.CUSTODY_RECORD, methods=("POST",))
def discharge(request: ActorRequest, admission_id: UUID) -> HttpResponse:
    """Let somebody out."""
    post = request.POST.get
    return or_again(
        request,
        lambda: actions.discharge(
            request.actor, admission_id=admission_id, version=parse.version(request.POST),
            reason=post("reason", ""), paper=post("paper", ""), **parse.entered(request.POST),
        ),
        partial(show_person, request, admission_id), "/custody",
    )  # fmt: skip


@page(Permission.CUSTODY_RECORD, methods=("POST",))
def paper(request: ActorRequest, admission_id: UUID) -> HttpResponse:
    """Enter a paper that came by hand."""
    post = request.POST.get
    return or_again(
        request,
        lambda: actions.enter_paper(
            request.actor, admission_id=admission_id, version=parse.version(request.POST),
            paper=post("paper", ""), number=post("number", ""), agency_id=parse.uuid(request.POST, "agency"),
            until=parse.instant(request.POST, "until"), **parse.entered(request.POST),
        ),
        partial(show_person, request, admission_id), f"/custody/{admission_id}/",
    )  # fmt: skip


@page(Permission.CUSTODY_RECORD, methods=("POST",))
def interrogate(request: ActorRequest, admission_id: UUID) -> HttpResponse:
    """Let officers in to question somebody, or refuse them; the page says which."""
    done: list[actions.Done] = []

    def ask() -> None:
        done.append(
            actions.interrogate(
                request.actor, admission_id=admission_id, version=parse.version(request.POST),
                agency_id=parse.uuid(request.POST, "agency"), officers=request.POST.get("officers", "").splitlines(),
                paper=request.POST.get("paper", ""), key=parse.optional_uuid(request.POST, "key"),
            )
        )  # fmt: skip

    answer = or_again(request, ask, partial(show_person, request, admission_id), f"/custody/{admission_id}/")
    if done and isinstance(answer, HttpResponseRedirect):
        return HttpResponseRedirect(f"/custody/{admission_id}/?asked={'yes' if done[0].allowed else 'no'}")
    return answer
