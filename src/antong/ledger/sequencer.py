"""The sequencer: takes entries from the queue into the tree, in batches, and signs heads.

One leader by advisory lock. A batch is one transaction: a crash at any point leaves it done or not begun.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from antong.kernel import canonical, clock
from antong.kernel.ids import new_id
from antong.ledger import _map, hashing, keys
from antong.ledger.models import Head, Leaf, Node, ReadBatch, ReadLog
from antong.ledger.types import Altered

LOCK = 0x616E746F6E67  # "antong"
BATCH = 2000
FROZEN_AFTER = "30s"
READINGS_EVERY = timedelta(hours=1)


def run_once(*, readings: bool = False) -> int:
    """Take one batch into the tree and sign a head; return how many leaves were added.

    Returns 0 where the queue is empty or another sequencer leads. With `readings` waiting readings are digested too.
    Raises Altered, and signs nothing, where tree or map are not what the newest head commits to.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # a leader that is frozen in the middle of a batch is cut off: another leads, and its batch was never begun
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(%s), set_config('idle_in_transaction_session_timeout', %s, true)",
                [LOCK, FROZEN_AFTER],
            )
            if not cursor.fetchone()[0]:
                return 0
            cursor.execute(
                "DELETE FROM ledger_queue WHERE id IN (SELECT id FROM ledger_queue ORDER BY id LIMIT %s)"
                " RETURNING id, entry_id, chain_id, number, digest",
                [BATCH],
            )
            taken = sorted((row[0], row[1], row[2], row[3], bytes(row[4])) for row in cursor.fetchall())
        leaves = [("entry", entry_id, digest) for _, entry_id, _, _, digest in taken]
        if readings or _readings_due():
            leaves += _digest_readings()
        last = Head.objects.order_by("-number").first()
        if not leaves:
            return 0
        if last is not None and last.key_id != keys.key_id():
            raise Altered("签名密钥")
        size = last.tree_size if last else 0
        root = _grow(size, leaves, bytes(last.root) if last else None)
        latest: dict[UUID, tuple[int, bytes]] = {}
        for _, _, chain_id, number, digest in taken:
            if number > latest.get(chain_id, (0, b""))[0]:
                latest[chain_id] = (number, digest)
        map_root = _map.update(latest, bytes(last.map_root) if last else _map.EMPTY)
        _sign(last, size + len(leaves), root, map_root)
        return len(leaves)


def drain() -> int:
    """Take everything that waits; return how many leaves were added."""
    total = 0
    while added := run_once():
        total += added
    return total


def run_forever(stop: threading.Event, *, pause: float = 0.2) -> None:
    """Sequence until `stop` is set; a lost database connection is waited out by the caller's restart."""
    while not stop.is_set():
        if run_once() == 0:
            stop.wait(pause)


def _readings_due() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at) FROM ledger_readqueue q JOIN ledger_readlog r ON r.id = q.reading_id")
        (oldest,) = cursor.fetchone()
    return oldest is not None and oldest < clock.now() - READINGS_EVERY


def _digest_readings() -> list[tuple[str, UUID, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_readqueue RETURNING reading_id")
        ids = sorted(row[0] for row in cursor.fetchall())
    if not ids:
        return []
    batch = ReadBatch(id=new_id(), reading_ids=ids, digest=readings_digest(ids), made_at=clock.now())
    batch.save(force_insert=True)
    return [("read", batch.id, bytes(batch.digest))]


def readings_digest(ids: Sequence[UUID]) -> bytes:
    """Return the digest of a batch of readings, in order of id."""
    rows = ReadLog.objects.filter(id__in=ids).order_by("id").values()
    return hashing.sha256(b"antong/readings/1\0", canonical.dumps(list(rows)))


def _grow(size: int, leaves: Sequence[tuple[str, UUID, bytes]], signed: bytes | None) -> bytes:
    """Append leaves after the first `size`, store the complete subtrees that close; return the new root.

    Raises Altered where the stored tree is not the one that was `signed`.
    """
    edge = _edge(size)
    if signed is not None and fold(edge) != signed:
        raise Altered("树")
    Leaf.objects.bulk_create(
        [
            Leaf(index=size + offset, kind=kind, ref_id=ref, digest=digest)
            for offset, (kind, ref, digest) in enumerate(leaves)
        ]
    )
    row = [hashing.leaf_hash(digest) for _, _, digest in leaves]
    start, level, nodes = size, 0, []
    peaks: dict[int, bytes] = {}
    while row or start:
        nodes += [Node(level=level, index=start + offset, hash=value) for offset, value in enumerate(row)]
        complete = row
        if start % 2 == 1 and row:
            complete, start = [edge[level], *row], start - 1
        elif start % 2 == 1:
            peaks[level] = edge[level]
            start -= 1
        if len(complete) % 2 == 1:
            peaks[level] = complete[-1]
            complete = complete[:-1]
        row = [
            hashing.node_hash(left, right) for left, right in zip(complete[::2], complete[1::2], strict=True)
        ]
        start, level = start // 2, level + 1
    Node.objects.bulk_create(nodes, batch_size=5000)
    return fold(peaks)


def _edge(size: int) -> dict[int, bytes]:
    """Return, by level, the hashes of the complete subtrees that end the present tree (its peaks)."""
    wanted = [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.level, n.hash FROM ledger_node n JOIN unnest(%s::int[], %s::bigint[]) AS w(level, index)"
            " ON n.level = w.level AND n.index = w.index",
            [[level for level, _ in wanted], [index for _, index in wanted]],
        )
        return {level: bytes(value) for level, value in cursor.fetchall()}


def fold(peaks: dict[int, bytes]) -> bytes:
    """Return the root over peaks: smaller subtrees stand right (RFC 6962 §2.1)."""
    root: bytes | None = None
    for level in sorted(peaks):
        root = peaks[level] if root is None else hashing.node_hash(peaks[level], root)
    return root if root is not None else hashing.sha256(b"")


def sign_first(size: int, root: bytes, map_root: bytes) -> None:
    """Sign the first head, within the caller's transaction; refuses (RuntimeError) where there is one."""
    if Head.objects.exists():
        raise RuntimeError("there is a head already")
    _sign(None, size, root, map_root)


def _sign(last: Head | None, size: int, root: bytes, map_root: bytes) -> None:
    fields = {
        "number": last.number + 1 if last else 1,
        "tree_size": size,
        "root": root,
        "map_root": map_root,
        "made_at": max(clock.now(), last.made_at) if last else clock.now(),  # also when a clock is set back
        "prev_digest": bytes(last.digest) if last else hashing.ZERO,
        "key_id": keys.key_id(),
    }
    body = hashing.head_body(fields)
    Head.objects.create(**fields, signature=keys.sign(body), digest=hashing.sha256(body))
