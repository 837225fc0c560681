"""Which place the originals lie in now: where a write goes, and in which order a read looks.

The newest row of `Move` says it, asked for again every few seconds, and only where a bucket is set: without one there
is nothing but the disk. A read that does not find an object looks in the other place, so that a process that knows it
a few seconds late, or a move half done, loses nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection

from antong.dossier.models import Move
from antong.dossier.places import DISK, S3, WORDS, Opened, Place
from antong.dossier.places.disk import Disk
from antong.dossier.places.s3 import place as s3_place
from antong.dossier.types import MoveView, StoreAway, StoreView

ASKED_EVERY = 5.0
UNSET = "原件在 S3 存储里，而这个进程没有 ANTONG_S3_ENDPOINT 等设置；补上后重新启动"


class _Known:
    """What was asked last, and when."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.name, self.at = DISK, float("-inf")


_known = _Known()


def forget() -> None:
    """Have the place asked for anew."""
    _known.at = float("-inf")


def recorded() -> str:
    """Return where writes go as the newest move says; one statement."""
    row = Move.objects.order_by("-began_at").values_list("target", flat=True).first()
    return row or DISK


def current() -> str:
    """Return where writes go; a statement every few seconds where a bucket is set, none otherwise."""
    if settings.ANTONG_S3 is None:
        return DISK
    with _known.lock:
        if time.monotonic() - _known.at > ASKED_EVERY:
            try:
                _known.name = recorded()
            except DatabaseError:
                if connection.in_atomic_block:
                    raise
            _known.at = time.monotonic()
        return _known.name


def named(name: str) -> Place:
    """Return a place by its name. Raises StoreAway where it is not set."""
    if name == DISK:
        return Disk(Path(settings.ANTONG_BLOBS))
    if settings.ANTONG_S3 is None:
        raise StoreAway(UNSET)
    return s3_place(settings.ANTONG_S3)


def places() -> list[Place]:
    """Return every place that is set, the one that writes go to first."""
    if settings.ANTONG_S3 is None:
        return [named(DISK)]
    first = current()
    return [named(first), named(S3 if first == DISK else DISK)]


def bucket_since() -> datetime | None:
    """Return since when the bucket holds our originals, None where it never did; at most two statements.

    What was there before is not ours to remove: another instance may have written it, or the lost machine that a restore
    has taken over.
    """
    moves = Move.objects.order_by("began_at")
    restored = moves.filter(surplus__isnull=False).last()
    if restored is not None:
        moves = moves.filter(began_at__gte=restored.began_at)
    return moves.filter(target=S3).values_list("began_at", flat=True).first()


def put(blob_id: UUID, pieces: Iterable[bytes], size: int) -> bool:
    """Keep an object where writes go; False where its name is taken there."""
    return named(current()).put(blob_id, pieces, size)


@contextmanager
def opened(blob_id: UUID, start: int, end: int | None) -> Iterator[Opened]:
    """Open an object where it is. Raises FileNotFoundError where no place has it, StoreAway where one cannot be asked."""
    away: StoreAway | None = None
    with ExitStack() as stack:
        for place in places():
            try:
                found = stack.enter_context(place.open(blob_id, start, end))
            except FileNotFoundError:
                continue
            except StoreAway as error:
                away = error
                continue
            yield found
            return
        if away is None and settings.ANTONG_S3 is None and recorded() == S3:
            away = StoreAway(UNSET)
        raise away or FileNotFoundError


def size(blob_id: UUID) -> int | None:
    """Return how many sealed bytes an object where writes go has."""
    return named(current()).size(blob_id)


def remove(blob_id: UUID) -> None:
    """Remove an object from every place."""
    for place in places():
        place.remove(blob_id)


def view(row: Move) -> MoveView:
    """Return a move as a frozen value."""
    return MoveView(
        id=row.id, target=row.target, began_at=row.began_at, seen_at=row.seen_at, total=row.total, done=row.done,
        copied=row.copied, copied_bytes=row.copied_bytes, damaged=tuple(row.damaged), waits=row.waits,
        finished_at=row.finished_at, emptied_at=row.emptied_at, surplus=row.surplus,
    )  # fmt: skip


def newest_move() -> MoveView | None:
    """Return the newest move, None where originals never left the disk; one statement."""
    row = Move.objects.order_by("-began_at").first()
    return None if row is None else view(row)


def store_word() -> str:
    """Return in words where writes go; one statement."""
    return WORDS[recorded()]


def store_fault() -> str:
    """Return what is wrong with the place that writes go to, nothing where a probe came back; one statement."""
    return _fault(recorded())


def store_seen() -> StoreView:
    """Return where writes go, whether a probe came back from there, and the newest move; one statement."""
    move = newest_move()
    name = DISK if move is None else move.target
    bucket = settings.ANTONG_S3.name if name == S3 and settings.ANTONG_S3 is not None else ""
    return StoreView(place=name, word=WORDS[name], bucket=bucket, fault=_fault(name), move=move)


def _fault(name: str) -> str:
    try:
        named(name).check()
    except StoreAway as error:
        return error.why
    except OSError as error:
        return f"写不进去（{error.strerror}）"
    return ""
