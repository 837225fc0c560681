"""Looking over the live database: whether every entry still says what its digest, chain, leaf and head say."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from antong.ledger import hashing, keys, proofs
from antong.ledger._rows import entry_fields, head_fields
from antong.ledger.models import Chain, Entry, Head, Leaf, MapLeaf


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that was changed behind the ledger's back: where, and what does not agree."""

    where: str
    what: str


def audit(chain_id: UUID) -> list[Fault]:
    """Return what does not agree in a chain and in the newest head; empty when all does."""
    faults = _chain(chain_id)
    faults += _tree(chain_id)
    return faults + _heads()


def _chain(chain_id: UUID) -> list[Fault]:
    faults = []
    prev, number, recorded = hashing.ZERO, 0, None
    for row in Entry.objects.filter(chain_id=chain_id).select_related("opening").order_by("number"):
        number += 1
        where = f"第 {row.number} 条"
        if row.number != number:
            faults.append(Fault(where=where, what=f"序号不连续，应为第 {number} 条"))
            number = row.number
        if bytes(row.prev_digest) != prev:
            faults.append(Fault(where=where, what="与前一条的摘要不衔接"))
        if hashing.entry_digest(entry_fields(row)) != bytes(row.digest):
            faults.append(Fault(where=where, what="内容与摘要不符"))
        if recorded is not None and row.recorded_at < recorded:
            faults.append(Fault(where=where, what="登记时间早于前一条"))
        faults += _opening(row, where)
        prev, recorded = bytes(row.digest), row.recorded_at
    end = Chain.objects.filter(chain_id=chain_id).first()
    if end is not None and (end.last_number != number or bytes(end.last_digest) != prev):
        faults.append(Fault(where="链尾", what="最后一条与链尾登记不符"))
    return faults


def _opening(row: Entry, where: str) -> list[Fault]:
    opening = getattr(row, "opening", None)
    if opening is None:
        return []
    faults = []
    for name in ("before", "after"):
        committed, value = getattr(row, name), getattr(opening, name)
        right = None if value is None else hashing.commitment(bytes(opening.salt), value)
        if (None if committed is None else bytes(committed)) != right:
            faults.append(Fault(where=where, what=f"明文与承诺不符（{name}）"))
    return faults


def _tree(chain_id: UUID) -> list[Fault]:
    head = Head.objects.order_by("-number").first()
    if head is None:
        return []
    faults = []
    digests = dict(Entry.objects.filter(chain_id=chain_id).values_list("id", "digest"))
    numbers = dict(Entry.objects.filter(chain_id=chain_id).values_list("id", "number"))
    leaves = list(Leaf.objects.filter(ref_id__in=digests))
    paths = proofs.inclusion([leaf.index for leaf in leaves], head.tree_size)
    for leaf in leaves:
        root = _climb(
            leaf.index, head.tree_size, hashing.leaf_hash(bytes(digests[leaf.ref_id])), paths[leaf.index]
        )
        if root != bytes(head.root):
            faults.append(Fault(where=f"第 {numbers[leaf.ref_id]} 条", what="不在已签名的树里"))
    mapped = MapLeaf.objects.filter(chain_id=chain_id).first()
    if mapped is not None:
        present = {numbers[key]: bytes(value) for key, value in digests.items()}
        if present.get(mapped.number) != bytes(mapped.digest):
            faults.append(Fault(where="链尾", what=f"已签名的链尾第 {mapped.number} 条不见了或被改动"))
        unsequenced = [number for number in present if number > mapped.number]
        if len(leaves) + len(unsequenced) != len(present):
            faults.append(Fault(where="全链", what="有条目既不在树里，也不在待排队列里"))
    return faults


def _climb(index: int, size: int, value: bytes, path: list[bytes]) -> bytes:
    last = size - 1
    for beside in path:
        while index % 2 == 0 and index == last:
            index, last = index // 2, last // 2
        value = hashing.node_hash(beside, value) if index % 2 else hashing.node_hash(value, beside)
        index, last = index // 2, last // 2
    return value


def _heads() -> list[Fault]:
    faults = []
    prev = hashing.ZERO
    for row in Head.objects.order_by("number").iterator():
        body = hashing.head_body(head_fields(row))
        where = f"封签 {row.number}"
        if hashing.sha256(body) != bytes(row.digest):
            faults.append(Fault(where=where, what="内容与摘要不符"))
        if bytes(row.prev_digest) != prev:
            faults.append(Fault(where=where, what="与前一封签不衔接"))
        if not keys.verify(body, bytes(row.signature)):
            faults.append(Fault(where=where, what="签名无效"))
        prev = bytes(row.digest)
    return faults
