"""The boundary of an action: a repeated command gets its first answer, a deadlock is tried once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import errors

from antong.kernel.actor import Actor
from antong.kernel.refusal import Refusal
from antong.ledger import spans

Facts = ParamSpec("Facts")
Answer = TypeVar("Answer")
ONCE = "command_once"
"""The constraint by which the second of two equal commands is noticed."""


def first_answer(actor: Actor, key: UUID | None, *acts: str) -> Mapping[str, Any] | None:
    """Return the first answer to a command of this person with this key, or None; one statement, none without key.

    `acts` are the acts by which the command may have gone into the ledger (approved, or sent back).
    """
    if key is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT answer FROM ledger_command WHERE key = %s AND person_id = %s AND act = ANY(%s)",
            [key, actor.person_id, list(acts)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    found: Mapping[str, Any] = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    return found


def acted(action: Callable[Facts, Answer]) -> Callable[Facts, Answer]:
    """Make a function one transaction, tried once more where the database ended it to undo a deadlock."""

    @wraps(action)
    def run(*args: Facts.args, **facts: Facts.kwargs) -> Answer:
        def once() -> Answer:
            with transaction.atomic():
                return action(*args, **facts)

        with spans.span("act", _name(action), {}):
            return _steadily(once)

    return run


def once(*acts: str, found: Callable[[Mapping[str, Any]], Answer]) -> Callable[..., Callable[..., Answer]]:
    """Give an action its first answer back when the same key comes again, one after the other or at once.

    The first run costs no statement for it: a repeated act is refused by what the first has changed, or meets the
    first one's key when it writes its entry, which is one of `acts`; only then is the answer looked up. `found`
    reads it. The action remembers it by giving its key to `record`, within the transaction of the act.
    """

    def wrap(action: Callable[..., Answer]) -> Callable[..., Answer]:
        @wraps(action)
        def run(actor: Actor, *, key: UUID | None = None, **facts: Any) -> Answer:
            try:
                with spans.span("act", _name(action), {}):
                    return _steadily(lambda: action(actor, key=key, **facts))
            except (Refusal, IntegrityError) as problem:
                if isinstance(problem, IntegrityError) and not _repeated(problem):
                    raise
                answer = first_answer(actor, key, *acts)
                if answer is None:
                    raise
                return found(answer)

        return run

    return wrap


def _name(action: Callable[..., Any]) -> str:
    """Return the room and name of an action."""
    return f"{action.__module__.split('.')[1]}.{action.__name__}"


def _steadily(run: Callable[[], Answer]) -> Answer:
    try:
        return run()
    except OperationalError as problem:
        # inside another transaction that one is lost too: its own boundary tries again
        if connection.in_atomic_block or not isinstance(problem.__cause__, errors.DeadlockDetected):
            raise
        return run()


def _repeated(problem: IntegrityError) -> bool:
    cause = problem.__cause__
    return isinstance(cause, errors.UniqueViolation) and cause.diag.constraint_name == ONCE
