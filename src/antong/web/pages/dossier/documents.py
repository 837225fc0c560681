"""Legal documents on their own pages: draft, change, issue, void, and the hand-signed scan in its place."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from antong.cases import access
from antong.cases import selectors as cases
from antong.cases.types import CaseAccess
from antong.catalog import loader
from antong.catalog.schema import DocumentKind
from antong.dossier import actions, selectors
from antong.dossier.types import DocumentView
from antong.flow import actions as flow_actions
from antong.flow import selectors as flow
from antong.kernel.refusal import NotFound, Refusal, Stale
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from antong.web import parse, reading
from antong.web.guard import ActorRequest, page
from antong.web.pages.cases.conflicts import Merged, merge
from antong.web.pages.cases.forms import Fault
from antong.web.pages.dossier.uploads import uploads
from antong.web.typed import readable_dates


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
    if not case.living:
        raise NotFound
    kinds = flow.draftable(request.actor, case)
    kind = loader.load().document(request.POST.get("kind") or request.GET.get("kind", ""))
    kind = kind or (kinds[0] if len(kinds) == 1 else None)
    refusal = None
    if request.method == "POST" and kind:
        try:
            fields = readable_dates(kind, _fields(request))
            made = flow_actions.draft_document(
                request.actor, case_id=case_id, kind=kind.key, party_ids=parse.uuids(request, "party"), fields=fields,
                key=parse.optional_uuid(request.POST, "key"),
            )  # fmt: skip
            return HttpResponseRedirect(f"/cases/{case_id}/documents/{made.id}/edit")
        except Refusal as problem:
            refusal = problem
    reading.spool(request.actor, case_id, "起草文书")
    suspects = cases.sheet(request.actor, case).suspects
    named = request.POST.getlist("party") or request.GET.getlist("party")
    whom = [party.id for party in suspects if not named or str(party.id) in named]
    facts = {
        "case": case, "kinds": kinds, "kind": kind, "suspects": suspects, "version": 0, **_faulty(refusal, kind),
        "whom": whom, "given": _given(request, case_id, kind, whom, {}),
    }  # fmt: skip
    return render(request, "dossier/document.html", facts, status=refusal.status if refusal else 200)


def _faulty(refusal: Refusal | None, kind: DocumentKind | None) -> dict[str, Any]:
    """Return what was refused, with the input of each field to go to."""
    labels = {field.key: field.label for field in kind.fields} if kind else {}
    faults = [
        Fault(name=name, words=words, label=labels.get(name, name), anchor=f"f-field.{name}")
        for name, words in (refusal.fields if refusal else {}).items()
    ]
    return {"refusal": refusal, "faults": faults, "wrong": {fault.name: fault.words for fault in faults}}


def _given(
    request: ActorRequest,
    case_id: UUID,
    kind: DocumentKind | None,
    whom: Sequence[UUID],
    stored: Mapping[str, str],
) -> dict[str, str]:
    """Return what the fields say: as typed, else as stored, else as the case fills them."""
    if kind is None:
        return {}
    texts = flow.text_values(request.actor, case_id, kind.key, whom)
    given = {field.key: selectors.filled(field.default, texts) for field in kind.fields if field.default}
    return given | dict(stored) | _fields(request)


def _draft(request: ActorRequest, case_id: UUID, document_id: UUID) -> tuple[DocumentView, DocumentKind]:
    document = selectors.document(case_id, document_id)
    kind = loader.load().document(document.kind)
    if document.unit_id != request.actor.unit_id or document.state != "draft" or kind is None:
        raise NotFound
    return document, kind


@page(Permission.DOCUMENT_DRAFT, methods=("GET", "POST"))
def edit(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Change a draft; issue or void it from here. Where somebody else changed it meanwhile, show what differs."""
    case = access.case_for(request.actor, case_id, Permission.DOCUMENT_DRAFT)
    document, kind = _draft(request, case_id, document_id)
    refusal, merged = None, Merged(values=dict(document.fields), clashes=())
    if request.method == "POST":
        merged = _merged(request, case_id, document, kind)
        try:
            version = parse.number(request.POST, "shown", 0) or parse.version(request.POST)
            fields = readable_dates(kind, merged.values)
            if fields != dict(document.fields):
                texts = flow.text_values(request.actor, case_id, kind.key, document.party_ids)
                actions.revise(
                    request.actor, document_id=document_id, version=version, fields=fields, facts=texts
                )
            return HttpResponseRedirect(f"/cases/{case_id}/documents/{document_id}/edit")
        except Refusal as problem:
            refusal = problem
    return _edit_page(request, case, document, kind, merged, refusal)


