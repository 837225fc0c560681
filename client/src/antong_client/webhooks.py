"""The receiver's side of webhooks (Standard Webhooks): whether a call is the house's own, and what it says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from antong_client.reading import read

TOLERANCE = 300
"""Seconds by which clocks may differ, and for which a call that somebody copied could be sent again."""


class Forged(Exception):
    """A call that the house did not make, or made long ago: answer 401 and do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What happened; `id` is the same however often it is told: drop what you have."""

    id: UUID
    type: str
    timestamp: datetime
    place: int
    case_id: UUID
    handover_id: UUID | None
    unit_id: UUID


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> Happened:
    """Return what a call says; raises Forged. `secrets` is the secret, while it is replaced both."""
    named = {name.lower(): value for name, value in headers.items()}
    try:
        event, at = named["webhook-id"], named["webhook-timestamp"]
        given = [one[3:] for one in named["webhook-signature"].split() if one.startswith("v1,")]
        late = abs((time.time() if now is None else now) - int(at)) > TOLERANCE
        keys = [base64.b64decode(one.removeprefix("whsec_"), validate=True) for one in secrets]
    except (KeyError, ValueError, binascii.Error) as problem:
        raise Forged("a header or a secret is missing or malformed") from problem
    said = f"{event}.{at}.".encode() + body
    right = [base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode() for key in keys]
    if not any(hmac.compare_digest(one.encode(), other.encode()) for one in given for other in right):
        raise Forged("no signature by a secret of ours")
    if late:
        raise Forged("the call is older than five minutes, or a clock is wrong")
    told = json.loads(body)
    found: Happened = read(
        Happened, {**told["data"], "id": event, "type": told["type"], "timestamp": told["timestamp"]}
    )
    return found
