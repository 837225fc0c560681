"""The dossier row of a case, its key, and blobs as rows."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO
from uuid import UUID

from django.db import connection, transaction

from antong.catalog import loader
from antong.dossier import store
from antong.dossier.models import Blob, Dossier
from antong.dossier.types import StoreAway
from antong.kernel.ids import new_id
from antong.kernel.refusal import Stale

_MAKE = """
WITH made AS (
  INSERT INTO dossier_dossier (case_id, wrapped_key, version) VALUES (%(case)s, %(key)s, %(version)s)
  ON CONFLICT DO NOTHING RETURNING case_id
)
INSERT INTO dossier_volume (id, dossier_id, catalogue_key, title, position)
SELECT v.id, made.case_id, v.key, v.title, v.position FROM made
CROSS JOIN unnest(%(ids)s::uuid[], %(keys)s::text[], %(titles)s::text[]) WITH ORDINALITY AS v (id, key, title, position)
"""


def locked(case_id: UUID, version: int | None = None) -> Dossier:
    """Return the dossier of a case locked for a change, made with its volumes at first use.

    Raises Stale where `version` is not the present one.
    """
    row = Dossier.objects.select_for_update(of=("self",)).filter(case_id=case_id).first()
    if row is None:
        row = _make(case_id)
    if version is not None and row.version != version:
        raise Stale(
            "不能保存：卷宗在您打开后已有变动。",
            items=(f"您看到的是第 {version} 版，现为第 {row.version} 版",),
            current_version=row.version,
        )
    return row


def _make(case_id: UUID) -> Dossier:
    """Make the dossier with its volumes, or wait for whoever makes it at once; one statement where nobody does."""
    volumes = loader.load().dossier.volumes
    made = Dossier(case_id=case_id, wrapped_key=store.new_case_key(case_id), version=1)
    with connection.cursor() as cursor:
        cursor.execute(
            _MAKE,
            {
                "case": case_id,
                "key": bytes(made.wrapped_key),
                "version": made.version,
                "ids": [new_id() for _ in volumes],
                "keys": [volume.key for volume in volumes],
                "titles": [volume.title for volume in volumes],
            },
        )
        if cursor.rowcount:
            return made
    return Dossier.objects.select_for_update(of=("self",)).get(case_id=case_id)


def bump(dossier: Dossier) -> int:
    """Raise the version of a locked dossier; one statement."""
    dossier.version += 1
    Dossier.objects.filter(case_id=dossier.case_id).update(version=dossier.version)
    return dossier.version


def case_key(dossier: Dossier) -> bytes:
    """Return the key of a case's blobs; raises store.Damaged where it was lawfully destroyed."""
    if dossier.destroyed_at is not None:
        raise store.Damaged("the key of this file was destroyed")
    return store.unwrap(dossier.case_id, bytes(dossier.wrapped_key))


def digest_of(source: BinaryIO) -> tuple[bytes, int]:
    """Return SHA-256 and size of a seekable file, which is left at its beginning."""
    source.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
    source.seek(0)
    return digest.digest(), size


def put(
    dossier: Dossier, key: bytes, source: BinaryIO, media_type: str, written: list[UUID] | None = None
) -> Blob:
    """Store bytes once per case: the bytes first, then the row, so that no row names what is not there.

    What was not there yet is added to `written`, for `take_back`.
    """
    digest, size = digest_of(source)
    known = Blob.objects.filter(dossier=dossier, digest=digest).first()
    if known is not None:
        return known
    blob = Blob(id=new_id(), dossier=dossier, digest=digest, size=size, media_type=media_type)
    store.write(key, blob.id, source, size)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dossier_blob (id, dossier_id, digest, size, media_type) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (dossier_id, digest) DO NOTHING",
            [blob.id, dossier.case_id, digest, size, media_type],
        )
        if cursor.rowcount == 1:
            if written is not None:
                written.append(blob.id)
            return blob
    store.remove(blob.id)
    return Blob.objects.get(dossier=dossier, digest=digest)


def store_ahead(case_id: UUID, source: BinaryIO, blob_id: UUID) -> tuple[bytes, int]:
    """Store a heavy file before the act that takes it, in no transaction; return its digest and size.

    Done again, as after a crash, it writes the same place again; `link` gives it its row.
    """
    with transaction.atomic():
        dossier = locked(case_id)
    digest, size = digest_of(source)
    if not Blob.objects.filter(dossier=dossier, digest=digest).exists():
        store.write(case_key(dossier), blob_id, source, size)
    return digest, size


def link(dossier: Dossier, blob_id: UUID, digest: bytes, size: int, media_type: str) -> Blob:
    """Return the row of what was stored ahead, or the one that there was already."""
    Blob.objects.bulk_create(
        [Blob(id=blob_id, dossier=dossier, digest=digest, size=size, media_type=media_type)],
        ignore_conflicts=True,
    )
    return Blob.objects.get(dossier=dossier, digest=digest)


def take_back(written: Iterable[UUID]) -> None:
    """Remove files of an act that has failed before its commit: their rows are undone with it."""
    for blob_id in written:
        with suppress(StoreAway):  # what stays has no name, and is swept in time
            store.remove(blob_id)


def put_bytes(dossier: Dossier, key: bytes, data: bytes, media_type: str) -> Blob:
    """Store bytes held in memory."""
    return put(dossier, key, io.BytesIO(data), media_type)


def open_blob(blob: Blob, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Return the bytes of a blob fetched with its dossier, verified; raises store.Damaged, StoreAway before the first."""
    return store.read(case_key(blob.dossier), blob.id, start, length)


def is_whole(blob: Blob) -> bool:
    """Whether the stored bytes of a blob are there, unaltered, and have its digest."""
    digest = hashlib.sha256()
    try:
        for chunk in open_blob(blob):
            digest.update(chunk)
    except store.Damaged:
        return False
    return digest.digest() == bytes(blob.digest)


def master_key_opens() -> bool:
    """Whether the master key at hand opens the key of a file; true where there is no file yet; one statement."""
    row = Dossier.objects.filter(destroyed_at__isnull=True).order_by("-case_id").first()
    if row is None:
        return True
    try:
        store.unwrap(row.case_id, bytes(row.wrapped_key))
    except store.Damaged:
        return False
    return True
