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
from antong.org._values import DelegationView, ShiftView
from antong.org.models import RosterShift

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


class TestLending:
    """Delegations beside what test_duties says of them: entered for another, taken back, told, and shown."""

    def lend(
        self, people: People, by: str, whose: str, to: str, start: datetime, end: datetime
    ) -> DelegationView:
        duty_id = people[whose].duty_id
        actions.delegate(
            people[by],
            duty_id=duty_id,
            to_person=people[to].person_id,
            starts_at=start,
            ends_at=end,
            reason="休假",
        )
        return next(one for one in selectors.delegations_of(people[to].person_id) if one.duty_id == duty_id)

    def test_the_administrator_lends_for_who_cannot_and_the_delegate_is_told(self, people: People) -> None:
        now = clock.now()
        lent = self.lend(people, "xitong", "anguan", "jianchaguan", now, now + 24 * HOUR)
        assert (lent.now, lent.holder_name) == (True, people["anguan"].person_name)
        told = selectors.notices(people["jianchaguan"], kind="delegated")[0]
        assert people["anguan"].person_name in told[0].title
        assert not selectors.notices(people["jianchazhang"], kind="delegated")[0]
        assert [one.id for one in selectors.delegations_in(people["anguan"].unit_id)] == [lent.id]
        with clock.set_to(now + 25 * HOUR):
            assert not selectors.delegations_in(people["anguan"].unit_id)
            assert selectors.delegations_of(people["anguan"].person_id)[0].over

    def test_it_is_taken_back_by_its_giver_or_the_administrator_alone(self, people: People) -> None:
        now = clock.now()
        lent = self.lend(people, "anguan", "anguan", "jianchaguan", now - HOUR, now + 24 * HOUR)
        for who in ("jianchaguan", "jianchazhang", "anquan", "lian"):
            with pytest.raises(NotFound):
                actions.end_delegation(people[who], delegation_id=lent.id)
        assert selectors.actor_for(people["jianchaguan"].person_id, people["anguan"].duty_id) is not None
        actions.end_delegation(people["anguan"], delegation_id=lent.id)
        assert selectors.actor_for(people["jianchaguan"].person_id, people["anguan"].duty_id) is None
        with pytest.raises(NotFound):
            actions.end_delegation(people["anguan"], delegation_id=lent.id)

    def test_one_to_come_that_is_taken_back_never_begins(self, people: People) -> None:
        now = clock.now()
        lent = self.lend(people, "anguan", "anguan", "jianchaguan", now + HOUR, now + 24 * HOUR)
        actions.end_delegation(people["xitong"], delegation_id=lent.id)
        for hours in (0, 2):
            with clock.set_to(now + hours * HOUR):
                assert selectors.actor_for(people["jianchaguan"].person_id, people["anguan"].duty_id) is None

    def test_no_administrator_takes_a_duty_for_the_own_use(self, people: People) -> None:
        now = clock.now()
        for to in ("xitong", "anquan", "shenji"):
            with pytest.raises(NotPermitted):
                self.lend(people, "xitong", "anguan", to, now, now + HOUR)
        with pytest.raises(NotFound):
            self.lend(people, "jianchazhang", "anguan", "jianchaguan", now, now + HOUR)

    @pytest.mark.parametrize(
        ("start", "end"), [(HOUR, HOUR), (HOUR, 0 * HOUR), (-2 * HOUR, -HOUR), (HOUR, 400 * 24 * HOUR)]
    )
    def test_a_span_that_is_none_or_too_long(self, people: People, start: timedelta, end: timedelta) -> None:
        now = clock.now()
        with pytest.raises(BadInput) as refused:
            self.lend(people, "anguan", "anguan", "jianchaguan", now + start, now + end)
        assert list(refused.value.fields) == ["ends_at"]
