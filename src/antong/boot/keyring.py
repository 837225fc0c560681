"""The keys that a backup does not hold and cannot do without: whether they are there, and whether a copy is kept elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from antong.boot.environment import Environment
from antong.kernel import clock
from antong.kernel.refusal import Refusal

KEYS = ("head.pem", "master")
NEEDED = {"head.pem": "接不上已签的封签", "master": "卷宗一件也打不开"}
"""What is lost with a key."""
APART = "keys-kept.json"
"""A file of the state folder that says of which keys `--keys-to` has made a copy, and when."""


def keys_of(env: Environment) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the keys at hand, and in words those that this database needs and that are not there, or are others."""
    from antong.dossier import selectors as dossier  # noqa: PLC0415
    from antong.ledger import keys as head_keys  # noqa: PLC0415
    from antong.ledger import selectors as ledger  # noqa: PLC0415

    found, why = {}, {}
    for name in KEYS:
        try:
            found[name] = (env.keys / name).read_bytes()
        except FileNotFoundError:
            why[name] = "不见了"
        except OSError as error:
            why[name] = f"读不出来（{error.strerror}）"
    if ledger.latest_head() is None:
        why.pop("head.pem", None)
    elif "head.pem" in found:
        try:
            head_keys.ready()
        except (Refusal, ValueError):
            why["head.pem"] = "不是签过此前封签的那一把"
    try:
        opens = dossier.master_key_opens()
    except OSError:
        opens = False
    if opens:
        why.pop("master", None)
    elif "master" in found:
        why["master"] = "不是锁住这些卷宗的那一把"
    lost = tuple(f"{env.keys / name} {said}：没有它，从这个备份{NEEDED[name]}" for name, said in why.items())
    return {name: body for name, body in found.items() if name not in why}, lost


def not_whole(lost: tuple[str, ...]) -> Refusal:
    """Return the refusal to write keys elsewhere that would not open this backup, over those that did perhaps."""
    return Refusal(
        "没有备份：--keys-to 要写的密钥不齐。",
        code="keys-lost",
        basis=("案通备份规则：密钥与备份分开保管，缺密钥打不开卷宗、接不上账本",),
        remedy="从密钥备份放回原来的密钥，不要另造；放回以前只备份数据的，去掉 --keys-to。",
        who="安全管理员",
        items=lost,
    )


def refuse_beside(keys_to: Path, key: Path) -> None:
    """Refuse to write the keys beside the key that opens them: whoever takes the one takes the other."""
    if keys_to.resolve().parent == key.resolve().parent:
        raise Refusal(
            f"没有备份：{keys_to} 与打开它的备份密钥 {key} 在同一个目录。",
            code="keys-beside-key",
            basis=("案通备份规则：备份、原件、密钥三处分开",),
            remedy="--keys-to 写到另一处，最好是另一台机器或收起来的介质上。",
        )


def kept_apart(env: Environment, marked: dict[str, str], keys_to: Path | None) -> tuple[str, ...]:
    """Note that `--keys-to` has made a copy; return what is to be said where none was ever made of these keys."""
    note = env.state / APART
    if keys_to is not None:
        note.write_text(json.dumps({**marked, "at": clock.now().isoformat()}))
        return ()
    with suppress(OSError, ValueError, AttributeError):
        told = json.loads(note.read_text())
        if all(told.get(name) == mark for name, mark in marked.items()):
            return ()
    return (
        f"打开这个备份所需的密钥只在 {env.keys}，没有用 --keys-to 在别处存过一份：本机一坏，备份就打不开。",
    )


def beside_backups(folder: Path, key: Path) -> tuple[str, ...]:
    """Return what is to be said where the key that seals backups lies among them."""
    if not key.resolve().is_relative_to(folder.resolve()):
        return ()
    return (f"备份密钥 {key} 就在备份目录里：谁拿到备份，谁就能打开；移到别处。",)


def marks(keys: dict[str, bytes]) -> dict[str, str]:
    """Return what tells these keys from others, as a manifest names them."""
    return {"head": head_key_id(keys.get("head.pem")), "master": master_mark(keys.get("master"))}


def head_key(pem: bytes) -> Ed25519PrivateKey:
    """Return the key that signs heads. Raises ValueError where a file holds something else."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("the head key is an Ed25519 key")  # noqa: TRY004 - what is in a file is no type of ours
    return key


def head_key_id(pem: bytes | None) -> str:
    """Return the fingerprint of the key that signs heads, as heads name it; nothing without one. Raises ValueError."""
    if pem is None:
        return ""
    return hashlib.sha256(head_key(pem).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def master_mark(key: bytes | None) -> str:
    """Return what tells the key that wraps case keys from another, and nothing of it; nothing without one."""
    return "" if key is None else hmac.new(key, b"antong/backup/master", hashlib.sha256).hexdigest()[:32]
