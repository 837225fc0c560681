"""Writes of the room: each one transaction, one ledger entry."""

from __future__ import annotations

from antong.watch._alarms import answer, erase
from antong.watch._round import Looked, run_round, standing_aside, tell_silence

__all__ = ["Looked", "answer", "erase", "run_round", "standing_aside", "tell_silence"]
