"""A unit's system is called with every event, whatever becomes of it meanwhile, and nowhere it should not be."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from antong.flow import _telling, actions, selectors
from antong.kernel import clock
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.ledger import actions as ledger
from antong.ledger import sequencer
from antong.org import _calling, _posting, models
from antong.org import actions as org
from antong.org import selectors as org_selectors
from receiving import Receiver, signatures_by

People = dict[str, Any]


@pytest.fixture
def receiver(tmp_path: Path, settings: Any) -> Iterator[Receiver]:
    settings.ANTONG_WEBHOOK_HOSTS = ("127.0.0.1",)
    made = Receiver(tmp_path)
    yield made
    made.kill()


class Line:
    """A webhook in force, and things that happen to its unit."""

    def __init__(self, people: People, case_id: UUID, receiver: Receiver, **more: Any) -> None:
        sequencer.run_once()
        self.people, self.case_id, self.unit_id = people, case_id, people["anguan"].unit_id
        self.id, self.secret = org.new_webhook(
            people["xitong"], unit_id=self.unit_id, url=receiver.url, **more
        )
        org.allow_webhook(people["anquan"], webhook_id=self.id)
        sequencer.run_once()
        self.start = models.Webhook.objects.get(id=self.id).place

    def happen(self, times: int = 1, act: str = "overdue.notice") -> list[str]:
        """Let something happen to the unit; return what it is known by."""
        made = []
        for _ in range(times):
            with transaction.atomic():
                entry = ledger.record(
                    org_selectors.HOUSE, chain_id=self.case_id, act=act, moment=moment(), subjects=[self.unit_id]
                )  # fmt: skip
            made.append(str(entry.entry_id))
        sequencer.run_once()
        return made

    def tell(self, *, later: timedelta = timedelta(0)) -> None:
        """Let the house do all it has to at a time."""
        with clock.set_to(clock.now() + later):
            while actions.tell_webhook():
                pass

    @property
    def row(self) -> models.Webhook:
        return models.Webhook.objects.get(id=self.id)

    def state(self) -> str:
        return str(org_selectors.webhook(self.people["xitong"], self.id)[0].state)


@pytest.fixture
def line(people: People, investigated: UUID, receiver: Receiver) -> Line:
    return Line(people, investigated, receiver)


def test_every_event_arrives_signed_in_order_and_says_ids_alone(line: Line, receiver: Receiver) -> None:
    happened = line.happen(5)
    line.happen(2, act="case.amend")
    line.tell()
    assert receiver.ids == happened
    assert all(signatures_by(line.secret, call) == 1 for call in receiver.calls)
    assert not any(signatures_by("whsec_" + "A" * 44, call) for call in receiver.calls)
    listed, _, _ = selectors.events(line.unit_id, after=line.start, most=50)
    for call, event in zip(receiver.calls, listed, strict=True):
        assert call["path"] == "/antong?of=us"
        assert abs(int(call["headers"]["webhook-timestamp"]) - time.time()) < 60
        assert json.loads(call["body"]) == {
            "type": "case.overdue",
            "timestamp": event.at.isoformat(),
            "data": {
                "place": event.place, "case_id": str(line.case_id), "handover_id": None,
                "unit_id": str(event.unit_id),
            },
        }  # fmt: skip
    assert (line.state(), line.row.tries) == ("in_force", 0)
    line.tell()
    assert len(receiver.calls) == 5
    _, calls = org_selectors.webhook(line.people["anquan"], line.id)
    assert [(one.taken, one.said) for one in calls] == [(True, "回答 204")] * 5


def test_only_what_was_asked_for_and_only_of_the_own_unit(
    people: People, investigated: UUID, receiver: Receiver
) -> None:
    line = Line(people, investigated, receiver, types=["handover.silent"])
    line.happen(2)
    silent = line.happen(1, act="handover.silence")
    line.unit_id = people["lian"].unit_id
    line.happen(1, act="handover.silence")
    line.tell()
    assert receiver.ids == silent


def test_what_was_down_for_a_while_misses_nothing(line: Line, receiver: Receiver) -> None:
    first = line.happen(2)
    receiver.kill()
    line.tell()
    assert line.state() == "failing"
    assert org_selectors.webhook(line.people["xitong"], line.id)[1][0].said == "没有连上：对方没有开"
    line.tell()  # not before its time
    assert line.row.tries == 1
    more = line.happen(3)
    pauses = []
    with clock.set_to(clock.now()):
        for _ in range(9):
            with clock.set_to(line.row.next_at):
                line.tell()
                pauses.append((line.row.next_at - clock.now()).total_seconds())
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]
    receiver.start()
    line.tell(later=timedelta(hours=2))
    assert receiver.ids == first + more
    assert (line.state(), line.row.failing_since) == ("in_force", None)


@pytest.mark.parametrize("how", ["500", "302", "404", "mute", "drips"])
def test_what_does_not_take_it_gets_it_again(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    happened = line.happen(2)
    receiver.answers(how)
    if not how.isdigit():
        monkeypatch.setattr(_posting, "TIMEOUT", 0.5)
    began = time.monotonic()
    line.tell()
    assert time.monotonic() - began < 10
    assert receiver.ids == happened[:1]
    assert line.row.place == line.start
    said = org_selectors.webhook(line.people["xitong"], line.id)[1][0].said
    assert said == (f"回答 {how}" if how.isdigit() else "0 秒内没有回答")
    receiver.answers("200")
    line.tell(later=timedelta(minutes=1))
    assert receiver.ids == [happened[0], *happened]  # the same id: whoever has it drops it


def test_what_dies_in_the_middle_gets_it_again(line: Line, receiver: Receiver) -> None:
    happened = line.happen(2)
    receiver.answers("dies")
    line.tell()
    receiver.process.wait()
    assert org_selectors.webhook(line.people["xitong"], line.id)[1][0].said == "连接断了"
    receiver.answers("200")
    receiver.start()
    line.tell(later=timedelta(minutes=1))
    assert receiver.ids == [happened[0], *happened]


def test_who_claimed_and_died_holds_it_up_for_a_minute(line: Line, receiver: Receiver) -> None:
    happened = line.happen(1)
    assert org.claim_webhook() is not None
    assert org.claim_webhook() is None
    line.tell()
    assert receiver.ids == []
    line.tell(later=timedelta(seconds=61))
    assert receiver.ids == happened


def test_two_who_tell_at_once_move_it_once(line: Line, receiver: Receiver) -> None:
    happened = line.happen(2)
    listed, _, _ = selectors.events(line.unit_id, after=line.start, most=50)
    told = _telling._told(listed[0])
    assert org.call_webhook(line.id, told, before=line.start)
    assert not org.call_webhook(line.id, told, before=line.start)
    org.rest_webhook(line.id, before=line.start, place=10**9)
    line.tell(later=timedelta(seconds=61))
    assert receiver.ids == happened


def test_a_slow_one_lets_others_have_their_turn(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened = line.happen(3)
    monkeypatch.setattr(_telling, "PATIENCE", -1.0)
    assert actions.tell_webhook()
    assert receiver.ids == []
    monkeypatch.undo()
    line.tell()
    assert receiver.ids == happened


@pytest.mark.parametrize("gone", [True, False])
def test_what_fails_for_days_is_paused_told_of_and_goes_on_where_it_stood(
    line: Line, receiver: Receiver, *, gone: bool
) -> None:
    happened = line.happen(2)
    receiver.answers("410" if gone else "500")
    line.tell()
    if not gone:
        line.tell(later=timedelta(days=2, hours=23))
        assert line.state() == "failing"
        line.tell(later=timedelta(days=3, hours=1))
    assert line.state() == "paused"
    for who in ("xitong", "anguan"):
        notices = [one for one in org_selectors.notices(line.people[who])[0] if "系统回调" in one.title]
        assert any("自动暂停" in one.title for one in notices), who
    receiver.answers("200")
    before = len(receiver.calls)
    line.tell(later=timedelta(days=5))
    assert len(receiver.calls) == before
    org.resume_webhook(line.people["anquan"], webhook_id=line.id)
    more = line.happen(1)
    line.tell()
    assert receiver.ids[before:] == happened + more
    with pytest.raises(Refusal, match="没有暂停"):
        org.resume_webhook(line.people["anquan"], webhook_id=line.id)


def test_a_new_secret_signs_beside_the_old_one_for_a_day(line: Line, receiver: Receiver) -> None:
    new = org.rotate_webhook(line.people["xitong"], webhook_id=line.id)
    line.happen(1)
    line.tell()
    assert [signatures_by(one, receiver.calls[0]) for one in (new, line.secret)] == [1, 1]
    line.happen(1)
    line.tell(later=timedelta(hours=25))
    assert [signatures_by(one, receiver.calls[1]) for one in (new, line.secret)] == [1, 0]
    stored = bytes(line.row.secret)
    assert new.removeprefix("whsec_").encode() not in stored


def test_paused_ended_and_sent_again(line: Line, receiver: Receiver) -> None:
    happened = line.happen(3)
    line.tell()
    _, calls = org_selectors.webhook(line.people["xitong"], line.id)
    org.resend_webhook(line.people["xitong"], webhook_id=line.id, place=calls[1].place)
    line.tell()
    assert receiver.ids == [*happened, *happened[1:]]
    with pytest.raises(NotFound):
        org.resend_webhook(line.people["xitong"], webhook_id=line.id, place=10**30)
    org.pause_webhook(line.people["xitong"], webhook_id=line.id, reason="检修")
    more = line.happen(1)
    line.tell()
    assert len(receiver.calls) == 5
    for wrong in ("", " ", "长" * 121):
        with pytest.raises(BadInput):
            org.end_webhook(line.people["anquan"], webhook_id=line.id, reason=wrong)
    org.resume_webhook(line.people["anquan"], webhook_id=line.id)
    line.tell()
    assert receiver.ids[5:] == more
    org.end_webhook(line.people["anquan"], webhook_id=line.id, reason="系统下线")
    assert bytes(line.row.secret) == b""
    line.happen(1)
    line.tell()
    assert len(receiver.calls) == 6
    for act in (
        lambda: org.resume_webhook(line.people["anquan"], webhook_id=line.id),
        lambda: org.rotate_webhook(line.people["xitong"], webhook_id=line.id),
        lambda: org.resend_webhook(line.people["xitong"], webhook_id=line.id),
        lambda: org.end_webhook(line.people["xitong"], webhook_id=line.id, reason="再来"),
    ):
        with pytest.raises(Refusal, match="已经停用"):
            act()


def test_it_takes_two_and_nothing_is_sent_before(
    people: People, investigated: UUID, receiver: Receiver
) -> None:
    unit_id = people["anguan"].unit_id
    made, _ = org.new_webhook(people["xitong"], unit_id=unit_id, url=receiver.url)
    sequencer.run_once()
    assert org.claim_webhook() is None
    for who in ("xitong", "zhencha", "anguan"):
        with pytest.raises(NotPermitted):
            org.allow_webhook(people[who], webhook_id=made)
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Webhook.objects.filter(id=made).update(allowed_by_id=people["xitong"].person_id)
    org.allow_webhook(people["anquan"], webhook_id=made)
    with pytest.raises(Refusal, match="已经启用"):
        org.allow_webhook(people["anquan"], webhook_id=made)
    for call in (org.new_webhook, org.rotate_webhook):
        more: dict[str, Any] = (
            {"unit_id": unit_id, "url": receiver.url} if call is org.new_webhook else {"webhook_id": made}
        )
        with pytest.raises(NotPermitted):
            call(people["anquan"], **more)
    with pytest.raises(NotFound):
        org.allow_webhook(people["anquan"], webhook_id=unit_id)
    with pytest.raises(NotFound):
        org.new_webhook(people["xitong"], unit_id=made, url=receiver.url)


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "https://", "http://case.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "https://127.0.0.2/",
        "https://169.254.169.254/latest", "https://10.0.0.1/", "https://[::1]/", "https://[fe80::1]/", "https://224.0.0.1/",
        "https://a:b@case.example/", "https://case.example/#x", "https://case.example:99999/", "https://case.example:0/",
        "https://案.example/", "https://case.example/ x", "https://case.example/\r\nX: y", "https://case.example/" + "a" * 300,
        "http://127.0.0.1.example/", "http://127.0.0.1@case.example/", "https://[x]/",
    ],
)  # fmt: skip
def test_nothing_is_registered_that_may_not_be_called(people: People, receiver: Receiver, url: str) -> None:
    with pytest.raises(BadInput) as caught:
        org.new_webhook(people["xitong"], unit_id=people["anguan"].unit_id, url=url)
    assert set(caught.value.fields) == {"url"}


@pytest.mark.parametrize("name", ["localhost", "case.example"])
def test_a_name_that_leads_inside_is_not_called(
    line: Line, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The address is looked at when it is called, whatever the name led to when it was registered."""
    looked = socket_at("127.0.0.1", receiver.port)
    monkeypatch.setattr(_posting.socket, "getaddrinfo", looked)
    models.Webhook.objects.filter(id=line.id).update(url=f"https://{name}:{receiver.port}/")
    line.happen(1)
    line.tell()
    _, calls = org_selectors.webhook(line.people["xitong"], line.id)
    assert (receiver.calls, calls[0].said) == ([], "主机名指向内网或本机，运维没有登记")


def socket_at(address: str, port: int) -> Callable[..., list[Any]]:
    return lambda *_, **__: [(2, 1, 6, "", (address, port))]


def test_what_is_listed_no_more_is_called_no_more(line: Line, receiver: Receiver, settings: Any) -> None:
    settings.ANTONG_WEBHOOK_HOSTS = ()
    line.happen(1)
    line.tell()
    assert (receiver.calls, line.state()) == ([], "failing")


def test_old_calls_are_forgotten(line: Line, receiver: Receiver) -> None:
    line.happen(2)
    line.tell()
    assert org.forget_webhook_calls() == 0
    with clock.set_to(clock.now() + _calling.KEPT + timedelta(hours=1)):
        assert org.forget_webhook_calls() == 2
