"""The house's own record on a page: who signed in, from where, by what; what administrators did; who looked at the read log."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotPermitted
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions
from antong.org.models import TerminalRule
from antong.web import find, reading, words
from antong.web.pages.org import auditing
from antong.web.pages.org.certificate import SHOWN
from issuing import Authorities, issue

SignIn = Callable[[str], Client]


def table(client: Client, **asked: str) -> list[list[str]]:
    """The exported table, without its head."""
    text = client.get("/audit", {**asked, "as": "file"}).content.decode("utf-8-sig")
    return [line.split(",") for line in text.splitlines()[1:]]


def search(text: str) -> dict[str, str]:
    return {find.PARAMETER: find.seal(text)}


@pytest.fixture
def spool(settings: Any, tmp_path: Path) -> Path:
    settings.ANTONG_SPOOL = tmp_path / "spool"
    return tmp_path / "spool"


def test_a_sign_in_says_who_when_from_where_and_by_what(sign_in: SignIn, people: dict[str, Any]) -> None:
    sign_in("faguan").post("/logout")
    auditor = sign_in("shenji")
    out, entered = table(auditor, **search(people["faguan"].person_name))[:2]
    assert entered[2:4] == ["登录", people["faguan"].person_name]
    assert people["faguan"].post_name in entered[5]
    assert entered[6:9] == ["127.0.0.1", "口令", "办成"]
    assert out[2] == "退出"
    assert out[6:9] == ["127.0.0.1", "口令", "办成"]
    newest = ledger.house_acts(ledger.ActFilter(), most=1)[0]
    assert table(auditor)[0][9] == newest.digest.hex(), "the digest, by which the entry is proven"


def test_an_act_of_an_administrator_says_about_whom_and_from_where(
    sign_in: SignIn, people: dict[str, Any]
) -> None:
    judge = people["faguan"]
    sign_in("anquan").post(f"/accounts/{judge.person_id}/active", {"active": ""})
    (row,) = [one for one in table(sign_in("shenji"), group="people") if one[2] == "停用启用账号"]
    assert row[3] == people["anquan"].person_name
    assert row[5].startswith(judge.person_name)
    assert "停用" in row[5]
    assert row[6:9] == ["127.0.0.1", "口令", "办成"]
    about = table(sign_in("shenji"), group="people", **search(judge.person_name))
    assert row[0] in {one[0] for one in about}, "found by whom it was about, too"


def test_what_was_not_let_through_is_found_by_its_result(sign_in: SignIn, people: dict[str, Any]) -> None:
    for _ in range(5):
        with pytest.raises(BadInput):
            actions.sign_in("faguan", "wrong", "10.1.2.3")
    for _ in range(3):
        with pytest.raises(NotPermitted):
            actions.sign_in("faguan", "wrong", "10.1.2.3")
    auditor = sign_in("shenji")
    (row,) = table(auditor, result="refused")
    assert row[2:4] == ["连续错误，暂停登录", "平台"]
    assert row[5].startswith(f"{people['faguan'].person_name}；账号连错 5 次")
    assert row[6] == "10.1.2.3"
    assert "连续错误，暂停登录" not in {one[2] for one in table(auditor, result="done")}
    assert table(auditor, result="refused", group="posts") == []


def test_a_certificate_that_is_known_and_refused_is_noted_once_a_day(
    sign_in: SignIn, people: dict[str, Any], spool: Path, tmp_path: Path, settings: Any
) -> None:
    house = Authorities(tmp_path)
    settings.ANTONG_CLIENT_CA, settings.ANTONG_CLIENT_CRL = house.file, house.lists
    settings.ANTONG_CERTIFICATE_PORT, settings.ANTONG_PAGES_PORT = 8444, 8443
    known, unknown = issue("秦延溯", house.middle), issue("秦延溯", house.middle)
    actions.register_certificate(people["anquan"], person_id=people["faguan"].person_id, content=known.pem)
    house.revoke(known)
    for _ in range(3):
        for shown in (known, unknown):
            answer = Client().get("/certificate", **{SHOWN: shown.der})
            assert answer.status_code in {400, 403}, answer.content.decode()
        reading.post_spooled()
    (row,) = table(sign_in("shenji"), result="refused")
    assert row[2:4] == ["不许登录", "平台"]
    assert row[5].startswith(people["faguan"].person_name)
    assert row[5].endswith("发证机构已吊销证书")
    assert row[6:9] == ["127.0.0.1", "数字证书", "不许登录"]
    assert not list(spool.glob("*"))


def test_all_that_is_asked_for_at_a_machine_that_is_not_registered(
    sign_in: SignIn, people: dict[str, Any], passwords: dict[str, str]
) -> None:
    TerminalRule.objects.create(
        unit_id=people["faguan"].unit_id, since=clock.now(), set_by_id=people["anquan"].person_id
    )
    answer = Client().post("/login", {"username": "faguan", "password": passwords["faguan"]})
    assert answer.status_code == 403
    (row,) = table(sign_in("shenji"), result="refused")
    assert row[2:4] == ["不许登录", people["faguan"].person_name]
    assert row[5].endswith("不在本单位的登记终端上")
    assert row[6:9] == ["127.0.0.1", "口令", "不许登录"]


def test_days_narrow_and_a_day_that_cannot_be_read_says_so(sign_in: SignIn) -> None:
    auditor = sign_in("shenji")
    today = f"{clock.today():%Y-%m-%d}"
    tomorrow = f"{clock.today() + timedelta(days=1):%Y-%m-%d}"
    assert table(auditor, first=today)[0][1].startswith(today)
    assert table(auditor, first=tomorrow) == []
    assert all(row[1] < today for row in table(auditor, last=f"{clock.today() - timedelta(days=1):%Y-%m-%d}"))
    page = auditor.get("/audit", {"first": "去年"}).content.decode()
    assert "读不出" in page
    assert 'aria-invalid="true"' in page


def test_a_word_that_means_too_many_people_says_so(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "MOST_PEOPLE", 3)
    auditor = sign_in("shenji")
    assert "只按前 3 人筛选" in auditor.get("/audit", search("青岚县公安局")).content.decode()
    assert "人筛选" not in auditor.get("/audit", search("shenji")).content.decode()


def test_pages_follow_on_by_number(sign_in: SignIn) -> None:
    auditor = sign_in("shenji")
    for _ in range(25):
        sign_in("faguan")
    shown: list[int] = []
    query = "size=20&group=signing"
    while query:
        page = auditor.get(f"/audit?{query}").content.decode()
        shown += [int(one) for one in re.findall(r'<td class="num">(\d+)</td>', page)]
        older = re.findall(r'href="\?([^"]+)" rel="next"', page)
        query = older[0].replace("&amp;", "&") if older else ""
    every = ledger.house_acts(ledger.ActFilter(acts=words.AUDIT_GROUPS["signing"][1]), most=9999)
    assert shown == [one.number for one in every]
    assert len(shown) > 20


def test_every_act_of_the_house_is_of_one_kind() -> None:
    kinds = [act for _, acts in words.AUDIT_GROUPS.values() for act in acts]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) >= {
        act for act in words.ACTS if act.startswith(("org.", "report.", "flow.", "ledger."))
    }
    assert set(kinds) >= {act for act in words.ACTS if act.endswith("-originals")}
    assert set(words.NOT_DONE) < set(kinds) <= set(words.ACTS)


@pytest.mark.usefixtures("spool")
def test_no_case_stands_in_it(sign_in: SignIn, people: dict[str, Any], investigated: UUID) -> None:
    from antong.cases import selectors as cases

    brief = cases.briefs(people["zhencha"], {investigated})[investigated]
    actions.delegate(
        people["zhencha"], duty_id=people["zhencha"].duty_id, to_person=people["fuzhu"].person_id,
        starts_at=clock.now() + timedelta(hours=1), ends_at=clock.now() + timedelta(days=1), reason=f"代办{brief.name}",
    )  # fmt: skip
    sign_in("juzhang").get("/readlog", search(brief.name))
    reading.post_spooled()
    auditor = sign_in("shenji")
    for path in ("/audit", "/audit?as=file", "/readlog/looks", "/readlog/looks?as=file"):
        text = auditor.get(path).content.decode()
        assert brief.name not in text
        assert brief.number not in text
    assert "委托他人办理" in auditor.get("/audit").content.decode()


@pytest.mark.usefixtures("spool")
class TestLooksAtTheReadLog:
    """Who looks at who looked is on record himself."""

    def looks(self, client: Client, **asked: str) -> list[list[str]]:
        reading.post_spooled()
        text = client.get("/readlog/looks", {**asked, "as": "file"}).content.decode("utf-8-sig")
        return [line.split(",")[1:] for line in text.splitlines()[1:]]

    def test_each_log_that_was_opened_or_taken(self, sign_in: SignIn, people: dict[str, Any]) -> None:
        leader, auditor = sign_in("juzhang"), sign_in("shenji")
        for path in ("/readlog", "/readlog/ours?as=file", "/readlog/mine"):
            leader.get(path)
            reading.post_spooled()
        auditor.get("/readlog/readers")
        name, unit = people["juzhang"].person_name, people["juzhang"].unit_name
        own = [people["shenji"].person_name, people["shenji"].unit_name]
        assert self.looks(auditor) == [
            [*own, "查阅统计"],
            [name, unit, "查阅记录：我承办的案件被查阅"],
            [name, unit, "查阅记录：本单位案件被查阅（导出）"],
            [name, unit, "查阅记录：本单位人员查阅"],
        ]
        assert self.looks(auditor, **search(name))[0][0] == name
        assert self.looks(auditor)[0] == [*own, "谁看过查阅记录（导出）"]
        page = auditor.get("/readlog/looks?days=7").content.decode()
        assert name in page

    def test_a_filter_typed_letter_by_letter_is_one_look(self, sign_in: SignIn) -> None:
        leader = sign_in("juzhang")
        for typed in ("韩", "韩序", "韩序舟"):
            leader.get("/readlog", search(typed))
        rows = self.looks(sign_in("shenji"))
        assert [row[2] for row in rows] == ["查阅记录：本单位人员查阅"]

    def test_the_head_of_the_unit_sees_them_and_they_count_as_no_case(
        self, sign_in: SignIn, people: dict[str, Any]
    ) -> None:
        leader = sign_in("juzhang")
        leader.get("/readlog")
        reading.post_spooled()
        page = leader.get("/readlog?what=log").content.decode()
        assert "查阅记录：本单位人员查阅" in page
        assert "现已无权查看的案件" not in page
        counted = sign_in("shenji").get("/readlog/readers?as=file").content.decode("utf-8-sig")
        assert people["juzhang"].person_name not in counted
        assert ledger.readings(SYSTEM_CHAIN)[0].what.startswith("查阅记录")
