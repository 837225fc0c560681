"""Originals moved to another place while people work: begun and ended on the record, carried by jobs.

From the beginning on writes go to the new place and reads look there first (`_where`). A job copies some seconds' worth,
keeps how far it came, and queues the next; killed at any point, the next goes on from there. What was copied is read
back from the new place, decrypted, and compared with the digest in the database. At the end each blob that the
database names is looked for in the new place once more.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from uuid import UUID

from django.db import connection, transaction

from antong.dossier import _files, _where, store
from antong.dossier.models import Blob, Move
from antong.dossier.places import DISK, PROBE, S3, WORDS, Place
from antong.dossier.types import MoveView, StoreAway
from antong.kernel import clock
from antong.kernel.actor import Actor, Channel, Rank
from antong.kernel.moment import moment
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN

JOB = "dossier.move-originals"
SLICE_SECONDS = 10.0
BATCH = 50
AWAY_SECONDS = 30
LATE_SECONDS = 60.0
"""What is taken in longer after the beginning was written to the new place: it is looked for at the end, not read back."""
LOOKED_AT = 1000
"""How many objects of a bucket are looked at before originals are moved there."""
SHARDS = tuple(f"{number:02x}" for number in range(256))
BASIS = ("案通存储规则：原件换位置不停办案，逐件核对摘要，核对完才能清空原处",)
PLATFORM = Actor(
    person_id=SYSTEM_CHAIN, person_name="平台", duty_id=SYSTEM_CHAIN, post_id=SYSTEM_CHAIN, post_name="平台",
    rank=Rank.PRIMARY, role="system", unit_id=SYSTEM_CHAIN, unit_name="案通平台", unit_kind="hub",
    unit_level="prefecture", permissions=frozenset(), channel=Channel.JOB,
)  # fmt: skip


def _refuse(what: str, code: str, remedy: str) -> Refusal:
    return Refusal(what, code=code, basis=BASIS, remedy=remedy, who="系统管理员")


def _by_command(actor: Actor) -> None:
    """Only who keeps the server moves originals: nobody does from a page."""
    if actor.channel is not Channel.COMMAND:
        raise _refuse(
            "不能移动原件：只在服务器上用命令办。", "store-command", "antong store move --to disk 或 s3。"
        )


def move_originals(actor: Actor, *, target: str, bytes_per_second: int = 0) -> MoveView:
    """Have all originals moved to a place; from now on writes go there. One that is under way goes on.

    Raises Refusal where they are there already, StoreAway where the place cannot be written to.
    """
    _by_command(actor)
    place = _where.named(target)
    place.check()
    if target == S3 and not Move.objects.filter(target=target, finished_at=None).exists():
        _refuse_foreign(place)
    with transaction.atomic():
        Move.objects.select_for_update().filter(finished_at=None).order_by("id").first()
        row = Move.objects.filter(target=target, finished_at=None).first()
        if row is None:
            if target == DISK and not Move.objects.exists():
                raise _refuse(
                    f"不能移动：原件已在{WORDS[target]}。", "store-there", "antong store status 看现状。"
                )
            row = _begun(actor, target)
        row.bytes_per_second = bytes_per_second
        row.save(update_fields=["bytes_per_second"])
        ledger.enqueue(JOB, lock=JOB, move_id=str(row.id))  # a second one finds nothing to do, or goes on
        transaction.on_commit(_where.forget)
    return _where.view(row)


def _refuse_foreign(place: Place) -> None:
    """Refuse a place of which most objects are none of ours: another instance lives there. Some are looked at, not all.

    What is left of a bucket that was ours before, some of it forgotten meanwhile, is no reason.
    """
    # no sealed original is as short as a probe that a killed process has left
    held = [row.id for row in islice(place.names(), LOOKED_AT) if row.size > len(PROBE)]
    ours = Blob.objects.filter(id__in=held).count()
    if len(held) > 2 * ours:
        raise _refuse(
            f"不能移动：桶里已有别的原件（看了 {len(held):,} 件，本实例的只有 {ours:,} 件），可能另有实例在用。",
            "store-foreign",
            "换一个空桶，或用 ANTONG_S3_PREFIX 另指一个前缀，重新启动后再来。",
        )


@transaction.atomic
def settle_originals(actor: Actor, *, target: str, missing: Sequence[str], surplus: int) -> None:
    """Record where a restore has brought all originals, each compared: writes go there from now on; a move under way is over.

    `missing` are the ids of originals that the backup lacked too; `surplus` is how many objects the place holds that the
    backup does not name: they stay. The place of before is left as it is. Nothing is recorded where originals were written
    there at the backup too, none was under way, and nothing is missing or too many.
    """
    _by_command(actor)
    now, under_way = clock.now(), Move.objects.filter(finished_at=None)
    if _where.recorded() == target and not under_way.exists() and not missing and not surplus:
        return
    under_way.update(finished_at=now, waits="改为恢复到的位置")
    many = Blob.objects.count()
    row = Move.objects.create(
        target=target, person_id=actor.person_id, began_at=now, seen_at=now, total=many, done=many - len(missing),
        damaged=sorted(missing), finished_at=now, surplus=surplus,
    )  # fmt: skip
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="dossier.restored-originals", moment=moment(), subjects=[row.id],
        after={"target": target, "originals": row.done, "missing": row.damaged, "surplus": surplus},
    )  # fmt: skip
    transaction.on_commit(_where.forget)


def _begun(actor: Actor, target: str) -> Move:
    now = clock.now()
    turned = Move.objects.filter(finished_at=None).update(finished_at=now, waits="改了方向")
    row = Move.objects.create(
        target=target, person_id=actor.person_id, began_at=now, seen_at=now, total=Blob.objects.count()
    )
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act=JOB, moment=moment(), subjects=[row.id],
        after={"target": target, "originals": row.total, "turned": bool(turned)},
    )  # fmt: skip
    return row


def move_some(move_id: UUID) -> None:
    """Carry some seconds' worth of a move, and queue the next; a place that is away is asked again later."""
    row = Move.objects.filter(id=move_id, finished_at=None).first()
    if row is None:
        return
    delay = 0
    try:
        over = _slice(row)
    except OSError as error:  # away, or full
        over, delay = False, AWAY_SECONDS
        row.waits = (error.why if isinstance(error, StoreAway) else f"写不进去（{error.strerror}）")[:200]
    with transaction.atomic():
        row.seen_at = clock.now()
        row.save()
        if over:
            row.finished_at = row.seen_at
            row.save(update_fields=["finished_at"])
            ledger.record(
                PLATFORM, chain_id=SYSTEM_CHAIN, act="dossier.moved-originals", moment=moment(), subjects=[row.id],
                after={"target": row.target, "copied": row.copied, "damaged": row.damaged},
            )  # fmt: skip
        else:
            ledger.enqueue(JOB, lock=JOB, delay_seconds=delay, move_id=str(row.id))


