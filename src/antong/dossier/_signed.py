"""The hand-signed scan of a document: printed, signed, scanned back, put in its place by the code on its pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from antong.cases import access as cases_access
from antong.dossier import _document_rows, _documents, _files, _owning, _upload
from antong.dossier.models import Document, Original, Page, Placement
from antong.dossier.types import DocumentView, FoundScan, Upload
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import NotFound, NotPermitted, Refusal
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org.types import Permission

REPLACED = "已换为签名扫描件"
SHORT = 12
"""How many of the last hexadecimal digits of a document's id stand in its code."""


@ledger.acted
def upload_signed(
    actor: Actor,
    *,
    case_id: UUID,
    document_id: UUID,
    files: Sequence[Upload],
    happened_at: datetime | None = None,
) -> DocumentView:
    """Take in the signed scan of a document and put it in its place.

    One act: where the files cannot take the place, none of them is kept.
    """
    _attachable(actor, document_id)
    entry_id = (
        Placement.objects.filter(
            active=True, entry__document_id=document_id, entry__volume__dossier_id=case_id
        )
        .values_list("entry_id", flat=True)
        .first()
    )
    if entry_id is None:
        raise NotFound
    made = _upload.upload(actor, case_id=case_id, files=files, entry_id=entry_id)
    return attach_signed(
        actor, document_id=document_id, original_ids=made.original_ids, happened_at=happened_at
    )


@ledger.acted
def attach_signed(
    actor: Actor,
    *,
    document_id: UUID,
    original_ids: Sequence[UUID],
    happened_at: datetime | None = None,
    late_reason: str = "",
) -> DocumentView:
    """Put the hand-signed scan of an issued document in its place: its pages take the places of those before.

    Raises NotFound where document or scan are not of one case the actor's unit handles.
    """
    when = moment(happened_at, late_reason)
    row = _attachable(actor, document_id)
    dossier = _files.locked(row.dossier_id)
    scans = {
        scan.id: scan
        for scan in Original.objects.filter(id__in=original_ids, dossier=dossier)
        .exclude(id__in=_made(row.dossier_id))
        .select_related("blob")
    }
    new = list(Placement.objects.filter(page__original_id__in=scans, active=True).select_related("page"))
    order = {original_id: index for index, original_id in enumerate(original_ids)}
    new.sort(key=lambda placement: (order[placement.page.original_id], placement.page.index))
    old = list(
        Placement.objects.filter(entry__document_id=row.id, active=True)
        .exclude(page__original_id__in=scans)
        .order_by("position", "id")
    )
    if not old or not new or len(scans) != len(set(original_ids)):
        raise NotFound
    Placement.objects.filter(id__in=[p.id for p in old]).update(active=False, ended_reason=REPLACED)
    for index, placement in enumerate(new):
        placement.entry_id, placement.position = old[0].entry_id, (index + 1) * 1024
        placement.replaces = old[index].page_id if index < len(old) else None
    Placement.objects.bulk_update(new, ["entry_id", "position", "replaces"])
    first = scans[original_ids[0]]
    row.signed_original, row.version = first, row.version + 1
    Document.objects.filter(id=row.id).update(signed_original=first, version=row.version)
    _files.bump(dossier)
    ledger.record(
        actor,
        chain_id=row.dossier_id,
        act="document.attach-signed",
        moment=when,
        subjects=[row.id, *scans],
        after={
            "document": row.id,
            "originals": [{"id": one, "sha256": bytes(scans[one].blob.digest)} for one in original_ids],
        },
    )
    return _document_rows.view(row)


def _attachable(actor: Actor, document_id: UUID) -> Document:
    """Return an issued document of the actor's unit, locked with its case; refuse another before a byte is kept."""
    org_access.require(actor, Permission.DOSSIER_EDIT)
    _, row = _documents.locked(actor, document_id, Permission.DOSSIER_EDIT)
    if row.state != "issued" or row.original_id is None:
        raise NotFound
    if not _owning.issued_by(actor, row):
        raise NotPermitted(
            "不能换为签名件：文书由其他单位制作。",
            code="not-issuer",
            basis=("案通文书规则：签名扫描件由制作单位归入",),
            remedy="请制作单位上传签名扫描件。",
        )
    return row


def _made(case_id: UUID) -> set[UUID]:
    """Return the originals that are documents of their own: none of them is a scan of another."""
    rows = Document.objects.filter(dossier_id=case_id).values_list("original_id", "signed_original_id")
    return {one for pair in rows for one in pair if one is not None}


def found(case_id: UUID) -> list[FoundScan]:
    """Return the scans in a file that carry the code of a document and are not yet in its place; two statements."""
    rows = (
        Page.objects.filter(
            dossier_id=case_id, checks__codes__0__startswith="antong:d:", placements__active=True
        )
        .exclude(original__in=Document.objects.filter(dossier_id=case_id).values("original_id"))
        .values_list("original_id", "checks__codes", "placements__entry__document_id")
        .order_by("original__uploaded_at", "index")
    )
    documents = {
        row.id.hex[-SHORT:]: row
        for row in Document.objects.filter(dossier_id=case_id, state="issued", original__isnull=False)
    }
    waiting: dict[str, list[UUID]] = {}
    for original_id, codes, placed_at in rows:
        short = str(codes[0]).split(":")[2]
        if short in documents and placed_at != documents[short].id:
            waiting.setdefault(short, []).append(original_id)
    return [
        FoundScan(
            document=_document_rows.view(documents[short]),
            original_ids=tuple(dict.fromkeys(ids)),
            pages=len(ids),
        )
        for short, ids in waiting.items()
    ]


@ledger.acted
def place_scan(actor: Actor, *, case_id: UUID, document_id: UUID) -> DocumentView:
    """Put the scans that carry a document's code in its place, as `found` offers them."""
    cases_access.case_for(actor, case_id, Permission.DOSSIER_EDIT, lock=True)
    waiting = next((one for one in found(case_id) if one.document.id == document_id), None)
    if waiting is None:
        raise Refusal(
            "不能归位：没有识别到这份文书的签名扫描件。",
            code="no-scan",
            basis=("案通文书规则：按页脚二维码归位",),
            remedy="确认扫描件页脚的二维码完整清晰；或在文书行上直接上传签名件。",
        )
    return attach_signed(actor, document_id=document_id, original_ids=waiting.original_ids)
