"""Sealed files of a backup: chunks of AES-256-GCM under a key of each file's own (docs/decisions/0009).

A header (magic and a random salt), then chunks whose number, and whether it is the last, are authenticated: cut,
swapped, joined or altered files are noticed. A file appears under its name whole or not at all.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from antong.kernel.refusal import Refusal

MAGIC = b"ATBKUP1\0"
CHUNK = 1 << 20
TAG = 16
KEY = SALT = 32
HEADER = len(MAGIC) + SALT


class Damaged(Refusal):
    """A file of a backup is not what was written; `unopened` where its first part already does not open: the key may be another."""

    def __init__(self, path: Path, why: str, *, unopened: bool = False) -> None:
        self.path, self.why, self.unopened = path, why, unopened
        super().__init__(
            f"备份有损坏或打不开，没有继续：{path.name} {why}。",
            code="backup-damaged",
            basis=("案通备份规则：每个文件读出时核对，一处不符就停下",),
            remedy=f"从备份的另一份副本取回 {path}，或用 --backup 另选一次备份。",
            who="系统管理员",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What was sealed: digest and size of the plain bytes."""

    sha256: str
    size: int


def new_key(path: Path) -> None:
    """Write a fresh key to a file (mode 0600); refuses one that is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(
            f"没有生成：{path} 已经在。",
            code="backup-key-exists",
            basis=("案通备份规则：密钥换了，旧备份就打不开",),
            remedy="要换密钥的，另起文件名，旧密钥与旧备份一起保管。",
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY))
        file.flush()
        os.fsync(file.fileno())


def key_of(path: Path) -> bytes:
    """Return the key in a file; refuses what is none."""
    try:
        key = path.read_bytes()
    except OSError as error:
        key, why = b"", error.strerror or ""
    else:
        why = "不是 32 字节的密钥"
    if len(key) != KEY:
        raise Refusal(
            f"备份密钥读不出来：{path}（{why}）。",
            code="backup-key",
            basis=("案通备份规则：备份加密保存",),
            remedy="antong backup-key 文件 生成一把；恢复时用做备份的那一把。",
        )
    return key


def sealed_size(size: int) -> int:
    """Return how long a sealed file of `size` plain bytes is."""
    return HEADER + size + TAG * max(1, -(-size // CHUNK))


def name_of(key: bytes, sha256: str) -> str:
    """Return the name of a content in the backup: tells nobody without the key what it is."""
    own = HKDF(SHA256(), KEY, salt=None, info=b"antong/backup/names").derive(key)
    return hmac.new(own, bytes.fromhex(sha256), hashlib.sha256).hexdigest()


def _cipher(key: bytes, salt: bytes, kind: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY, salt=salt, info=f"antong/backup/1\0{kind}".encode()).derive(key))


def _chunks(source: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield what comes in pieces of CHUNK bytes, each with whether it is the last; at least one, even of nothing."""
    held = bytearray()
    for piece in source:
        held += piece
        while len(held) > CHUNK:
            yield bytes(held[:CHUNK]), False
            del held[:CHUNK]
    yield bytes(held), True


def seal(key: bytes, kind: str, source: Iterable[bytes], target: Path) -> Sealed:
    """Seal what comes to a file, on disk before it returns; memory is two chunks. `kind` must be the same on reading."""
    target.parent.mkdir(parents=True, exist_ok=True)
    salt, digest, size = os.urandom(SALT), hashlib.sha256(), 0
    cipher = _cipher(key, salt, kind)
    part = target.with_name(f"{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(MAGIC + salt)
            for index, (chunk, last) in enumerate(_chunks(source)):
                digest.update(chunk)
                size += len(chunk)
                file.write(
                    cipher.encrypt(struct.pack(">IQ", 0, index), chunk, struct.pack(">Q?", index, last))
                )
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    keep_names(target.parent)
    return Sealed(sha256=digest.hexdigest(), size=size)


def keep_names(folder: Path) -> None:
    """Bring the names of a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unseal(key: bytes, kind: str, path: Path) -> Iterator[bytes]:
    """Yield the plain bytes of a sealed file; raises Damaged, naming it, where it is not what was written."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Damaged(
            path, "不见了" if isinstance(error, FileNotFoundError) else f"读不了（{error.strerror}）"
        ) from error
    with file:
        header = file.read(HEADER)
        if len(header) != HEADER or header[: len(MAGIC)] != MAGIC:
            raise Damaged(path, "不是备份文件，或被截断")
        yield from _opened(file, path, _cipher(key, header[len(MAGIC) :], kind))


def checked(pieces: Iterable[bytes], sha256: str, path: Path) -> Iterator[bytes]:
    """Yield the plain bytes of a sealed file; raises Damaged, naming it, at their end where their digest is another."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    if digest.hexdigest() != sha256:
        raise Damaged(path, "内容与清单不符")


def digest_of(pieces: Iterable[bytes]) -> str:
    """Return the SHA-256 of plain bytes, in hex."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _opened(file: IO[bytes], path: Path, cipher: AESGCM) -> Iterator[bytes]:
    index, sealed = 0, file.read(CHUNK + TAG)
    while True:
        following = file.read(CHUNK + TAG)
        last = not following
        try:
            yield cipher.decrypt(struct.pack(">IQ", 0, index), sealed, struct.pack(">Q?", index, last))
        except InvalidTag:
            raise Damaged(
                path, "与写入时不同：被截断、改动，或不是这把密钥封的", unopened=index == 0
            ) from None
        if last:
            return
        index, sealed = index + 1, following
