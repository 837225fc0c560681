"""The house's own chain as its auditors look through it: the right entries, by the indexes made for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from antong.kernel import clock
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.ledger import actions
from antong.ledger.selectors import ActFilter, house_acts
from antong.ledger.types import SYSTEM_CHAIN

SOMEBODY, ELSE = new_id(), new_id()


@pytest.fixture
def acts(actor: Any) -> list[int]:
    """Nine acts of the house, one a day from today on, of three kinds in turn, every other about somebody; one of a case."""
    made, now = [], clock.now()
    with transaction.atomic():
        actions.record(actor, chain_id=new_id(), act="test.a", moment=moment(), subjects=[SOMEBODY])
        for day in range(9):
            with clock.set_to(now + timedelta(days=day)):
                done = actions.record(
                    actor, chain_id=SYSTEM_CHAIN, act=f"test.{'abc'[day % 3]}", moment=moment(),
                    subjects=[SOMEBODY] if day % 2 else [],
                )  # fmt: skip
            made.append(done.number)
    return made


def found(**where: Any) -> list[int]:
    return [one.number for one in house_acts(ActFilter(**where), most=99)]


def test_each_filter_finds_its_own_newest_first(acts: list[int], actor: Any) -> None:
    assert found()[:9] == acts[::-1]
    assert found(acts=("test.a",)) == [acts[6], acts[3], acts[0]]
    assert found(acts=("test.a", "test.c")) == [acts[i] for i in (8, 6, 5, 3, 2, 0)]
    assert found(acts=()) == []
    assert found(people=()) == []
    assert found(people=(SOMEBODY,)) == [acts[i] for i in (7, 5, 3, 1)]
    assert found(people=(ELSE,)) == []
    assert found(people=(SOMEBODY,), acts=("test.b",)) == [acts[7], acts[1]]
    mine = found(people=(actor.person_id, SOMEBODY), acts=("test.a", "test.b", "test.c"))
    assert mine == acts[::-1], "who did it and whom it was about, each once"


def test_days_are_spans_of_numbers(acts: list[int]) -> None:
    first = house_acts(ActFilter(acts=("test.a",)), most=99)[-1].recorded_at
    day = timedelta(days=1)
    kinds = ("test.a", "test.b", "test.c")
    assert found(acts=kinds, since=first + 5 * day) == [acts[i] for i in (8, 7, 6, 5)]
    assert found(acts=kinds, until=first + 2 * day) == [acts[1], acts[0]]
    assert found(since=first + 2 * day, until=first + 4 * day) == [acts[3], acts[2]]
    assert found(people=(SOMEBODY,), since=first + 2 * day, until=first + 6 * day) == [acts[5], acts[3]]
    assert found(since=first + 99 * day) == []


def test_pages_follow_on_one_another(acts: list[int]) -> None:
    shown: list[int] = []
    before = None
    while page := house_acts(ActFilter(acts=("test.a", "test.b", "test.c"), before=before), most=4):
        shown += [one.number for one in page]
        before = page[-1].number
    assert shown == acts[::-1]


MANY = """
INSERT INTO ledger_entry (id, chain_id, number, happened_at, recorded_at, person_id, duty_id, post_id, unit_id, rank,
  channel, act, subject_ids, prev_digest, digest)
SELECT gen_random_uuid(), %(chain)s, n + 1000000, at, at, md5((n %% 997)::text)::uuid, %(some)s, %(some)s, %(some)s, 'primary',
  'page', CASE WHEN n %% 5000 = 0 THEN 'org.rare' ELSE 'org.sign-in' END, ARRAY[md5((n %% 9973)::text)::uuid], '', ''
FROM (SELECT n, timestamptz '2031-01-01' + n * interval '1 minute' AS at FROM generate_series(1, 20000) n) made
"""


def plans_of(where: ActFilter) -> str:
    """How the database goes about a search, each statement of it."""
    with CaptureQueriesContext(connection) as asked:
        house_acts(where)
    plans = []
    with connection.cursor() as cursor:
        for one in asked.captured_queries:
            if "ledger_entry e" in one["sql"]:
                cursor.execute(f"EXPLAIN {one['sql'].replace('%', '%%')}")
                plans += [row[0] for row in cursor.fetchall()]
    return "\n".join(plans)


@pytest.mark.usefixtures("acts")
def test_of_many_entries_no_search_looks_at_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY, {"chain": SYSTEM_CHAIN, "some": SOMEBODY})
        cursor.execute("SELECT md5('7')::uuid")
        (person,) = cursor.fetchone()
        cursor.execute("ANALYZE ledger_entry")
    rare, day = ("org.rare",), clock.at(2031, 1, 9)
    expected = (
        (ActFilter(acts=rare), {"house_by_act"}),
        (ActFilter(people=(person,)), {"house_by_person", "house_by_subject"}),
        (ActFilter(people=(person,), acts=rare), {"house_by_subject"}),
        (ActFilter(since=day, until=day + timedelta(days=1)), {"house_by_time", "entry_number_once"}),
        (ActFilter(before=1_000_500), {"entry_number_once"}),
    )
    for where, indexes in expected:
        plan = plans_of(where)
        assert "Seq Scan" not in plan, plan
        assert indexes <= {one for one in indexes if one in plan}, plan
    found = house_acts(ActFilter(acts=rare), most=99)
    assert [one.number for one in found] == [1_020_000, 1_015_000, 1_010_000, 1_005_000]
    assert len(house_acts(ActFilter(since=day, until=day + timedelta(days=1)), most=9999)) == 1440
