"""Looking over one chain of the live database: whether it still says what digests, chain, tree, map and heads say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from antong.ledger import _map, hashing, keys, proofs
from antong.ledger._rows import entry_fields, head_fields
from antong.ledger.models import Chain, Entry, Head, Leaf
from antong.ledger.types import Altered


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that was changed behind the ledger's back: where, and what does not agree."""

    where: str
    what: str
    chain_id: UUID | None = None


def audit(chain_id: UUID) -> list[Fault]:
    """Return what does not agree in a chain and in the heads; empty when all does.

    A database put back as a whole to an earlier state agrees with itself: that shows against a head kept elsewhere.
    """
    rows = list(Entry.objects.filter(chain_id=chain_id).select_related("opening").order_by("number"))
    check = ChainCheck(chain_id)
    faults = [fault for row in rows for fault in check.next(row)]
    faults += check.end(Chain.objects.filter(chain_id=chain_id).first())
    head = Head.objects.order_by("-number").first()
    if head is not None:
        faults += _tree(chain_id, rows, head)
    return [*faults, *heads()]


class ChainCheck:
    """Follows the entries of one chain in order."""

    def __init__(self, chain_id: UUID) -> None:
        self.chain_id = chain_id
        self.number, self.prev = 0, hashing.ZERO
        self.last: datetime | None = None

    def next(self, row: Entry) -> Iterator[Fault]:
        """Yield what does not agree in the next entry."""
        where = f"第 {row.number} 条"
        self.number += 1
        if row.number != self.number:
            yield self._fault(where, f"序号不连续，应为第 {self.number} 条")
            self.number = row.number
        if bytes(row.prev_digest) != self.prev:
            yield self._fault(where, "与前一条的摘要不衔接")
        if hashing.entry_digest(entry_fields(row)) != bytes(row.digest):
            yield self._fault(where, "内容与摘要不符")
        if self.last is not None and row.recorded_at < self.last:
            yield self._fault(where, "登记时间早于前一条")
        opening = getattr(row, "opening", None)
        for name in () if opening is None else ("before", "after"):
            committed, value = getattr(row, name), getattr(opening, name)
            right = None if value is None else hashing.commitment(bytes(row.opening.salt), value)
            if (None if committed is None else bytes(committed)) != right:
                yield self._fault(where, f"明文与承诺不符（{name}）")
        self.prev, self.last = bytes(row.digest), row.recorded_at

    def end(self, end: Chain | None) -> Iterator[Fault]:
        """Yield what does not agree between the last entry and the chain's own row."""
        if end is None and self.number:
            yield self._fault("链尾", "链尾登记不见了")
        if end is not None and (end.last_number != self.number or bytes(end.last_digest) != self.prev):
            yield self._fault("链尾", "最后一条与链尾登记不符")

    def _fault(self, where: str, what: str) -> Fault:
        return Fault(where=where, what=what, chain_id=self.chain_id)


def _tree(chain_id: UUID, rows: list[Entry], head: Head) -> Iterator[Fault]:
    """Yield which entries are not in the signed tree, and whether the signed map ends the chain where it ends."""
    leaves = {leaf.ref_id: leaf for leaf in Leaf.objects.filter(ref_id__in=[row.id for row in rows])}
    known = {key: leaf for key, leaf in leaves.items() if 0 <= leaf.index < head.tree_size}
    try:
        paths = proofs.inclusion([leaf.index for leaf in known.values()], head.tree_size)
    except Altered:
        yield Fault(where="全树", what="树的节点不见了", chain_id=chain_id)
        return
    last, before, waiting = None, -1, False
    for row in rows:
        leaf = known.get(row.id)
        if leaf is None:
            waiting = True
            continue
        value = hashing.leaf_hash(bytes(row.digest))
        if waiting or leaf.index <= before:
            yield Fault(where=f"第 {row.number} 条", what="在树里的次序不对", chain_id=chain_id)
        if hashing.climb(leaf.index, head.tree_size, value, paths[leaf.index]) != bytes(head.root):
            yield Fault(where=f"第 {row.number} 条", what="不在已签名的树里", chain_id=chain_id)
        last, before = row, leaf.index
    past = _map.Past(size=head.tree_size)
    end = None if last is None else (last.number, bytes(last.digest))
    if past.end(chain_id) != end:
        yield Fault(where="链尾", what="已签名的链尾不是最后一条入树的留痕", chain_id=chain_id)
    if past.climbed(chain_id) != bytes(head.map_root):
        yield Fault(where="链尾", what="链尾不在已签名的总表里", chain_id=chain_id)


def heads() -> Iterator[Fault]:
    """Yield what does not agree in the heads: numbers, links, sizes, times, signatures."""
    prev, number, size, made = hashing.ZERO, 0, 0, None
    for row in Head.objects.order_by("number").iterator():
        body = hashing.head_body(head_fields(row))
        where = f"封签 {row.number}"
        number += 1
        if row.number != number:
            yield Fault(where=where, what=f"封签号不连续，应为 {number}")
            number = row.number
        if hashing.sha256(body) != bytes(row.digest):
            yield Fault(where=where, what="内容与摘要不符")
        if bytes(row.prev_digest) != prev:
            yield Fault(where=where, what="与前一封签不衔接")
        if row.tree_size < size or (made is not None and row.made_at < made):
            yield Fault(where=where, what="树变小了，或时间倒退")
        if not keys.verify(body, bytes(row.signature)) or row.key_id != keys.key_id():
            yield Fault(where=where, what="签名无效")
        prev, size, made = bytes(row.digest), row.tree_size, row.made_at
