"""Bytes on their way in: one file for each upload, appended to, encrypted, and on disk before anybody is told so.

How far an upload has come is how long its file is, so that a process that is killed forgets nothing. A part that
comes with a checksum counts once it was compared: until then a mark says where it began. Who writes holds the
file's lock, which the system gives back when that process dies.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PIECE = 1 << 20
_BLOCK = 16
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Busy(Exception):
    """Somebody else is writing to this file."""


class Full(Exception):
    """The disk takes no more; what it took is kept."""


class Differs(Exception):
    """A part is not what its checksum says; it was taken back."""


def _path(incoming_id: UUID) -> Path:
    return Path(settings.ANTONG_INCOMING) / incoming_id.hex


def _mark(incoming_id: UUID) -> Path:
    return _path(incoming_id).with_suffix(".from")


def room() -> int:
    """Return how many bytes the disk of unfinished uploads has left."""
    folder = Path(settings.ANTONG_INCOMING)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return shutil.disk_usage(folder).free


def begin(incoming_id: UUID) -> None:
    """Make the empty file of an upload, its name on disk."""
    folder = Path(settings.ANTONG_INCOMING)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(_path(incoming_id), os.O_WRONLY | os.O_CREAT, 0o600))
    names = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(names)
    finally:
        os.close(names)


def end(incoming_id: UUID) -> None:
    """Remove the file of an upload, where it is still there."""
    for path in (_path(incoming_id), _mark(incoming_id)):
        path.unlink(missing_ok=True)


def names() -> set[UUID]:
    """Return the uploads that have a file."""
    folder = Path(settings.ANTONG_INCOMING)
    return {UUID(path.name) for path in folder.iterdir() if not path.suffix} if folder.is_dir() else set()


def older(incoming_id: UUID, age: timedelta) -> bool:
    """Whether the file of an upload was last written to longer ago than that."""
    try:
        return time.time() - _path(incoming_id).stat().st_mtime > age.total_seconds()
    except FileNotFoundError:
        return False


def length(incoming_id: UUID) -> int:
    """Return how far an upload has come for good; what is told is on disk. Raises FileNotFoundError where there is none."""
    descriptor = os.open(_path(incoming_id), os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        os.fsync(descriptor)
        return min(size, _begun(incoming_id, size))
    finally:
        os.close(descriptor)


def _begun(incoming_id: UUID, otherwise: int) -> int:
    """Return where a part began that was never compared with its checksum."""
    try:
        return int(_mark(incoming_id).read_text() or 0)
    except FileNotFoundError:
        return otherwise


@contextmanager
def writing(incoming_id: UUID) -> Iterator[int]:
    """Hold the file of an upload; yields its descriptor. Raises Busy where somebody else does, FileNotFoundError."""
    descriptor = os.open(_path(incoming_id), os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        size = os.fstat(descriptor).st_size
        begun = _begun(incoming_id, size)
        if begun < size:
            os.ftruncate(descriptor, begun)
        _mark(incoming_id).unlink(missing_ok=True)
        yield descriptor
    finally:
        os.close(descriptor)


def append(
    incoming_id: UUID,
    descriptor: int,
    case_key: bytes,
    read: Callable[[int], bytes],
    most: int,
    checksum: tuple[str, bytes] | None = None,
) -> int:
    """Append what `read` gives, at most `most` bytes, and return how long the file is; memory is one piece.

    A line that breaks ends the part where it broke. Raises Full, where what there was room for is kept, and
    Differs, where nothing of the part is.
    """
    start = os.lseek(descriptor, 0, os.SEEK_END)
    seal = _keystream(case_key, incoming_id, start)
    digest = None if checksum is None else hashlib.new(checksum[0])
    if digest is not None:
        _note(_mark(incoming_id), str(start))
    try:
        left = most
        while left and (piece := _given(read, min(PIECE, left))):
            left -= len(piece)
            if digest is not None:
                digest.update(piece)
            _write_all(descriptor, seal(piece))
    except OSError as error:
        if error.errno not in _FULL:
            raise
        if digest is not None:
            os.ftruncate(descriptor, start)
        raise Full from error
    finally:
        os.fsync(descriptor)
    if checksum is not None and digest is not None:
        if digest.digest() != checksum[1]:
            os.ftruncate(descriptor, start)
            os.fsync(descriptor)
            _mark(incoming_id).unlink(missing_ok=True)
            raise Differs
        _mark(incoming_id).unlink(missing_ok=True)
    return os.fstat(descriptor).st_size


def _given(read: Callable[[int], bytes], most: int) -> bytes:
    try:
        return read(most)
    except OSError as error:  # the line broke: what came is kept, the sender asks how far it got
        if error.errno in _FULL:
            raise
        return b""


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def _note(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _keystream(case_key: bytes, incoming_id: UUID, start: int) -> Callable[[bytes], bytes]:
    """Return what seals, or opens, the bytes from `start` on: AES-256-CTR under a key of the upload's own."""
    key = HKDF(SHA256(), 32, salt=None, info=b"antong/incoming/1\0" + incoming_id.bytes).derive(case_key)
    cipher = Cipher(AES(key), CTR((start // _BLOCK).to_bytes(_BLOCK, "big"))).encryptor()
    cipher.update(bytes(start % _BLOCK))
    return cipher.update


class Plain(io.RawIOBase):
    """The plain bytes of an upload that has come whole: read from any place, a piece at a time."""

    def __init__(self, incoming_id: UUID, case_key: bytes) -> None:
        super().__init__()
        self._file = _path(incoming_id).open("rb")
        self._id, self._key = incoming_id, case_key
        self._open = _keystream(case_key, incoming_id, 0)

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def seekable(self) -> bool:
        """Any place of it may be read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        at = self._file.seek(offset, whence)
        self._open = _keystream(self._key, self._id, at)
        return at

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._file.tell()

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer as far as the file goes."""
        piece = self._open(self._file.read(len(buffer)))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Leave the file."""
        self._file.close()
        super().close()


def unnamed_copy(source: BinaryIO) -> BinaryIO:
    """Return a plain copy without a name, which the parser can be given; it is gone when it is closed."""
    descriptor = os.open(settings.ANTONG_INCOMING, os.O_RDWR | os.O_TMPFILE, 0o600)
    copy = os.fdopen(descriptor, "w+b")
    source.seek(0)
    shutil.copyfileobj(source, copy, PIECE)
    copy.flush()
    copy.seek(0)
    return copy
