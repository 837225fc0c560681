"""Originals of a backup brought straight into the S3 bucket that is set, each read back and compared with the manifest.

Nothing that is there is written over. A bucket with anything in it is refused: another instance may live on it. Where it is
that of the lost machine, which most of what it holds must show, its originals are compared where they lie, only what is
missing is brought, and what the backup does not name is left there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from antong.boot import sealing
from antong.boot.backup import Kept, blob_path, stored_pieces
from antong.boot.environment import Environment
from antong.dossier.places import PROBE, Place, s3
from antong.kernel.refusal import Refusal

BASIS = ("案通备份规则：只恢复到空的存储，不覆盖任何数据",)


def bucket(
    env: Environment, manifest: dict[str, Any], *, resumed: bool, take_over: bool
) -> tuple[Place, int]:
    """Return the bucket that is set, once a probe came back, and how many objects it holds that the backup does not name.

    Raises Refusal where none is set, or it holds what it should not: anything at all, or, where a restore is `resumed`, what
    is none of this backup; where it is to be taken over, mostly such. Raises StoreAway.
    """
    if env.s3 is None:
        raise Refusal(
            "没有恢复：没有设 S3 存储。",
            code="restore-no-bucket",
            basis=BASIS,
            remedy="设好 ANTONG_S3_ENDPOINT 等各项再来；恢复到本机磁盘的，不写 --to。",
            who="系统管理员",
        )
    place = s3.place(env.s3)
    place.check()
    known = {own for row in manifest["files"] if (own := original(row["path"])) is not None}
    # no sealed original is as short as a probe that a killed process has left
    held = [row.id in known for row in place.names() if row.size > len(PROBE)]
    ours = sum(held)
    surplus = len(held) - ours
    if take_over:
        if ours < surplus:
            raise _not_theirs(env.s3.name, ours, surplus)
    elif surplus or (held and not resumed):
        raise Refusal(
            f"没有恢复：桶 {env.s3.name} 里已有原件{f'，其中 {surplus:,} 件不在这个备份里' if surplus else ''}。",
            code="restore-bucket-full",
            basis=BASIS,
            remedy="换一个空桶，或用 ANTONG_S3_PREFIX 另指一个前缀。确是丢失的那台机器的桶、没有别的实例在用的，加 --take-over：逐件核对，只补缺的。",
            who="系统管理员",
        )
    return place, surplus


def _not_theirs(name: str, ours: int, surplus: int) -> Refusal:
    return Refusal(
        f"没有恢复：桶 {name} 里有 {ours + surplus:,} 件，这个备份里只有其中 {ours:,} 件，看来不是丢失的那台机器的桶。",
        code="restore-bucket-other",
        basis=(*BASIS, "案通备份规则：接管的桶，至少一半是备份里的原件"),
        remedy="核对 ANTONG_S3_ENDPOINT、ANTONG_S3_BUCKET、ANTONG_S3_PREFIX；确是它的，用更新的一次备份（--backup），或恢复到一个空的前缀。",
        who="系统管理员",
    )


def original(path: str) -> UUID | None:
    """Return which original a file of a backup is; None where it is something else."""
    try:
        own = UUID(hex=path.rsplit("/", 1)[-1])
    except ValueError:
        return None
    return own if path == blob_path(own) else None


def bring(place: Place, own: UUID, row: Kept, source: Path, key: bytes) -> None:
    """Have an original in a bucket as the manifest says it is, read back from there; one that is so already is left.

    Raises sealing.Damaged naming the file of the backup, Refusal where the bucket holds something else, StoreAway.
    """
    found = _digest(place, own)
    if found is None:
        place.put(own, sealing.checked(sealing.unseal(key, "object", source), row.sha256, source), row.size)
        found = _digest(place, own)
    if found != row.sha256:
        raise Refusal(
            f"没有恢复：存储里的 {row.path} 与备份的不同。",
            code="restore-bucket-differs",
            basis=BASIS,
            remedy="这个桶里的留作证据；用 ANTONG_S3_PREFIX 另指一个空的前缀恢复。",
            who="系统管理员",
        )


def _digest(place: Place, own: UUID) -> str | None:
    try:
        return sealing.digest_of(stored_pieces(place, own))
    except FileNotFoundError:
        return None
