"""Looking over the whole live ledger: every chain, the whole tree, the whole map, every head and every reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from uuid import UUID

from django.db import connection

from antong.ledger import _map, hashing, sequencer
from antong.ledger._audit import ChainCheck, Fault, heads
from antong.ledger.models import Chain, Entry, Head, Leaf, Node, ReadBatch

Progress = Callable[[str, int], None]
BATCH = 5000

_LOST = {
    "有留痕既不在树里，也不在待排队列里": """
SELECT e.chain_id, e.number FROM ledger_entry e LEFT JOIN ledger_leaf l ON l.ref_id = e.id
LEFT JOIN ledger_queue q ON q.entry_id = e.id WHERE l.ref_id IS NULL AND q.entry_id IS NULL""",
    "树里的摘要与留痕的摘要不符": """
SELECT e.chain_id, e.number FROM ledger_entry e JOIN ledger_leaf l ON l.ref_id = e.id WHERE l.digest <> e.digest""",
    "待排的摘要与留痕不符，或已在树里": """
SELECT q.chain_id, q.number FROM ledger_queue q LEFT JOIN ledger_entry e ON e.id = q.entry_id
LEFT JOIN ledger_leaf l ON l.ref_id = q.entry_id
WHERE e.id IS NULL OR e.digest <> q.digest OR e.chain_id <> q.chain_id OR e.number <> q.number OR l.ref_id IS NOT NULL""",
    "树里的留痕不见了": """
SELECT NULL::uuid, l.index FROM ledger_leaf l LEFT JOIN ledger_entry e ON e.id = l.ref_id
WHERE l.kind = 'entry' AND e.id IS NULL""",
    "树里的一批查阅记录不见了，或摘要不符": """
SELECT NULL::uuid, l.index FROM ledger_leaf l LEFT JOIN ledger_readbatch b ON b.id = l.ref_id
WHERE l.kind <> 'entry' AND (l.kind <> 'read' OR b.id IS NULL OR b.digest <> l.digest)""",
    "有明文不属于任何留痕": """
SELECT NULL::uuid, 0 FROM ledger_opening o LEFT JOIN ledger_entry e ON e.id = o.entry_id WHERE e.id IS NULL""",
    "有一批查阅记录不在树里": """
SELECT NULL::uuid, 0 FROM ledger_readbatch b LEFT JOIN ledger_leaf l ON l.ref_id = b.id WHERE l.ref_id IS NULL""",
    "有查阅记录既不在任何一批里，也不在待排队列里": """
