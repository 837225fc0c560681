"""`antong backup`: database, originals and keys, sealed, as of one instant; what has not changed is not copied again.

In the folder: `objects/` contents by a keyed digest, shared by all backups · `<id>.database` a dump · `<id>.manifest`
what belongs to the backup, written last: without it there is no backup. The keys go elsewhere, or nowhere.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from antong.boot import destroying, dumping, keyring, restoring, sealing
from antong.boot.environment import Environment
from antong.boot.telling import Tell
from antong.dossier.places import Place, s3
from antong.kernel import clock
from antong.kernel.refusal import Refusal

FORMAT = "antong/backup/1"
PIECE = 1 << 20
FOLDERS = ("spool", "blobs")
"""Of the state folder. Readings on their way before the dump: a reading is counted once however often it is posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file of the state folder in a backup: `object` is the name of its content there."""

    path: str
    object: str
    sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was made: how many files belong to it, how many of them are new, and how many originals are missing.

    `lost` says which keys it needs that are not there, `warned` what is wrong with where keys are kept.
    """

    id: str
    files: int
    new: int
    missing: int
    head: int
    lost: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()


def backup(env: Environment, folder: Path, key: bytes, *, keys_to: Path | None, tell: Tell) -> Made:
    """Make a backup of the running or stopped instance. Django is set up on its database.

    Raises Refusal where the folder or the file for the keys will not do, DatabaseTrouble where the dump fails.
    """
    folder = folder.resolve()
    if folder.is_relative_to(env.state.resolve()):
        raise _misplaced(folder, "备份与原件在同一处，一坏俱坏")
    if keys_to is not None and keys_to.resolve().is_relative_to(folder):
        raise _misplaced(keys_to, "密钥与它打开的备份放在一起，等于没有加密")
    restoring.refuse_half(env)
    own = f"{clock.now():%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}"
    with _alone(folder):
        _sweep(folder)
        known = _known(folder, key)
        files, new = _copy(env, folder, key, "spool", known, tell)
        with _snapshot() as (name, facts):
            dump = sealing.seal(
                key,
                "database",
                dumping.packed(dumping.dump(env.database_url, name)),
                folder / f"{own}.database",
            )
            # after the snapshot: an original is on disk before the row that names it is committed
            originals, fresh = _copy(env, folder, key, "blobs", known, tell)
            stored, again = _copy_bucket(env, folder, key, known, {row.path for row in originals}, tell)
            originals, fresh = [*originals, *stored], fresh + again
            missing = _missing(env, name, {row.path for row in originals})
        keys, lost = keyring.keys_of(env)
        destroyed = destroying.for_backup(folder, key, env.keys, signs="head.pem" in keys)
        if keys_to is not None:
            if lost:
                raise keyring.not_whole(lost)
            packed = {part: base64.b64encode(body).decode() for part, body in keys.items()}
            packed[destroying.NAME] = destroying.as_lines(destroyed)
            sealing.seal(key, "keys", [json.dumps(packed).encode()], keys_to)
        manifest = {
            "format": FORMAT, "id": own, "made_at": clock.now().isoformat(), **facts,
            "database": asdict(dump), "files": [asdict(row) for row in (*files, *originals)], "missing": missing, "destroyed": destroyed,
            "keys": keyring.marks(keys),
        }  # fmt: skip
        sealing.seal(key, "manifest", [json.dumps(manifest).encode()], folder / f"{own}.manifest")
    _note(env, own, manifest)
    head = facts["head"]["number"] if facts["head"] else 0
    count = len(files) + len(originals)
    return Made(
        id=own, files=count, new=new + fresh, missing=len(missing), head=head, lost=lost,
        warned=keyring.kept_apart(env, manifest["keys"], keys_to),
    )  # fmt: skip


def prune(folder: Path, key: bytes, keep: int) -> int:
    """Remove all but the newest `keep` backups, and the contents that none of those names; return how many went.

    Manifests go first: what is stopped in between leaves no backup that lacks anything. A damaged manifest among
    those to be kept stops it before anything is removed.
    """
    folder = folder.resolve()
    with _alone(folder):
        every = sorted(path.stem for path in folder.glob("*.manifest"))
        kept, old = every[-keep:], every[:-keep]
        named = {row["object"] for own in kept for row in restoring.manifest_of(folder, key, own)["files"]}
        for own in old:
            (folder / f"{own}.manifest").unlink()
        sealing.keep_names(folder)
        _sweep(folder)
        for path in (folder / "objects").glob("*/*"):
            if path.name not in named:
                path.unlink()
        return len(old)


def _misplaced(path: Path, why: str) -> Refusal:
    return Refusal(
        f"没有备份：{path} {why}。",
        code="backup-place",
        basis=("案通备份规则：备份、原件、密钥三处分开",),
        remedy="换一个位置，最好在另一台机器或另一块磁盘上。",
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: two backups at once would both write its objects."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(
                f"没有备份：另一次备份正在写 {folder}。", code="backup-busy", remedy="等它结束后再试。"
            ) from None
        yield


def _sweep(folder: Path) -> None:
    """Remove what a stopped backup has left: dumps without manifest, contents without name."""
    for path in (*folder.glob("*.part"), *(folder / "objects").glob("*.new*")):
        path.unlink()
    for path in folder.glob("*.database"):
        if not path.with_suffix(".manifest").exists():
            path.unlink()


