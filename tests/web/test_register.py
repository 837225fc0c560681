"""Registering: every fault at once, dates in Chinese, who may be entered, the same person seen before."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.cases import selectors
from antong.kernel import clock
from antong.web import dates

GOOD = {
    "secret": "no", "source": "01", "category": "050200", "occurred_at": "2026年1月1日 10:00", "place": "河西路", "brief": "盗窃。",
    "p0_kind": "suspect", "p0_name": "纪白",
}  # fmt: skip


@pytest.fixture
def police(sign_in: Callable[[str], Client]) -> Client:
    return sign_in("zhencha")


def registered(client: Client, values: dict[str, Any]) -> UUID:
    answer = client.post("/cases/new", values)
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())[:2000]
    return UUID(answer.headers["Location"].split("/")[2])


def test_every_fault_is_shown_at_once_and_linked(police: Client) -> None:
    answer = police.post("/cases/new", {
        "source": "01", "category": "", "occurred_at": "很久以前", "happened_at": "2025-02-30 10:00", "place": "", "brief": "写好的案情",
        "p0_kind": "suspect", "p0_name": "", "p2_kind": "suspect", "p2_name": "乙", "p2_id_number": "123", "p2_foreigner": "on",
        "p3_kind": "suspect", "p3_name": "丙", "p3_handled_elsewhere": "on", "p3_born_on": "没有",
    })  # fmt: skip
    page = answer.content.decode()
    assert answer.status_code == 422
    linked = re.findall(r'<li><a href="#([^"]+)"><b>([^<]+)</b>', page)
    assert set(linked) == {
        ("f-secret", "是否涉密"), ("f-category", "案件类别"), ("f-occurred", "案发时间"), ("f-happened", "受案时间"), ("f-place", "案发地点"),
        ("p2_id_number", "第 3 人 证件号码"), ("p2_nationality", "第 3 人 国籍"), ("p3_elsewhere_reason", "第 4 人 另案处理理由"),
        ("p3_born_on", "第 4 人 出生日期"),
    }  # fmt: skip
    for anchor, _ in linked:
        assert f'id="{anchor}"' in page, f"nothing to go to: {anchor}"
    assert "有 9 处要改" in page
    assert "写好的案情" in page
    assert "很久以前" in page


@pytest.mark.parametrize("year", ["0001", "1899", "9999"])
def test_a_wrong_year_makes_no_case(police: Client, people: dict[str, Any], year: str) -> None:
    answer = police.post("/cases/new", {**GOOD, "occurred_at": f"{year}-01-01T00:00"})
    assert answer.status_code == 422
    assert "年份要在 1900" in answer.content.decode()
    assert selectors.list_cases(people["zhencha"], selectors.CaseFilter(text="纪白")).total == 0


def test_unknown_foreigner_unit_minor_absconder_and_elsewhere_are_entered_in_one_form(
    police: Client, people: dict[str, Any]
) -> None:
    case_id = registered(police, {
        **GOOD, "p1_kind": "suspect", "p1_name": "", "p1_identity_unknown": "on", "p2_kind": "suspect", "p2_name": "ALEX", "p2_foreigner": "on",
        "p2_nationality": "某国", "p3_kind": "unit_suspect", "p3_name": "某贸易公司", "p4_kind": "suspect", "p4_name": "少年", "p4_minor": "on",
        "p5_kind": "suspect", "p5_name": "在逃者", "p5_absconded": "on", "p6_kind": "suspect", "p6_name": "另案者", "p6_handled_elsewhere": "on",
        "p6_elsewhere_reason": "另案侦查", "p6_born_on": "1991年6月14日",
    })  # fmt: skip
    sheet = selectors.living_sheet(case_id)
    assert [party.name for party in sheet.parties] == [
        "纪白",
        "身份不明人员",
        "ALEX",
        "某贸易公司",
        "少年",
        "在逃者",
        "另案者",
    ]
    page = police.get(f"/cases/{case_id}/").content.decode()
    for word in ("身份不明", "外国人", "嫌疑单位", "未成年", "在逃", "另案处理"):
        assert word in page
    assert sheet.occurred_at == clock.at(2026, 1, 1, 10)


def test_a_late_registration_asks_for_its_reason_among_the_other_faults(police: Client) -> None:
    then = dates.words(clock.now() - timedelta(days=3))
    answer = police.post("/cases/new", {**GOOD, "happened_at": then, "brief": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#f-late"' in page
    assert 'href="#f-brief"' in page


def test_a_secret_case_is_refused_alone(police: Client) -> None:
    answer = police.post("/cases/new", {**GOOD, "secret": "yes", "place": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "涉密案件不得进入本平台" in page
    assert "写明案发地点" not in page


def test_the_same_person_is_offered_among_what_one_sees(
    police: Client, sign_in: Callable[[str], Client]
) -> None:
    registered(police, {**GOOD, "p0_born_on": "1991年6月14日"})
    asked = {"name": "纪白", "born_on": "1991-06-14"}
    found = police.post("/pick/same-person", asked).json()["rows"]
    assert [(row["party"], row["because"]) for row in found] == [("纪白", "姓名、出生日期相同")]
    assert police.get(found[0]["url"]).status_code == 200
    assert sign_in("anguan").post("/pick/same-person", asked).json()["rows"] == []
    assert police.get("/pick/same-person?id_number=1").status_code == 405, "no number stands in an address"


def test_a_date_is_read_back_on_leaving_the_field(police: Client) -> None:
    read = police.post("/pick/check-date", {"text": "2025/3/12 9:30", "timed": "1"}).json()
    assert read == {"words": "2025年3月12日 09:30"}
    assert "没有" in police.post("/pick/check-date", {"text": "2025-02-30"}).json()["wrong"]


def test_the_list_keeps_to_its_last_page_and_exports_what_is_ticked(
    police: Client, new_case: Callable[..., UUID]
) -> None:
    first, second = new_case(("卓听澜",)), new_case(("祝怀谷",))
    page = police.get("/cases?page=99999&size=²").content.decode()
    assert "卓听澜" in page
    assert "祝怀谷" in page
    table = police.get(f"/cases/export?case={first}").content.decode()
    assert "卓听澜" in table
    assert str(second) not in table
    assert "祝怀谷" not in table
