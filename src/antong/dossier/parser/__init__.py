"""Reading what strangers sent, in a process of its own with limits, an empty environment and no network."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from antong.dossier.parser._nursery import AT_ONCE, Nursery, ParserFailed

__all__ = ["Derived", "ParserFailed", "Pieces", "derive", "inspect", "memory_file"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A file that is never whole in memory: its size, and how a piece (start, length) of it is read."""

    size: int
    read: Callable[[int, int], bytes]


_nursery = Nursery()


def _run(operation: str, descriptors: Sequence[int], *arguments: str) -> bytes:
    return _nursery.run([operation, *arguments], descriptors, TIMEOUT)


def _run_with(source: Pieces, operation: str, *arguments: str) -> bytes:
    """Run the parser on a file that it asks for piece by piece; raises what reading the file raised."""
    ours, theirs = socket.socketpair()
    trouble: list[BaseException] = []
    giver = threading.Thread(target=_give, args=(ours, source, trouble), daemon=True)
    giver.start()
    try:
        return _run(operation, [theirs.fileno()], *arguments, str(source.size))
    finally:
        theirs.close()  # the parser has ended: so does the thread
        giver.join()
        ours.close()
        if trouble:
            raise trouble[0]


def _give(line: socket.socket, source: Pieces, trouble: list[BaseException]) -> None:
    """Answer each question (start, length) with the bytes, until the other end is closed."""
    try:
        with line.makefile("rwb") as file:
            while len(asked := file.read(16)) == 16:  # noqa: PLR2004 - two numbers of eight bytes
                start, length = struct.unpack(">QQ", asked)
                piece = source.read(start, length)
                file.write(struct.pack(">Q", len(piece)) + piece)
                file.flush()
    except (BrokenPipeError, ConnectionResetError):  # the parser died: its end says so
        return
    except Exception as error:  # noqa: BLE001 - raised in the thread that waits
        trouble.append(error)
        line.shutdown(socket.SHUT_RDWR)


def inspect(descriptors: Sequence[int]) -> list[dict[str, Any]]:
    """Return what each open file is: `media_type`, `pages`, or `refused` with a code.

    A parser that dies refuses every file of the call that it had not answered.
    """
    if len(descriptors) > AT_ONCE:
        return inspect(descriptors[:AT_ONCE]) + inspect(descriptors[AT_ONCE:])
    try:
        found: list[dict[str, Any]] = json.loads(_run("inspect", descriptors))
    except (ParserFailed, ValueError):
        if len(descriptors) == 1:
            return [{"refused": "damaged"}]
        return [answer for one in descriptors for answer in inspect([one])]
    return found


def derive(
    source: int | Pieces, media_type: str, first: int, count: int, *, nice: int = 0
) -> Iterator[Derived]:
    """Yield the derived images of `count` pages from `first` (0-based) of an open file, or of one given by pieces.

    `nice` is how far the parser stands back behind other processes (nice(2), 0 to 19): 0 where somebody waits.
    """
    arguments = (media_type, str(first), str(count), str(nice))
    if isinstance(source, int):
        data = _run("derive", [source], *arguments)
    else:
        data = _run_with(source, "derive", *arguments)
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
