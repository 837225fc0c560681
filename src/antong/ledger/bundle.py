"""The bundle: everything a stranger needs to check a case offline (docs/bundle-format.md)."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from antong.kernel import canonical
from antong.kernel.refusal import Refusal
from antong.ledger import keys, proofs, sequencer
from antong.ledger._rows import entry_fields, head_fields
from antong.ledger.models import Entry, Head, Leaf
from antong.ledger.types import BundleFile

FORMAT = "antong/bundle/1"
CHUNK = 1 << 20
HEADS_KEPT = 1000


def export_bundle(chain_id: UUID, out: Path, *, files: Iterable[BundleFile] = ()) -> int:
    """Write the bundle of a chain to `out`; return how many entries it holds.

    Waiting entries are taken into the tree first, so that the bundle is complete as of the newest head.
    Every file must be bound (see types.Binding). The file appears whole or not at all.
    """
    sequencer.drain()
    part = out.with_suffix(out.suffix + ".part")
    try:
        with transaction.atomic(), zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            with connection.cursor() as cursor:  # no sequencing while the proofs are read
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sequencer.LOCK])
            count = _write_ledger(archive, chain_id)
            _write_files(archive, files)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_ledger(archive: zipfile.ZipFile, chain_id: UUID) -> int:
    head = Head.objects.order_by("-number").first()
    rows = list(Entry.objects.filter(chain_id=chain_id).select_related("opening").order_by("number"))
    leaves = dict(Leaf.objects.filter(ref_id__in=[row.id for row in rows]).values_list("ref_id", "index"))
    rows = [row for row in rows if row.id in leaves]
    if head is None or not rows:
        raise Refusal("不能导出：这个案件还没有留痕。", code="bundle-empty", remedy="登记后再导出。")
    paths = proofs.inclusion(leaves.values(), head.tree_size)
    lines = []
    for row in rows:
        opening = getattr(row, "opening", None)
        lines.append(
            {
                "entry": entry_fields(row),
                "opening": None
                if opening is None
                else {"salt": bytes(opening.salt), "before": opening.before, "after": opening.after},
                "leaf": leaves[row.id],
                "path": paths[leaves[row.id]],
            }
        )
    heads = list(Head.objects.order_by("-number")[:HEADS_KEPT])
    _add(
        archive, "bundle.json", _dump({"format": FORMAT, "chain": chain_id, "public_key": keys.public_key()})
    )
    _add(archive, "entries.jsonl", b"\n".join(_dump(line) for line in lines))
    _add(archive, "heads.jsonl", b"\n".join(_dump(head_json(row)) for row in reversed(heads)))
    _add(archive, "map.json", _dump(proofs.map_proof(chain_id)))
    return len(rows)


def head_json(row: Head) -> dict[str, Any]:
    """Return a head with its signature, as it stands in a bundle or a head file."""
    return {**head_fields(row), "signature": bytes(row.signature).hex()}


def write_head(out: Path) -> int:
    """Write the newest head with its public key to a file for verifiers; return its number."""
    head = Head.objects.order_by("-number").first()
    if head is None:
        raise Refusal("不能导出：账本还没有封签。", code="no-head", remedy="有登记之后再导出。")
    out.write_bytes(_dump({"head": head_json(head), "public_key": keys.public_key()}))
    return head.number


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