def _ends(target: str) -> tuple[Place, Place]:
    return _where.named(S3 if target == DISK else DISK), _where.named(target)


def _slice(row: Move) -> bool:
    """Copy for some seconds; return whether all is there. How far it came is kept after each batch."""
    source, target = _ends(row.target)
    until = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < until:
        blobs = (
            Blob.objects.filter(id__lt=_latest(row), dossier__destroyed_at=None)
            .select_related("dossier")
            .order_by("id")
        )
        batch = list((blobs.filter(id__gt=row.after) if row.after else blobs)[:BATCH])
        if not batch:
            return _nothing_left(row, source, target)
        for blob in batch:
            _carried(row, source, target, blob)
            row.after, row.done = blob.id, row.done + 1
            if time.monotonic() > until:
                break
        row.waits, row.seen_at = "", clock.now()
        row.save()
    return False


def _latest(row: Move) -> UUID:
    """Return the first id (a UUIDv7 begins with its milliseconds) that is not carried blob by blob."""
    return UUID(int=int((row.began_at.timestamp() + LATE_SECONDS) * 1000) << 80)


def _nothing_left(row: Move, source: Place, target: Place) -> bool:
    """Look for each blob of the database in the new place; copy those that a late writer left in the old one."""
    if (clock.now() - row.began_at).total_seconds() < 2 * _where.ASKED_EVERY:
        time.sleep(2 * _where.ASKED_EVERY)  # whoever knew the old place has heard of the new one
    whole = True
    for shard in SHARDS:
        for blob in missing_in(target, shard):
            if str(blob.id) not in row.damaged:
                whole = False
                _carried(row, source, target, blob)
    row.done = row.total = Blob.objects.count()
    return whole or not any(
        str(blob.id) not in row.damaged for shard in SHARDS for blob in missing_in(target, shard)
    )


