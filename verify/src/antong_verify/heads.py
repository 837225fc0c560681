"""Heads: signatures, earlier heads that a bundle continues, and the one that the verifier trusts already."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from antong_verify import hashes
from antong_verify.report import Malformed

MEMBERS = {
    "number", "tree_size", "root", "map_root", "made_at", "prev_digest", "key_id", "signature",
}  # fmt: skip
LARGEST_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head and the bytes its signature covers."""

    number: int
    tree_size: int
    root: bytes
    map_root: bytes
    made_at: str
    key_id: str
    body: bytes
    signature: bytes


def parse(value: Any) -> Head:
    """Return a head from its JSON; raises Malformed."""
    if not isinstance(value, dict) or set(value) != MEMBERS:
        raise Malformed("封签的形状不对")
    fields = {name: item for name, item in value.items() if name != "signature"}
    for name in ("number", "tree_size"):
        if type(value[name]) is not int or value[name] < 1:
            raise Malformed("封签的形状不对")
    return Head(
        number=value["number"],
        tree_size=value["tree_size"],
        root=digest(value["root"]),
        map_root=digest(value["map_root"]),
        made_at=value["made_at"],
        key_id=value["key_id"],
        body=hashes.head_body(fields),
        signature=bytes.fromhex(value["signature"]),
    )


def digest(text: Any) -> bytes:
    """Return the 32 bytes that a digest's hex says; raises Malformed."""
    value = bytes.fromhex(text)
    if len(value) != hashes.DIGEST:
        raise Malformed("摘要的长度不对")
    return value


def signed(head: Head, public: bytes) -> bool:
    """Whether the key signed the head, and the head names that key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(head.signature, head.body)
    except (InvalidSignature, ValueError):
        return False
    return head.key_id == hashes.sha256(public).hex()


def trusted(path: Path) -> tuple[Head, bytes]:
    """Return the head that the verifier trusts, and its public key: from a head file, or a bundle verified before."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                value, about = _small(archive, "head.json"), _small(archive, "bundle.json")
                return parse(value), digest(about["public_key"])
        with path.open("rb") as file:
            found = json.loads(file.read(LARGEST_HEAD))
        return parse(found["head"]), digest(found["public_key"])
    except Malformed:
        raise
    except OSError as problem:
        raise Malformed(f"读不到给定的封签：{problem.strerror or problem}") from problem
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zipfile.BadZipFile) as problem:
        raise Malformed("给定的封签文件不完好：应为 antong head 写出的文件，或验证过的证据包") from problem


def _small(archive: zipfile.ZipFile, name: str) -> Any:
    with archive.open(name) as file:
        return json.loads(file.read(LARGEST_HEAD))


def chain_end(proof: Any, chain: UUID, map_root: bytes) -> bytes | None:
    """Return the leaf hash to which a map commits for a chain, None where it commits to none; raises Malformed."""
    key = hashes.map_key(chain.bytes)
    bucket = [(digest(one), digest(leaf)) for one, leaf in proof["bucket"]]
    siblings = [digest(item) for item in proof["siblings"]]
    keys = [one for one, _ in bucket]
    if len(siblings) != hashes.MAP_DEPTH or keys != sorted(set(keys)):
        raise Malformed("链尾证明的形状不对")
    if any(hashes.bucket_of(one) != hashes.bucket_of(key) for one in keys):
        raise Malformed("链尾证明混入了别处的案件")
    if hashes.map_root(key, bucket, siblings) != map_root:
        raise Malformed("链尾证明与封签不符")
    return dict(bucket).get(key)
