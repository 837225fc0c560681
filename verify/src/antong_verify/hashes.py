"""The hashes of docs/bundle-format.md, written from that document."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

MAP_DEPTH = 20
DIGEST = 32
ZERO = bytes(DIGEST)


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the parts joined."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def canonical(value: Any) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def entry(fields: dict[str, Any]) -> bytes:
    """Return the digest of an entry."""
    return sha256(b"antong/entry/1\0", canonical(fields))


def commitment(salt: bytes, value: Any) -> bytes:
    """Return the commitment to a value under a salt."""
    return hmac.new(salt, b"antong/commit/1\0" + canonical(value), hashlib.sha256).digest()


def head_body(fields: dict[str, Any]) -> bytes:
    """Return the bytes that a head's signature covers."""
    return b"antong/head/1\0" + canonical(fields)


def climb(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf's audit path leads to (RFC 9162 §2.1.3.2), or None where it does not fit."""
    if not 0 <= index < size:
        return None
    number, last, value = index, size - 1, sha256(b"\0", leaf)
    for beside in path:
        if last == 0:
            return None
        if number % 2 == 1 or number == last:
            value = sha256(b"\1", beside, value)
            while number % 2 == 0 and number != 0:
                number, last = number >> 1, last >> 1
        else:
            value = sha256(b"\1", value, beside)
        number, last = number >> 1, last >> 1
    return value if last == 0 else None


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with the tree of `old` (RFC 9162 §2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not path:
        return False
    first, second = old - 1, new - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    early = late = steps[0]
    for beside in steps[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            early, late = sha256(b"\1", beside, early), sha256(b"\1", beside, late)
            while not first & 1 and first != 0:
                first, second = first >> 1, second >> 1
        else:
            late = sha256(b"\1", late, beside)
        first, second = first >> 1, second >> 1
    return early == old_root and late == new_root and second == 0


def map_key(chain: bytes) -> bytes:
    """Return the key of a chain in the map."""
    return sha256(b"antong/chain/1\0", chain)


def bucket_of(key: bytes) -> int:
    """Return the bucket of a key: its first MAP_DEPTH bits."""
    return int.from_bytes(key[:4], "big") >> (32 - MAP_DEPTH)


def map_leaf(key: bytes, number: int, digest: bytes) -> bytes:
    """Return the hash of a chain's last entry in the map."""
    return sha256(b"\3", key, number.to_bytes(8, "big"), digest)


def map_root(key: bytes, bucket: Sequence[tuple[bytes, bytes]], siblings: Sequence[bytes]) -> bytes:
    """Return the root that a bucket and its siblings lead to."""
    value = sha256(b"\2", *(part for pair in bucket for part in pair))
    index = bucket_of(key)
    for beside in siblings:
        value = sha256(b"\1", beside, value) if index & 1 else sha256(b"\1", value, beside)
        index >>= 1
    return value
