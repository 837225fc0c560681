"""The bundle: everything a stranger needs to check a case offline (docs/bundle-format.md)."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from antong.kernel import canonical, clock
from antong.kernel.refusal import NotFound, Refusal
from antong.ledger import _map, keys, proofs, sequencer
from antong.ledger._rows import entry_fields, head_fields
from antong.ledger.models import Entry, GivenHead, Head, Leaf
from antong.ledger.types import Altered, BundleFile

FORMAT = "antong/bundle/2"
CHUNK = 1 << 20
ANCHOR_LEAVES = 200_000
"""Walking the map back costs what changed since: heads given out longer ago are anchored only where asked for."""
MOST_ANCHORS = 100


def export_bundle(
    chain_id: UUID,
    out: Path,
    *,
    files: Callable[[int], Iterable[BundleFile]] = lambda _: (),
    since: Iterable[int] = (),
    opens: Callable[[Entry], bool] = lambda _: True,
) -> int:
    """Write the bundle of a chain to `out`; return how many entries it holds.

    Waiting entries are taken into the tree first, so that the bundle is complete as of the newest head. `files` is
    asked with the number of the last entry for what goes along; each must be bound (see types.Binding). Of the heads
    given out before, the recent ones are anchored, and those numbered in `since`, however old. What an
    entry commits to goes along where `opens` says so. The file appears whole or not at all.
    """
    sequencer.drain()
    part = out.with_suffix(out.suffix + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            with transaction.atomic():
                with connection.cursor() as cursor:  # no sequencing while the proofs are read
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sequencer.LOCK])
                count = _write_ledger(archive, chain_id, set(since), opens)
            _write_files(archive, files(count))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_ledger(
    archive: zipfile.ZipFile, chain_id: UUID, since: set[int], opens: Callable[[Entry], bool]
) -> int:
    head = Head.objects.order_by("-number").first()
    rows = list(Entry.objects.filter(chain_id=chain_id).select_related("opening").order_by("number"))
    leaves = dict(Leaf.objects.filter(ref_id__in=[row.id for row in rows]).values_list("ref_id", "index"))
    rows = [row for row in rows if row.id in leaves]
    if head is None or not rows:
        raise Refusal("不能导出：这个案件还没有留痕。", code="bundle-empty", remedy="登记后再导出。")
    paths = proofs.inclusion(leaves.values(), head.tree_size)
    about = {"format": FORMAT, "chain": chain_id, "public_key": keys.public_key()}
    past = _map.Past(size=head.tree_size)
    _add(archive, "bundle.json", _dump(about))
    _add(archive, "head.json", _dump(head_json(head)))
    _add(archive, "entries.jsonl", b"\n".join(_dump(_line(row, leaves, paths, opens)) for row in rows))
    _add(archive, "map.json", _dump(past.proof(chain_id)))
    anchors = [_anchor(row, head, past, chain_id) for row in _anchored(head, since)]
    _add(archive, "anchors.jsonl", b"\n".join(_dump(one) for one in reversed(anchors)))
    give(head.number)
    return len(rows)


def _line(
    row: Entry, leaves: Mapping[UUID, int], paths: Mapping[int, list[bytes]], opens: Callable[[Entry], bool]
) -> dict[str, Any]:
    opening = getattr(row, "opening", None) if opens(row) else None
    opened = None
    if opening is not None:
        opened = {"salt": bytes(opening.salt), "before": opening.before, "after": opening.after}
    leaf = leaves[row.id]
    return {"entry": entry_fields(row), "opening": opened, "leaf": leaf, "path": paths[leaf]}


def _anchored(head: Head, since: set[int]) -> list[Head]:
    """Return the earlier heads a bundle proves it continues, newest first; refuses a number that never was."""
    given = GivenHead.objects.values("head_id")
    recent = Head.objects.filter(
        number__in=given, number__lt=head.number, tree_size__gte=head.tree_size - ANCHOR_LEAVES
    )
    found = {row.number: row for row in recent.order_by("-number")[:MOST_ANCHORS]}
    found |= {row.number: row for row in Head.objects.filter(number__in=since - set(found))}
    unknown = since - set(found)
    if unknown:
        raise Refusal(
            f"不能导出：本账本没有第 {min(unknown)} 号封签。",
            code="no-such-head",
            basis=("案通账本规则：只能证明本账本的封签",),
            remedy="核对封签号；封签文件里的 number 就是它。",
        )
    return sorted((row for row in found.values() if row.number < head.number), key=lambda row: -row.number)


def _anchor(row: Head, head: Head, past: _map.Past, chain_id: UUID) -> dict[str, Any]:
    """Return an earlier head with what proves that the tree only grew since, and where the chain ended then."""
    past.back_to(row.tree_size)
    if past.root() != bytes(row.map_root):
        raise Altered(f"第 {row.number} 号封签时的各案链尾")
    return {
        "head": head_json(row),
        "consistency": proofs.consistency(row.tree_size, head.tree_size),
        "map": past.proof(chain_id),
    }


def give(number: int) -> None:
    """Note that a head leaves the house: bundles prove that they continue it."""
    GivenHead.objects.bulk_create([GivenHead(head_id=number, given_at=clock.now())], ignore_conflicts=True)


def head_json(row: Head) -> dict[str, Any]:
    """Return a head with its signature, as it stands in a bundle or a head file."""
    return {**head_fields(row), "signature": bytes(row.signature).hex()}


def newest_head() -> dict[str, Any] | None:
    """Return the newest head with its signature as a head file holds it, None before the first; one statement."""
    head = Head.objects.order_by("-number").first()
    return None if head is None else head_json(head)


def head_file(number: int) -> bytes:
    """Return a head with its public key as the file for verifiers, and note it as given, in the caller's transaction.

    Raises NotFound where there is no head of that number.
    """
    head = Head.objects.filter(number=number).first()
    if head is None:
        raise NotFound
    give(head.number)
    return _dump({"head": head_json(head), "public_key": keys.public_key()})


def write_head(out: Path) -> int:
    """Write the newest head with its public key to a file for verifiers, and note it as given; return its number."""
    head = Head.objects.order_by("-number").first()
    if head is None:
        raise Refusal("不能导出：账本还没有封签。", code="no-head", remedy="有登记之后再导出。")
    out.write_bytes(head_file(head.number))
    return head.number


def read_held(path: Path) -> dict[str, Any]:
    """Return the head in a file that somebody holds, of `antong head` or a bundle; refuses what is none."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                held = json.loads(archive.read("head.json"))
        else:
            held = json.loads(path.read_bytes())["head"]
        int(held["number"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as problem:
        raise Refusal(
            "给定的封签读不出来。",
            code="head-unreadable",
            remedy="给出 antong head 写的文件，或先前导出的证据包。",
        ) from problem
    found: dict[str, Any] = held
    return found


def is_ours(held: Mapping[str, Any]) -> bool:
    """Whether a head that somebody holds is one of this ledger, to the last byte."""
    ours = Head.objects.filter(number=held["number"]).first()
    return ours is not None and head_json(ours) == held


def number_of_held(path: Path) -> int:
    """Return the number of the head in a file that somebody holds; refuses one that is not of this ledger."""
    held = read_held(path)
    if not is_ours(held):
        raise Refusal(
            f"不能导出：给定的第 {held['number']} 号封签不是本账本的。",
            code="head-differs",
            basis=("案通账本规则：只能证明本账本的封签",),
            remedy="核对是不是别的平台的封签；若确为本平台给出，账本已被改写，立即报告。",
            who="审计管理员",
        )
    return int(held["number"])


def _write_files(archive: zipfile.ZipFile, files: Iterable[BundleFile]) -> None:
    bindings = []
    for file in files:
        digest = hashlib.sha256()
        info = _info(f"files/{file.path}")
        # originals are compressed already
        info.compress_type = zipfile.ZIP_STORED
        with archive.open(info, "w", force_zip64=True) as target:
            for chunk in _chunks(file.content):
                digest.update(chunk)
                target.write(chunk)
        bound: dict[str, Any] = {"pointer": file.bound_by.pointer}
        if file.bound_by.entry is not None:
            bound["entry"] = file.bound_by.entry
        else:
            bound["file"] = file.bound_by.file
        bindings.append({"path": file.path, "sha256": digest.hexdigest(), "bound_by": bound})
    _add(archive, "bindings.json", _dump(bindings))


def _chunks(content: bytes | Path) -> Iterable[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(_info(name), data)


def _dump(value: Any) -> bytes:
    return json.dumps(
        canonical.plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
