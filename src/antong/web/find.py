"""What somebody looks for never stands in an address: names stay out of histories, logs and proxies (design §10).

The forms of lists are posted to /find, which leads to the list with the text sealed into an opaque parameter.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

PARAMETER = "find"
LONGEST = 100
_NONCE = 12


def _key() -> bytes:
    return hashlib.sha256(f"antong.find:{settings.SECRET_KEY}".encode()).digest()


def seal(text: str) -> str:
    """Return `text` (at most 100 characters) as a parameter that says nothing."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(_key()).encrypt(nonce, text[:LONGEST].encode(), None)
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def text_of(values: Mapping[str, str]) -> str:
    """Return what was looked for, or nothing where the parameter is missing or not ours."""
    given = values.get(PARAMETER, "")
    try:
        raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
        return AESGCM(_key()).decrypt(raw[:_NONCE], raw[_NONCE:], None).decode() if given else ""
    except (ValueError, InvalidTag):
        return ""
