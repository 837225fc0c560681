"""Sealed bytes in a place (`places/`): written once, encrypted under the case's key, verified on read.

A blob is a header and chunks of AES-256-GCM; the chunk's number and whether it is the last stand in the
authenticated data, so that cut, swapped or joined files are noticed, and any range can be read by itself.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from antong.dossier import _where
from antong.dossier.places import Opened, Place
from antong.ledger import keys

CHUNK = 256 * 1024
_MAGIC = b"ATBLOB1\0"
_TAG = 16
_HEADER = 16
_KEY = 32


class Damaged(Exception):
    """Stored bytes are not what was written."""


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


def sealed_size(size: int) -> int:
    """Return how long the object of `size` plain bytes is."""
    return _HEADER + size + _TAG * max(1, -(-size // CHUNK))


def plain_size(total: int) -> int:
    """Return how many plain bytes an object holds; raises Damaged where no object is so long."""
    body = total - _HEADER
    size = body - _TAG * -(-body // (CHUNK + _TAG))
    if body < _TAG or sealed_size(size) != total:
        raise Damaged("a blob is cut short")
    return size


def _sealed(cipher: AESGCM, source: BinaryIO, size: int) -> Iterator[bytes]:
    yield _MAGIC + struct.pack(">Q", size)
    left, index = size, 0
    while True:
        chunk = source.read(min(CHUNK, left))
        left -= len(chunk)
        if not chunk and left:
            raise Damaged("the source ended early")
        yield cipher.encrypt(_nonce(index), chunk, _associated(index, last=left == 0))
        if left == 0:
            return
        index += 1


def write(case_key: bytes, blob_id: UUID, source: BinaryIO, size: int) -> None:
    """Write `size` bytes of `source`, durable before it returns; memory is one chunk, on S3 one part.

    Written again it is left as it is: an id never stands for other bytes. Raises OSError (a full disk), StoreAway,
    Damaged where the source ends early or something else has that id; nothing half is left.
    """
    wanted = sealed_size(size)
    if not _where.put(blob_id, _sealed(_cipher(case_key, blob_id), source, size), wanted):
        found = _where.size(blob_id)
        if found is not None and found != wanted:
            raise Damaged("another blob has that id")


def read(case_key: bytes, blob_id: UUID, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Return the plain bytes from `start`, at most `length`; raises Damaged where they were altered, StoreAway.

    The first of them are read before it returns, so that who streams them can still refuse in words.
    """
    pieces = _read(case_key, blob_id, start, length)
    first = next(pieces, b"")
    return chain([first], pieces) if first else pieces


def read_in(place: Place, case_key: bytes, blob_id: UUID) -> Iterator[bytes]:
    """Yield the plain bytes as one place holds them; raises Damaged where it does not hold them unaltered."""
    try:
        with place.open(blob_id) as sealed:
            yield from _opened(_cipher(case_key, blob_id), sealed, 0, None)
    except FileNotFoundError as error:
        raise Damaged("a blob is missing") from error


def _read(case_key: bytes, blob_id: UUID, start: int, length: int | None) -> Iterator[bytes]:
    index, until = start // CHUNK, None
    if length is not None:
        until = _HEADER + (max(index, (start + length - 1) // CHUNK) + 1) * (CHUNK + _TAG)
    try:
        with _where.opened(blob_id, _HEADER + index * (CHUNK + _TAG) if index else 0, until) as sealed:
            yield from _opened(_cipher(case_key, blob_id), sealed, start, length)
    except FileNotFoundError as error:
        raise Damaged("a blob is missing") from error


def _opened(cipher: AESGCM, sealed: Opened, start: int, length: int | None) -> Iterator[bytes]:
    """Yield what is asked for of an object opened at the chunk that holds its first byte."""
    size, index = plain_size(sealed.total), start // CHUNK
    if index == 0 and sealed.read(_HEADER) != _MAGIC + struct.pack(">Q", size):
        raise Damaged("not a blob, or cut short")
    end = size if length is None else min(size, start + length)
    count, position = max(1, -(-size // CHUNK)), index * CHUNK
    while position < end or (size == 0 and index == 0):
        part = sealed.read(min(CHUNK, size - position) + _TAG)
        try:
            chunk = cipher.decrypt(_nonce(index), part, _associated(index, last=index == count - 1))
        except InvalidTag as error:
            raise Damaged("stored bytes were altered") from error
        yield chunk[max(0, start - position) : end - position]
        position += len(chunk)
        index += 1
        if not chunk:
            return


def remove(blob_id: UUID) -> None:
    """Remove a blob that no row names, wherever it is."""
    _where.remove(blob_id)
