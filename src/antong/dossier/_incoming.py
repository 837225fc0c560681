"""Uploads that may break off and go on: begun, sent by parts, ended; taken into the file by a job (decision 0011).

What comes by parts is no act on a case until it has come whole: then the job calls `upload` under the id of the
upload as its key, so that it is taken once, with one entry, whoever dies meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, Sum

from antong.cases import access as cases_access
from antong.catalog import loader
from antong.dossier import _files, _incoming_file, _media, _upload, store
from antong.dossier._incoming_file import Busy, Differs, Full
from antong.dossier.models import Blob, Entry, Incoming
from antong.dossier.types import IncomingView, Upload
from antong.kernel import canonical, clock
from antong.kernel.actor import Actor, Channel
from antong.kernel.ids import new_id
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org import selectors as org
from antong.org.types import Permission

JOB = "dossier.take-incoming"
WAITS = timedelta(days=3)
"""How long an upload waits for its next part."""
REMEMBERED = timedelta(days=30)
"""How long it is known what became of one."""
LONGEST_NAME = 160
UNDER_WAY = ("open", "taking")
RESERVE = 1 << 30
"""How much of the disk no upload begins to fill."""
BASIS = ("案通上传规则：扫描件最大 2 GB，录音录像最大 50 GB；可以中断后接着传，三日内传完",)


class Hindered(Refusal):
    """A part that is not taken now; `status` says how, nothing that came before is lost."""

    def __init__(self, what: str, status: int, *, code: str, remedy: str, who: str = "") -> None:
        super().__init__(what, code=code, basis=BASIS, remedy=remedy, who=who)
        self.status = status


def begin_incoming(
    actor: Actor,
    *,
    case_id: UUID,
    file_name: str,
    size: int,
    entry_id: UUID | None = None,
    catalogue_key: str = "",
    title: str = "",
    replace_page_id: UUID | None = None,
    token_id: UUID | None = None,
    key: UUID | None = None,
) -> IncomingView:
    """Begin an upload of `size` bytes into an entry, or a new one at a place of the catalogue; at most ten statements.

    Raises BadInput on a name or a place that cannot be, Hindered where it is too large (413), where the unit has
    too much under way (409) or the disk too little room (507). With `key` a repeated command gets the same upload.
    """
    org_access.require(actor, Permission.DOSSIER_EDIT)
    cases_access.case_for(actor, case_id, Permission.DOSSIER_EDIT)
    _may_be(file_name, size)
    place = {
        "entry_id": entry_id, "catalogue_key": catalogue_key, "title": title[:120], "replace_page_id": replace_page_id,
    }  # fmt: skip
    if entry_id is None and replace_page_id is None and loader.load().dossier.entry(catalogue_key) is None:
        raise BadInput(
            "不能上传：目录里没有这个位置。", code="catalogue-key", basis=("电子卷宗目录",), remedy="从目录中选一个位置。",
            fields={"catalogue_key": "从目录中选"},
        )  # fmt: skip
    with transaction.atomic():
        if key is not None and (known := Incoming.objects.filter(id=key).first()) is not None:
            return _view(_owned(actor, known.id, token_id))
        dossier = _files.locked(case_id)
        if entry_id is not None and not Entry.objects.filter(id=entry_id, volume__dossier=dossier).exists():
            raise NotFound
        _within_quota(actor.unit_id, size)
        now = clock.now()
        row = Incoming.objects.create(
            id=key or new_id(), dossier=dossier, person_id=actor.person_id, duty_id=actor.duty_id, unit_id=actor.unit_id,
            channel=actor.channel.value, token_id=token_id, file_name=file_name.strip(), size=size,
            place=canonical.plain(place), began_at=now, ends_at=now + WAITS,
        )  # fmt: skip
        _incoming_file.begin(row.id)
    return _view(row)


def _may_be(file_name: str, size: int) -> None:
    known = any(_media.extension_of(file_name) in one for one in _upload.EXTENSIONS.values())
    if not 0 < len(file_name.strip()) <= LONGEST_NAME or not known:
        raise BadInput(
            "不能上传：文件名为空、过长，或者不是可以收的种类。",
            code="extension",
            basis=BASIS,
            remedy="扫描件用 PDF、JPEG、PNG、TIFF，录音录像用 MP4、WAV、MP3、OGG、WebM、MKV；文件名 160 字以内。",
            fields={"file_name": "带扩展名的文件名"},
        )
    most = settings.ANTONG_MOST_RECORDING if _media.may_be(file_name) else settings.ANTONG_MOST_SCAN
    if size > most:
        raise Hindered(
            f"不能上传：文件 {size:,} 字节，最大 {most:,} 字节。",
            413,
            code="upload-too-large",
            remedy="扫描件分册、录音录像分段后上传。",
        )
    if size < 1:
        raise BadInput(
            "不能上传：文件是空的（0 字节）。", code="empty", basis=BASIS, remedy="重新扫描后再上传。"
        )


def _within_quota(unit_id: UUID, size: int) -> None:
    """Refuse a unit that has too much under way; two that begin at once are counted one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [f"incoming {unit_id}"])
    rows = Incoming.objects.filter(unit_id=unit_id, state__in=UNDER_WAY)
    under_way = int(rows.aggregate(total=Sum("size"))["total"] or 0)
    if under_way + size > settings.ANTONG_MOST_UNFINISHED:
        raise Hindered(
            f"不能上传：本单位没有传完的文件已有 {under_way:,} 字节，加上这个超过 {settings.ANTONG_MOST_UNFINISHED:,} 字节。",
            409,
            code="upload-quota",
            remedy="先传完或取消没有传完的；三日没有动静的自动清除。",
        )
    if _incoming_file.room() < size + RESERVE:
        raise _full()


