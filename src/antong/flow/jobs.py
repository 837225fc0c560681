"""Jobs of the room."""

from __future__ import annotations

from antong.flow import _silence
from antong.ledger.actions import job


@job("flow.notice-silence", retries=2)
def notice_silence() -> None:
    """Make evidence of every obligation whose receipt is late."""
    _silence.sweep()
