"""Jobs of the room."""

from __future__ import annotations

from antong.flow import _overdue, _silence
from antong.ledger.actions import job


@job("flow.notice-silence", retries=2)
def notice_silence() -> None:
    """Warn of every receipt that is nearly late, make evidence of every one that is, tell of all else past its day."""
    _silence.sweep()
    _overdue.sweep()


@job("flow.escalate-notices", retries=2)
def escalate_notices() -> None:
    """Send notices that nobody has answered in time to whoever stands above."""
    _silence.escalate()
