"""The pages of those held: the board, one person, the alarms; and on which screens somebody over-held stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from antong.boot import watching
from antong.custody import selectors as custody
from antong.demo import planted, seed
from antong.kernel import clock
from antong.watch import actions as watch
from antong.watch.models import Alarm
from antong.web import looking, standing
from held_lives import Maker, write

People = dict[str, Any]


def signed_in(who: str) -> Client:
    """Somebody's browser."""
    words = next(login.password for login in seed.logins() if login.username == who)
    client = Client()
    assert client.post("/login", {"username": who, "password": words}).status_code == 302
    return client


@pytest.fixture
def over_held(people: People) -> UUID:
    """Somebody is held too long, planted; the watch has not looked yet. The case."""
    return planted.plant(lambda _: None)


def text_of(who: str, url: str) -> str:
    """What somebody is shown."""
    answer = signed_in(who).get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


@pytest.fixture
def state() -> Iterator[Path]:
    """The state folder, without what the watch wrote there afterwards."""
    folder = Path(settings.ANTONG_STATE)
    yield folder
    for name in (standing.WATCH_FILE, standing.FILE):
        (folder / name).unlink(missing_ok=True)


def test_within_a_round_somebody_over_held_stands_on_every_screen(over_held: UUID) -> None:
    screens = [
        ("zhencha", "/desk"), ("zhencha", f"/cases/{over_held}/"), ("kanshou", "/desk"), ("kanshou", "/custody"),
        ("kanshou", "/alarms"), ("jiandu", "/supervision"), ("jiandu", "/custody"), ("jiandu", "/alarms"),
        ("jiandu", f"/cases/{over_held}/"), ("juzhang", f"/cases/{over_held}/"),
    ]  # fmt: skip
    called = f"<b>无有效羁押依据</b> {planted.OVER}"
    for who, url in screens:
        assert called not in text_of(who, url), f"{who} {url} before the round"
    assert watching.EVERY + 5 < 60, "a round begins often enough to call within a minute"
    watch.run_round()
    for who, url in screens:
        shown = text_of(who, url)
        assert planted.OVER in shown, f"{who} {url}"
        assert called in shown or (">无有效羁押依据</" in shown and url in {"/custody", "/alarms"}), (
            f"{who} {url}"
        )
    assert "1 人期限已过" in text_of("kanshou", "/desk"), "the place counts who is inside"
    notices = text_of("zhencha", "/notices")
    assert f"羁押告警：无有效羁押依据 {planted.OVER}" in notices


def test_the_head_is_called_once_it_is_his_turn(over_held: UUID) -> None:
    watch.run_round()
    assert planted.OVER not in text_of("juzhang", "/desk")
    with clock.set_to(clock.now() + timedelta(minutes=16)):
        watch.run_round()
        assert planted.OVER in text_of("juzhang", "/desk")


def test_the_board_says_of_each_until_when_on_what_and_by_whom(over_held: UUID) -> None:
    watch.run_round()
    shown = text_of("kanshou", "/custody")
    assert shown.index(planted.OVER) < shown.index(planted.NEAR) < shown.index(planted.FAR), (
        "the most urgent first"
    )
    for part in ("无有效依据", "拘留证", "提请批准逮捕", "青岚县公安局", "独立守望"):
        assert part in shown, part
    near = text_of("kanshou", "/custody?near=three")
    assert planted.NEAR in near
    assert planted.FAR not in near.split("<tbody>")[1]
    assert planted.FAR not in text_of("kanshou", "/custody?near=none").split("<tbody>")[1]
    table = signed_in("kanshou").get("/custody?as=file").content.decode("utf-8-sig")
    assert table.count("\n") == 4
    assert planted.OVER in table


def test_the_agencies_are_told_in_one_act(people: People, over_held: UUID) -> None:
    rows = {row.name: row for row in custody.board(people["kanshou"])}
    client = signed_in("kanshou")
    picked = [str(rows[name].id) for name in (planted.OVER, planted.NEAR, planted.FAR)]
    assert client.post("/custody/warn", {"pick": picked}).status_code == 302
    assert f"超过羁押期限：{planted.OVER}" in text_of("zhencha", "/notices")
    assert f"羁押期限即将届满：{planted.NEAR}" in text_of("zhencha", "/notices")
    assert f"届满：{planted.FAR}" not in text_of("zhencha", "/notices")
    told = text_of("anguan", "/notices")
    assert f"期限：{planted.OVER}" in told, "the procuratorate is told of who is over-held"
    assert f"届满：{planted.NEAR}" not in told
    refused = client.post("/custody/warn", {"pick": picked[2:]})
    assert refused.status_code == 422
    assert "看守所条例第43条" in refused.content.decode()


