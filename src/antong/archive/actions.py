"""Writes of the room: each one transaction, one ledger entry on the case's chain."""

from __future__ import annotations

from antong.archive._destroy import destroy, destroy_again, destroy_all_again
from antong.archive._propose import Grounds, propose, refuse, withdraw

__all__ = ["Grounds", "destroy", "destroy_again", "destroy_all_again", "propose", "refuse", "withdraw"]
