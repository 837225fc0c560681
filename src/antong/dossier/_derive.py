"""Images, thumbnails and measures of pages, made by jobs; what cannot be made is marked so, and tried again on request."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from antong.cases import access as cases_access
from antong.dossier import _files, _media, parser
from antong.dossier.models import Blob, Original, Page
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org.types import Permission

JOB = "dossier.derive-original"
TOGETHER = 10
"""How many pages one call of the parser makes."""
BEHIND = 10
"""How far the making of pages stands back where the machine is busy: whoever waits for a page or an act goes first."""
DIED = "页面处理程序多次中断，读不出这一页"


def derive_original(original_id: UUID) -> None:
    """Make the images of an original's waiting pages; idempotent, resumable, one transaction per ten pages."""
    _derive(original_id, TOGETHER, last=False)


def give_up(original_id: UUID) -> None:
    """Make the waiting pages of an original one by one, a last time: those that end the parser are marked failed."""
    _derive(original_id, 1, last=True)


def _derive(original_id: UUID, together: int, *, last: bool) -> None:
    original = Original.objects.select_related("blob__dossier", "dossier").filter(id=original_id).first()
    if original is None:  # lawfully destroyed meanwhile
        return
    waiting = list(Page.objects.filter(original=original, state="waiting").order_by("index"))
    if not waiting:
        return
    key = _files.case_key(original.dossier)
    if _media.is_media(original.blob.media_type):
        _card(original, key, waiting)
        return
    with _source(original.blob) as source:
        for start in range(0, len(waiting), together):
            pages = waiting[start : start + together]
            try:
                _derive_some(original, key, source, pages)
            except parser.ParserFailed:
                if not last:
                    raise
                ids = [page.id for page in pages]
                Page.objects.filter(id__in=ids).update(state="failed", error=DIED, doubtful=True)


def _card(original: Original, key: bytes, pages: Sequence[Page]) -> None:
    image, thumb, checks = _media.card(original.blob.media_type)
    with transaction.atomic():
        Page.objects.filter(id__in=[page.id for page in pages]).update(
            state="ready", checks=checks, width=checks["width"], height=checks["height"],
            image=_files.put_bytes(original.dossier, key, image, "image/jpeg"),
            thumb=_files.put_bytes(original.dossier, key, thumb, "image/jpeg"),
        )  # fmt: skip


def pictures(original: Original) -> list[bytes]:
    """Return the pages of a document's original as JPEG: those made already, else made now; nothing is kept."""
    pages = list(Page.objects.filter(original=original).select_related("image__dossier").order_by("index"))
    if pages and all(page.image for page in pages):
        return [b"".join(_files.open_blob(page.image)) for page in pages if page.image]
    whole = b"".join(_files.open_blob(original.blob))
    source = parser.Pieces(size=len(whole), read=lambda start, length: whole[start : start + length])
    found = parser.derive(source, original.blob.media_type, 0, original.page_count)
    return [made.image for made in found if not made.error]


@contextmanager
def _source(blob: Blob) -> Iterator[int | parser.Pieces]:
    """Give an original to the parser by pieces. A TIFF goes whole, in memory: its decoder takes open files alone."""
    if blob.media_type != "image/tiff":
        yield parser.Pieces(
            size=blob.size, read=lambda start, length: b"".join(_files.open_blob(blob, start, length))
        )
        return
    descriptor = parser.memory_file(_files.open_blob(blob))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _derive_some(original: Original, key: bytes, source: int | parser.Pieces, pages: Sequence[Page]) -> None:
    first, by_index = pages[0].index, {page.index: page for page in pages}
    count = pages[-1].index - first + 1
    found = list(parser.derive(source, original.blob.media_type, first, count, nice=BEHIND))
    with transaction.atomic():
        for made in found:
            page = by_index.get(made.index)
            if page is None:
                continue
            page.state, page.error = ("failed", made.error) if made.error else ("ready", "")
            page.checks = made.checks
            page.doubtful = bool(made.checks.get("findings")) or bool(made.error)
            if not made.error:
                page.width, page.height = made.checks["width"], made.checks["height"]
                page.image = _files.put_bytes(original.dossier, key, made.image, "image/jpeg")
                page.thumb = _files.put_bytes(original.dossier, key, made.thumb, "image/jpeg")
        Page.objects.bulk_update(
            pages, ["state", "error", "checks", "doubtful", "width", "height", "image", "thumb"]
        )


@ledger.acted
def retry_failed(actor: Actor, *, case_id: UUID) -> int:
    """Have the images of pages that failed made again; return how many pages. Refuses where none has failed."""
    org_access.require(actor, Permission.DOSSIER_EDIT)
    cases_access.case_for(actor, case_id, Permission.DOSSIER_EDIT, lock=True)
    failed = Page.objects.filter(dossier_id=case_id, state="failed")
    originals = sorted(set(failed.values_list("original_id", flat=True)))
    if not originals:
        raise Refusal(
            "不能重试：没有失败的页。",
            code="nothing-failed",
            basis=("电子卷宗规范：失败的页可以重试，原件不变",),
            remedy="刷新页面看最新进度；影像不清的，重新扫描后替换。",
        )
    count = failed.update(state="waiting", error="", doubtful=False)
    ledger.record(
        actor, chain_id=case_id, act="dossier.retry-pages", moment=moment(), subjects=originals,
        after={"pages": count},
    )  # fmt: skip
    for original_id in originals:
        ledger.enqueue(JOB, original_id=str(original_id))
    return count
