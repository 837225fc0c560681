"""All running limits computed again, once the calendar, the table of rules or the readings chosen are others than before.

A limit keeps by what it was computed (`timelimit.version`). What is not of the version in force is read in the order of its
end, batch by batch; the law answers in processes of its own; what ends as before is only stamped, what moved is written case
by case with an entry, a row in the list of moves, and a word to the handler. Interrupted it goes on where it was: the place
reached stands in its row, and what is done is of the new version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from antong.cases import _derive, _recount
from antong.cases.models import Case, Recount
from antong.kernel import clock
from antong.kernel.moment import moment
from antong.law import batch, calendar, timelimit
from antong.law.batch import Anew, Stored
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import selectors as org

BATCH = 10_000
"""How many limits are read at once."""
PART = 1_000
"""How many of them one process is asked for."""
TOGETHER = 50
"""How many cases whose limits moved are locked and written in one transaction."""
PROCESSES = 2
WAIT = timedelta(seconds=60)
"""After how long every process of the house computes by what is in force; until then what it writes may be of before."""

_READ = """
SELECT l.id, l.xmin::text, l.case_id, l.due_at, l.rule, l.facts::text, extract(epoch FROM l.due_at)::bigint::text,
  l.derivation::text, l.alternatives::text
FROM cases_limit l
WHERE l.state = 'running' AND l.table_version <> %(version)s
  AND (%(due)s::timestamptz IS NULL OR (l.due_at >= %(due)s AND (l.due_at, l.id) > (%(due)s, %(id)s)))
ORDER BY l.due_at, l.id LIMIT %(most)s
"""
_STAMP = """
UPDATE cases_limit l SET table_version = %(version)s FROM unnest(%(ids)s::uuid[], %(seen)s::text[]) AS w(id, seen)
WHERE l.id = w.id AND l.state = 'running' AND l.xmin::text = w.seen
"""
_AS_SEEN = """
SELECT l.id, l.party_id, l.unit_id, l.rule, l.facts, l.due_at, l.table_version, l.case_id FROM cases_limit l
JOIN unnest(%(ids)s::uuid[], %(seen)s::text[]) AS w(id, seen) ON w.id = l.id
WHERE l.state = 'running' AND l.xmin::text = w.seen ORDER BY l.id
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """A limit as it was read; `seen` tells whether anybody has changed it since."""

    id: UUID
    seen: str
    case_id: UUID
    due_at: datetime
    stored: Stored


def recount(*, processes: int = PROCESSES, wait: timedelta = WAIT) -> int:
    """Bring all running limits to the version in force, if they are not; return how many moved.

    One statement where there is nothing to do. Two houses' chores may run it at once: only one does.
    """
    version = timelimit.version(conventions=settings.ANTONG_CONVENTIONS)
    newest = Recount.objects.order_by("-started_at").first()
    if newest is not None and newest.version == version and newest.finished_at is not None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('cases.recount'))")
        (mine,) = cursor.fetchone()
        if not mine:
            return 0
        try:
            return _run(_begun(newest, version), processes, wait)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('cases.recount'))")


def _begun(newest: Recount | None, version: str) -> Recount:
    if newest is not None and newest.version == version:
        return newest
    before = newest.version if newest else ""
    return Recount.objects.create(version=version, before=before, started_at=clock.now())


def _run(run: Recount, processes: int, wait: timedelta) -> int:
    moved_before = run.moved
    with _pool(processes) as pool:
        while True:
            rows = _read(run)
            if rows:
                _do(run, rows, pool)
            elif run.reached_due is not None:
                run.reached_due = run.reached_id = (
                    None  # once more from the beginning: what was written meanwhile
                )
                run.save(update_fields=["reached_due", "reached_id"])
            else:
                break
    if clock.now() >= run.started_at + wait:
        _finish(run)
    return run.moved - moved_before


@contextmanager
def _pool(processes: int) -> Iterator[Executor | None]:
    """Yield processes that compute by what this one computes by; None for none: it computes itself.

    They are begun anew, not forked: this one has connections and threads.
    """
    by = (calendar.brought(), settings.ANTONG_CONVENTIONS)
    if processes < 1:
        batch.prepare(*by)
        yield None
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), batch.prepare, by) as pool:
        yield pool


def _read(run: Recount) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            _READ, {"version": run.version, "due": run.reached_due, "id": run.reached_id, "most": BATCH}
        )
        return [
            _Row(limit_id, seen, case_id, due_at, Stored(*stored))
            for limit_id, seen, case_id, due_at, *stored in cursor.fetchall()
        ]


