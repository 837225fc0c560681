"""Whose custody begins or ends, whose limits are computed anew in the same act (法105.4), said to the handler."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.cases import selectors as cases
from antong.kernel import clock
from antong.law import timelimit
from antong.law.calendar import announced
from antong.ledger import selectors as ledger
from antong.org.models import Notice
from road import accept, through

People = dict[str, Any]


def on_a_rest_day() -> date:
    """Return a day from tomorrow on, a month after which nobody works."""
    day = clock.today() + timedelta(days=1)
    while not announced().is_rest(timelimit.add_months(day, 1)):
        day += timedelta(days=1)
    return day


@pytest.fixture
def bailed(people: People, investigated: UUID) -> tuple[UUID, date, UUID]:
    """A case in review whose limit ends on a rest day; the first suspect was held until just now, the second is."""
    day = on_a_rest_day()
    with clock.set_to(clock.midnight(day) + timedelta(hours=9)):
        accept(people, through(people, investigated, "prosecution-transfer"))
    first = cases.living_sheet(investigated).suspects[0].id
    with clock.set_to(clock.midnight(day) + timedelta(hours=30)):
        through(
            people, investigated, "bail-procuratorate", "anguan", "jianchazhang", party_ids=[first],
            fields={"guarantor": "其父"},
        )  # fmt: skip
    return investigated, day, first


def test_release_moves_a_limit_that_ends_on_a_rest_day(
    people: People, bailed: tuple[UUID, date, UUID]
) -> None:
    case_id, day, first = bailed
    mine, other = sorted(
        (one for one in cases.limits_of(case_id) if one.running and one.rule == "prosecution-review-1m"),
        key=lambda one: one.party_id != first,
    )
    fixed = timelimit.add_months(day, 1)
    assert other.due_at == clock.midnight(fixed + timedelta(days=1))
    assert other.in_custody
    moved = announced().next_working_day(fixed)
    assert mine.due_at == clock.midnight(moved + timedelta(days=1))
    assert not mine.in_custody
    assert any("顺延" in step for step in mine.derivation)
    entry = next(one for one in ledger.entries(case_id, most=50) if one.act == "handover.approve")
    assert entry.after is not None
    (row,) = entry.after["changed"]["limits_moved"]
    assert row["rule"] == "prosecution-review-1m"
    assert row["party"] == str(first)
    assert any(one.get("anew") for one in entry.law)
    told = Notice.objects.get(case_id=case_id, kind="limit-moved")
    assert told.to_unit_id == mine.unit_id
    assert told.to_person_id == people["anguan"].person_id
    assert told.title.startswith("期限变动 1 项（因取保候审（检察院））：审查起诉 ")
    assert clock.end(other.due_at) in told.body
    assert clock.end(mine.due_at) in told.body


def test_nobody_is_told_where_the_end_stays(people: People, investigated: UUID) -> None:
    day = clock.today() + timedelta(days=1)
    while announced().is_rest(timelimit.add_months(day, 1)):
        day += timedelta(days=1)
    with clock.set_to(clock.midnight(day) + timedelta(hours=9)):
        accept(people, through(people, investigated, "prosecution-transfer"))
    with clock.set_to(clock.midnight(day) + timedelta(hours=30)):
        through(
            people,
            investigated,
            "bail-procuratorate",
            "anguan",
            "jianchazhang",
            fields={"guarantor": "其父"},
        )
    running = [
        one for one in cases.limits_of(investigated) if one.running and one.rule == "prosecution-review-1m"
    ]
    assert len(running) == 2
    assert not any(one.in_custody for one in running), "what it is counted by is true again"
    assert not Notice.objects.filter(case_id=investigated, kind="limit-moved").exists()