def missing_in(place: Place, shard: str) -> list[Blob]:
    """Return the blobs of the database, of one ending, that a place does not hold in their length; two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, b.size FROM dossier_blob b JOIN dossier_dossier d ON d.case_id = b.dossier_id"
            " WHERE right(b.id::text, 2) = %s AND d.destroyed_at IS NULL",
            [shard],
        )
        named = dict(cursor.fetchall())
    if not named:
        return []
    there = {row.id: row.size for row in place.names(shard)}
    lost = [own for own, size in named.items() if there.get(own) != store.sealed_size(size)]
    return list(Blob.objects.filter(id__in=lost).select_related("dossier").order_by("id")) if lost else []


def _carried(row: Move, source: Place, target: Place, blob: Blob) -> None:
    """Have one blob whole in the new place, read back and compared; one that is whole in neither is noted as damaged."""
    began = time.monotonic()
    size = store.sealed_size(blob.size)
    if target.size(blob.id) is None and _copied(source, target, blob):
        row.copied, row.copied_bytes = row.copied + 1, row.copied_bytes + size
    if not _is_whole(target, blob):
        if not _is_whole(source, blob):
            row.damaged = sorted({*row.damaged, str(blob.id)})
            return
        target.remove(blob.id)
        _copied(source, target, blob)
        if not _is_whole(target, blob):
            raise StoreAway(f"{WORDS[target.name]}读回的与写入的不同")
    if row.bytes_per_second:
        time.sleep(max(0.0, size / row.bytes_per_second - (time.monotonic() - began)))


def _copied(source: Place, target: Place, blob: Blob) -> bool:
    try:
        with source.open(blob.id) as found:
            return target.put(blob.id, iter(partial(found.read, store.CHUNK), b""), found.total)
    except FileNotFoundError:
        return False


def _is_whole(place: Place, blob: Blob) -> bool:
    digest = hashlib.sha256()
    try:
        for chunk in store.read_in(place, _files.case_key(blob.dossier), blob.id):
            digest.update(chunk)
    except store.Damaged:
        return False
    return digest.digest() == bytes(blob.digest)


def empty_old(actor: Actor) -> Iterator[tuple[int, int]]:
    """Remove from the old place what the new one holds; yields (folders done, removed from this one) as it goes. It is on the record.

    A blob goes once the new place holds it in its length; one that is damaged stays where it is. Raises Refusal where
    no move has ended, or something that the database names is missing in the new place.
    """
    _by_command(actor)
    row = Move.objects.order_by("-began_at").first()
    if row is None or row.finished_at is None or _where.recorded() != row.target:
        raise _refuse(
            "不能清空：没有移动完的。", "store-unfinished", "antong store status；移完并核对后再清空。"
        )
    source, target = _ends(row.target)
    source.check()
    lost = sum(str(blob.id) not in row.damaged for shard in SHARDS for blob in missing_in(target, shard))
    if lost:
        raise _refuse(
            f"不能清空：有 {lost} 件在{WORDS[row.target]}里没有。", "store-missing", f"antong store move --to {row.target} 再核对一次。"
        )  # fmt: skip
    with transaction.atomic():
        ledger.record(
            actor, chain_id=SYSTEM_CHAIN, act="dossier.empty-store", moment=moment(), subjects=[row.id],
            after={"place": source.name, "stays": row.damaged},
        )  # fmt: skip
    for done, shard in enumerate(SHARDS, 1):
        yield done, _emptied(source, target, shard, row.damaged)
    Move.objects.filter(id=row.id).update(emptied_at=clock.now())


def _emptied(source: Place, target: Place, shard: str, stays: Sequence[str]) -> int:
    there = {row.id: row.size for row in target.names(shard)}
    gone = [
        row.id for row in source.names(shard) if there.get(row.id) == row.size and str(row.id) not in stays
    ]
    for own in gone:
        source.remove(own)
    return len(gone)