def _do(run: Recount, rows: Sequence[_Row], pool: Executor | None) -> None:
    """Compute a batch again and write what came of it; then the place reached."""
    parts = [[row.stored for row in rows[at : at + PART]] for at in range(0, len(rows), PART)]
    answered = pool.map(batch.different, parts) if pool else map(batch.different, parts)
    changed: dict[int, Anew] = {
        number * PART + place: anew for number, found in enumerate(answered) for place, anew in found
    }
    run.refused += sum(bool(anew.why) for anew in changed.values())
    _stamp(run, [row for place, row in enumerate(rows) if place not in changed or changed[place].why])
    by_case: dict[UUID, list[tuple[_Row, Anew]]] = {}
    same_end: list[tuple[_Row, Anew]] = []
    for place, anew in changed.items():
        row = rows[place]
        if not anew.why and anew.due_at == row.stored.due_at:
            same_end.append((row, anew))
        elif not anew.why:
            by_case.setdefault(row.case_id, []).append((row, anew))
    _in_words_alone(run, same_end)
    moving = sorted(by_case)
    for at in range(0, len(moving), TOGETHER):
        run.moved += _move(run, {case_id: by_case[case_id] for case_id in moving[at : at + TOGETHER]})
    run.seen += len(rows)
    run.reached_due, run.reached_id = rows[-1].due_at, rows[-1].id
    run.save(update_fields=["refused", "moved", "seen", "reached_due", "reached_id"])


def _stamp(run: Recount, rows: Sequence[_Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _STAMP,
            {"version": run.version, "ids": [row.id for row in rows], "seen": [row.seen for row in rows]},
        )


def _in_words_alone(run: Recount, those: Sequence[tuple[_Row, Anew]]) -> None:
    """Write those that end as before, by another derivation."""
    if not those:
        return
    with transaction.atomic():
        _recount.write([_written(run, row.id, json.loads(row.stored.facts), anew) for row, anew in those])


@ledger.acted
def _move(run: Recount, by_case: Mapping[UUID, Sequence[tuple[_Row, Anew]]]) -> int:
    """Write the limits of some cases that end at another time now; return how many.

    One entry a case, one row a limit in the list of moves, a word to the handlers; the cases are locked, in the order in
    which others lock several, and what an act has changed meanwhile is left for the next pass.
    """
    those = [pair for pairs in by_case.values() for pair in pairs]
    list(Case.objects.select_for_update(of=("self",)).filter(id__in=by_case).order_by("id").values_list("id"))
    answers = {row.id: anew for row, anew in those}
    with connection.cursor() as cursor:
        cursor.execute(
            _AS_SEEN, {"ids": [row.id for row, _ in those], "seen": [row.seen for row, _ in those]}
        )
        rows = cursor.fetchall()
    if not rows:
        return 0
    _recount.write([_written(run, row[0], json.loads(row[4]), answers[row[0]]) for row in rows])
    moved: dict[UUID, list[dict[str, Any]]] = {}
    why: dict[UUID, str] = {}
    for limit_id, party_id, unit_id, rule, _, due_at, version, case_id in rows:
        anew = answers[limit_id]
        to = datetime.fromtimestamp(int(anew.due_at), UTC)
        moved.setdefault(case_id, []).append(
            _recount.move_of(limit_id, rule, anew.name, party_id, unit_id, was=due_at, to=to)
        )
        why[case_id] = why_of(version, run.version)
    _derive.derive_due(list(moved))
    for case_id, listed in moved.items():
        _record(run, case_id, listed, answers, why[case_id])
    _recount.tell_many([(case_id, listed, why[case_id]) for case_id, listed in moved.items()])
    return len(rows)


def _record(
    run: Recount, case_id: UUID, moved: Sequence[dict[str, Any]], answers: Mapping[UUID, Anew], why: str
) -> None:
    ledger.record(
        org.HOUSE,
        chain_id=case_id,
        act="limits.recount",
        moment=moment(),
        subjects=[row["id"] for row in moved],
        after={"limits_moved": moved, "version": run.version, "why": why},
        law=[
            {
                "rule": row["rule"],
                "party": row["party"],
                "anew": True,
                "derivation": json.loads(answers[row["id"]].derivation),
            }
            for row in moved
        ],
    )


def _written(run: Recount, limit_id: UUID, facts: dict[str, Any], anew: Anew) -> dict[str, Any]:
    return {
        "id": limit_id,
        "facts": facts,
        "due_at": datetime.fromtimestamp(int(anew.due_at), UTC),
        "in_custody": bool(facts.get("in_custody", False)),
        "articles": json.loads(anew.articles),
        "derivation": json.loads(anew.derivation),
        "alternatives": json.loads(anew.alternatives),
        "table_version": run.version,
        "name": anew.name,
    }


def why_of(before: str, version: str) -> str:
    """Return in words why a limit was computed again: what of table, calendar and readings is another than before."""
    old, new = [*before.split("/"), "", ""][:3], [*version.split("/"), "", ""][:3]
    said = ("期限规则表更新", "放假安排公布或者更正", "所选算法变更")
    # a release before this one did not keep by which calendar it computed
    words = [
        word for word, was, now in zip(said, old, new, strict=True) if was != now and (was or word == said[2])
    ]
    return "、".join(words) or "期限规则或者放假安排更新"


def _finish(run: Recount) -> None:
    with transaction.atomic():
        run.finished_at = clock.now()
        run.save(update_fields=["finished_at"])
        ledger.record(
            org.HOUSE,
            chain_id=SYSTEM_CHAIN,
            act="limits.recounted",
            moment=moment(),
            after={
                "version": run.version,
                "before": run.before,
                "seen": run.seen,
                "moved": run.moved,
                "refused": run.refused,
            },
        )
