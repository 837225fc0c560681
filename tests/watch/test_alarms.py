"""Alarms: raised once, told in turn until somebody answers, cleared by what ends them; and the watch's own silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.custody import actions as custody
from antong.custody import selectors as held
from antong.demo import planted
from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org.models import Notice
from antong.watch import actions, selectors
from antong.watch.models import Addressed, Alarm, Beat
from antong.watch.types import AlarmKind, Step
from road import through

People = dict[str, Any]


@pytest.fixture
def over_held(people: People) -> Alarm:
    """Somebody planted who is held too long, and the alarm of the first round."""
    planted.plant(lambda _: None)
    actions.run_round()
    return Alarm.objects.get(person=planted.OVER, kind="no_basis")


def acts(alarm: Alarm) -> list[str]:
    """The watch's entries about an alarm, in order."""
    rows = ledger.entries(alarm.case_id, most=200)
    return [row.act for row in reversed(rows) if alarm.id in row.subject_ids]


def round_at(minutes: float) -> None:
    """One round so many minutes from now."""
    with clock.set_to(clock.now() + timedelta(minutes=minutes)):
        actions.run_round()


def test_who_is_over_held_is_called_for_and_the_lawful_are_not(people: People, over_held: Alarm) -> None:
    kinds = {(row.person, row.kind) for row in Alarm.objects.filter(case_id=over_held.case_id)}
    assert kinds == {(planted.OVER, "no_basis"), (planted.NEAR, "ends_3")}
    assert acts(over_held) == ["watch.alarm"]
    told = set(Addressed.objects.filter(alarm=over_held).values_list("unit_id", flat=True))
    assert told == {people["zhencha"].unit_id, people["kanshou"].unit_id}
    assert Notice.objects.filter(kind="custody", title__contains=planted.OVER).count() == 2
    actions.run_round()
    assert acts(over_held) == ["watch.alarm"], "a second round says nothing twice"


def test_in_turn_until_somebody_answers(people: People, over_held: Alarm) -> None:
    committee = people["jiandu"].unit_id
    seen: list[str] = []
    for minutes in (14, 16, 32, 48, 64, 90):
        round_at(minutes)
        over_held.refresh_from_db()
        seen.append(Step(over_held.step).label)
    assert seen == ["承办人", "单位领导", "羁押场所", "政法委", "上级政法委", "上级政法委"]
    by_step = Addressed.objects.filter(alarm=over_held, step=Step.COMMITTEE).values_list("unit_id", flat=True)
    assert list(by_step) == [committee]
    heads = Addressed.objects.filter(alarm=over_held, step=Step.HEAD)
    assert people["juzhang"].person_id in {one.person_id for one in heads}
    assert acts(over_held) == ["watch.alarm", *["watch.escalate"] * 4]


def test_an_answer_stops_it_until_its_hour_has_passed(people: People, over_held: Alarm) -> None:
    with pytest.raises(BadInput):
        actions.answer(
            people["kanshou"], alarm_id=over_held.id, text=" ", done_by=clock.now() + timedelta(hours=1)
        )
    with pytest.raises(NotPermitted):
        actions.answer(
            people["fuzhu"], alarm_id=over_held.id, text="在办", done_by=clock.now() + timedelta(hours=1)
        )
    with pytest.raises(NotFound):
        actions.answer(
            people["jianyu"], alarm_id=over_held.id, text="在办", done_by=clock.now() + timedelta(hours=1)
        )
    actions.answer(
        people["zhencha"], alarm_id=over_held.id, text="正在办释放", done_by=clock.now() + timedelta(days=9)
    )
    over_held.refresh_from_db()
    assert over_held.answer_until is not None
    assert over_held.answer_until - clock.now() < timedelta(hours=4, seconds=1), (
        "an answer holds off four hours at most"
    )
    with pytest.raises(Refusal, match="已答复"):
        actions.answer(
            people["kanshou"], alarm_id=over_held.id, text="也在办", done_by=clock.now() + timedelta(hours=1)
        )
    assert over_held.id not in {one.id for one in selectors.calling(people["zhencha"])}
    round_at(120)
    assert acts(over_held) == ["watch.alarm", "watch.answer"]
    round_at(250)
    assert acts(over_held) == ["watch.alarm", "watch.answer", "watch.escalate"], (
        "what was promised was not done"
    )


def test_release_and_the_door_clear_it(people: People, over_held: Alarm) -> None:
    through(
        people,
        over_held.case_id,
        "release",
        party_ids=[over_held.party_id],
        fields={"release_reason": "羁押期限届满"},
    )
    actions.run_round()
    assert acts(over_held)[-1] == "watch.clear"
    round_at(130)
    late = Alarm.objects.get(party_id=over_held.party_id, kind=AlarmKind.RELEASED_HELD)
    assert late.cleared_at is None
    row = next(one for one in held.board(people["kanshou"]) if one.party_id == over_held.party_id)
    custody.discharge(
        people["kanshou"], admission_id=row.id, version=row.version, reason="释放通知书", paper="一号"
    )
    round_at(131)
    late.refresh_from_db()
    assert late.cleared_at is not None


def test_its_silence_is_told_once_and_ends_with_the_next_round(people: People) -> None:
    actions.run_round()
    assert actions.tell_silence() == 0
    with clock.set_to(clock.now() + timedelta(minutes=3)):
        beat = selectors.beat()
        assert beat is not None
        assert beat.silent
        assert actions.tell_silence() > 3
        assert actions.tell_silence() == 0
        units = set(Notice.objects.filter(title="羁押守望已停").values_list("to_unit_id", flat=True))
        assert {people["kanshou"].unit_id, people["jiandu"].unit_id, people["xitong"].unit_id} <= units
        actions.run_round()
    said = [row.act for row in ledger.entries(SYSTEM_CHAIN, most=3)]
    assert said[:2] == ["watch.back", "watch.silent"]


def test_a_watch_that_never_looked_is_silent_too(people: People) -> None:
    Beat.objects.all().delete()
    assert actions.tell_silence() == 0
    with clock.set_to(clock.now() + timedelta(minutes=3)):
        assert actions.tell_silence() > 0


def test_the_watch_reads_nothing_but_its_views() -> None:
    import re

    from antong.watch._look import COUNT, LOOK

    read = set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z_]+)", LOOK + COUNT))
    own = set(re.findall(r"(\w+) AS \(", LOOK)) | {"held"}
    assert read - own == {"watch_measures", "watch_admissions", "watch_documents"}


def ids(alarms: list[Any]) -> set[UUID]:
    """The ids of alarms."""
    return {one.id for one in alarms}


def test_who_sees_an_alarm(people: People, over_held: Alarm) -> None:
    for who in ("zhencha", "kanshou", "jiandu"):
        assert over_held.id in ids(selectors.overseen(people[who])), who
    assert ids(selectors.overseen(people["jianyu"])) == set()
    assert over_held.id in ids(selectors.calling(people["kanshou"]))
    assert over_held.id not in ids(selectors.calling(people["jiandu"])), "the committee has not been told yet"
