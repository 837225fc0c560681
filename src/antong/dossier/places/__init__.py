"""Where sealed originals lie: one narrow interface, on a local disk or in an S3 bucket (docs/decisions/0013).

A place sees ciphertext under opaque names and nothing else: what is above this interface is the same for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

DISK, S3 = "disk", "s3"
WORDS = {DISK: "本机磁盘", S3: "S3 存储"}
PROBE = b"probe"
"""What is written to see whether a place takes and gives back: shorter than any sealed original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket and who we are there; its secret is never shown."""

    endpoint: str
    name: str
    region: str = "us-east-1"
    prefix: str = ""
    access: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    ca: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object of a place: which, how many sealed bytes, when it was written, in nanoseconds."""

    id: UUID
    size: int
    at_ns: int


class Opened(Protocol):
    """An object opened at some byte: `total` is the size of all of it."""

    total: int

    def read(self, most: int, /) -> bytes:
        """Return exactly so many bytes, fewer only at the end."""


class Place(Protocol):
    """What a place of originals can do. All of it raises StoreAway where the place does not answer."""

    name: str

    def put(self, blob_id: UUID, pieces: Iterable[bytes], size: int) -> bool:
        """Keep `size` bytes under a name, whole and durable before it returns, or nothing; False where the name is taken."""

    def open(self, blob_id: UUID, start: int = 0, end: int | None = None) -> AbstractContextManager[Opened]:
        """Open an object from a byte to before another; raises FileNotFoundError."""

    def size(self, blob_id: UUID) -> int | None:
        """Return how many bytes an object has, None where there is none."""

    def names(self, shard: str = "") -> Iterator[Stored]:
        """Yield what is there, in no order; with `shard` those whose name ends with its two letters."""

    def remove(self, blob_id: UUID) -> None:
        """Remove an object, where it is there."""

    def sweep(self, older: timedelta) -> int:
        """Remove what was begun and never ended, longer ago than that; return how many."""

    def check(self) -> None:
        """Write a probe, read it back, remove it."""


def key_of(blob_id: UUID) -> str:
    """Return under which name an object lies, on a disk as in a bucket."""
    return f"{blob_id.hex[-2:]}/{blob_id.hex}"
