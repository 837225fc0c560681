"""A receipt that is late warns, becomes evidence for sender and supervisor, and goes up when nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from antong.catalog import loader
from antong.flow import _silence, actions
from antong.flow._send import receipt_due
from antong.flow.models import Obligation
from antong.flow.types import Done, Reason
from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import selectors as ledger
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.types import NoticeView
from walking import fill_file, hand_over, theft

People = dict[str, Any]
MONDAY = clock.at(2027, 3, 8, 9)
"""A Monday in a week without holidays."""
FLOW = "arrest-request"


@pytest.fixture(scope="module")
def _sent(django_db_setup: None, django_db_blocker: Any, scan: bytes) -> Iterator[tuple[UUID, Done]]:
    from antong.demo import carriage

    with django_db_blocker.unblock(), transaction.atomic():
        people = carriage.actors()
        with clock.set_to(MONDAY):
            case_id = theft(people, ("韩序舟", "杜明泽"))
            fill_file(people["zhencha"], case_id, scan)
            hand_over(people, case_id, "filing")
            hand_over(people, case_id, "detention", fields={"roaming": "是"})
            done = hand_over(people, case_id, FLOW)
        yield case_id, done
        transaction.set_rollback(True)


@pytest.fixture
def sent(_sent: tuple[UUID, Done], db: None) -> tuple[UUID, Done]:
    """A request for arrest, sent on Monday at nine to the procuratorate; nobody receives it."""
    return _sent


def told(actor: Any, kind: str) -> list[NoticeView]:
    return [one for one in org.notices(actor, size=500)[0] if one.kind == kind]


def at(when: datetime) -> int:
    """Let the house look at its clock; return how much it noticed."""
    with clock.set_to(when):
        return _silence.sweep()


def goes_up(when: datetime) -> int:
    with clock.set_to(when):
        return _silence.escalate()


DUE = clock.at(2027, 3, 10)
"""The end of the next working day."""
WARNING = clock.at(2027, 3, 9, 14)


def test_nothing_is_said_before_the_afternoon_of_the_last_day(
    people: People, sent: tuple[UUID, Done]
) -> None:
    assert receipt_due(loader.load().flows[FLOW], MONDAY) == DUE
    assert at(WARNING - timedelta(minutes=1)) == 0
    assert not told(people["anguan"], "warning")


def test_the_receiver_is_warned_once_with_who_is_on_duty(people: People, sent: tuple[UUID, Done]) -> None:
    before = ledger.last_number(sent[0])
    assert [at(WARNING), at(WARNING + timedelta(minutes=1))] == [1, 0]
    (warning,) = told(people["anguan"], "warning")
    assert "将逾期" in warning.title
    assert not told(people["zhencha"], "warning")
    assert not told(people["jiandu"], "warning")
    assert ledger.last_number(sent[0]) == before  # a warning is no evidence


def test_at_the_limit_it_is_evidence_that_reaches_sender_and_supervisor(
    people: People, sent: tuple[UUID, Done]
) -> None:
    case_id, done = sent
    assert at(WARNING) == 1
    assert at(DUE) == 0
    late = DUE + timedelta(seconds=1)
    assert [at(late), at(late)] == [1, 0]
    entry = ledger.entries(case_id)[0]
    assert entry.act == "handover.silence"
    assert entry.after is not None
    assert entry.after["due"] == "2027-03-09T16:00:00.000000Z"
    assert entry.after["warned"] == "2027-03-09T06:00:00.000000Z"
    for who in ("zhencha", "jiandu", "anguan"):
        (notice,) = told(people[who], "silence")
        assert f"第 {entry.number} 条留痕" in notice.body
        assert notice.owed is (who == "anguan")
    assert not told(people["faguan"], "silence")
    obligation = Obligation.objects.get(handover_id=done.handover_id)
    assert obligation.silent_since == DUE


def test_accepted_returned_or_withdrawn_in_time_is_not_silent(
    people: People, sent: tuple[UUID, Done]
) -> None:
    _, done = sent
    with clock.set_to(MONDAY + timedelta(hours=3)):
        done = actions.return_file(
            people["anguan"],
            handover_id=done.handover_id,
            version=done.version,
            reasons=[Reason(text="缺页", where="全案")],
        )
    assert at(DUE + timedelta(days=3)) == 0


def test_a_silent_one_accepted_late_is_silent_no_more_but_stays_on_the_record(
    people: People, sent: tuple[UUID, Done]
) -> None:
    case_id, done = sent
    late = DUE + timedelta(hours=2)
    assert at(late) == 1
    with clock.set_to(late + timedelta(minutes=5)):
        actions.accept(people["anguan"], handover_id=done.handover_id, version=done.version)
    assert goes_up(late + timedelta(days=9)) == 0
    (notice,) = told(people["anguan"], "silence")
    assert (notice.owed, notice.answer) == (False, "移送已办理，不再催")
    assert not told(people["jiandu"], "escalated")
    assert any(entry.act == "handover.silence" for entry in ledger.entries(case_id))


class TestGoingUp:
    """An answer that does not come in time goes to whoever stands above, by the roster, day and night."""

    LATE = clock.at(2027, 3, 10, 3)
    ANSWER_BY = clock.at(2027, 3, 12)

    @pytest.fixture
    def silent(self, sent: tuple[UUID, Done]) -> UUID:
        assert at(self.LATE) == 1
        return sent[0]

    @pytest.mark.usefixtures("silent")
    def test_not_before_its_time(self, people: People) -> None:
        (notice,) = told(people["anguan"], "silence")
        assert notice.answer_by == self.ANSWER_BY
        assert goes_up(self.ANSWER_BY - timedelta(seconds=1)) == 0

    def test_it_goes_to_the_county_then_to_the_prefecture_then_no_further(
        self, people: People, silent: UUID
    ) -> None:
        assert [goes_up(self.ANSWER_BY), goes_up(self.ANSWER_BY)] == [1, 0]
        (above,) = told(people["jiandu"], "escalated")
        county = people["jiandu"].unit_id
        assert "逾期未答复" in above.body
        assert above.duty_name == "、".join(name for _, name in org.on_duty(county, self.ANSWER_BY))
        assert above.owed
        (asked,) = told(people["anguan"], "silence")
        assert asked.escalated_at == self.ANSWER_BY
        assert asked.escalated_to == org.unit(county).short_name
        entry = ledger.entries(silent)[0]
        assert entry.act == "notice.escalate"
        assert entry.after is not None
        assert entry.after["to"] == str(county)
        further = above.answer_by
        assert further is not None
        assert [goes_up(further), goes_up(further)] == [1, 0]
        prefecture = next(one for one in org.supervisors_of(people["anguan"].unit_id) if one.id != county)
        from antong.org.models import Notice

        top = Notice.objects.get(to_unit_id=prefecture.id, kind="escalated")
        assert top.escalate_to_id is None
        assert top.answer_by is not None
        assert goes_up(top.answer_by) == 1  # on the record that nobody answered; nobody stands above
        assert Notice.objects.filter(kind="escalated").count() == 2
        assert goes_up(top.answer_by + timedelta(days=30)) == 0

    @pytest.mark.usefixtures("silent")
    def test_at_night_it_names_who_is_on_duty_and_shows_it_to_that_person(self, people: People) -> None:
        from antong.org.models import Notice, RosterShift

        county, holder = people["jiandu"].unit_id, people["jiandu"]
        night = clock.at(2027, 3, 12, 2)
        RosterShift.objects.filter(unit_id=county).delete()
        RosterShift.objects.create(
            unit_id=county,
            person_id=holder.person_id,
            starts_at=clock.at(2027, 3, 11, 20),
            ends_at=clock.at(2027, 3, 12, 8),
        )
        assert goes_up(night) == 1
        row = Notice.objects.get(kind="escalated")
        assert row.duty_name == holder.person_name
        assert told(holder, "escalated")[0].to_me
        assert row.created_at == night

    def test_an_answer_in_time_stops_it_and_is_on_the_record(self, people: People, silent: UUID) -> None:
        (asked,) = told(people["anguan"], "silence")
        with clock.set_to(self.LATE + timedelta(hours=6)):
            org_actions.answer_notice(people["anguan"], notice_id=asked.id, text="承办人出差，今天下午受理")
        assert goes_up(self.ANSWER_BY + timedelta(days=9)) == 0
        (answered,) = told(people["anguan"], "silence")
        assert answered.answered_name == people["anguan"].person_name
        assert ledger.entries(silent)[0].act == "notice.answer"
        with pytest.raises(Refusal) as refused:
            org_actions.answer_notice(people["anguan"], notice_id=asked.id, text="再答一次")
        assert refused.value.code == "notice-not-owed"

    @pytest.mark.usefixtures("silent")
    def test_an_empty_answer_and_a_strangers_are_refused(self, people: People) -> None:
        (asked,) = told(people["anguan"], "silence")
        for text in ("", "  ", "长" * 301):
            with pytest.raises(BadInput):
                org_actions.answer_notice(people["anguan"], notice_id=asked.id, text=text)
        with pytest.raises(NotFound):
            org_actions.answer_notice(people["faguan"], notice_id=asked.id, text="不是我的")


def test_custody_warns_after_half_an_hour_and_is_evidence_after_two_hours_day_and_night() -> None:
    night = clock.at(2027, 3, 13, 23, 40)
    for key in ("custody-transfer", "court-release-notice"):
        flow = loader.load().flows[key]
        due = receipt_due(flow, night)
        assert due == night + timedelta(hours=2)
        assert _silence._warns_at(due, key) == night + timedelta(minutes=30)


def test_a_nudge_from_another_unit_waits_for_an_answer_that_comes_back(
    people: People, sent: tuple[UUID, Done]
) -> None:
    _, done = sent
    with clock.set_to(MONDAY + timedelta(hours=1)):
        actions.nudge(people["zhencha"], handover_id=done.handover_id, text="在押，请尽快")
    (asked,) = told(people["anguan"], "nudge")
    assert asked.answer_by == DUE
    with clock.set_to(MONDAY + timedelta(hours=2)):
        org_actions.answer_notice(people["anguan"], notice_id=asked.id, text="十一点前受理")
    (back,) = told(people["zhencha"], "answer")
    assert back.body == "十一点前受理"
    assert not back.owed


def test_a_station_answers_to_its_bureau_and_a_county_to_its_committee(people: People) -> None:
    assert org.escalates_to(people["zhencha"].unit_id) == org.bureau_of(people["zhencha"].unit_id).id
    assert org.escalates_to(people["anguan"].unit_id) == people["jiandu"].unit_id
    prefecture = org.escalates_to(people["jiandu"].unit_id)
    assert prefecture is not None
    assert org.escalates_to(prefecture) is None
