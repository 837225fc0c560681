"""The duty roster by the hour: who may plan whose, what a shift must be, and what ending one does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotFound, NotPermitted
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org.models import RosterShift
from antong.org.types import ShiftView

People = dict[str, Actor]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _empty(people: People) -> None:
    RosterShift.objects.all().delete()


def on(people: People, who: str, start: datetime, end: datetime, **more: Any) -> list[ShiftView]:
    actor = people[who]
    actions.add_shift(
        actor, unit_id=actor.unit_id, person_id=actor.person_id, starts_at=start, ends_at=end, **more
    )
    return selectors.roster(actor.unit_id, start, start + timedelta(days=60))


def test_a_leader_plans_the_own_unit_and_whoever_is_on_duty_is_named(people: People) -> None:
    now = clock.now()
    shifts = on(people, "anguan", now - HOUR, now + HOUR)
    assert [one.now for one in shifts] == [True]
    assert selectors.on_duty(people["anguan"].unit_id) == [
        (people["anguan"].person_id, people["anguan"].person_name)
    ]
    with clock.set_to(now + 2 * HOUR):
        assert not selectors.on_duty(people["anguan"].unit_id)


def test_shifts_of_many_days_are_one_act(people: People) -> None:
    before = ledger.last_number(SYSTEM_CHAIN)
    now = clock.now()
    assert len(on(people, "anguan", now, now + 8 * HOUR, days=7)) == 7
    assert ledger.last_number(SYSTEM_CHAIN) == before + 1


def test_ending_one_that_runs_cuts_it_and_one_to_come_drops_it(people: People) -> None:
    now, who = clock.now(), people["anguan"]
    (running,) = on(people, "anguan", now - HOUR, now + HOUR)
    coming = on(people, "anguan", now + 5 * HOUR, now + 9 * HOUR)[0]
    for shift in (running, coming):
        actions.end_shift(who, unit_id=who.unit_id, shift_id=shift.id)
    left = RosterShift.objects.get()
    assert left.id == running.id
    assert now <= left.ends_at <= clock.now()
    with pytest.raises(NotFound):
        actions.end_shift(who, unit_id=who.unit_id, shift_id=running.id)


@pytest.mark.parametrize(
    ("start", "end", "more", "field"),
    [
        (HOUR, HOUR, {}, "ends_at"), (2 * HOUR, HOUR, {}, "ends_at"), (0 * HOUR, 49 * HOUR, {}, "ends_at"),
        (-3 * HOUR, -HOUR, {}, "ends_at"), (-72 * HOUR, HOUR, {}, "starts_at"), (9999 * 24 * HOUR, 9999 * 25 * HOUR, {}, "starts_at"),
        (HOUR, 2 * HOUR, {"days": 0}, "days"), (HOUR, 2 * HOUR, {"days": 32}, "days"),
    ],
)  # fmt: skip
def test_a_shift_that_is_not_right_is_refused_by_field(
    people: People, start: timedelta, end: timedelta, more: dict[str, Any], field: str
) -> None:
    now = clock.now()
    with pytest.raises(BadInput) as refused:
        on(people, "anguan", now + start, now + end, **more)
    assert field in refused.value.fields
    assert not RosterShift.objects.exists()


def test_only_who_works_there_is_on_a_roster(people: People) -> None:
    now, who = clock.now(), people["anguan"]
    for stranger in (people["lian"].person_id, uuid4()):
        with pytest.raises(BadInput) as refused:
            actions.add_shift(who, unit_id=who.unit_id, person_id=stranger, starts_at=now, ends_at=now + HOUR)
        assert list(refused.value.fields) == ["shift_person"]


def test_nobody_plans_another_unit_but_the_administrator(people: People) -> None:
    now, unit, person = clock.now(), people["anguan"].unit_id, people["anguan"].person_id
    (shift,) = on(people, "anguan", now, now + HOUR)
    for who, problem in (
        ("lian", NotFound),
        ("juzhang", NotFound),
        ("jiandu", NotFound),
        ("anquan", NotFound),
        ("shenji", NotFound),
    ):
        with pytest.raises(problem):
            actions.add_shift(people[who], unit_id=unit, person_id=person, starts_at=now, ends_at=now + HOUR)
        with pytest.raises(problem):
            actions.end_shift(people[who], unit_id=unit, shift_id=shift.id)
    with pytest.raises(NotPermitted):
        on(people, "jiandu", now, now + HOUR)
    actions.end_shift(people["xitong"], unit_id=unit, shift_id=shift.id)
    with pytest.raises(NotFound):
        actions.end_shift(people["xitong"], unit_id=people["lian"].unit_id, shift_id=shift.id)
