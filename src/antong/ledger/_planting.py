"""A whole tree, map and first head at once, over entries that were written beside the sequencer.

For a database that holds no head yet: what the sequencer would make of the same entries in the same order, leaf by leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from django.db import connection, transaction

from antong.ledger import _map, hashing, sequencer
from antong.ledger.models import Head, Queue

BLOCK = 16
"""Levels of the subtrees that are made apart, by other processes too: 65,536 leaves each."""
SIZE = 32
Waiting = tuple[UUID, UUID, int, bytes]
"""An entry that waits: its id, chain, number, digest."""
Block = tuple[int, bytes]
"""The first leaf of a block, and the digests of its leaves, joined."""
Peaks = list[tuple[int, int, bytes]]
"""Complete subtrees that no larger one of the same block holds: level, index, hash."""


def waiting() -> list[Waiting]:
    """Return the entries that wait for the tree, in their order; refuses (RuntimeError) where a head was signed."""
    if Head.objects.exists():
        raise RuntimeError("a head was signed: the tree is grown by the sequencer alone")
    rows = Queue.objects.order_by("id").values_list("entry_id", "chain_id", "number", "digest")
    return [(entry_id, chain_id, number, bytes(digest)) for entry_id, chain_id, number, digest in rows]


def plant_block(block: Block) -> Peaks:
    """Store the complete subtrees over the leaves of a block by COPY; return its peaks, the largest first."""
    start, digests = block
    row = [hashing.leaf_hash(digests[at : at + SIZE]) for at in range(0, len(digests), SIZE)]
    peaks: Peaks = []
    level = 0
    with connection.cursor() as cursor, cursor.cursor.copy(_NODES) as into:
        while row:
            first = start >> level
            into.write(
                "".join(f"{level}\t{first + at}\t\\\\x{value.hex()}\n" for at, value in enumerate(row))
            )
            if len(row) % 2 == 1:
                peaks.append((level, first + len(row) - 1, row[-1]))
                row.pop()
            row = [hashing.node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
            level += 1
    return peaks[::-1]


_NODES = 'COPY ledger_node (level, "index", hash) FROM STDIN'


def blocks(digests: bytes) -> Iterator[Block]:
    """Yield the blocks of a tree over the digests of its leaves, joined."""
    step = SIZE << BLOCK
    for at in range(0, len(digests), step):
        yield at // SIZE, digests[at : at + step]


def plant_first_head(
    size: int, peaks: Iterable[Peaks], ends: dict[UUID, _map.End], tell: Callable[[str, int], None]
) -> None:
    """Store what stands above the blocks, the map over all chain ends, and sign the first head; one transaction.

    `peaks` are those of all blocks in order, `ends` the last entry of every chain.
    """
    with transaction.atomic():
        root = _above(peaks)
        tell("树叶", size)
        nodes = _map.whole(ends)
        _copy_map(ends, nodes)
        tell("总表", len(nodes))
        sequencer.sign_first(size, root, nodes[_map.TOP])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_queue")


def _above(peaks: Iterable[Peaks]) -> bytes:
    stack: list[tuple[int, int, bytes]] = []
    with connection.cursor() as cursor, cursor.cursor.copy(_NODES) as into:
        for listed in peaks:
            for peak in listed:
                stack.append(peak)
                while len(stack) > 1 and stack[-2][0] == stack[-1][0]:
                    (level, left, one), (_, _, other) = stack[-2:]
                    stack[-2:] = [(level + 1, left >> 1, hashing.node_hash(one, other))]
                    into.write(f"{level + 1}\t{left >> 1}\t\\\\x{stack[-1][2].hex()}\n")
    return sequencer.fold({level: value for level, _, value in stack})


def _copy_map(ends: dict[UUID, _map.End], nodes: dict[_map.Place, bytes]) -> None:
    with connection.cursor() as cursor:
        with cursor.cursor.copy(
            "COPY ledger_mapleaf (chain_id, bucket, key, number, digest) FROM STDIN"
        ) as into:
            for chain_id, (number, digest) in ends.items():
                key = hashing.map_key(chain_id)
                into.write(
                    f"{chain_id}\t{hashing.bucket_of(key)}\t\\\\x{key.hex()}\t{number}\t\\\\x{digest.hex()}\n"
                )
        with cursor.cursor.copy('COPY ledger_mapnode (level, "index", hash) FROM STDIN') as into:
            for (level, index), value in nodes.items():
                into.write(f"{level}\t{index}\t\\\\x{value.hex()}\n")
