"""Bad input as a page meets it: the words are Chinese, with basis and remedy, what was typed stays, nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from antong.dossier import selectors as dossier
from antong.flow import actions, selectors
from antong.flow.types import State
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.org.models import Duty, Unit
from badfiles import BAD
from walking import hand_over, send_up

People = dict[str, Any]
SignIn = Callable[[str], Client]


def says(answer: Any) -> str:
    """Return a refusal page's words, which have all three parts and no traceback."""
    page = answer.content.decode()
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    assert "依据" in text
    assert "怎样补" in text
    assert "Traceback" not in page
    assert "Exception" not in page
    return text


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_by_name(investigated: UUID, sign_in: SignIn, kind: str) -> None:
    name, data, code = BAD[kind]
    before = dossier.tree(investigated).page_count
    answer = sign_in("zhencha").post(
        f"/cases/{investigated}/upload",
        {"catalogue_key": "ev-victim.victim", "files": SimpleUploadedFile(name, data), "key": str(uuid4())},
        headers={"X-Requested-With": "fetch"},
    )
    assert answer.status_code == 422
    told = answer.json()
    assert told["code"] == code
    assert told["basis"]
    assert told["remedy"]
    assert name[:40] in told["items"][0]
    assert dossier.tree(investigated).page_count == before


def test_a_case_of_tomorrow_is_refused_and_keeps_what_was_typed(people: People, sign_in: SignIn) -> None:
    tomorrow = clock.local(clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    answer = sign_in("zhencha").post(
        "/cases/new",
        {
            "secret": "no", "source": "01", "category": "050200", "occurred_at": tomorrow, "place": "城关镇河西路",
            "brief": "夜间盗窃电动自行车。", "p0_kind": "suspect", "p0_name": "纪白", "key": str(uuid4()),
        },
    )  # fmt: skip
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "案发时间不得晚于" in says(answer)
    for typed in ("城关镇河西路", "夜间盗窃电动自行车。", "纪白"):
        assert typed in page


def test_a_stale_form_says_what_changed(people: People, investigated: UUID, sign_in: SignIn) -> None:
    done = send_up(people, investigated, "arrest-request")
    answer = sign_in("juzhang").post(
        f"/handovers/{done.handover_id}/approve",
        {"version": str(done.version - 1), "key": str(uuid4()), "decision": "yes"},
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "已有变动" in page
    assert "现在的状态" in page
    assert selectors.handover(people["juzhang"], done.handover_id)[0].state is State.CHECKED


def test_the_future_is_refused(people: People, investigated: UUID, sign_in: SignIn) -> None:
    done = hand_over(people, investigated, "arrest-request")
    later = clock.local(clock.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    answer = sign_in("anguan").post(
        f"/handovers/{done.handover_id}/accept",
        {"version": str(done.version), "key": str(uuid4()), "happened_at": later},
    )
    assert answer.status_code == 422
    assert "发生时间在将来" in says(answer)
    assert selectors.handover(people["anguan"], done.handover_id)[0].state is State.ENTERED


def test_a_receiver_that_cannot_receive(people: People, investigated: UUID, sign_in: SignIn) -> None:
    made = actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    client = sign_in("zhencha")
    answer = client.post(
        f"/handovers/{made.handover_id}/amend",
        {"version": str(made.version), "receiver": f"{people['jianyu'].unit_id}:监狱"},
    )
    assert answer.status_code == 422
    assert "不能发给所选单位" in says(answer)
    Unit.objects.filter(id=people["anguan"].unit_id).update(valid_until=clock.now() - timedelta(seconds=1))
    answer = client.post(
        f"/handovers/{made.handover_id}/amend",
        {"version": str(made.version), "receiver": f"{people['anguan'].unit_id}:检察院"},
    )
    assert answer.status_code == 422
    assert "已撤销的单位不能接收" in says(answer)


def test_a_post_that_ended_between_opening_the_page_and_the_act(
    people: People, investigated: UUID, sign_in: SignIn
) -> None:
    done = hand_over(people, investigated, "arrest-request")
    client = sign_in("anguan")
    assert client.get(f"/handovers/{done.handover_id}/").status_code == 200
    Duty.objects.filter(id=people["anguan"].duty_id).update(valid_until=clock.now() - timedelta(seconds=1))
    answer = client.post(
        f"/handovers/{done.handover_id}/accept", {"version": str(done.version), "key": str(uuid4())}
    )
    assert answer.status_code in {302, 403}
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith("/login?")
    acts = [entry.act for entry in ledger.entries(investigated, most=3)]
    assert "handover.accept" not in acts


def test_ones_own_work(people: People, investigated: UUID, sign_in: SignIn) -> None:
    from antong.flow.models import HandOver

    done = send_up(people, investigated, "arrest-request")
    HandOver.objects.filter(id=done.handover_id).update(maker_ids=[str(people["juzhang"].person_id)])
    answer = sign_in("juzhang").post(
        f"/handovers/{done.handover_id}/approve",
        {"version": str(done.version), "key": str(uuid4()), "decision": "yes"},
    )
    assert answer.status_code == 403
    assert "不得审批自己提交的事项" in says(answer)


@pytest.mark.parametrize(
    ("act", "form", "words"),
    [
        ("approve", {"decision": "no", "comment": " "}, "须写明意见"),
        ("withdraw", {"reason": " "}, "须写明理由"),
    ],
)
def test_an_act_without_its_reason(
    people: People, investigated: UUID, sign_in: SignIn, act: str, form: dict[str, str], words: str
) -> None:
    done = send_up(people, investigated, "arrest-request")
    who = {"approve": "juzhang", "withdraw": "zhencha"}[act]
    answer = sign_in(who).post(
        f"/handovers/{done.handover_id}/{act}", {"version": str(done.version), "key": str(uuid4()), **form}
    )
    assert answer.status_code == 422
    assert words in says(answer)
    assert selectors.handover(people[who], done.handover_id)[0].state is State.CHECKED


def test_a_key_that_is_none_and_a_version_that_is_none(
    people: People, investigated: UUID, sign_in: SignIn
) -> None:
    done = send_up(people, investigated, "arrest-request")
    client = sign_in("juzhang")
    for form in ({"version": str(done.version), "key": "none"}, {"version": "x", "key": str(uuid4())}):
        answer = client.post(f"/handovers/{done.handover_id}/approve", form)
        assert answer.status_code in {409, 422}
        assert "Traceback" not in answer.content.decode()
    assert selectors.handover(people["juzhang"], done.handover_id)[0].state is State.CHECKED