def test_one_person_and_the_three_acts(people: People, over_held: UUID) -> None:
    row = next(one for one in custody.board(people["kanshou"]) if one.name == planted.OVER)
    client, page = signed_in("kanshou"), f"/custody/{row.id}/"
    assert "提请批准逮捕" in client.get(page).content.decode()
    asked = {"version": row.version, "agency": row.told_agency_id, "officers": "甲\n乙", "paper": "提讯证"}
    answer = client.post(f"{page}interrogate", asked, follow=True)
    assert "拒绝提讯：羁押期限已于" in answer.content.decode()
    refused = client.post(
        f"{page}discharge", {"version": row.version, "reason": "释放通知书", "paper": "一号"}
    )
    assert refused.status_code == 409
    assert "办案机关登记的羁押措施还在执行" in refused.content.decode()
    assert "一号" in refused.content.decode(), "what was typed is kept"
    done = client.post(
        f"{page}paper",
        {
            "version": row.version, "agency": row.told_agency_id, "paper": "变更羁押期限通知书", "number": "二号",
            "until": f"{clock.local(clock.now() + timedelta(days=3)):%Y-%m-%d} 24:00",
        },
        follow=True,
    )  # fmt: skip
    assert "两处登记不一致" in done.content.decode()


def test_an_alarm_is_answered_on_its_page(over_held: UUID) -> None:
    watch.run_round()
    alarm = Alarm.objects.get(person=planted.OVER)
    client, page = signed_in("kanshou"), f"/alarms/{alarm.id}/"
    assert "看守所条例第43条" in client.get(page).content.decode()
    assert client.post(f"{page}answer", {"text": "核实中", "done_by": ""}).status_code == 422
    at = f"{clock.local(clock.now() + timedelta(hours=2)):%Y-%m-%d %H:%M}"
    answer = client.post(f"{page}answer", {"text": "已通知办案机关，正在办释放", "done_by": at}, follow=True)
    assert "正在办释放" in answer.content.decode()
    assert planted.OVER not in text_of("kanshou", "/desk")


def test_the_duty_screen_calls_without_a_name(over_held: UUID) -> None:
    watch.run_round()
    client = signed_in("kanshou")
    shown = client.get("/duty/state").content.decode()
    alarm = Alarm.objects.get(person=planted.OVER)
    assert "羁押告警：无有效羁押依据" in shown
    assert alarm.case_number in shown
    assert planted.OVER not in shown
    assert str(alarm.id) in shown.split("data-calling=")[1].split(">")[0], "with the sound"


def counted(client: Client, url: str) -> int:
    """How many statements a page asks."""
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_more_people_ask_no_more_statements(people: People, over_held: UUID) -> None:
    watch.run_round()
    row = next(one for one in custody.board(people["kanshou"]) if one.name == planted.OVER)
    alarm = Alarm.objects.get(person=planted.OVER)
    pages = {
        "/custody": 12, f"/custody/{row.id}/": 14, "/alarms": 8, f"/alarms/{alarm.id}/": 10,
    }  # fmt: skip
    client = signed_in("kanshou")
    few = {url: counted(client, url) for url in pages}
    with clock.set_to(clock.now()):
        write(list(Maker(now=clock.now(), seed=7).lives(120)))
        watch.run_round()
    assert {url: counted(client, url) for url in pages} == few
    assert few == pages


def test_a_silent_watch_is_seen_where_it_concerns_somebody(people: People, state: Path) -> None:
    looked = watch.run_round()
    assert looked is not None
    watching.keep(state, looked)
    assert json.loads((state / standing.WATCH_FILE).read_text())["people"] == looked.people
    assert "羁押守望已停" not in text_of("kanshou", "/custody")
    with clock.set_to(clock.now() + timedelta(minutes=3)):
        for who, url in (
            ("kanshou", "/custody"),
            ("zhencha", "/desk"),
            ("jiandu", "/supervision"),
            ("xitong", "/operations"),
        ):
            assert "羁押守望已停" in text_of(who, url), who
        ready = Client().get("/readyz").json()
        assert "watch" in ready["degraded"]
        looking.look()
        assert "羁押守望没有核对" in text_of("xitong", "/operations")
        figures = Client().get("/metrics").content.decode()
        assert "antong_watch_age_seconds" in figures
    assert "羁押守望已停" not in text_of("anquan", "/operations"), "it does not concern who keeps accounts"


def test_a_watch_that_never_ran_is_seen_too(people: People, state: Path) -> None:
    looking.look()
    stuck = {one.kind: one.many for one in standing.stuck(state)}
    assert stuck["watch"] == 1
    assert "羁押守望已停" in text_of("kanshou", "/custody")
