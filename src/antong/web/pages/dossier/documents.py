"""Legal documents on their own pages: draft, change, issue, void, and the hand-signed scan in its place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from antong.cases import access
from antong.cases import selectors as cases
from antong.catalog import loader
from antong.catalog.schema import DocumentKind
from antong.dossier import actions, selectors
from antong.dossier.types import DocumentView
from antong.flow import actions as flow_actions
from antong.flow import selectors as flow
from antong.kernel.refusal import NotFound, Refusal
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page
from antong.web.pages.dossier.uploads import uploads


def _fields(request: HttpRequest) -> dict[str, str]:
    return {
        name.removeprefix("field."): str(value)
        for name, value in request.POST.items()
        if name.startswith("field.")
    }


def _back(case_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(f"/cases/{case_id}/?tab=documents")


@page(Permission.DOCUMENT_DRAFT, methods=("GET", "POST"))
def new(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Choose a kind of document, and draft it from the case's data."""
    case = access.case_for(request.actor, case_id, Permission.DOCUMENT_DRAFT)
    kind = loader.load().document(request.POST.get("kind") or request.GET.get("kind", ""))
    refusal = None
    if request.method == "POST" and kind:
        try:
            flow_actions.draft_document(
                request.actor, case_id=case_id, kind=kind.key, party_ids=parse.uuids(request, "party"), fields=_fields(request)
            )  # fmt: skip
            return _back(case_id)
        except Refusal as problem:
            refusal = problem
    facts = {
        "case": case, "kinds": flow.draftable(request.actor, case), "kind": kind, "refusal": refusal,
        "suspects": cases.living_sheet(case_id).suspects, **_shown(request, case_id, kind, None),
    }  # fmt: skip
    return render(request, "dossier/document.html", facts, status=refusal.status if refusal else 200)


def _shown(
    request: ActorRequest, case_id: UUID, kind: DocumentKind | None, document: DocumentView | None
) -> dict[str, Any]:
    """What the form says: the fields as given or as the case fills them, and the text as it would be set."""
    if kind is None:
        return {"given": {}, "preview": []}
    whom = document.party_ids if document else [party.id for party in cases.living_sheet(case_id).suspects]
    texts = flow.text_values(request.actor, case_id, whom)
    given = {field.key: selectors.filled(field.default, texts) for field in kind.fields if field.default}
    given |= dict(document.fields) if document else {}
    given |= _fields(request)
    return {"given": given, "preview": [selectors.filled(text, {**texts, **given}) for text in kind.body]}


def _draft(request: ActorRequest, case_id: UUID, document_id: UUID) -> tuple[DocumentView, DocumentKind]:
    document = selectors.document(case_id, document_id)
    kind = loader.load().document(document.kind)
    if document.unit_id != request.actor.unit_id or document.state != "draft" or kind is None:
        raise NotFound
    return document, kind


@page(Permission.DOCUMENT_DRAFT, methods=("GET", "POST"))
def edit(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Change a draft; issue or void it from here."""
    case = access.case_for(request.actor, case_id, Permission.DOCUMENT_DRAFT)
    document, kind = _draft(request, case_id, document_id)
    refusal = None
    if request.method == "POST":
        try:
            version = parse.version(request.POST)
            actions.revise(request.actor, document_id=document_id, version=version, fields=_fields(request))
            return HttpResponseRedirect(f"/cases/{case_id}/documents/{document_id}/edit")
        except Refusal as problem:
            refusal = problem
    issuable = case.stage.value in kind.drafted_in and Permission.DOCUMENT_ISSUE in request.actor.permissions
    facts = {
        "case": case, "kind": kind, "document": document, "refusal": refusal, "issuable": issuable,
        **_shown(request, case_id, kind, document),
    }  # fmt: skip
    return render(request, "dossier/document.html", facts, status=refusal.status if refusal else 200)


@page(Permission.DOCUMENT_ISSUE, methods=("POST",))
def issue(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Save what the form says, then number and set the document."""
    access.case_for(request.actor, case_id, Permission.DOCUMENT_ISSUE)
    document, kind = _draft(request, case_id, document_id)
    version = parse.version(request.POST)
    if kind.fields and _fields(request) != document.fields:
        version = actions.revise(
            request.actor, document_id=document_id, version=version, fields=_fields(request)
        ).version
    flow_actions.issue_document(request.actor, case_id=case_id, document_id=document_id, version=version)
    return _back(case_id)


@page(Permission.DOCUMENT_DRAFT, methods=("POST",))
def void(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Void a document, with a reason."""
    access.case_for(request.actor, case_id, Permission.DOCUMENT_DRAFT)
    reason = request.POST.get("reason", "")
    flow_actions.void_document(request.actor, case_id=case_id, document_id=document_id, reason=reason)
    return _back(case_id)


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def signed(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Take in the hand-signed scan of a document, in its place."""
    access.case_for(request.actor, case_id, Permission.DOSSIER_EDIT)
    actions.upload_signed(request.actor, case_id=case_id, document_id=document_id, files=uploads(request))
    return _back(case_id)


@page(Permission.DOSSIER_EDIT, methods=("POST",))
def place(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Put the scans that carry a document's code in its place."""
    actions.place_scan(request.actor, case_id=case_id, document_id=document_id)
    return _back(case_id)
