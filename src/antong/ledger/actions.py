"""Writes of the room: entries, readings, idempotent answers, jobs. All but the readings join the caller's act."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection

from antong.kernel import canonical, clock
from antong.kernel.actor import Actor
from antong.kernel.ahead import Ahead
from antong.kernel.ids import new_id
from antong.kernel.moment import Moment
from antong.kernel.refusal import Refusal
from antong.ledger import hashing
from antong.ledger._planting import plant_block, plant_first_head
from antong.ledger.bundle import head_file
from antong.ledger.commands import acted, first_answer, once
from antong.ledger.models import ReadLog, ReadQueue
from antong.ledger.outbox import enqueue, job, run_again
from antong.ledger.spans import span
from antong.ledger.types import SYSTEM_CHAIN, Reading, Recorded

__all__ = [
    "acted",
    "destroy_openings",
    "enqueue",
    "first_answer",
    "head_file",
    "job",
    "locking",
    "log_readings",
    "once",
    "plant_block",
    "plant_first_head",
    "record",
    "remember_answer",
    "run_again",
    "span",
]

_LOCK = """
chain AS (
  INSERT INTO ledger_chain AS c (chain_id, last_number, last_digest, last_at)
  VALUES (%(chain)s, 0, %(no_digest)s, %(chain_at)s)
  ON CONFLICT (chain_id) DO UPDATE SET last_number = c.last_number
  RETURNING c.last_number, c.last_digest, c.last_at
)
"""

_WRITE = """
WITH entry AS (
  INSERT INTO ledger_entry (id, chain_id, number, happened_at, recorded_at, person_id, duty_id, post_id, unit_id,
    rank, on_behalf_of, channel, act, subject_ids, before, after, law, prev_digest, digest)
  VALUES (%(id)s, %(chain)s, %(number)s, %(happened_at)s, %(recorded_at)s, %(person)s, %(duty)s, %(post)s,
    %(unit)s, %(rank)s, %(on_behalf_of)s, %(channel)s, %(act)s, %(subjects)s::uuid[], %(before_hash)s,
    %(after_hash)s, %(law)s::jsonb, %(prev)s, %(digest)s)
), opening AS (
  INSERT INTO ledger_opening (entry_id, salt, before, after)
  SELECT %(id)s, %(salt)s, %(before)s::jsonb, %(after)s::jsonb
  WHERE %(before)s::jsonb IS NOT NULL OR %(after)s::jsonb IS NOT NULL
), queued AS (
  INSERT INTO ledger_queue (entry_id, chain_id, number, digest) VALUES (%(id)s, %(chain)s, %(number)s, %(digest)s)
), remembered AS (
  INSERT INTO ledger_command (key, person_id, act, answer, at)
  SELECT %(key)s, %(person)s, %(act)s, %(answer)s::jsonb, %(recorded_at)s WHERE %(key)s::uuid IS NOT NULL
)
UPDATE ledger_chain SET last_number = %(number)s, last_digest = %(digest)s, last_at = %(recorded_at)s WHERE chain_id = %(chain)s
"""


def locking(chain_id: UUID, moment: Moment) -> Ahead:
    """Return what locks a chain within the last statement of an act; its answer goes to `record` as `last`."""
    return Ahead(
        text=_LOCK,
        values={"chain": chain_id, "no_digest": hashing.ZERO, "chain_at": moment.recorded_at},
        answer="SELECT last_number, last_digest, last_at FROM chain",
    )


def record(
    actor: Actor,
    *,
    chain_id: UUID,
    act: str,
    moment: Moment,
    subjects: Sequence[UUID] = (),
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    law: Any = None,
    key: UUID | None = None,
    answer: Mapping[str, Any] | None = None,
    last: tuple[int, bytes, datetime] | None = None,
) -> Recorded:
    """Write one entry in the caller's transaction; exactly two statements, one with `last` (see `locking`).

    `before` and `after` are what the act changed: only a commitment to them enters the ledger, they
    themselves stay beside it with their salt; on the house's own chain from where and by what the actor came stands in
    `after` too. `law` is what the law answered: articles, dates, no names.
    With `key` the `answer` is remembered for repeated commands; a key that was used is refused ("key-used"), and
    the caller looks up its first answer. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an entry is written in the transaction of its act")
    salt = os.urandom(32)
    plain_before = None if before is None else canonical.plain(dict(before))
    whence = _whence(actor) if chain_id == SYSTEM_CHAIN else {}
    plain_after = canonical.plain(whence | dict(after or {})) if whence or after is not None else None
    plain_law = None if law is None else canonical.plain(law)
    with connection.cursor() as cursor:
        if last is None:
            lock = locking(chain_id, moment)
            cursor.execute(lock.statement, lock.values)
            last = cursor.fetchone()
        last_number, last_digest, last_at = last
        # taken under the chain's lock, and never before the entry before, even when a clock is set back
        recorded_at = max(clock.now(), last_at)
        entry_id, number, prev = new_id(), last_number + 1, bytes(last_digest)
        before_hash = None if plain_before is None else hashing.commitment(salt, plain_before)
        after_hash = None if plain_after is None else hashing.commitment(salt, plain_after)
        values: dict[str, Any] = {
            "chain": chain_id,
            "number": number,
            "happened_at": moment.happened_at,
            "recorded_at": recorded_at,
            "person": actor.person_id,
            "duty": actor.duty_id,
            "post": actor.post_id,
            "unit": actor.unit_id,
            "rank": actor.rank.value,
            "on_behalf_of": actor.on_behalf_of,
            "channel": actor.channel.value,
            "act": act,
            "subjects": list(subjects),
        }
        digest = hashing.entry_digest(
            {**values, "before": before_hash, "after": after_hash, "law": plain_law, "prev": prev}
        )
        _write(
            cursor,
            {
                **values,
                "id": entry_id,
                "salt": salt,
                "before_hash": before_hash,
                "after_hash": after_hash,
                "before": _json(plain_before),
                "after": _json(plain_after),
                "law": _json(plain_law),
                "prev": prev,
                "digest": digest,
                "key": key,
                "answer": _json(canonical.plain(dict(answer or {}) | {"entry_number": number})),
            },
        )
    return Recorded(
        entry_id=entry_id, chain_id=chain_id, number=number, digest=digest, recorded_at=recorded_at
    )


