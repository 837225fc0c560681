"""One round of the watch, and what tells when rounds stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from antong.kernel import clock
from antong.kernel.moment import moment
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.types import UnitKind
from antong.watch import _alarms
from antong.watch._look import count, look
from antong.watch.models import Beat
from antong.watch.types import SILENT_AFTER, AlarmKind

LOCK = 7_305_117
"""The advisory lock of whoever looks: one at a time."""
TOLD_OF_SILENCE = (UnitKind.HUB, UnitKind.COMMITTEE, UnitKind.DETENTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a round has done."""

    at: datetime
    number: int
    people: int
    raised: int
    cleared: int
    escalated: int
    standing: int


@contextmanager
def standing_aside() -> Iterator[None]:
    """Keep every watch from looking while a history of months is written within a minute: half-told it would call.

    For the demonstration. Longer than two minutes of it are silence, and told as that.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def run_round() -> Looked | None:
    """Look at everybody held; raise, clear and escalate; say that it was looked. None where another watch is looking."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
    try:
        return _looked()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _looked() -> Looked:
    now = clock.now()
    beat, _ = Beat.objects.get_or_create(id=1, defaults={"began_at": now, "at": now})
    found = {(one.party_id, one.kind): one for one in look(now, began=beat.began_at)}
    people = count(now)
    before = {(row.party_id, AlarmKind(row.kind)): row for row in _alarms.standing()}
    raised = sum(_alarms.raise_alarm(one) for key, one in found.items() if key not in before)
    cleared = sum(_alarms.clear(row.id) for key, row in before.items() if key not in found)
    due = [
        row.id for key, row in before.items() if key in found and (_alarms.next_at(row) or clock.now()) < now
    ]
    escalated = sum(_alarms.escalate(alarm_id) for alarm_id in due)
    _beat(now, people, len(found))
    return Looked(
        at=now, number=beat.number + 1, people=people, raised=raised, cleared=cleared, escalated=escalated,
        standing=len(found),
    )  # fmt: skip


@transaction.atomic
def _beat(now: datetime, people: int, alarms: int) -> None:
    row = Beat.objects.select_for_update().get(id=1)
    if row.silent_at is not None:
        ledger.record(
            org.HOUSE,
            chain_id=SYSTEM_CHAIN,
            act="watch.back",
            moment=moment(),
            after={"silent_since": row.silent_at},
        )
    row.at, row.number, row.people, row.alarms, row.silent_at = now, row.number + 1, people, alarms, None
    row.save(update_fields=["at", "number", "people", "alarms", "silent_at"])


def tell_silence() -> int:
    """Put on the record that the watch has stopped, and tell who must know; once for each silence. Return how many were told.

    A watch that has never looked is silent since the first time this is asked.
    """
    now = clock.now()
    Beat.objects.get_or_create(id=1, defaults={"began_at": now, "at": now})
    with transaction.atomic():
        row = Beat.objects.select_for_update().get(id=1)
        if row.silent_at is not None or now - row.at <= SILENT_AFTER:
            return 0
        row.silent_at = row.at
        row.save(update_fields=["silent_at"])
        whom = [unit.id for unit in org.find_units(kinds=TOLD_OF_SILENCE, most=1000)]
        org_actions.notify(
            org.HOUSE, to_units=whom, kind="custody", title="羁押守望已停",
            body=f"独立守望自 {clock.local(row.at):%m-%d %H:%M} 起没有核对；在恢复之前，请人工核对在押人员的羁押期限。",
        )  # fmt: skip
        ledger.record(
            org.HOUSE, chain_id=SYSTEM_CHAIN, act="watch.silent", moment=moment(), after={"since": row.at}
        )
    return len(whom)