def _full() -> Hindered:
    return Hindered(
        "不能上传：服务器磁盘空间不足。",
        507,
        code="disk-full",
        remedy="已经传上来的都还在；腾出空间后从断点接着传。",
        who="系统管理员",
    )


def _owned(actor: Actor, incoming_id: UUID, token_id: UUID | None) -> Incoming:
    """Return an upload of this person, or of this token; raises NotFound to everybody else; one statement."""
    row = (
        Incoming.objects.filter(id=incoming_id, person_id=actor.person_id, token_id=token_id)
        .select_related("dossier")
        .first()
    )
    if row is None:
        raise NotFound
    return row


def _view(row: Incoming) -> IncomingView:
    offset = row.size
    if row.state == "open":
        try:
            offset = _incoming_file.length(row.id)
        except FileNotFoundError:
            raise _gone() from None
    return IncomingView(
        id=row.id, case_id=row.dossier_id, file_name=row.file_name, size=row.size, offset=offset, state=row.state,
        ends_at=row.ends_at, answer=row.answer,
    )  # fmt: skip


def _gone() -> Hindered:
    return Hindered(
        "不能接着传：这次上传已经过期或取消。", 410, code="upload-gone", remedy="重新开始上传这个文件。"
    )


def incoming(actor: Actor, incoming_id: UUID, token_id: UUID | None = None) -> IncomingView:
    """Return how far an upload has come, or what became of it; one statement. Raises NotFound, Hindered (410)."""
    return _view(_owned(actor, incoming_id, token_id))


def append_incoming(
    actor: Actor,
    *,
    incoming_id: UUID,
    offset: int,
    read: Callable[[int], bytes],
    length: int,
    checksum: tuple[str, bytes] | None = None,
    token_id: UUID | None = None,
) -> IncomingView:
    """Take a part of `length` bytes that begins at `offset`; what was answered is on disk. The last one has the file taken in.

    A line that breaks leaves what came. Raises Hindered: 409 on another offset, 410 once it ended, 413 on more than was
    announced (nothing of it is kept), 423 while somebody else writes, 460 on a wrong checksum, 507 on a full disk.
    """
    row = _owned(actor, incoming_id, token_id)
    cases_access.case_for(actor, row.dossier_id, Permission.DOSSIER_EDIT)
    if row.state != "open" or row.ends_at < clock.now():
        raise _gone()
    try:
        with _incoming_file.writing(row.id) as descriptor:
            came = _incoming_file.length(row.id)
            if offset != came:
                raise Hindered(
                    f"不能接着传：从 {offset:,} 字节传起，已有 {came:,} 字节。", 409, code="upload-offset",
                    remedy="先问传到哪里（HEAD），从那里接着传。",
                )  # fmt: skip
            if offset + length > row.size:
                raise Hindered(
                    f"不能接着传：超过开始时说的 {row.size:,} 字节。", 413, code="upload-too-large",
                    remedy="文件有变的，取消后重新上传。",
                )  # fmt: skip
            came = _incoming_file.append(
                row.id, descriptor, _files.case_key(row.dossier), read, length, checksum
            )
    except FileNotFoundError:
        raise _gone() from None
    except Busy:
        raise Hindered(
            "不能接着传：另一处正在传这个文件。",
            423,
            code="upload-busy",
            remedy="等它停下，或在那一处接着传。",
        ) from None
    except Differs:
        raise Hindered(
            "不能接着传：这一段与校验值不符，没有收下。",
            460,
            code="upload-checksum",
            remedy="从同一处再传这一段。",
        ) from None
    except Full:
        raise _full() from None
    if came < row.size:
        Incoming.objects.filter(id=row.id).update(ends_at=clock.now() + WAITS)
    else:
        _whole(row.id)
        row.refresh_from_db()
    return _view(row)


