"""Bytes on disk: written once, encrypted under the case's key, verified on read.

A blob is a header and chunks of AES-256-GCM; the chunk's number and whether it is the last stand in the
authenticated data, so that cut, swapped or joined files are noticed, and any range can be read by itself.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from antong.ledger import keys

CHUNK = 256 * 1024
_MAGIC = b"ATBLOB1\0"
_TAG = 16
_KEY = 32


class Damaged(Exception):
    """Stored bytes are not what was written."""


def _root() -> Path:
    return Path(settings.ANTONG_BLOBS)


def _path(blob_id: UUID) -> Path:
    name = blob_id.hex
    return _root() / name[-2:] / name


def master_key() -> bytes:
    """Return the key that wraps case keys; raises Damaged where it is missing or cut short."""
    try:
        return keys.master_key()
    except keys.NoMasterKey as error:
        raise Damaged(str(error)) from error


def new_case_key(case_id: UUID) -> bytes:
    """Return a fresh case key, wrapped by the master key, which is made with the first."""
    keys.ensure_master_key()
    nonce = os.urandom(12)
    return nonce + AESGCM(master_key()).encrypt(nonce, os.urandom(_KEY), case_id.bytes)


def unwrap(case_id: UUID, wrapped: bytes) -> bytes:
    """Return a case key; raises Damaged where the wrapping is not of this case or this master key."""
    try:
        return AESGCM(master_key()).decrypt(wrapped[:12], wrapped[12:], case_id.bytes)
    except InvalidTag as error:
        raise Damaged("the case key cannot be unwrapped") from error


def _cipher(case_key: bytes, blob_id: UUID) -> AESGCM:
    return AESGCM(HKDF(SHA256(), _KEY, salt=None, info=b"antong/blob/1\0" + blob_id.bytes).derive(case_key))


def _nonce(index: int) -> bytes:
    return struct.pack(">IQ", 0, index)  # the key is the blob's own, so a counter never repeats


def _associated(index: int, *, last: bool) -> bytes:
    return struct.pack(">Q?", index, last)


def write(case_key: bytes, blob_id: UUID, source: BinaryIO, size: int) -> None:
    """Write `size` bytes of `source`, on disk before it returns; memory is one chunk."""
    cipher, target = _cipher(case_key, blob_id), _path(blob_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        _write_part(part, cipher, source, size)
    except BaseException:  # a full disk above all: what is half is worth nothing, and takes room
        part.unlink(missing_ok=True)
        raise
    part.replace(target)
    _keep_name(target.parent)


def _write_part(part: Path, cipher: AESGCM, source: BinaryIO, size: int) -> None:
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(_MAGIC + struct.pack(">Q", size))
        left, index = size, 0
        while True:
            chunk = source.read(min(CHUNK, left))
            left -= len(chunk)
            if not chunk and left:
                raise Damaged("the source ended early")
            file.write(cipher.encrypt(_nonce(index), chunk, _associated(index, last=left == 0)))
            if left == 0:
                break
            index += 1
        file.flush()
        os.fsync(file.fileno())


def _keep_name(folder: Path) -> None:
    """Bring the names of a folder to disk: a row that names a blob is committed after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(case_key: bytes, blob_id: UUID, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield the plain bytes from `start`, at most `length`; raises Damaged where they were altered."""
    cipher = _cipher(case_key, blob_id)
    try:
        file = _path(blob_id).open("rb")
    except FileNotFoundError as error:
        raise Damaged("a blob is missing") from error
    with file:
        head = file.read(16)
        if head[:8] != _MAGIC:
            raise Damaged("not a blob")
        (size,) = struct.unpack(">Q", head[8:])
        end = size if length is None else min(size, start + length)
        index = start // CHUNK
        count = max(1, -(-size // CHUNK))
        file.seek(16 + index * (CHUNK + _TAG))
        position = index * CHUNK
        while position < end or (size == 0 and index == 0):
            sealed = file.read(min(CHUNK, size - position) + _TAG)
            try:
                chunk = cipher.decrypt(_nonce(index), sealed, _associated(index, last=index == count - 1))
            except InvalidTag as error:
                raise Damaged("stored bytes were altered") from error
            yield chunk[max(0, start - position) : end - position]
            position += len(chunk)
            index += 1
            if not chunk:
                return


def remove(blob_id: UUID) -> None:
    """Remove a blob that no row names."""
    _path(blob_id).unlink(missing_ok=True)
