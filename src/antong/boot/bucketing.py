"""Originals of a backup brought straight into the S3 bucket that is set, each read back and compared with the manifest.

Nothing that is there is written over. A bucket with anything in it is refused: another instance may live on it. Where it is
that of the lost machine, its originals are compared where they lie, and only what is missing is brought.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from uuid import UUID

from antong.boot import sealing
from antong.boot.backup import PIECE, Kept, blob_path
from antong.boot.environment import Environment
from antong.dossier.places import Place, s3
from antong.kernel.refusal import Refusal

BASIS = ("案通备份规则：只恢复到空的存储，不覆盖任何数据",)


def bucket(env: Environment, *, held: bool) -> Place:
    """Return the bucket that is set, once a probe came back. Raises Refusal where none is, or it is not empty and not `held`; StoreAway."""
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
    if not held and next(iter(place.names()), None) is not None:
        raise Refusal(
            f"没有恢复：桶 {env.s3.name} 里已有原件。",
            code="restore-bucket-full",
            basis=BASIS,
            remedy="换一个空桶，或用 ANTONG_S3_PREFIX 另指一个前缀。确是丢失的那台机器的桶、没有别的实例在用的，加 --take-over：逐件核对，只补缺的。",
            who="系统管理员",
        )
    return place


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
    digest = hashlib.sha256()
    try:
        with place.open(own) as sealed:
            for piece in iter(partial(sealed.read, PIECE), b""):
                digest.update(piece)
    except FileNotFoundError:
        return None
    return digest.hexdigest()
