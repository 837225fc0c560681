"""The map *chain → last entry* as it is stored, as it is brought up to date, and as it was at an earlier head.

Only the newest state is stored. What it was at an earlier head follows from the entries since: the first entry of a
chain after that head carries the number and the digest of the one before it, which is what that head committed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from antong.ledger import hashing
from antong.ledger.models import MapLeaf, MapNode
from antong.ledger.types import Altered

Place = tuple[int, int]
"""A node of the trie: level above the buckets, index within the level."""
End = tuple[int, bytes]
"""The last entry of a chain: number, digest."""

TOP: Place = (hashing.MAP_DEPTH, 0)
EMPTY = hashing.empty_map(hashing.MAP_DEPTH)

_CHANGED = """
SELECT DISTINCT ON (e.chain_id) e.chain_id, e.number - 1, e.prev_digest
FROM ledger_leaf l JOIN ledger_entry e ON e.id = l.ref_id
WHERE l.index >= %s AND l.index < %s AND l.kind = 'entry' ORDER BY e.chain_id, e.number
"""


def update(latest: Mapping[UUID, End], signed: bytes) -> bytes:
    """Bring the stored map up to `latest` chain ends; return its root. Raises Altered where it is not as `signed`."""
    keys = {chain_id: hashing.map_key(chain_id) for chain_id in latest}
    buckets = stored_ends({hashing.bucket_of(key) for key in keys.values()})
    beside = _siblings(buckets)
    before = rehashed({bucket: ends.items() for bucket, ends in buckets.items()}, beside)
    if before.get(TOP, signed) != signed or root() != signed:
        raise Altered("各案链尾的总表")
    if not latest:
        return signed
    for chain_id, key in keys.items():
        buckets[hashing.bucket_of(key)][chain_id] = latest[chain_id]
    nodes = rehashed({bucket: ends.items() for bucket, ends in buckets.items()}, beside)
    MapLeaf.objects.bulk_create(
        [
            MapLeaf(
                chain_id=chain_id, bucket=hashing.bucket_of(keys[chain_id]), key=keys[chain_id], number=number,
                digest=digest,
            )
            for chain_id, (number, digest) in latest.items()
        ],
        update_conflicts=True, unique_fields=["chain_id"], update_fields=["number", "digest"],
    )  # fmt: skip
    MapNode.objects.bulk_create(
        [MapNode(level=level, index=index, hash=value) for (level, index), value in nodes.items()],
        update_conflicts=True,
        unique_fields=["level", "index"],
        update_fields=["hash"],
        batch_size=5000,
    )
    return nodes[TOP]


def root() -> bytes:
    """Return the stored map's root; one statement."""
    return _stored([TOP]).get(TOP) or EMPTY


def stored_ends(buckets: Iterable[int]) -> dict[int, dict[UUID, End]]:
    """Return the chain ends that the stored map holds in some buckets; one statement."""
    found: dict[int, dict[UUID, End]] = {bucket: {} for bucket in buckets}
    for leaf in MapLeaf.objects.filter(bucket__in=list(found)):
        found[leaf.bucket][leaf.chain_id] = (leaf.number, bytes(leaf.digest))
    return found


def leaves_of(ends: Iterable[tuple[UUID, End]]) -> list[tuple[bytes, bytes]]:
    """Return the (key, leaf hash) pairs of chain ends, in order of key."""
    pairs = []
    for chain_id, (number, digest) in ends:
        key = hashing.map_key(chain_id)
        pairs.append((key, hashing.map_leaf(key, number, digest)))
    return sorted(pairs)


def rehashed(
    buckets: Mapping[int, Iterable[tuple[UUID, End]]], beside: Mapping[Place, bytes]
) -> dict[Place, bytes]:
    """Return the nodes above some buckets with these chain ends; `beside` are the stored nodes next to their ways."""
    row = {bucket: hashing.bucket_hash(leaves_of(ends)) for bucket, ends in buckets.items()}
    nodes: dict[Place, bytes] = {}
    for level in range(hashing.MAP_DEPTH):
        nodes.update({(level, index): value for index, value in row.items()})
        above = {}
        for index in {index >> 1 for index in row}:
            left, right = (
                row.get(child) or beside.get((level, child)) or hashing.empty_map(level)
                for child in (2 * index, 2 * index + 1)
            )
            above[index] = hashing.node_hash(left, right)
        row = above
    nodes.update({(hashing.MAP_DEPTH, index): value for index, value in row.items()})
    return nodes


