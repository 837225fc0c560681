"""Uploads that may break off and go on: tus 1.0 with creation, expiration, checksum and termination (decision 0011)."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from ninja import Router
from ninja.params.functions import Header
from pydantic import ValidationError

from antong.dossier import actions, selectors
from antong.dossier.types import IncomingView
from antong.kernel.refusal import BadInput
from antong.org.types import Permission
from antong.web.api import given, repeat, shapes
from antong.web.api.guard import ApiRequest, Bearer

router = Router(tags=["分段上传 resumable upload"])
ONE = "/uploads/{uuid:upload_id}"
TUS = "1.0.0"
PART = "application/offset+octet-stream"
ALGORITHMS = {"sha1": "sha1", "sha256": "sha256"}
FAR = 2**53
BODY = {
    "requestBody": {
        "required": True,
        "content": {PART: {"schema": {"type": "string", "format": "binary"}}},
        "description": "The part, as it is.",
    }
}
BASIS = ("案通对接规则：分段上传按 tus 1.0.0",)
Length = Annotated[int, Header(alias="Upload-Length", ge=0, le=FAR)]
Offset = Annotated[int, Header(alias="Upload-Offset", ge=0, le=FAR)]
Metadata = Annotated[str, Header(alias="Upload-Metadata", max_length=8_000)]
Checksum = Annotated[str, Header(alias="Upload-Checksum", max_length=200)]


class Incoming(shapes.Out):
    """An upload by parts. `answer` says, once `taken`, what it became, and once `refused`, why."""

    id: UUID
    case_id: UUID
    file_name: str
    size: int
    offset: int
    state: str
    ends_at: datetime
    answer: dict[str, Any]


class _Unfit(BadInput):
    def __init__(self, what: str, code: str, remedy: str, status: int = 422) -> None:
        super().__init__(f"不能上传：{what}。", code=code, basis=BASIS, remedy=remedy)
        self.status = status


def _shown(response: HttpResponse, view: IncomingView) -> None:
    response.headers["Tus-Resumable"] = TUS
    response.headers["Upload-Offset"] = str(view.offset)
    response.headers["Upload-Length"] = str(view.size)
    response.headers["Upload-Expires"] = http_date(view.ends_at.timestamp())
    response.headers["Cache-Control"] = "no-store"


def _same_language(request: HttpRequest) -> None:
    """Refuse another version of the protocol; one that is not named is taken for ours."""
    if request.headers.get("Tus-Resumable", TUS) != TUS:
        raise _Unfit("tus 的版本不是 1.0.0", "tus-version", "在 Tus-Resumable 头里写 1.0.0。", 412)


def _named(text: str) -> given.Metadata:
    """Return what the metadata says: names with values in base64, by commas. Raises BadInput."""
    found: dict[str, str] = {}
    try:
        for pair in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = pair.partition(" ")
            found[name] = base64.b64decode(value, validate=True).decode()
        return given.Metadata.model_validate({name: value for name, value in found.items() if value})
    except (binascii.Error, UnicodeDecodeError):
        remedy = "每项写名字、空格、base64 的值，以逗号分隔。"
        raise _Unfit("Upload-Metadata 读不懂", "upload-metadata", remedy) from None
    except ValidationError as error:
        fields = {
            ".".join(map(str, one["loc"]))[:200] or "Upload-Metadata": "没有这一项，或者值不对"
            for one in error.errors()
        }
        raise BadInput(
            "不能上传：Upload-Metadata 里有不对的项。", code="fields", basis=BASIS, fields=fields,
            remedy="可以写 filename、catalogue_key、entry_id、title、replace_page_id。",
        ) from None  # fmt: skip


@router.post(
    "/cases/{uuid:case_id}/resumable-uploads",
    auth=Bearer(Permission.DOSSIER_EDIT),
    response={201: Incoming},
    openapi_extra=repeat.EXTRA,
)
def begin_upload(
    request: ApiRequest, response: HttpResponse, case_id: UUID, length: Length, metadata: Metadata
) -> IncomingView:
    """Begin an upload of `Upload-Length` bytes; `Upload-Metadata` says the filename and where it goes."""
    _same_language(request)
    said = _named(metadata)
    view = actions.begin_incoming(
        request.auth.actor, case_id=case_id, file_name=said.filename, size=length, entry_id=said.entry_id,
        catalogue_key=said.catalogue_key, title=said.title, replace_page_id=said.replace_page_id,
        token_id=request.auth.token_id, key=repeat.key_of(request, told=f"{length} {metadata}"),
    )  # fmt: skip
    _shown(response, view)
    response.headers["Location"] = f"/api/v1/uploads/{view.id}"
    return view


@router.api_operation(["HEAD"], ONE, auth=Bearer(Permission.DOSSIER_EDIT), response={200: None})
def ask_upload(request: ApiRequest, response: HttpResponse, upload_id: UUID) -> None:
    """Ask how far an upload has come: `Upload-Offset`."""
    _same_language(request)
    _shown(response, selectors.incoming(request.auth.actor, upload_id, request.auth.token_id))


@router.get(ONE, auth=Bearer(Permission.DOSSIER_EDIT), response=Incoming)
def read_upload(request: ApiRequest, upload_id: UUID) -> IncomingView:
    """Read what became of an upload: open, taking, taken with its pages, or refused with why."""
    return selectors.incoming(request.auth.actor, upload_id, request.auth.token_id)


@router.patch(ONE, auth=Bearer(Permission.DOSSIER_EDIT), response={204: None}, openapi_extra=BODY)
def send_part(
    request: ApiRequest, response: HttpResponse, upload_id: UUID, offset: Offset, checksum: Checksum = ""
) -> None:
    """Send a part from `Upload-Offset` on; what was answered is on disk, and the last part has the file taken in."""
    _same_language(request)
    if request.content_type != PART:
        raise _Unfit(f"内容类型不是 {PART}", "part-type", f"在 Content-Type 头里写 {PART}。", 415)
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isascii() or not length.isdigit():
        raise _Unfit("没有说这一段多长", "part-length", "在 Content-Length 头里写字节数。", 411)
    view = actions.append_incoming(
        request.auth.actor, incoming_id=upload_id, offset=offset, read=request.read, length=int(length),
        checksum=_checksum(checksum), token_id=request.auth.token_id,
    )  # fmt: skip
    _shown(response, view)


def _checksum(text: str) -> tuple[str, bytes] | None:
    if not text:
        return None
    name, _, value = text.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        digest = b""
    if name not in ALGORITHMS or not digest:
        remedy = f"写 {'、'.join(ALGORITHMS)} 之一、空格、base64 的值。"
        raise _Unfit("Upload-Checksum 读不懂", "upload-algorithm", remedy, 400)
    return ALGORITHMS[name], digest


@router.delete(ONE, auth=Bearer(Permission.DOSSIER_EDIT), response={204: None})
def end_upload(request: ApiRequest, response: HttpResponse, upload_id: UUID) -> None:
    """End an upload that has not come whole; what came is removed."""
    _same_language(request)
    actions.cancel_incoming(request.auth.actor, incoming_id=upload_id, token_id=request.auth.token_id)
    response.headers["Tus-Resumable"] = TUS
