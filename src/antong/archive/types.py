"""Values that `archive` gives to other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from antong.kernel.worded import Worded

WAIT = timedelta(days=7)
"""How long a proposal waits before it can be carried out, so that every unit that has the case can object."""


class DestructionState(Worded):
    """How a destruction stands."""

    PROPOSED = "proposed", "待批准"
    REFUSED = "refused", "不同意"
    WITHDRAWN = "withdrawn", "已撤回"
    DONE = "done", "已销毁"


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionView:
    """One destruction: what of, by which approval, who proposed and who decided it, and what the ledger says of it.

    `held` is what the file held when it was destroyed, `left` how many sealed objects, unreadable by then, are not removed yet.
    """

    id: UUID
    case_id: UUID
    number: str
    unit_id: UUID
    unit_name: str
    state: DestructionState
    approval_number: str
    approved_on: date
    retention_ended_on: date
    reason: str
    held: dict[str, Any]
    proposed_by: UUID
    proposed_name: str
    proposed_at: datetime
    decided_by: UUID | None
    decided_name: str
    decided_unit: str
    decided_at: datetime | None
    note: str
    entry_number: int | None
    entry_digest: str
    again_at: datetime | None
    left: int

    @property
    def waits_until(self) -> datetime:
        """From when on it can be carried out."""
        return self.proposed_at + WAIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """What must be known of a destruction outside the database, so that a restored one repeats it (`antong destroyed`)."""

    id: UUID
    case_id: UUID
    number: str
    unit_id: UUID
    approval_number: str
    approved_on: date
    retention_ended_on: date
    reason: str
    held: dict[str, Any]
    proposed_by: UUID
    proposed_name: str
    proposed_at: datetime
    decided_by: UUID
    decided_name: str
    decided_at: datetime
    entry_number: int
    entry_digest: str
