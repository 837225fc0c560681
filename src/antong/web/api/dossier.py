"""The electronic file and its legal documents: what is in it, taking scans in, drafting and issuing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO, cast
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from ninja import File, Form, Router, UploadedFile

from antong.cases import access
from antong.catalog import loader
from antong.catalog.schema import DocumentKind
from antong.dossier import actions, selectors
from antong.dossier.types import DocumentView, Tree, Upload
from antong.flow import actions as flow_actions
from antong.flow import selectors as flow
from antong.kernel.refusal import BadInput, NotFound
from antong.org.types import Permission
from antong.web import ranges, reading
from antong.web.api import given, repeat, shapes
from antong.web.api.guard import ApiRequest, Bearer
from antong.web.typed import readable_dates

router = Router(tags=["卷宗和文书 file and documents"])
CASE = "/cases/{uuid:case_id}"


@router.get(f"{CASE}/file", auth=Bearer(Permission.CONTENT_READ), response=shapes.File)
def read_file(request: ApiRequest, case_id: UUID) -> Tree:
    """Read what is in the file: volumes, entries, pages. The reading is recorded."""
    case = access.case_for(request.auth.actor, case_id, Permission.CONTENT_READ)
    reading.spool(request.auth.actor, case_id, "卷宗目录（接口）")
    return selectors.file_of(case)


@router.post(
    f"{CASE}/uploads",
    auth=Bearer(Permission.DOSSIER_EDIT),
    response={201: shapes.Uploaded},
    openapi_extra=repeat.EXTRA,
)
def upload_scans(
    request: ApiRequest, case_id: UUID, files: File[list[UploadedFile]], form: Form[given.UploadForm]
) -> dict[str, Any]:
    """Take scans in (PDF, JPEG, PNG, TIFF; multipart, several `files`): good ones are taken, bad ones named with why."""
    made = actions.upload(
        request.auth.actor, case_id=case_id, files=[_upload(one) for one in files], entry_id=form.entry_id,
        catalogue_key=form.catalogue_key, title=form.title, replace_page_id=form.replace_page_id,
        key=repeat.key_of(request, files),
    )  # fmt: skip
    return {
        "entry_id": made.entry_id,
        "original_ids": made.original_ids,
        "page_ids": made.page_ids,
        "version": made.version,
        "refused": [{"name": name, "why": why} for name, why in made.refused],
    }


def _upload(file: UploadedFile) -> Upload:
    name = (file.name or "").replace("\0", "").encode(errors="replace").decode()
    return Upload(file_name=name, content=cast("BinaryIO", file.file))


@router.post(f"{CASE}/originals/{{uuid:original_id}}/content", auth=Bearer(Permission.CONTENT_READ))
def read_original(
    request: ApiRequest, case_id: UUID, original_id: UUID
) -> HttpResponse | StreamingHttpResponse:
    """Fetch an original as it was uploaded, or a document as it was issued; a POST, since the reading is recorded.

    A `Range` gives a part of it, at most 8 MB at a time.
    """
    actor = request.auth.actor
    case = access.case_for(actor, case_id, Permission.CONTENT_READ)
    if not selectors.shows_original(case, original_id):
        raise NotFound
    blob, name = selectors.original_blob(case_id, original_id)
    reading.ticket(actor, case_id, [original_id], "下载原件（接口）")
    answer = ranges.served(request, blob)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


class PageFacts(shapes.Out):
    """What is known of a page: its original with its digest, its place in it, its measures."""

    file: str
    index: int
    pages: int
    sha256: str
    uploaded: datetime
    state: str
    error: str
    dpi: int | None
    width: int
    height: int
    findings: list[str]
    recording: str


def _shows(request: ApiRequest, case_id: UUID, page_id: UUID) -> None:
    """Refuse a page in no file, and no snapshot, that the unit was given; raises NotFound."""
    actor = request.auth.actor
    case = access.case_for(actor, case_id, Permission.CONTENT_READ)
    if selectors.shows_page(case, page_id):
        return
    if not any(page_id in selectors.page_places(one) for one in flow.manifests_sent(actor, case_id)):
        raise NotFound


@router.get(f"{CASE}/pages/{{uuid:page_id}}", auth=Bearer(Permission.CONTENT_READ), response=PageFacts)
def read_page(request: ApiRequest, case_id: UUID, page_id: UUID) -> dict[str, Any]:
    """Read what was measured of a page, and what is doubtful about it. The reading is recorded."""
    _shows(request, case_id, page_id)
    reading.spool(request.auth.actor, case_id, "页信息（接口）", pages=[page_id])
    return selectors.page_facts(case_id, page_id)


@router.post(f"{CASE}/pages/{{uuid:page_id}}/image", auth=Bearer(Permission.CONTENT_READ))
def read_page_image(request: ApiRequest, case_id: UUID, page_id: UUID) -> StreamingHttpResponse:
    """Fetch the image of a page (JPEG); a POST, since the reading is recorded. 404 until its job has made it."""
    _shows(request, case_id, page_id)
    blob = selectors.page_blob(case_id, page_id, thumb=False)
    reading.ticket(request.auth.actor, case_id, [page_id], "卷内页（接口）")
    answer = StreamingHttpResponse(selectors.read_blob(blob), content_type="image/jpeg")
    answer.headers["Content-Length"] = str(blob.size)
    return answer


@router.get(f"{CASE}/documents", auth=Bearer(Permission.CONTENT_READ), response=list[shapes.Document])
def list_documents(request: ApiRequest, case_id: UUID) -> list[DocumentView]:
    """List the legal documents that the unit may know of, newest first. The reading is recorded."""
    case = access.case_for(request.auth.actor, case_id, Permission.CONTENT_READ)
    reading.spool(request.auth.actor, case_id, "文书目录（接口）")
    return selectors.documents_of(case)


@router.post(
    f"{CASE}/documents",
    auth=Bearer(Permission.DOCUMENT_DRAFT),
    response={201: shapes.Document},
    openapi_extra=repeat.EXTRA,
)
def draft_document(request: ApiRequest, case_id: UUID, body: given.NewDocument) -> DocumentView:
    """Draft a document from the case's data and the fields given."""
    kind = _kind(body.kind)
    return flow_actions.draft_document(
        request.auth.actor, case_id=case_id, kind=kind.key, party_ids=body.party_ids,
        fields=_known(kind, body.fields), key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    f"{CASE}/documents/{{uuid:document_id}}/issue",
    auth=Bearer(Permission.DOCUMENT_ISSUE),
    response=shapes.Document,
    openapi_extra=repeat.EXTRA,
)
def issue_document(request: ApiRequest, case_id: UUID, document_id: UUID, body: given.Issue) -> DocumentView:
    """Number and set a draft that needs no hand-over; `fields`, where given, are saved first."""
    actor = request.auth.actor
    access.case_for(actor, case_id, Permission.CASE_READ)
    fields = None
    if body.fields is not None:
        draft = selectors.document(case_id, document_id)
        kind = _kind(draft.kind)
        fields = {**draft.fields, **_known(kind, body.fields)}
    return flow_actions.issue_document(
        actor, case_id=case_id, document_id=document_id, version=body.version, fields=fields,
        happened_at=body.happened_at, late_reason=body.late_reason, key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    f"{CASE}/documents/{{uuid:document_id}}/revise",
    auth=Bearer(Permission.DOCUMENT_DRAFT),
    response=shapes.Document,
    openapi_extra=repeat.EXTRA,
)
def revise_document(request: ApiRequest, case_id: UUID, document_id: UUID, body: given.Issue) -> DocumentView:
    """Change the fields of a draft of the unit."""
    actor = request.auth.actor
    access.case_for(actor, case_id, Permission.CASE_READ)
    draft = selectors.document(case_id, document_id)
    if draft.unit_id != actor.unit_id:
        raise NotFound
    kind = _kind(draft.kind)
    fields = {**draft.fields, **_known(kind, body.fields or {})}
    texts = flow.text_values(actor, case_id, kind.key, draft.party_ids)
    return actions.revise(
        actor, document_id=document_id, version=body.version, fields=fields, facts=texts, key=repeat.key_of(request)
    )  # fmt: skip


