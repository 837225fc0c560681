"""The key that signs heads and the master key that seals secrets: files of their own, apart from the database (design §6)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from antong.kernel.refusal import Refusal
from antong.ledger import hashing
from antong.ledger.models import Head

_MASTER = 32


class NoMasterKey(Exception):
    """The master key is missing or cut short."""


def ensure_key(path: Path) -> None:
    """Make a head key at `path` (mode 0600) where there is none."""
    if path.exists():
        return
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _keep(path, pem)


def _keep(path: Path, content: bytes) -> None:
    """Write a key whole, mode 0600, and never over one that another process made meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.urandom(6).hex()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def master_key() -> bytes:
    """Return the key that wraps case keys and seals secrets, from its own file. Raises NoMasterKey."""
    try:
        key = Path(settings.ANTONG_MASTER_KEY).read_bytes()
    except FileNotFoundError as error:
        raise NoMasterKey("the master key file is missing") from error
    if len(key) != _MASTER:
        raise NoMasterKey("the master key file does not hold 32 bytes")
    return key


def ensure_master_key() -> None:
    """Have the master key at hand: made once where there is none."""
    path = Path(settings.ANTONG_MASTER_KEY)
    if not path.exists():
        _keep(path, os.urandom(_MASTER))


def ready() -> None:
    """Have the head key at hand: made where no head was ever signed; refuses where the key of earlier heads is gone.

    A new key would leave every head given out without one who can continue it.
    """
    path = Path(settings.ANTONG_HEAD_KEY)
    last = Head.objects.order_by("-number").values_list("key_id", flat=True).first()
    if last is None:
        ensure_key(path)
    elif not path.exists() or key_id() != last:
        raise Refusal(
            f"不能启动：{path.name} 不是签过此前封签的密钥，或不见了。",
            code="head-key",
            basis=("案通账本规则：封签密钥与数据库分开保存，缺一不可",),
            remedy="从密钥的备份放回原处（ANTONG_KEYS）；不要另造新密钥，否则此前的封签无法接续。",
            who="安全管理员",
        )


@cache
def _load(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("the head key is an Ed25519 key")
    return key


def sign(body: bytes) -> bytes:
    """Return the signature of a head's body (64 bytes)."""
    return _load(Path(settings.ANTONG_HEAD_KEY)).sign(body)


def public_key() -> bytes:
    """Return the raw public key (32 bytes)."""
    public: Ed25519PublicKey = _load(Path(settings.ANTONG_HEAD_KEY)).public_key()
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id() -> str:
    """Return the key's fingerprint: SHA-256 of the raw public key, in hex."""
    return hashing.sha256(public_key()).hex()


def verify(body: bytes, signature: bytes) -> bool:
    """Whether `signature` over `body` was made by this key."""
    try:
        _load(Path(settings.ANTONG_HEAD_KEY)).public_key().verify(signature, body)
    except InvalidSignature:
        return False
    return True
