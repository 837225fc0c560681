"""Originals on a local disk, or one that all machines of the hub mount."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from antong.dossier.places import DISK, PROBE, Opened, Stored, key_of
from antong.kernel.ids import new_id

PART = ".part"


class _File:
    def __init__(self, file: BinaryIO, end: int | None) -> None:
        self._file = file
        self.total = os.fstat(file.fileno()).st_size
        self._end = self.total if end is None else min(end, self.total)

    def read(self, most: int, /) -> bytes:
        return self._file.read(max(0, min(most, self._end - self._file.tell())))


class Disk:
    """Files in 256 folders."""

    name = DISK

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, blob_id: UUID) -> Path:
        return self.root / key_of(blob_id)

    def put(self, blob_id: UUID, pieces: Iterable[bytes], size: int) -> bool:
        """Write beside, bring to disk, link: never over what is there. What a full disk cuts off is removed."""
        target = self._path(blob_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{os.urandom(4).hex()}{PART}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                written = sum(file.write(piece) for piece in pieces)
                if written != size:
                    raise ValueError(f"{written} bytes were given, not {size}")
                file.flush()
                os.fsync(file.fileno())
            os.link(part, target)
        except FileExistsError:
            return False
        finally:
            part.unlink(missing_ok=True)
        _keep_names(target.parent)
        return True

    @contextmanager
    def open(self, blob_id: UUID, start: int = 0, end: int | None = None) -> Iterator[Opened]:
        """Open a file at a byte."""
        with self._path(blob_id).open("rb") as file:
            file.seek(start)
            yield _File(file, end)

    def size(self, blob_id: UUID) -> int | None:
        """Return how long a file is."""
        try:
            return self._path(blob_id).stat().st_size
        except FileNotFoundError:
            return None

    def names(self, shard: str = "") -> Iterator[Stored]:
        """Yield the files; others than ours are passed over."""
        for folder in [self.root / shard] if shard else _folders(self.root):
            for path in folder.iterdir() if folder.is_dir() else ():
                with suppress(FileNotFoundError, ValueError):
                    facts = path.stat()
                    if not path.suffix:
                        yield Stored(id=UUID(path.name), size=facts.st_size, at_ns=facts.st_mtime_ns)

    def remove(self, blob_id: UUID) -> None:
        """Remove a file."""
        self._path(blob_id).unlink(missing_ok=True)

    def sweep(self, older: timedelta) -> int:
        """Remove files half written."""
        removed = 0
        for path in self.root.glob(f"*/*{PART}"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > older.total_seconds():
                    path.unlink()
                    removed += 1
        return removed

    def check(self) -> None:
        """Write a file, and remove it."""
        probe = new_id()
        self.put(probe, [PROBE], len(PROBE))
        self.remove(probe)


def _folders(root: Path) -> list[Path]:
    return sorted(root.iterdir()) if root.is_dir() else []


def _keep_names(folder: Path) -> None:
    """Bring the names of a folder to disk: a row that names an object is committed after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
