"""All running limits computed again, as after a year's rest days are announced: how long for a million.

    .venv/bin/python bench/limits_anew.py [LIMITS]

So many running limits (100,000) of copies of one case, four a case, lie over a year that nobody has announced. First a notice
arrives that concerns none of them: everything is read, computed again and stamped. Then one arrives that does: what ends on
another day is written case by case, with its entry, its row in the list and a word to the handler. Both as the chore does it,
with the law in two processes. What a million would take is reckoned from the time for each, not measured: the index of the ends
is deeper then by a level, and the tables no longer lie in memory as a whole.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _machine import World, machine, process_seconds, world

LIMITS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
MILLION, WANTED = 1_000_000, 180.0
PER_CASE = 4
YEAR = 2031
KINDS = (
    ("prosecution-review-1m", "received_on"), ("first-instance-2m", "accepted_on"), ("counsel-notice-3d", "received_on"),
    ("investigation-custody-2m", "arrested_on"), ("bail-12m", "decided_on"), ("judgment-service-5d", "pronounced_on"),
    ("execution-delivery-10d", "effective_on"),
)  # fmt: skip


def notice(year: int) -> Any:
    """Return a notice of a year such as they are: eight days about 春节, the rest of the usual length."""
    from antong.law.notices import Notice

    days = [date(year, 1, 1), *(date(year, 1, day) for day in range(22, 30)), date(year, 4, 5), *(date(year, 5, day) for day in range(1, 6)), *(date(year, 10, day) for day in range(1, 9))]  # fmt: skip
    work = [day for day in (date(year, 1, 15) + timedelta(days=n) for n in range(7)) if day.weekday() == 6][
        :1
    ]
    return Notice(year=year, number=f"国办发明电〔{year - 1}〕1号", issued_on=date(year - 1, 11, 10), rest=tuple(days), work=tuple(work))  # fmt: skip


@cache
def answered(rule: str, start: str, day: str, held: bool) -> tuple[dict[str, Any], Any]:  # noqa: FBT001 - a key of the cache
    """Return facts and answer of a limit that starts on a day."""
    from antong.law import timelimit

    facts: dict[str, Any] = {start: day, "in_custody": held}
    return facts, timelimit.answer(rule, facts)


def fill() -> None:
    """Lay copies of one case with their limits; by statements over all of them."""
    from django.db import connection

    from antong.cases.models import Limit
    from antong.demo import carriage
    from antong.kernel import clock
    from antong.kernel.ids import new_id

    sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "tests"))
    from walking import theft

    people = carriage.actors()
    template = theft(people, ("韩序舟",), "zhencha")
    ids = [new_id() for _ in range(LIMITS // PER_CASE)]
    with connection.cursor() as cursor:
        for table, own in (("cases_case", "id"), ("cases_grant", "case_id")):
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
            )
            columns = [row[0] for row in cursor.fetchall()]
            taken = ["w.id" if name == own else "gen_random_uuid()" if name == "id" else "'B' || w.n" if (table, name) == ("cases_case", "number") else f"t.{name}" for name in columns]  # fmt: skip
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(taken)} FROM {table} t,"  # noqa: S608 - names of our tables
                f" unnest(%s::uuid[]) WITH ORDINALITY AS w(id, n) WHERE t.{own} = %s",
                [ids, template],
            )
    draw = random.Random(7)
    rows = []
    for number in range(LIMITS):
        rule, start = KINDS[number % len(KINDS)]
        day = date(YEAR - 1, 10, 1) + timedelta(days=draw.randrange(365))
        facts, answer = answered(rule, start, day.isoformat(), draw.random() < 0.4)
        told = answer.as_json()
        rows.append(Limit(
            case_id=ids[number // PER_CASE % len(ids)], rule=rule, name=answer.name, unit_id=people["zhencha"].unit_id, facts=facts, due_at=answer.due_at,
            in_custody=facts["in_custody"], articles=told["articles"], derivation=told["derivation"], alternatives=told["alternatives"],
            table_version=answer.table_version, opened_at=clock.now(),
        ))  # fmt: skip
        if len(rows) == 5_000:
            Limit.objects.bulk_create(rows)
            rows.clear()
    Limit.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE cases_limit, cases_grant, cases_case")


def spent(here: World) -> float:
    """Return the CPU seconds of this process, of those it has ended, and of the database's."""
    own = os.times()
    return (
        own.user
        + own.system
        + own.children_user
        + own.children_system
        + process_seconds(here.database_pids())
    )


def timed(here: World, year: int) -> tuple[float, float, int, int]:
    """Let a notice arrive; return seconds and CPU seconds the recomputation took, how many limits were seen and moved."""
    from antong.cases import actions
    from antong.cases.models import Recount

    text = json.dumps(notice(year).model_dump(mode="json"), ensure_ascii=False)
    actions.bring_notice(text, by="bench")
    actions.take_notices()
    since, cpu = time.perf_counter(), spent(here)
    actions.recount(wait=timedelta())
    taken, used = time.perf_counter() - since, spent(here) - cpu
    run = Recount.objects.latest("started_at")
    return taken, used, run.seen, run.moved


def main() -> None:
    """Measure, and say what it comes to."""
    with world() as here:
        fill()
        print(machine())
        still, used, seen, none = timed(here, YEAR + 2)
        print(
            f"a notice that concerns none: {seen:,} limits in {still:.1f} s ({used:.1f} s of CPU), {none} moved;"
            f" a million: {still / seen * MILLION:.0f} s here, {used / seen * MILLION / 2:.0f} s with two cores to itself (wanted: {WANTED:.0f} s)"
        )
        taken, spent_on, seen, moved = timed(here, YEAR)
        each = (taken - still) / max(1, moved)
        print(
            f"a notice that concerns them: {seen:,} limits in {taken:.1f} s ({spent_on:.1f} s of CPU), {moved:,} moved"
            f" ({moved / seen:.1%}), {each * 1000:.2f} ms for each that moved"
        )
        print(
            f"a million, as many of them moved: {taken / seen * MILLION:.0f} s here, {spent_on / seen * MILLION / 2:.0f} s at the least"
            " with two cores to itself; reckoned, not measured"
        )


if __name__ == "__main__":
    main()
