"""A repeated command returns the first answer (design §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from antong.flow.types import Done, State
from antong.ledger import actions as ledger


def once(*acts: str) -> Callable[..., Callable[..., Done]]:
    """Give an action on a hand-over its first answer back when the same key comes again (see `ledger.once`)."""
    return ledger.once(*acts, found=_done)


def _done(answer: Mapping[str, Any]) -> Done:
    return Done(
        handover_id=UUID(answer["handover_id"]),
        state=State(answer["state"]),
        version=answer["version"],
        entry_number=answer["entry_number"],
        document_ids=tuple(UUID(one) for one in answer.get("documents", ())),
    )
