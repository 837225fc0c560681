"""Proofs from the stored tree and map: inclusion of a leaf, the end of a chain."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from antong.ledger import hashing
from antong.ledger.models import MapLeaf


def path_of(index: int, size: int) -> list[tuple[int, int]]:
    """Return the subtree ranges (start, end) whose hashes form the audit path of a leaf (RFC 6962 §2.1.1)."""
    path: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _largest_power_below(end - start)
        if index < split:
            path.append((split, end))
            end = split
        else:
            path.append((start, split))
            start = split
    return list(reversed(path))


def _largest_power_below(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


def _complete(start: int, end: int) -> list[tuple[int, int]]:
    """Return the stored nodes (level, index) that make up the subtree over leaves [start, end)."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def inclusion(indexes: Iterable[int], size: int) -> dict[int, list[bytes]]:
    """Return the audit path of each leaf index in the tree of `size` leaves; one statement for all."""
    ranges = {index: path_of(index, size) for index in indexes}
    wanted = {node for path in ranges.values() for span in path for node in _complete(*span)}
    stored = _nodes(wanted)
    return {
        index: [_root([stored[node] for node in _complete(*span)]) for span in path]
        for index, path in ranges.items()
    }


def _root(hashes: list[bytes]) -> bytes:
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = hashing.node_hash(left, root)
    return root


def _nodes(wanted: set[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.level, n.index, n.hash FROM ledger_node n"
            " JOIN unnest(%s::int[], %s::bigint[]) AS w(level, index) ON n.level = w.level AND n.index = w.index",
            [[level for level, _ in wanted], [index for _, index in wanted]],
        )
        return {(level, index): bytes(value) for level, index, value in cursor.fetchall()}


def map_proof(chain_id: UUID) -> dict[str, list[str] | list[list[str]]]:
    """Return the bucket of a chain and the hashes beside its way to the map's root, in hex."""
    key = hashing.map_key(chain_id)
    bucket = hashing.bucket_of(key)
    leaves = [
        (bytes(leaf.key), hashing.map_leaf(bytes(leaf.key), leaf.number, bytes(leaf.digest)))
        for leaf in MapLeaf.objects.filter(bucket=bucket)
    ]
    beside = [(level, (bucket >> level) ^ 1) for level in range(hashing.MAP_DEPTH)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.level, n.hash FROM ledger_mapnode n JOIN unnest(%s::int[], %s::int[]) AS w(level, index)"
            " ON n.level = w.level AND n.index = w.index",
            [[level for level, _ in beside], [index for _, index in beside]],
        )
        stored = {level: bytes(value) for level, value in cursor.fetchall()}
    return {
        "bucket": [[key.hex(), leaf.hex()] for key, leaf in sorted(leaves)],
        "siblings": [
            (stored.get(level) or hashing.empty_map(level)).hex() for level in range(hashing.MAP_DEPTH)
        ],
    }
