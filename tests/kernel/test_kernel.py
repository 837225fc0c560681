"""Ids, times and canonical JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf

import pytest

from antong.kernel import canonical, clock
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput
from antong.kernel.worded import Worded


def test_ids_increase_and_are_version_seven() -> None:
    made = [new_id() for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(one.version == 7 for one in made)


def test_canonical_json_does_not_depend_on_order() -> None:
    assert (
        canonical.dumps({"b": 1, "a": "案"})
        == canonical.dumps({"a": "案", "b": 1})
        == '{"a":"案","b":1}'.encode()
    )


def test_floats_have_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        canonical.dumps({"amount": 1.5})


def test_instants_are_utc_with_microseconds() -> None:
    assert canonical.plain(clock.at(2026, 3, 12, 9, 30)) == "2026-03-12T01:30:00.000000Z"


def test_a_limit_that_ends_at_midnight_belongs_to_the_day_before() -> None:
    with clock.set_to(clock.at(2026, 11, 26, 9)):
        assert clock.end(clock.at(2026, 11, 28)) == "11-27 24:00"
        assert clock.end(clock.at(2026, 11, 28, 9, 30)) == "11-28 09:30"
        assert clock.end(clock.at(2027, 1, 1)) == "12-31 24:00"
        assert clock.end(clock.at(2027, 1, 2)) == "27-01-01 24:00"


def test_the_future_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        moment(clock.now() + timedelta(minutes=5))
    assert "happened_at" in refused.value.fields


def test_a_late_entry_needs_a_reason() -> None:
    late = clock.now() - timedelta(days=3)
    with pytest.raises(BadInput):
        moment(late)
    assert moment(late, "补录").delay >= timedelta(days=3)


def test_naive_times_are_refused() -> None:
    with pytest.raises(BadInput):
        moment(datetime(2026, 3, 12, 9, 30))  # noqa: DTZ001 - the point of the test


def test_a_worded_enum_is_its_value_and_carries_its_word() -> None:
    class Light(Worded):
        RED = "red", "红灯"
        OFF = "off"

    assert Light("red") is Light.RED
    assert [str(one) for one in Light] == ["red", "off"]
    assert Light.RED == "red"
    assert (Light.RED.value, Light.RED.label, Light.OFF.label) == ("red", "红灯", "off")
    assert canonical.dumps({"light": Light.RED}) == b'{"light":"red"}'
    with pytest.raises(ValueError, match="blue"):
        Light("blue")


class TestClockSetBack:
    """What has passed is told by what the machine has run, too."""

    @pytest.fixture
    def ran(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        seconds = [500.0]
        monkeypatch.setattr(clock, "_running", [lambda: seconds[0]])
        return seconds

    def test_the_latest_moment_never_goes_back_and_goes_on(self, ran: list[float]) -> None:
        shown = [clock.at(2026, 11, 27, 9)]
        with clock.set_to(lambda: shown[0]):
            assert clock.latest() == shown[0]
            shown[0] -= timedelta(days=400)
            assert clock.latest() == clock.at(2026, 11, 27, 9)
            ran[0] += 60
            assert clock.latest() == clock.at(2026, 11, 27, 9, 1)
            shown[0] = clock.at(2026, 11, 27, 10)
            assert clock.latest() == shown[0]
        with clock.set_to(clock.at(2026, 1, 1)):
            assert clock.latest() == clock.at(2026, 1, 1)

    def test_a_mark_ages_by_whichever_clock_says_more(self, ran: list[float]) -> None:
        with clock.set_to(clock.at(2026, 11, 27, 9)):
            mark = clock.mark()
        with clock.set_to(clock.at(2026, 11, 27, 9, 10)):
            assert clock.passed(mark) == 600
        ran[0] += 60
        with clock.set_to(clock.at(2026, 11, 26, 9)):
            assert clock.passed(mark) == 60

    def test_a_mark_of_another_run_that_lies_ahead_is_over(self) -> None:
        with clock.set_to(clock.at(2026, 11, 27, 9)):
            at, _, seconds = clock.mark()
        for other in ([at, "another run", seconds], [at]):
            with clock.set_to(clock.at(2026, 11, 27, 9, 1)):
                assert clock.passed(other) == 60
            with clock.set_to(clock.at(2026, 11, 27, 8)):
                assert clock.passed(other) == inf
