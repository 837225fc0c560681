"""Proofs from the stored tree: inclusion of a leaf, and that a later tree holds all of an earlier one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from antong.ledger import hashing
from antong.ledger.types import Altered


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


def consistency_of(old: int, new: int) -> list[tuple[int, int]]:
    """Return the subtree ranges whose hashes prove that the tree of `new` leaves begins with that of `old` (§2.1.2).

    Empty where the two are one size. `old` is at least 1.
    """
    path: list[tuple[int, int]] = []
    start, end, whole = 0, new, True
    while old < end:
        split = start + _largest_power_below(end - start)
        if old <= split:
            path.append((split, end))
            end = split
        else:
            path.append((start, split))
            start, whole = split, False
    if not whole:
        path.append((start, end))
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


def consistency(old: int, new: int) -> list[bytes]:
    """Return the hashes that prove the tree of `new` leaves to begin with that of `old`; one statement."""
    spans = consistency_of(old, new)
    stored = _nodes({node for span in spans for node in _complete(*span)})
    return [_root([stored[node] for node in _complete(*span)]) for span in spans]


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
        found = {(level, index): bytes(value) for level, index, value in cursor.fetchall()}
    if len(found) != len(wanted):
        raise Altered("树的节点")
    return found
