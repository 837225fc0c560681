"""Taking in files: looked at in a separate process, kept whole, pages made, images derived by jobs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from antong.cases import access as cases_access
from antong.catalog import loader
from antong.dossier import _derive, _files, _media, _owning, parser
from antong.dossier.models import Dossier, Entry, Original, Page, Placement, Volume
from antong.dossier.types import StoreAway, Upload, Uploaded
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ahead import Ahead
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org.types import Permission

UPLOAD, REPLACE = "dossier.upload", "dossier.replace-page"
REPLACED = "已替换"
"""Why a page that was replaced stands no longer in the file."""
_ENTRY = """
INSERT INTO dossier_entry (id, volume_id, catalogue_key, title, position, document_id)
SELECT %(id)s, v.id, %(key)s::varchar, %(title)s,
  GREATEST(%(least)s, 1 + COALESCE((
    SELECT max(e.position) FROM dossier_entry e WHERE e.volume_id = v.id AND e.catalogue_key = %(key)s::varchar), 0)),
  %(document)s
FROM dossier_volume v WHERE v.dossier_id = %(dossier)s AND v.catalogue_key = %(kind)s
ORDER BY v.position DESC LIMIT 1
RETURNING volume_id, position
"""
_SAVE = """
original AS (
  INSERT INTO dossier_original (id, dossier_id, blob_id, file_name, page_count, uploaded_by, uploaded_at)
  SELECT o.id, %(dossier)s, o.blob_id, o.file_name, o.page_count, %(by)s, %(at)s
  FROM unnest(%(originals)s::uuid[], %(blobs)s::uuid[], %(names)s::text[], %(counts)s::int[])
    AS o (id, blob_id, file_name, page_count)
), page AS (
  INSERT INTO dossier_page
    (id, dossier_id, original_id, index, width, height, checks, doubtful, state, error)
  SELECT p.id, %(dossier)s, p.original_id, p.index, 0, 0, '{}', FALSE, 'waiting', ''
  FROM unnest(%(pages)s::uuid[], %(of)s::uuid[], %(indexes)s::int[]) AS p (id, original_id, index)
), placement AS (
  INSERT INTO dossier_placement (id, entry_id, page_id, position, rotation, replaces, active, ended_reason)
  SELECT l.id, %(entry)s, l.page_id, l.position, 0, l.replaces, TRUE, ''
  FROM unnest(%(placements)s::uuid[], %(pages)s::uuid[], %(positions)s::int[], %(replaces)s::uuid[])
    AS l (id, page_id, position, replaces)
), raised AS (UPDATE dossier_dossier SET version = version + 1 WHERE case_id = %(dossier)s RETURNING version)
"""
EXTENSIONS = {
    "application/pdf": {"pdf"},
    "image/jpeg": {"jpg", "jpeg"},
    "image/png": {"png"},
    "image/tiff": {"tif", "tiff"},
    **_media.EXTENSIONS,
}
_WHY = {
    "empty": ("文件是空的（0 字节）。", "重新扫描后再上传。"),
    "office": ("不收办公文档。", "打印为 PDF 后上传，保证内容和版式固定。"),
    "unknown": (
        "不是 PDF、JPEG、PNG、TIFF，也不是常用的录音录像。",
        "扫描为 PDF 或 JPEG，录音录像存为 MP4、WAV 后上传。",
    ),
    "damaged": ("文件已损坏，读不出页面。", "重新扫描或重新导出后再上传。"),
    "encrypted": ("PDF 有密码。", "去掉密码后上传；不要把密码写在文件名里。"),
    "scripted": ("PDF 含脚本、附件或可执行动作。", "打印为新的 PDF 后上传。"),
    "bomb": ("图像像素过大，可能是恶意文件。", "按 A4 纸 300 dpi 重新扫描。"),
    "too-many-pages": ("页数超过 5,000 页。", "分册上传。"),
    "too-large": ("文件过大：扫描件最大 2 GB，录音录像最大 50 GB。", "分册、分段上传。"),
    "extension": ("扩展名与内容不符。", "改正扩展名，或重新导出。"),
    "name": ("文件名为空或过长。", "改一个 160 字以内的文件名。"),
}


def refusal_of(file_name: str, code: str) -> str:
    """Return why a file is not taken, and how to mend it, in one line."""
    what, remedy = _WHY[code]
    return f"“{file_name[:60]}”：{what}{remedy}"


def _uploaded(case_id: UUID, answer: Mapping[str, Any]) -> Uploaded:
    """Return the first answer to an upload that is asked for again; raises NotFound where it was to another case."""
    if answer.get("case_id", str(case_id)) != str(case_id):
        raise NotFound
    return Uploaded(
        entry_id=UUID(answer["entry_id"]),
        original_ids=tuple(UUID(text) for text in answer["original_ids"]),
        page_ids=tuple(UUID(text) for text in answer["page_ids"]),
        version=answer["version"],
        refused=tuple((name, text) for name, text in answer["refused"]),
    )


def upload(
    actor: Actor,
    *,
    case_id: UUID,
    files: Sequence[Upload],
    entry_id: UUID | None = None,
    catalogue_key: str = "",
    title: str = "",
    happened_at: datetime | None = None,
    late_reason: str = "",
    replace_page_id: UUID | None = None,
    key: UUID | None = None,
) -> Uploaded:
    """Take files into an entry (or a new one at a place of the catalogue), as one act.

    Good files are taken and bad ones named in `refused`; when none is good, BadInput says why for each.
    With `replace_page_id` the first new page takes that page's place, which stays in the history.
    """
    org_access.require(actor, Permission.DOSSIER_EDIT)
    cases_access.case_for(actor, case_id, Permission.DOSSIER_EDIT)
    act = REPLACE if replace_page_id else UPLOAD
    # asked before a file of 2 GB is looked at, and again when its case is locked
    if (answered := ledger.first_answer(actor, key, act)) is not None:
        return _uploaded(case_id, answered)
    when = moment(happened_at, late_reason)
    kinds, refused = _look(files)
    good = [(file, kind) for file, kind in zip(files, kinds, strict=True) if "refused" not in kind]
    if not good:
        raise _none_good(kinds, refused)
    ahead = {
        file.blob_id: _files.store_ahead(case_id, file.content, file.blob_id)
        for file, _ in good
        if file.blob_id
    }
    with transaction.atomic():
        case = cases_access.case_for(actor, case_id, Permission.DOSSIER_EDIT, lock=True)
        if (answered := ledger.first_answer(actor, key, act)) is not None:
            return _uploaded(case_id, answered)
        dossier = _files.locked(case_id)
        entry = _entry(dossier, entry_id, catalogue_key, title, replace_page_id)
        new = entry_id is None and replace_page_id is None
        _owning.may_order(actor, {entry.volume.catalogue_key})
        if replace_page_id is not None:
            _owning.refuse_others(actor, [entry.document_id])
        originals, pages = _keep(actor, dossier, good, ahead)
        placed = _place(entry, pages, replace_page_id, new=new)
        chain = _save(dossier, originals, placed, ledger.locking(case_id, when))
        ids = tuple(original.id for original in originals), tuple(page.id for page in pages)
        made = Uploaded(
            entry_id=entry.id,
            original_ids=ids[0],
            page_ids=ids[1],
            version=dossier.version,
            refused=tuple(refused),
        )
        ledger.record(
            actor,
            chain_id=case_id,
            act=act,
            moment=when,
            subjects=[original.id for original in originals],
            after={
                **_entered(entry, originals),
                "replaced": replace_page_id,
                "version": dossier.version,
                "case": case.number,
                "late_reason": when.late_reason,
            },
            key=key,
            answer=asdict(made) | {"case_id": case_id},
            last=chain,
        )
        for original in originals:
            ledger.enqueue(_derive.JOB, original_id=str(original.id))
    return made


def _none_good(kinds: Sequence[Mapping[str, Any]], refused: Sequence[tuple[str, str]]) -> BadInput:
    return BadInput(
        "不能上传：没有一个文件可以收。",
        code=next(iter(kinds), {"refused": "empty"})["refused"],
        basis=("电子卷宗规范：扫描件（PDF、JPEG、PNG、TIFF）内容可读、无密码、无脚本；录音录像存为通用格式",),
        remedy="按各文件的提示处理后重新上传。",
        items=[text for _, text in refused],
    )


def _entered(entry: Entry, originals: Sequence[Original]) -> dict[str, Any]:
    """Return what the entry of an upload commits to: each original by its digest."""
    return {
        "entry": entry.id,
        "title": entry.title,
        "originals": [
            {"id": original.id, "sha256": bytes(original.blob.digest), "pages": original.page_count}
            for original in originals
        ],
    }


def _look(files: Sequence[Upload]) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    kinds: list[dict[str, Any]] = []
    descriptors = []
    try:
        for file in files:
            size = file.content.seek(0, os.SEEK_END)
            file.content.seek(0)
            recording = _media.kind(file.content.read(_media.HEAD))
            file.content.seek(0)
            if size > (settings.ANTONG_MOST_RECORDING if recording else settings.ANTONG_MOST_SCAN):
                kinds.append({"refused": "too-large"})
            elif not 0 < len(file.file_name.strip()) <= 160:  # noqa: PLR2004 - the column's width
                kinds.append({"refused": "name"})
            elif recording:
                kinds.append({"media_type": recording, "pages": 1})
            else:
                kinds.append({})
                descriptors.append(_descriptor(file))
        answers = iter(parser.inspect(descriptors) if descriptors else [])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    refused = []
    for file, kind in zip(files, kinds, strict=True):
        if not kind:
            kind.update(next(answers))
        extension = _media.extension_of(file.file_name)
        if "refused" not in kind and extension not in EXTENSIONS[kind["media_type"]]:
            kind["refused"] = "extension"
        if "refused" in kind:
            refused.append((file.file_name, refusal_of(file.file_name, kind["refused"])))
    return kinds, refused


def _descriptor(file: Upload) -> int:
    try:
        return os.dup(file.content.fileno())
    except OSError:
        file.content.seek(0)
        descriptor = parser.memory_file(iter(lambda: file.content.read(1 << 20), b""))
        file.content.seek(0)
        return descriptor


def _entry(
    dossier: Dossier, entry_id: UUID | None, catalogue_key: str, title: str, replace_page_id: UUID | None
) -> Entry:
    if replace_page_id is not None:
        found = Entry.objects.filter(
            volume__dossier=dossier, placements__page_id=replace_page_id, placements__active=True
        ).first()
    elif entry_id is not None:
        found = Entry.objects.filter(id=entry_id, volume__dossier=dossier).first()
    else:
        return make_entry(dossier, catalogue_key, title)
    if found is None:
        raise NotFound
    return found


def make_entry(dossier: Dossier, catalogue_key: str, title: str, document_id: UUID | None = None) -> Entry:
    """Return a new entry at a place of the catalogue, in catalogue order within its volume."""
    placed = loader.load().dossier.entry(catalogue_key)
    if placed is None:
        raise BadInput(
            "不能上传：目录里没有这个位置。",
            code="catalogue-key",
            basis=("电子卷宗目录",),
            remedy="从目录中选一个位置。",
            fields={"catalogue_key": "从目录中选"},
        )
    kind, place = placed
    order = [entry.key for group in kind.groups for entry in group.entries].index(catalogue_key)
    made = Entry(
        catalogue_key=catalogue_key, title=(title.strip() or place.title)[:120], document_id=document_id
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _ENTRY,
            {
                "id": made.id,
                "dossier": dossier.case_id,
                "kind": kind.key,
                "key": catalogue_key,
                "title": made.title,
                "least": order * 1000,
                "document": document_id,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    made.volume, made.position = Volume(id=row[0], dossier=dossier, catalogue_key=kind.key), row[1]
    return made


def _keep(
    actor: Actor,
    dossier: Dossier,
    good: Sequence[tuple[Upload, dict[str, Any]]],
    ahead: Mapping[UUID, tuple[bytes, int]],
) -> tuple[list[Original], list[Page]]:
    key, now = _files.case_key(dossier), clock.now()
    written: list[UUID] = []
    try:
        blobs = [
            _files.link(dossier, file.blob_id, *ahead[file.blob_id], kind["media_type"])
            if file.blob_id
            else _files.put(dossier, key, file.content, kind["media_type"], written)
            for file, kind in good
        ]
    except (OSError, StoreAway):  # a full disk, or a store that went away in between
        _files.take_back(written)
        raise
    originals = [
        Original(
            id=new_id(),
            dossier=dossier,
            blob=blob,
            file_name=file.file_name.strip(),
            page_count=kind["pages"],
            uploaded_by=actor.person_id,
            uploaded_at=now,
        )
        for blob, (file, kind) in zip(blobs, good, strict=True)
    ]
    pages = [
        Page(id=new_id(), dossier=dossier, original=original, index=index)
        for original in originals
        for index in range(original.page_count)
    ]
    return originals, pages


def _place(
    entry: Entry, pages: Sequence[Page], replace_page_id: UUID | None, *, new: bool
) -> list[Placement]:
    """Return where pages come to stand: at the end of an entry, or first in the place of one that goes."""
    if replace_page_id is not None:
        old = Placement.objects.filter(page_id=replace_page_id, active=True).first()
        if old is None:
            raise NotFound
        Placement.objects.filter(id=old.id).update(active=False, ended_reason=REPLACED)
        first, step = old.position, 1
    else:
        last = None if new else Placement.objects.filter(entry=entry).aggregate(last=Max("position"))["last"]
        first, step = (last or 0) + 1024, 1024
    return [
        Placement(
            entry=entry,
            page=page,
            position=first + offset * step,
            replaces=None if offset else replace_page_id,
        )
        for offset, page in enumerate(pages)
    ]


def _save(
    dossier: Dossier, originals: Sequence[Original], placements: Sequence[Placement], chain: Ahead
) -> tuple[int, bytes, datetime]:
    """Write originals, their pages and places, and the next version of the file; one statement.

    `chain` locks the chain of the case with it; return what it says.
    """
    pages = [one.page for one in placements]
    values: dict[str, Any] = {
        "dossier": dossier.case_id,
        "originals": [one.id for one in originals],
        "blobs": [one.blob_id for one in originals],
        "names": [one.file_name for one in originals],
        "counts": [one.page_count for one in originals],
        "by": originals[0].uploaded_by,
        "at": originals[0].uploaded_at,
        "pages": [one.id for one in pages],
        "of": [one.original_id for one in pages],
        "indexes": [one.index for one in pages],
        "placements": [one.id for one in placements],
        "entry": placements[0].entry_id,
        "positions": [one.position for one in placements],
        "replaces": [one.replaces for one in placements],
    }
    whole = chain | Ahead(
        text=_SAVE,
        values=values,
        answer="SELECT version, last_number, last_digest, last_at FROM raised, chain",
    )
    with connection.cursor() as cursor:
        cursor.execute(whole.statement, whole.values)
        dossier.version, number, digest, at = cursor.fetchone()
    return number, digest, at
