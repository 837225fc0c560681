"""Taking in files: looked at in a separate process, kept whole, pages made, images derived by jobs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from antong.cases import access as cases_access
from antong.catalog import loader
from antong.dossier import _derive, _files, _owning, parser
from antong.dossier.models import Dossier, Entry, Original, Page, Placement, Volume
from antong.dossier.types import Upload, Uploaded
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org.types import Permission

MAX_BYTES = 2 << 30
REPLACED = "已替换"
"""Why a page that was replaced stands no longer in the file."""
EXTENSIONS = {
    "application/pdf": {"pdf"},
    "image/jpeg": {"jpg", "jpeg"},
    "image/png": {"png"},
    "image/tiff": {"tif", "tiff"},
}
_WHY = {
    "empty": ("文件是空的（0 字节）。", "重新扫描后再上传。"),
    "office": ("不收办公文档。", "打印为 PDF 后上传，保证内容和版式固定。"),
    "unknown": ("不是 PDF、JPEG、PNG 或 TIFF。", "扫描为 PDF 或 JPEG 后上传。"),
    "damaged": ("文件已损坏，读不出页面。", "重新扫描或重新导出后再上传。"),
    "encrypted": ("PDF 有密码。", "去掉密码后上传；不要把密码写在文件名里。"),
    "scripted": ("PDF 含脚本、附件或可执行动作。", "打印为新的 PDF 后上传。"),
    "bomb": ("图像像素过大，可能是恶意文件。", "按 A4 纸 300 dpi 重新扫描。"),
    "too-many-pages": ("页数超过 5,000 页。", "分册上传。"),
    "too-large": ("文件超过 2 GB。", "分册上传。"),
    "extension": ("扩展名与内容不符。", "改正扩展名，或重新导出。"),
    "name": ("文件名为空或过长。", "改一个 160 字以内的文件名。"),
}


def refusal_of(file_name: str, code: str) -> str:
    """Return why a file is not taken, and how to mend it, in one line."""
    what, remedy = _WHY[code]
    return f"“{file_name[:60]}”：{what}{remedy}"


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
    act = "dossier.replace-page" if replace_page_id else "dossier.upload"
    if (answered := ledger.first_answer(actor, key, act)) is not None:
        return _uploaded(answered)
    when = moment(happened_at, late_reason)
    kinds, refused = _look(files)
    good = [(file, kind) for file, kind in zip(files, kinds, strict=True) if "refused" not in kind]
    if not good:
        raise BadInput(
            "不能上传：没有一个文件可以收。",
            code=next(iter(kinds), {"refused": "empty"})["refused"],
            basis=("电子卷宗规范：PDF、JPEG、PNG、TIFF 扫描件，内容可读、无密码、无脚本",),
            remedy="按各文件的提示处理后重新上传。",
            items=[text for _, text in refused],
        )
    with transaction.atomic():
        case = cases_access.case_for(actor, case_id, Permission.DOSSIER_EDIT, lock=True)
        if (answered := ledger.first_answer(actor, key, act)) is not None:  # while the files were looked at
            return _uploaded(answered)
        dossier = _files.locked(case_id)
        entry = _entry(dossier, entry_id, catalogue_key, title, replace_page_id)
        _owning.may_order(actor, {entry.volume.catalogue_key})
        if replace_page_id is not None:
            _owning.refuse_others(actor, [entry.document_id])
        originals, pages = _keep(actor, dossier, good)
        replaced = _place(entry, pages, replace_page_id)
        version = _files.bump(dossier)
        made = Uploaded(
            entry_id=entry.id,
            original_ids=tuple(original.id for original in originals),
            page_ids=tuple(page.id for page in pages),
            version=version,
            refused=tuple(refused),
        )
        ledger.record(
            actor,
            chain_id=case_id,
            act=act,
            moment=when,
            subjects=[original.id for original in originals],
            after={
                "entry": entry.id,
                "title": entry.title,
                "originals": [
                    {"id": original.id, "sha256": bytes(original.blob.digest), "pages": original.page_count}
                    for original in originals
                ],
                "replaced": replaced,
                "version": version,
                "case": case.number,
                "late_reason": when.late_reason,
            },
            key=key,
            answer=asdict(made),
        )
        for original in originals:
            ledger.enqueue(_derive.JOB, original_id=str(original.id))
    return made


def _uploaded(answer: Mapping[str, Any]) -> Uploaded:
    """Return the first answer to an upload that is asked for again."""
    return Uploaded(
        entry_id=UUID(answer["entry_id"]),
        original_ids=tuple(UUID(text) for text in answer["original_ids"]),
        page_ids=tuple(UUID(text) for text in answer["page_ids"]),
        version=answer["version"],
        refused=tuple((name, text) for name, text in answer["refused"]),
    )


def _look(files: Sequence[Upload]) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    kinds: list[dict[str, Any]] = []
    descriptors = []
    try:
        for file in files:
            size = file.content.seek(0, os.SEEK_END)
            file.content.seek(0)
            if size > MAX_BYTES:
                kinds.append({"refused": "too-large"})
            elif not 0 < len(file.file_name.strip()) <= 160:  # noqa: PLR2004 - the column's width
                kinds.append({"refused": "name"})
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
        extension = file.file_name.rsplit(".", 1)[-1].lower() if "." in file.file_name else ""
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
    volume = Volume.objects.filter(dossier=dossier, catalogue_key=kind.key).order_by("-position").first()
    if volume is None:
        raise NotFound
    order = [entry.key for group in kind.groups for entry in group.entries].index(catalogue_key)
    last = Entry.objects.filter(volume=volume, catalogue_key=catalogue_key).aggregate(last=Max("position"))[
        "last"
    ]
    return Entry.objects.create(
        volume=volume,
        catalogue_key=catalogue_key,
        title=(title.strip() or place.title)[:120],
        position=max(order * 1000, (last or 0) + 1),
        document_id=document_id,
    )


def _keep(
    actor: Actor, dossier: Dossier, good: Sequence[tuple[Upload, dict[str, Any]]]
) -> tuple[list[Original], list[Page]]:
    key, now = _files.case_key(dossier), clock.now()
    written: list[UUID] = []
    try:
        blobs = [_files.put(dossier, key, file.content, kind["media_type"], written) for file, kind in good]
    except OSError:  # a full disk
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
    Original.objects.bulk_create(originals)
    pages = [
        Page(id=new_id(), dossier=dossier, original=original, index=index)
        for original in originals
        for index in range(original.page_count)
    ]
    Page.objects.bulk_create(pages)
    return originals, pages


def _place(entry: Entry, pages: Sequence[Page], replace_page_id: UUID | None) -> UUID | None:
    old = None
    if replace_page_id is not None:
        old = Placement.objects.filter(page_id=replace_page_id, active=True).first()
        if old is None:
            raise NotFound
        Placement.objects.filter(id=old.id).update(active=False, ended_reason=REPLACED)
        first = old.position
    else:
        last = Placement.objects.filter(entry=entry).aggregate(last=Max("position"))["last"]
        first = (last or 0) + 1024
    Placement.objects.bulk_create(
        [
            Placement(
                entry=entry,
                page=page,
                position=first + (offset if old is not None else offset * 1024),
                replaces=old.page_id if old is not None and offset == 0 else None,
            )
            for offset, page in enumerate(pages)
        ]
    )
    return old.page_id if old is not None else None