@contextmanager
def _snapshot() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of an exported snapshot of the database, and what holds as of it."""
    from django.db import connection, transaction  # noqa: PLC0415

    from antong.ledger.bundle import newest_head  # noqa: PLC0415

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
        name, server = cursor.fetchone()
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
        applied = [row[0] for row in cursor.fetchall()]
        yield name, {"postgres": server, "migrations": applied, "head": newest_head()}


def _known(folder: Path, key: bytes) -> dict[tuple[str, int, int], Kept]:
    """Return what the newest backup holds, by path, size and time of change: originals never change."""
    newest = restoring.newest(folder)
    if newest is None:
        return {}
    manifest = restoring.manifest_of(folder, key, newest)
    rows = (Kept(**row) for row in manifest["files"])
    return {(row.path, row.size, row.mtime_ns): row for row in rows}


def _copy(
    env: Environment, folder: Path, key: bytes, part: str, known: dict[tuple[str, int, int], Kept], tell: Tell
) -> tuple[list[Kept], int]:
    """Copy the files below a folder of the state; return them all, and how many were not in the backup yet."""
    rows, new = [], 0
    for path in sorted((env.state / part).rglob("*")):
        if not path.is_file() or path.suffix == ".part":
            continue
        try:
            facts = path.stat()
            own = (str(path.relative_to(env.state)), facts.st_size, facts.st_mtime_ns)
            row, fresh = _kept(own, partial(pieces_of, path), folder, key, known)
        except FileNotFoundError:  # posted, or removed, meanwhile
            continue
        rows.append(row)
        new += fresh
        tell("文件", len(rows))
    return rows, new


def _copy_bucket(
    env: Environment,
    folder: Path,
    key: bytes,
    known: dict[tuple[str, int, int], Kept],
    have: set[str],
    tell: Tell,
) -> tuple[list[Kept], int]:
    """Copy the originals of the S3 bucket that is set, those of `have` left out; raises StoreAway."""
    rows: list[Kept] = []
    new = 0
    place = None if env.s3 is None else s3.place(env.s3)
    for one in place.names() if place is not None else ():
        name = blob_path(one.id)
        if place is None or name in have:
            continue
        try:
            row, fresh = _kept(
                (name, one.size, one.at_ns), partial(stored_pieces, place, one.id), folder, key, known
            )
        except FileNotFoundError:  # removed meanwhile
            continue
        rows.append(row)
        new += fresh
        tell("存储里的原件", len(rows))
    return rows, new


def stored_pieces(place: Place, blob_id: UUID) -> Iterator[bytes]:
    """Yield an original as it lies in a place; raises FileNotFoundError, StoreAway."""
    with place.open(blob_id) as found:
        while piece := found.read(PIECE):
            yield piece


def _kept(
    own: tuple[str, int, int],
    pieces: Callable[[], Iterator[bytes]],
    folder: Path,
    key: bytes,
    known: dict[tuple[str, int, int], Kept],
) -> tuple[Kept, bool]:
    """Keep what `pieces` gives unless the last backup knows its path, size and time of change."""
    name, _, at_ns = own
    row = known.get(own)
    if row is not None and _is_there(folder, row):
        return row, False
    waiting = folder / "objects" / f"{secrets.token_hex(8)}.new"
    sealed = sealing.seal(key, "object", pieces(), waiting)
    row = Kept(
        path=name,
        object=sealing.name_of(key, sealed.sha256),
        sha256=sealed.sha256,
        size=sealed.size,
        mtime_ns=at_ns,
    )
    if _is_there(folder, row):  # the content of another file
        waiting.unlink()
        return row, False
    target = restoring.object_path(folder, row.object)
    target.parent.mkdir(parents=True, exist_ok=True)
    waiting.replace(target)
    sealing.keep_names(target.parent)
    return row, True


def _is_there(folder: Path, row: Kept) -> bool:
    try:
        size = restoring.object_path(folder, row.object).stat().st_size
    except FileNotFoundError:
        return False
    return size == sealing.sealed_size(row.size)


def pieces_of(path: Path) -> Iterator[bytes]:
    """Yield a file."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _missing(env: Environment, snapshot: str, have: set[str]) -> list[str]:
    """Return the originals that the database names and the disk does not hold: restored they would be missing too."""
    with psycopg.connect(env.database_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        with connection.cursor("blobs") as cursor:
            cursor.execute("SELECT id FROM dossier_blob")
            return [str(row[0]) for row in cursor if blob_path(row[0]) not in have]


def blob_path(blob_id: UUID) -> str:
    """Return where an original lies in the state folder."""
    return f"blobs/{blob_id.hex[-2:]}/{blob_id.hex}"


def _note(env: Environment, own: str, manifest: dict[str, Any]) -> None:
    """Note in the state folder when the last backup was made: the doctor and the metrics look there."""
    part = env.state / "last-backup.json.new"
    head = manifest["head"]["number"] if manifest["head"] else 0
    part.write_text(json.dumps({"id": own, "at": clock.now().timestamp(), "head": head}))
    os.replace(part, env.state / "last-backup.json")  # noqa: PTH105 - one look
