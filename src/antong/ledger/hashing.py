"""The hashes of the ledger: entries, commitments, tree, map, heads. Specified in docs/bundle-format.md."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from antong.kernel import canonical

ZERO = bytes(32)
MAP_DEPTH = 20
"""Levels of the map's trie: a million chains fill about one bucket each."""


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the parts joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def commitment(salt: bytes, value: Mapping[str, Any]) -> bytes:
    """Return the HMAC-SHA256 of a value, which is plain JSON, under its salt."""
    return hmac.digest(salt, b"antong/commit/1\0" + canonical.written(value), "sha256")


def entry_digest(fields: Mapping[str, Any]) -> bytes:
    """Return the digest of an entry's fields, which include the digest of the entry before."""
    return sha256(b"antong/entry/1\0", canonical.dumps(fields))


def leaf_hash(digest: bytes) -> bytes:
    """Return the hash of a tree leaf (RFC 6962 §2.1)."""
    return sha256(b"\0", digest)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962 §2.1)."""
    return sha256(b"\1", left, right)


def climb(index: int, size: int, value: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that the hash of leaf `index` and its audit path lead to in a tree of `size` leaves."""
    last = size - 1
    for beside in path:
        while index % 2 == 0 and index == last:
            index, last = index // 2, last // 2
        value = node_hash(beside, value) if index % 2 else node_hash(value, beside)
        index, last = index // 2, last // 2
    return value


def map_key(chain_id: UUID) -> bytes:
    """Return the key of a chain in the map."""
    return sha256(b"antong/chain/1\0", chain_id.bytes)


def bucket_of(key: bytes) -> int:
    """Return the bucket of a key: its first MAP_DEPTH bits."""
    return int.from_bytes(key[:4], "big") >> (32 - MAP_DEPTH)


def map_leaf(key: bytes, number: int, digest: bytes) -> bytes:
    """Return the hash of one chain's last entry in the map."""
    return sha256(b"\3", key, number.to_bytes(8, "big"), digest)


def bucket_hash(leaves: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return the hash of a bucket: its (key, leaf hash) pairs in order of key."""
    return sha256(b"\2", *(key + leaf for key, leaf in sorted(leaves)))


@cache
def empty_map(level: int) -> bytes:
    """Return the hash of an empty subtree whose root is `level` levels above the buckets."""
    if level == 0:
        return bucket_hash(())
    below = empty_map(level - 1)
    return node_hash(below, below)


def head_body(fields: Mapping[str, Any]) -> bytes:
    """Return the bytes of a head that are signed and digested."""
    return b"antong/head/1\0" + canonical.dumps(fields)
