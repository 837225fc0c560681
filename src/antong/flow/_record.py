"""How every act on a hand-over ends: one ledger entry, and the answer that a repeated command gets again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antong.flow.models import HandOver
from antong.flow.types import Done, State
from antong.kernel.actor import Actor
from antong.kernel.moment import Moment
from antong.ledger import actions as ledger


def recorded(
    actor: Actor,
    handover: HandOver,
    act: str,
    when: Moment,
    *,
    state: State,
    after: Mapping[str, Any],
    subjects: Sequence[UUID] = (),
    law: Any = None,
    key: UUID | None = None,
    document_ids: tuple[UUID, ...] = (),
    last: Any = None,
) -> Done:
    """Write the entry of an act within its transaction, and return the act's answer; two statements.

    `last` is the answer of the act's own statement where that has locked the chain (`ledger.locking`); then one.
    """
    entry = ledger.record(
        actor,
        chain_id=handover.case_id,
        act=act,
        moment=when,
        subjects=[handover.id, *subjects],
        after=after,
        law=law or None,
        key=key,
        last=last,
        answer={
            "handover_id": handover.id,
            "state": state,
            "version": handover.version,
            "documents": list(document_ids),
        },
    )
    return Done(
        handover_id=handover.id,
        state=state,
        version=handover.version,
        entry_number=entry.number,
        document_ids=document_ids,
    )
