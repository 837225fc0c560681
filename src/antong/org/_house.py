"""Who acts when the house acts by itself, or at the word of somebody it does not know."""

from __future__ import annotations

from antong.kernel.actor import Actor, Channel, Rank
from antong.ledger.types import SYSTEM_CHAIN

HOUSE = Actor(
    person_id=SYSTEM_CHAIN,
    person_name="平台",
    duty_id=SYSTEM_CHAIN,
    post_id=SYSTEM_CHAIN,
    post_name="平台",
    rank=Rank.PRIMARY,
    role="system",
    unit_id=SYSTEM_CHAIN,
    unit_name="案通平台",
    unit_kind="hub",
    unit_level="prefecture",
    permissions=frozenset(),
    channel=Channel.JOB,
)
"""Who acts when the house acts by itself."""