def _whole(incoming_id: UUID) -> None:
    """Have an upload that has come whole taken in, once."""
    with transaction.atomic():
        if Incoming.objects.filter(id=incoming_id, state="open").update(state="taking"):
            ledger.enqueue(JOB, incoming_id=str(incoming_id))


def cancel_incoming(actor: Actor, *, incoming_id: UUID, token_id: UUID | None = None) -> None:
    """End an upload that has not come whole; what came is removed. Raises NotFound, Hindered (410, 423)."""
    row = _owned(actor, incoming_id, token_id)
    if row.state != "open":
        raise _gone()
    try:
        with _incoming_file.writing(row.id), transaction.atomic():
            if Incoming.objects.filter(id=row.id, state="open").delete()[0]:
                transaction.on_commit(partial(_incoming_file.end, row.id))
    except FileNotFoundError:
        Incoming.objects.filter(id=row.id, state="open").delete()
    except Busy:
        raise Hindered(
            "不能取消：这个文件正在传。", 423, code="upload-busy", remedy="先停下再取消。"
        ) from None


def take_incoming(incoming_id: UUID) -> None:
    """Take an upload that has come whole into the file, as `upload` does; a refusal is kept for whoever asks."""
    row = Incoming.objects.select_related("dossier").filter(id=incoming_id, state="taking").first()
    if row is None:
        return
    try:
        answer: dict[str, Any] = asdict(_take(row))
        state = "taken"
    except Refusal as refusal:
        state = "refused"
        answer = {
            "code": refusal.code,
            "why": refusal.what,
            "items": list(refusal.items),
            "remedy": refusal.remedy,
        }
    _settle(row.id, state, answer)


def _take(row: Incoming) -> Any:
    facts = org.session_for(row.person_id, row.duty_id, channel=Channel(row.channel))
    if facts is None:
        raise NotFound
    actor, place = facts.actor, dict(row.place)
    for name in ("entry_id", "replace_page_id"):
        place[name] = UUID(place[name]) if place[name] else None
    plain = cast("BinaryIO", _incoming_file.Plain(row.id, _files.case_key(row.dossier)))
    with plain:
        content = plain if _media.may_be(row.file_name) else _incoming_file.unnamed_copy(plain)
        with content:
            file = Upload(file_name=row.file_name, content=content, blob_id=row.id)
            return _upload.upload(actor, case_id=row.dossier_id, files=[file], key=row.id, **place)


def _settle(incoming_id: UUID, state: str, answer: dict[str, Any]) -> None:
    """Note what became of an upload; its bytes leave the disk of what is under way."""
    now = clock.now()
    Incoming.objects.filter(id=incoming_id, state="taking").update(
        state=state, answer=canonical.plain(answer), ends_at=now + REMEMBERED
    )
    _incoming_file.end(incoming_id)
    if not Blob.objects.filter(id=incoming_id).exists():  # refused, or there already
        store.remove(incoming_id)


def give_up_incoming(incoming_id: UUID) -> None:
    """Note that an upload could not be taken in for a failure of ours."""
    answer = {
        "code": "incident",
        "why": "平台出现差错，没有收下。",
        "items": [],
        "remedy": "重新上传这个文件。",
    }
    _settle(incoming_id, "refused", answer)


def sweep_incoming() -> int:
    """End what waited too long, have taken what came whole and was not told, remove what no row names; returns how many."""
    swept = 0
    for row in Incoming.objects.filter(state="open"):
        with suppress(Busy, FileNotFoundError), _incoming_file.writing(row.id):
            if _incoming_file.length(row.id) == row.size:
                _whole(row.id)
            elif row.ends_at < clock.now():
                swept += Incoming.objects.filter(id=row.id, state="open").delete()[0]
                _incoming_file.end(row.id)
    over = Q(state__in=["taken", "refused"]) | Q(state="open")
    swept += Incoming.objects.filter(over, ends_at__lt=clock.now() - timedelta(minutes=5)).delete()[0]
    for name in _incoming_file.names():
        old = _incoming_file.older(name, timedelta(hours=1))
        if old and not Incoming.objects.filter(id=name, state__in=UNDER_WAY).exists():
            _incoming_file.end(name)
    return swept
