"""A repeated command returns the first answer (design §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from antong.flow.types import Done, State
from antong.kernel.actor import Actor
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger


def once(act: str) -> Callable[[Callable[..., Done]], Callable[..., Done]]:
    """Give an action its first answer back when the same key comes again.

    A repeated act is always refused, by the hand-over's version or state or by the ledger, which takes a key once;
    so the answer is looked up only then, and the first run costs no statement for it. The action remembers its
    answer in its ledger entry.
    """

    def wrap(action: Callable[..., Done]) -> Callable[..., Done]:
        def run(actor: Actor, *, key: UUID | None = None, **facts: Any) -> Done:
            try:
                return action(actor, key=key, **facts)
            except Refusal:
                answer = ledger.first_answer(actor, key, act)
                if answer is None:
                    raise
                return Done(
                    handover_id=UUID(answer["handover_id"]),
                    state=State(answer["state"]),
                    version=answer["version"],
                    entry_number=answer["entry_number"],
                )

        run.__doc__, run.__name__ = action.__doc__, action.__name__
        return run

    return wrap
