"""Assignment by rotation: fair for the weights, one turn for one case also of two at once, and nobody appointed without a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from antong.flow import _rotation, actions, selectors
from antong.flow.models import Obligation, Seat, Turn
from antong.flow.types import GivenSeat, SeatView
from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions as org_actions
from meeting import at_once
from walking import hand_over

People = dict[str, Any]
SINCE = timedelta(days=1)


def seat(weight: int, taken: int = 0, **facts: bool) -> SeatView:
    said = {"away": False, "on_duty": False, "gone": False, **facts}
    return SeatView(person_id=uuid4(), name="某", weight=weight, taken=taken, **said)


def listed(people: People, **weights: int) -> None:
    seats = [GivenSeat(person_id=people[who].person_id, weight=weight) for who, weight in weights.items()]
    actions.set_rotation(people["jianchazhang"], active=True, seats=seats)


def sent(people: People, case_id: UUID) -> Any:
    return hand_over(people, case_id, "arrest-request")


def turn_of(people: People, handover_id: UUID, **asked: Any) -> str:
    """Take one more turn, for a case of no file; return whose it was."""
    facts = {"asked": None, "reason": "", **asked}
    taken = _rotation.give(people["anguan"], handover_id=handover_id, case_id=uuid4(), **facts)
    assert taken is not None
    return next(who for who, actor in people.items() if actor.person_id == taken.person_id)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 60))
def test_over_time_everybody_has_a_share_by_weight(weights: list[int], cases: int) -> None:
    seats = [seat(weight) for weight in weights]
    for _ in range(cases):
        turn = _rotation._next(seats, on_duty_only=False)
        assert turn is not None
        at = seats.index(turn)
        seats[at] = SeatView(
            **{name: getattr(turn, name) for name in SeatView.__slots__} | {"taken": turn.taken + 1}
        )
    for one in seats:
        assert abs(one.taken - cases * one.weight / sum(weights)) < len(weights)


def test_who_is_not_there_is_skipped() -> None:
    away, gone, paused = seat(1, away=True), seat(1, gone=True), seat(0)
    busy, night = seat(1, 5), seat(1, 9, on_duty=True)
    assert _rotation._next([away, gone, paused, busy, night], on_duty_only=False) == busy
    assert _rotation._next([away, gone, paused, busy, night], on_duty_only=True) == night
    assert _rotation._next([away, busy], on_duty_only=True) == busy
    assert _rotation._next([away, gone, paused], on_duty_only=False) is None


def test_what_is_accepted_goes_to_whose_turn_it_is_and_is_on_the_record(
    people: People, investigated: UUID
) -> None:
    listed(people, jianchaguan=1, anguan=1)
    done = sent(people, investigated)
    actions.accept(people["anguan"], handover_id=done.handover_id, version=done.version)
    assert Obligation.objects.get(handover_id=done.handover_id).handler_id == people["jianchaguan"].person_id
    (turn,) = selectors.turns(people["anguan"], since=clock.now() - SINCE)
    assert (turn.how, turn.person_name, turn.reason) == ("turn", people["jianchaguan"].person_name, "")
    found = selectors.rotation(people["anguan"])
    assert found is not None
    assert found.turn is not None
    assert found.turn.person_id == people["anguan"].person_id
    assert ledger.entries(investigated)[0].act == "handover.accept"
    assert [turn_of(people, done.handover_id) for _ in range(4)] == [
        "anguan",
        "jianchaguan",
        "anguan",
        "jianchaguan",
    ]


def test_another_than_whose_turn_it_is_needs_a_reason(people: People, investigated: UUID) -> None:
    listed(people, jianchaguan=1, anguan=1)
    done = sent(people, investigated)
    office = people["anguan"]
    for reason in ("", "  ", "长" * 121):
        with pytest.raises(BadInput) as refused, transaction.atomic():
            actions.accept(
                office,
                handover_id=done.handover_id,
                version=done.version,
                handler_id=office.person_id,
                assign_reason=reason,
            )
        assert refused.value.code == "appoint-reason"
        assert not Turn.objects.exists()
    actions.accept(
        office,
        handover_id=done.handover_id,
        version=done.version,
        handler_id=office.person_id,
        assign_reason=" 熟悉案情 ",
    )
    (turn,) = selectors.turns(office, since=clock.now() - SINCE, appointed=True)
    assert (turn.how, turn.person_name, turn.proposed_name, turn.reason) == (
        "appointed", office.person_name, people["jianchaguan"].person_name, "熟悉案情",
    )  # fmt: skip
    # the one passed over keeps the turn, and who was appointed has had one
    assert [turn_of(people, done.handover_id) for _ in range(3)] == ["jianchaguan", "jianchaguan", "anguan"]


def test_the_database_keeps_no_appointment_without_a_reason(people: People, investigated: UUID) -> None:
    done = sent(people, investigated)
    with pytest.raises(IntegrityError), transaction.atomic():
        Turn.objects.create(
            unit_id=people["anguan"].unit_id, handover_id=done.handover_id, case_id=investigated, how="appointed",
            person_id=uuid4(), person_name="某", by_name="某", at=clock.now(),
        )  # fmt: skip


def test_who_handles_the_case_keeps_it_and_takes_no_turn(people: People, investigated: UUID) -> None:
    listed(people, jianchaguan=1, anguan=1)
    done = sent(people, investigated)
    office = people["anguan"]
    actions.assign(office, handover_id=done.handover_id, person_id=office.person_id, reason="先由案管员承办")
    taken = list(Seat.objects.order_by("position").values_list("taken", flat=True))
    actions.accept(office, handover_id=done.handover_id, version=done.version)
    assert Obligation.objects.get(handover_id=done.handover_id).handler_id == office.person_id
    assert [turn.how for turn in selectors.turns(office, since=clock.now() - SINCE)] == ["kept", "appointed"]
    assert list(Seat.objects.order_by("position").values_list("taken", flat=True)) == taken == [0, 1]


def test_giving_a_case_up_gives_the_turn_back(people: People, investigated: UUID) -> None:
    listed(people, jianchaguan=1, anguan=1)
    done = sent(people, investigated)
    office = people["anguan"]
    actions.accept(office, handover_id=done.handover_id, version=done.version)
    actions.assign(office, handover_id=done.handover_id, person_id=None)
    assert Obligation.objects.get(handover_id=done.handover_id).handler_id == office.person_id
    assert list(Seat.objects.order_by("position").values_list("taken", flat=True)) == [0, 1]
    listed(people, anguan=1)  # so that nobody but the present handler has a turn
    with pytest.raises(BadInput), transaction.atomic():
        actions.assign(
            office, handover_id=done.handover_id, person_id=people["jianchaguan"].person_id, reason=""
        )
    with pytest.raises(Refusal), transaction.atomic():
        actions.assign(office, handover_id=done.handover_id, person_id=None)


def test_a_unit_without_a_list_assigns_as_it_did(people: People, investigated: UUID) -> None:
    done = sent(people, investigated)
    office = people["anguan"]
    with pytest.raises(BadInput):
        actions.assign(office, handover_id=done.handover_id, person_id=None)
    actions.accept(office, handover_id=done.handover_id, version=done.version)
    assert Obligation.objects.get(handover_id=done.handover_id).handler_id == office.person_id
    assert not Turn.objects.exists()
    assert selectors.rotating(office) is None


def test_on_leave_somebody_gets_no_turn(people: People, investigated: UUID) -> None:
    listed(people, jianchaguan=9, anguan=1)
    away = people["jianchaguan"]
    org_actions.delegate(
        away, duty_id=away.duty_id, to_person=people["anguan"].person_id, starts_at=clock.now() - timedelta(minutes=1),
        ends_at=clock.now() + timedelta(days=1), reason="休假",
    )  # fmt: skip
    done = sent(people, investigated)
    actions.accept(people["anguan"], handover_id=done.handover_id, version=done.version)
    assert Obligation.objects.get(handover_id=done.handover_id).handler_id == people["anguan"].person_id
    listed(people, jianchaguan=9)
    with pytest.raises(Refusal) as refused:
        turn_of(people, done.handover_id)
    assert refused.value.code == "rotation-empty"
    with clock.set_to(clock.now() + timedelta(days=2)):
        assert turn_of(people, done.handover_id) == "jianchaguan"


def test_a_leader_sets_the_list_and_newcomers_begin_level(people: People, investigated: UUID) -> None:
    listed(people, jianchaguan=1)
    done = sent(people, investigated)
    for _ in range(5):
        turn_of(people, done.handover_id)
    listed(people, jianchaguan=1, anguan=2)
    assert dict(Seat.objects.values_list("person_id", "taken")) == {
        people["jianchaguan"].person_id: 5, people["anguan"].person_id: 10,
    }  # fmt: skip
    listed(people, jianchaguan=2, anguan=2)
    assert set(Seat.objects.values_list("taken", flat=True)) == {10}
    entry = ledger.entries(SYSTEM_CHAIN)[0]
    assert entry.act == "flow.set-rotation"
    with pytest.raises(NotPermitted):
        actions.set_rotation(people["jianchaguan"], active=True, seats=[])


@pytest.mark.parametrize(
    "weights",
    [{}, {"jianchaguan": 0}, {"jianchaguan": 10}, {"jianchaguan": -1}, {"zhencha": 1}, {"fuzhu": 1}],
)
def test_a_wrong_list_is_refused_and_changes_nothing(people: People, weights: dict[str, int]) -> None:
    with pytest.raises(BadInput), transaction.atomic():
        listed(people, **weights)
    assert selectors.rotation(people["anguan"]) is None


def test_supervisors_see_shares_and_strangers_nothing(people: People, investigated: UUID) -> None:
    listed(people, jianchaguan=1, anguan=1)
    done = sent(people, investigated)
    office = people["anguan"]
    actions.accept(
        office,
        handover_id=done.handover_id,
        version=done.version,
        handler_id=office.person_id,
        assign_reason="熟悉案情",
    )
    since = clock.now() - SINCE
    (share,) = selectors.shares(people["jiandu"], since=since)
    assert (share.unit_name, share.total, share.appointed, share.percent) == (office.unit_name, 1, 1, 100)
    assert [turn.reason for turn in selectors.turns(people["jiandu"], since=since)] == ["熟悉案情"]
    for who in ("zhencha", "lian", "kanshou"):
        assert selectors.turns(people[who], since=since) == []
        assert selectors.shares(people[who], since=since) == []
    assert selectors.turns(people["jiandu"], since=clock.now() + SINCE) == []


@pytest.fixture
def committed(apart: UUID) -> Iterator[tuple[People, UUID]]:
    """A hand-over that waits, in a database where acts are really committed."""
    from antong.demo import carriage

    people = carriage.actors()
    yield people, sent(people, apart).handover_id
    connection.close()


def test_two_accepted_at_once_do_not_get_the_same_turn(committed: tuple[People, UUID]) -> None:
    people, handover_id = committed
    listed(people, jianchaguan=1, anguan=1)

    def take() -> str:
        with transaction.atomic():
            return turn_of(people, handover_id)

    for _ in range(5):
        assert sorted(at_once([take, take])) == ["anguan", "jianchaguan"]
    assert sorted(at_once([take] * 6)) == ["anguan"] * 3 + ["jianchaguan"] * 3
