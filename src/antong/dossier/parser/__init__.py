"""Reading what strangers sent, in a process of its own with limits, an empty environment and no network."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

TIMEOUT = 300
"""Seconds a parser may take for one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The derived images of one page (JPEG) and its measures."""

    index: int
    image: bytes
    thumb: bytes
    checks: dict[str, Any]
    error: str = ""


class ParserFailed(Exception):
    """The parser died, ran out of its limits or said nothing."""


def _run(operation: str, descriptors: Sequence[int], *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by this interpreter
            [
                sys.executable,
                "-I",
                "-m",
                "antong.dossier.parser",
                operation,
                ",".join(map(str, descriptors)),
                *arguments,
            ],
            pass_fds=tuple(descriptors),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"OPENBLAS_NUM_THREADS": "1"},  # it may start no thread, and numpy ends where one is refused
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ParserFailed("out of time") from error
    if done.returncode != 0:
        raise ParserFailed(f"ended with {done.returncode}")
    return done.stdout


def inspect(descriptors: Sequence[int]) -> list[dict[str, Any]]:
    """Return what each open file is: `media_type`, `pages`, or `refused` with a code.

    A parser that dies refuses every file of the call that it had not answered.
    """
    try:
        found: list[dict[str, Any]] = json.loads(_run("inspect", descriptors))
    except (ParserFailed, ValueError):
        if len(descriptors) == 1:
            return [{"refused": "damaged"}]
        return [answer for one in descriptors for answer in inspect([one])]
    return found


def derive(descriptor: int, media_type: str, first: int, count: int) -> Iterator[Derived]:
    """Yield the derived images of `count` pages from `first` (0-based)."""
    data = _run("derive", [descriptor], media_type, str(first), str(count))
    position = 0
    while position < len(data):
        index, meta_size, image_size, thumb_size = struct.unpack_from(">IIII", data, position)
        position += 16
        meta = json.loads(data[position : position + meta_size])
        position += meta_size
        image = data[position : position + image_size]
        position += image_size
        thumb = data[position : position + thumb_size]
        position += thumb_size
        yield Derived(index=index, image=image, thumb=thumb, checks=meta["checks"], error=meta["error"])


def memory_file(chunks: Iterator[bytes]) -> int:
    """Return a descriptor of an unnamed file in memory holding `chunks`; the caller closes it."""
    descriptor = os.memfd_create("original", os.MFD_CLOEXEC)
    for chunk in chunks:
        os.write(descriptor, chunk)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