def _edit_page(
    request: ActorRequest,
    case: CaseAccess,
    document: DocumentView,
    kind: DocumentKind,
    merged: Merged,
    refusal: Refusal | None,
) -> HttpResponse:
    issuable = case.stage.value in kind.drafted_in and Permission.DOCUMENT_ISSUE in request.actor.permissions
    given = _given(request, case.id, kind, document.party_ids, document.fields) | merged.values
    reading.spool(request.actor, case.id, "文书草稿")
    facts = {
        "case": case, "kind": kind, "document": document, "issuable": issuable, "given": given, "merged": merged, "stale": isinstance(refusal, Stale),
        "version": document.version, "seen": ledger.last_number(case.id), "suspects": cases.sheet(request.actor, case).suspects, **_faulty(refusal, kind),
    }  # fmt: skip
    return render(request, "dossier/document.html", facts, status=refusal.status if refusal else 200)


def _merged(request: ActorRequest, case_id: UUID, document: DocumentView, kind: DocumentKind) -> Merged:
    """Lay what was typed over the draft as it stands; fields nobody typed here take what others wrote."""
    now = {name: str(value) for name, value in document.fields.items()}
    typed = {
        name: value
        for name, value in _fields(request).items()
        if name in {field.key for field in kind.fields}
    }
    seen = parse.number(request.POST, "seen", 0)
    changed = (
        cases.changes_since(case_id, seen, act="document.revise", subject_id=document.id) if seen else {}
    )
    return merge(typed, now, changed, {field.key: field.label for field in kind.fields})


@page(Permission.DOCUMENT_DRAFT, methods=("POST",))
def preview(request: ActorRequest, case_id: UUID) -> HttpResponse:
    """Return the pages that what is typed would have, as pictures; nothing is written."""
    access.case_for(request.actor, case_id, Permission.DOCUMENT_DRAFT)
    pages = flow.preview_document(
        request.actor, case_id=case_id, kind=request.POST.get("kind", ""), party_ids=parse.uuids(request, "party"), fields=_fields(request)
    )  # fmt: skip
    return _pictures(pages)


def _pictures(pages: Sequence[bytes], kind: str = "png") -> HttpResponse:
    shown = [f"data:image/{kind};base64,{base64.b64encode(page).decode()}" for page in pages]
    return JsonResponse({"pages": shown})


def _readable(
    request: ActorRequest, case_id: UUID, document_id: UUID
) -> tuple[CaseAccess, DocumentView, DocumentKind]:
    """Return a document to whom its case is open, or whose unit has drawn it up or was sent it."""
    case = access.case_for(request.actor, case_id, Permission.CONTENT_READ)
    document = next((one for one in selectors.documents_of(case) if one.id == document_id), None)
    kind = loader.load().document(document.kind) if document else None
    if document is None or kind is None:
        raise NotFound
    return case, document, kind


@page(Permission.CONTENT_READ)
def show(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Show a document to read, draft or issued: its pages, its fields, its state; for whoever is to approve it too."""
    case, document, kind = _readable(request, case_id, document_id)
    reading.spool(request.actor, case_id, f"文书 {kind.name}")
    sheet = cases.sheet(request.actor, case)
    facts = {
        "case": case, "document": document, "kind": kind, "names": {party.id: party.name for party in sheet.parties},
        "fields": [(field.label, document.fields.get(field.key, "")) for field in kind.fields],
    }  # fmt: skip
    return render(request, "dossier/document_read.html", facts)


@page(Permission.CONTENT_READ, methods=("POST",))
def document_pages(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Return the pages of a document as pictures; a POST, so that the reading is recorded.

    What is issued is shown as it is kept, whoever reads it; a draft as issuing it will set it.
    """
    _, document, _ = _readable(request, case_id, document_id)
    reading.ticket(request.actor, case_id, [document_id], "阅读文书")
    if document.original_id is not None:
        return _pictures(selectors.original_pictures(case_id, document.original_id), "jpeg")
    return _pictures(selectors.draft_pictures(flow.draft_setting(request.actor, document)))


@page(Permission.DOCUMENT_ISSUE, methods=("POST",))
def issue(request: ActorRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Save what the form says, then number and set the document."""
    access.case_for(request.actor, case_id, Permission.DOCUMENT_ISSUE)
    document, kind = _draft(request, case_id, document_id)
    version = parse.number(request.POST, "shown", 0) or parse.version(request.POST)
    merged = _merged(request, case_id, document, kind)
    try:
        fields = readable_dates(kind, merged.values)
    except Refusal as problem:
        case = access.case_for(request.actor, case_id, Permission.DOCUMENT_DRAFT)
        return _edit_page(request, case, document, kind, merged, problem)
    flow_actions.issue_document(
        request.actor, case_id=case_id, document_id=document_id, version=version, fields=fields
    )
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
