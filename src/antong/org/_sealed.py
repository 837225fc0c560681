"""Secrets of people at rest: sealed, or digested, under keys derived from the master key."""

from __future__ import annotations

import hashlib
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from antong.kernel.refusal import Refusal
from antong.ledger import keys

_NONCE = 12


def _key(use: bytes) -> bytes:
    try:
        master = keys.master_key()
    except keys.NoMasterKey as error:
        raise _lost() from error
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"antong.org." + use).derive(master)


def _lost() -> Refusal:
    return Refusal(
        "不能办理：打不开保存的密钥，主密钥不见了或不是原来的。",
        code="master-key",
        basis=("案通密钥规则：主密钥与数据库分开保存，缺一不可",),
        remedy="在服务器上运行 antong doctor，从密钥备份把 master 放回 ANTONG_KEYS。",
        who="系统管理员",
    )


def seal(owner: UUID, secret: bytes) -> bytes:
    """Return a secret sealed for its owner's row; the master key is made where there is none yet."""
    keys.ensure_master_key()
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key(b"seal")).encrypt(nonce, secret, owner.bytes)


def unseal(owner: UUID, sealed: bytes) -> bytes:
    """Return what was sealed for an owner; raises Refusal where the master key is not the one it was sealed by."""
    try:
        return AESGCM(_key(b"seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.bytes)
    except InvalidTag as error:
        raise _lost() from error


def digest(owner: UUID, text: str) -> bytes:
    """Return the digest by which a code of an owner is known again; without the master key it says nothing."""
    return hmac.new(_key(b"digest"), owner.bytes + text.encode(), hashlib.sha256).digest()