def whole(ends: Mapping[UUID, End]) -> dict[Place, bytes]:
    """Return every node of the map over these chain ends that is no empty subtree's, the root in any case."""
    buckets: dict[int, list[tuple[UUID, End]]] = {}
    for chain_id, end in ends.items():
        buckets.setdefault(hashing.bucket_of(hashing.map_key(chain_id)), []).append((chain_id, end))
    row = {bucket: hashing.bucket_hash(leaves_of(listed)) for bucket, listed in buckets.items()}
    nodes = {TOP: EMPTY}
    for level in range(hashing.MAP_DEPTH + 1):
        nodes.update({(level, index): value for index, value in row.items()})
        empty = hashing.empty_map(level)
        row = {
            index: hashing.node_hash(row.get(2 * index, empty), row.get(2 * index + 1, empty))
            for index in {index >> 1 for index in row}
        }
    return nodes


def all_ends() -> Iterator[tuple[UUID, End | None]]:
    """Yield every chain end that the stored map holds; None where it stands in the wrong place."""
    for leaf in MapLeaf.objects.iterator(5000):
        key = hashing.map_key(leaf.chain_id)
        right = (bytes(leaf.key), leaf.bucket) == (key, hashing.bucket_of(key))
        yield leaf.chain_id, (leaf.number, bytes(leaf.digest)) if right else None


def all_nodes() -> Iterator[tuple[Place, bytes]]:
    """Yield every stored node of the map."""
    for node in MapNode.objects.iterator(5000):
        yield (node.level, node.index), bytes(node.hash)


def _siblings(buckets: Iterable[int]) -> dict[Place, bytes]:
    return _stored(
        {(level, (bucket >> level) ^ 1) for bucket in buckets for level in range(hashing.MAP_DEPTH)}
    )


def _stored(wanted: Iterable[Place]) -> dict[Place, bytes]:
    places = list(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.level, n.index, n.hash FROM ledger_mapnode n"
            " JOIN unnest(%s::int[], %s::int[]) AS w(level, index) ON n.level = w.level AND n.index = w.index",
            [[level for level, _ in places], [index for _, index in places]],
        )
        return {(level, index): bytes(value) for level, index, value in cursor.fetchall()}


@dataclass(slots=True)
class Past:
    """The map at earlier heads, walked back from the newest one of `size` leaves; within one transaction."""

    size: int
    _nodes: dict[Place, bytes] = field(default_factory=dict)
    _ends: dict[UUID, End] = field(default_factory=dict)

    def back_to(self, size: int) -> None:
        """Walk back to the head of `size` leaves; costs what changed since."""
        if size >= self.size:
            return
        with connection.cursor() as cursor:
            cursor.execute(_CHANGED, [size, self.size])
            changed = {row[0]: (row[1], bytes(row[2])) for row in cursor.fetchall()}
        self._ends.update(changed)
        self.size = size
        buckets = {hashing.bucket_of(hashing.map_key(chain_id)) for chain_id in changed}
        if buckets:
            beside = {**_siblings(buckets), **self._nodes}
            self._nodes.update(rehashed(self._bucket_ends(buckets), beside))

    def _bucket_ends(self, buckets: Iterable[int]) -> dict[int, list[tuple[UUID, End]]]:
        merged = {}
        for bucket, ends in stored_ends(buckets).items():
            now = [(chain_id, self._ends.get(chain_id, end)) for chain_id, end in ends.items()]
            merged[bucket] = [(chain_id, end) for chain_id, end in now if end[0]]
        return merged

    def root(self) -> bytes:
        """Return the map's root at this head."""
        return self._nodes.get(TOP) or root()

    def end(self, chain_id: UUID) -> End | None:
        """Return the last entry of a chain at this head, None where it had none."""
        bucket = hashing.bucket_of(hashing.map_key(chain_id))
        return dict(self._bucket_ends([bucket])[bucket]).get(chain_id)

    def climbed(self, chain_id: UUID) -> bytes:
        """Return the root that the bucket of a chain and what is stored beside its way lead to."""
        bucket = hashing.bucket_of(hashing.map_key(chain_id))
        ends = self._bucket_ends([bucket])
        return rehashed(ends, {**_siblings([bucket]), **self._nodes})[TOP]

    def proof(self, chain_id: UUID) -> dict[str, list[str] | list[list[str]]]:
        """Return the bucket of a chain and the hashes beside its way to the map's root, in hex."""
        bucket = hashing.bucket_of(hashing.map_key(chain_id))
        beside = [(level, (bucket >> level) ^ 1) for level in range(hashing.MAP_DEPTH)]
        stored = {**_stored(beside), **self._nodes}
        leaves = leaves_of(self._bucket_ends([bucket])[bucket])
        return {
            "bucket": [[key.hex(), leaf.hex()] for key, leaf in leaves],
            "siblings": [(stored.get(place) or hashing.empty_map(place[0])).hex() for place in beside],
        }