@router.post(
    f"{CASE}/documents/{{uuid:document_id}}/void",
    auth=Bearer(Permission.DOCUMENT_DRAFT),
    response=shapes.Document,
    openapi_extra=repeat.EXTRA,
)
def void_document(request: ApiRequest, case_id: UUID, document_id: UUID, body: given.Void) -> DocumentView:
    """Void a document that no hand-over rests on."""
    return flow_actions.void_document(
        request.auth.actor, case_id=case_id, document_id=document_id, reason=body.reason, key=repeat.key_of(request)
    )  # fmt: skip


def _kind(key: str) -> DocumentKind:
    kind = loader.load().document(key)
    if kind is None:
        raise BadInput(
            "不能办理：没有这种文书。",
            code="document-kind",
            basis=("案通文书规则：只制作文书目录里的文书",),
            remedy="文书种类见 /api/v1/document-kinds。",
            fields={"kind": "没有这种文书"},
        )
    return kind


def _known(kind: DocumentKind, fields: dict[str, str]) -> dict[str, str]:
    """Return fields with their dates as documents write them; refuse those that the document does not have."""
    unknown = set(fields) - {field.key for field in kind.fields}
    if unknown:
        raise BadInput(
            f"不能办理：{kind.name}没有这些项。",
            code="fields",
            basis=kind.articles[:1] or ("案通文书规则：文书各项见文书目录",),
            remedy="文书各项见 /api/v1/document-kinds。",
            fields={f"fields.{name}"[:200]: "没有这一项" for name in sorted(unknown)},
        )
    return readable_dates(kind, fields)