def _whence(actor: Actor) -> dict[str, str]:
    """Return from where and by what an actor came, as far as that is known."""
    return {name: said for name, said in (("address", actor.address), ("by", actor.by)) if said}


def _write(cursor: Any, values: Mapping[str, Any]) -> None:
    try:
        cursor.execute(_WRITE, values)
    except IntegrityError as error:
        if "command_once" not in str(error):
            raise
        raise Refusal(
            "不能重复办理：这一次提交已经办过。",
            code="key-used",
            basis=("案通登记规则：一次提交只办理一次",),
            remedy="刷新页面看结果；要再办一件，重新打开表单。",
        ) from error


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def remember_answer(actor: Actor, key: UUID | None, act: str, answer: Mapping[str, Any]) -> None:
    """Remember the answer to a command, within the caller's act; one statement, none without key."""
    if key is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_command (key, person_id, act, answer, at) VALUES (%s, %s, %s, %s::jsonb, %s)",
            [key, actor.person_id, act, _json(canonical.plain(dict(answer))), clock.now()],
        )


def log_readings(readings: Sequence[Reading]) -> None:
    """Append readings to the read log, in the caller's transaction; three statements. Those logged before are left out."""
    given = [reading.id for reading in readings if reading.id is not None]
    known = set(ReadLog.objects.filter(id__in=given).values_list("id", flat=True)) if given else set()
    rows = [
        ReadLog(
            id=reading.id or new_id(),
            person_id=reading.person_id,
            person_name=reading.person_name,
            duty_id=reading.duty_id,
            unit_id=reading.unit_id,
            case_id=reading.case_id,
            what=reading.what,
            pages=list(reading.pages),
            reason=reading.reason,
            at=reading.at,
        )
        for reading in readings
        if reading.id not in known
    ]
    ReadLog.objects.bulk_create(rows)
    ReadQueue.objects.bulk_create([ReadQueue(reading_id=row.id) for row in rows])


_DESTROY = """
DELETE FROM ledger_opening o USING ledger_entry e
WHERE e.id = o.entry_id AND (e.chain_id = %(chain)s OR (e.chain_id = %(house)s AND e.subject_ids && %(about)s::uuid[]))
"""
_FORGET = "DELETE FROM ledger_command WHERE answer ? 'case_id' AND answer ->> 'case_id' = %s"


def destroy_openings(chain_id: UUID, *, about: Sequence[UUID]) -> int:
    """Destroy what the entries of a chain commit to, with the salts, within the caller's act; return how many.

    So too on the house's own chain, where an entry's subjects are among `about`. The entries stay and prove themselves
    and each other; what they committed to can neither be read nor guessed. The answer remembered to the command that
    made the case goes too: it names it. Four statements.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('antong.destroying', 'on', true)")
        cursor.execute(_DESTROY, {"chain": chain_id, "house": SYSTEM_CHAIN, "about": list(about)})
        gone = int(cursor.rowcount)
        cursor.execute("SELECT set_config('antong.destroying', 'off', true)")
        cursor.execute(_FORGET, [str(chain_id)])
    return gone