SELECT NULL::uuid, 0 FROM ledger_readlog r
LEFT JOIN (SELECT unnest(reading_ids) AS id FROM ledger_readbatch) b ON b.id = r.id
LEFT JOIN ledger_readqueue q ON q.reading_id = r.id WHERE b.id IS NULL AND q.reading_id IS NULL""",
}
MOST = 20
"""Of one kind of fault found by a query, how many are listed."""


def audit_all(tell: Progress) -> Iterator[Fault]:
    """Yield what does not agree anywhere in the ledger.

    Within one transaction of the caller that sees one state throughout (repeatable read). `tell` hears which stage is
    at what count. Memory grows with the number of chains, not of entries.
    """
    yield from heads()
    yield from _lost()
    yield from _chains(tell)
    yield from _tree(tell)
    yield from _map_whole(tell)
    yield from _readings(tell)


def _lost() -> Iterator[Fault]:
    with connection.cursor() as cursor:
        for what, query in _LOST.items():
            cursor.execute(f"{query} LIMIT {MOST}")
            for chain_id, number in cursor.fetchall():
                where = f"第 {number} 条" if chain_id else f"树叶 {number}" if number else "全账本"
                yield Fault(where=where, what=what, chain_id=chain_id)


def _chains(tell: Progress) -> Iterator[Fault]:
    rows = Entry.objects.select_related("opening").order_by("chain_id", "number").iterator(BATCH)
    ends = {row.chain_id: row for row in Chain.objects.iterator(BATCH)}
    done = 0
    for chain_id, entries in groupby(rows, key=lambda row: row.chain_id):
        check = ChainCheck(chain_id)
        for row in entries:
            yield from check.next(row)
            done += 1
            if done % BATCH == 0:
                tell("留痕", done)
        yield from check.end(ends.pop(chain_id, None))
    for end in ends.values():
        if end.last_number:
            yield Fault(where="链尾", what=f"登记有 {end.last_number} 条，一条也不在", chain_id=end.chain_id)
    tell("留痕", done)


def _tree(tell: Progress) -> Iterator[Fault]:
    """Grow the tree anew from the leaves; compare its root at every head, and every stored subtree."""
    signed = list(Head.objects.order_by("tree_size", "number").values_list("number", "tree_size", "root"))
    peaks: list[tuple[int, bytes]] = []  # (level, hash), the largest first
    made: list[tuple[int, int, bytes]] = []
    size = at = 0
    for leaf in Leaf.objects.order_by("index").iterator(BATCH):
        if leaf.index != size:
            yield Fault(where=f"树叶 {size}", what="不见了")
            return
        peaks.append((0, hashing.leaf_hash(bytes(leaf.digest))))
        made.append((0, size, peaks[-1][1]))
        while len(peaks) > 1 and peaks[-2][0] == peaks[-1][0]:
            (level, left), (_, right) = peaks[-2:]
            peaks[-2:] = [(level + 1, hashing.node_hash(left, right))]
            made.append((level + 1, size >> (level + 1), peaks[-1][1]))
        size += 1
        while at < len(signed) and signed[at][1] == size:
            if sequencer.fold(dict(peaks)) != bytes(signed[at][2]):
                yield Fault(where=f"封签 {signed[at][0]}", what="树根与树叶不符")
            at += 1
        if len(made) >= BATCH:
            yield from _nodes(made)
            made.clear()
            tell("树叶", size)
    yield from _nodes(made)
    tell("树叶", size)
    if at < len(signed) or (signed and size != signed[-1][1]) or (size and not signed):
        yield Fault(where="全树", what=f"有 {size} 片叶，与最后的封签不符")


def _nodes(made: list[tuple[int, int, bytes]]) -> Iterator[Fault]:
    stored: dict[tuple[int, int], bytes] = {}
    for level in {level for level, _, _ in made}:
        wanted = [index for at, index, _ in made if at == level]
        rows = Node.objects.filter(level=level, index__in=wanted).values_list("index", "hash")
        stored |= {(level, index): bytes(value) for index, value in rows}
    for level, index, value in made:
        if stored.get((level, index)) != value:
            yield Fault(where=f"树的第 {level} 层第 {index} 节", what="与树叶不符")


def _map_whole(tell: Progress) -> Iterator[Fault]:
    """Make the map anew from the entries in the tree; compare its root with the newest head, and what is stored."""
    head = Head.objects.order_by("-number").first()
    if head is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (e.chain_id) e.chain_id, e.number, e.digest FROM ledger_entry e"
            " JOIN ledger_leaf l ON l.ref_id = e.id ORDER BY e.chain_id, e.number DESC"
        )
        ends: dict[UUID, _map.End] = {row[0]: (row[1], bytes(row[2])) for row in cursor.fetchall()}
    nodes = _map.whole(ends)
    if nodes[_map.TOP] != bytes(head.map_root):
        yield Fault(where=f"封签 {head.number}", what="各案链尾与封签的总表不符")
    if not ends:
        nodes.clear()  # the root of an empty map is stored nowhere
    for chain_id, end in _map.all_ends():
        if ends.pop(chain_id, None) != end:
            yield Fault(where="总表", what="登记的链尾不是最后一条入树的留痕", chain_id=chain_id)
    yield from (Fault(where="总表", what="没有这条链", chain_id=chain_id) for chain_id in ends)
    made = len(nodes)
    wrong = sum(nodes.pop(place, None) != value for place, value in _map.all_nodes())
    wrong += len(nodes)  # what is left is stored nowhere
    if wrong:
        yield Fault(where="总表", what=f"有 {wrong} 个节点与链尾不符")
    tell("总表", made)


def _readings(tell: Progress) -> Iterator[Fault]:
    done = 0
    for batch in ReadBatch.objects.order_by("made_at").iterator():
        if sequencer.readings_digest(batch.reading_ids) != bytes(batch.digest):
            yield Fault(where=f"查阅记录 {batch.made_at:%Y-%m-%d %H:%M} 一批", what="内容与摘要不符")
        done += len(batch.reading_ids)
        tell("查阅记录", done)
