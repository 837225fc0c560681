"""Lists over HTTP: what is looked for stays out of addresses; filters, orders, pages, files, views, many at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.flow import actions, selectors
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.web import find, lists, reading
from walking import hand_over

SignIn = Callable[[str], Client]


def sent_up(people: dict[str, Any], case_id: UUID, flow: str = "filing") -> Any:
    actor = people["zhencha"]
    made = actions.compose(actor, case_id=case_id, flow=flow)
    return actions.submit(actor, handover_id=made.handover_id, version=made.version)


def test_what_is_looked_for_never_stands_in_an_address(
    new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    new_case()
    client = sign_in("zhencha")
    led = client.post("/find", {"to": "/handovers", "text": "韩序舟", "state": "open"})
    assert led.status_code == 302
    where = led.headers["Location"]
    assert where.startswith("/handovers?state=open&find=")
    assert "韩" not in where
    assert "%E9" not in where
    page = client.get(where).content.decode()
    assert "含“韩序舟”" in page
    assert "未办结" in page


def test_search_and_the_box_of_the_cases_lead_to_the_cases_that_fit(
    new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    new_case(("甲一",))
    new_case(("乙二",))
    client = sign_in("zhencha")
    shown = client.get("/desk").content.decode()
    assert 'action="/find"' in re.findall(r'<form class="search"[^>]*>', shown)[0]
    led = client.post("/find", {"to": "/cases", "text": "甲一"}).headers["Location"]
    page = client.get(led).content.decode()
    assert "含“甲一”" in page
    assert "乙二" not in page.split("<tbody>")[1]
    assert page.split("<tbody>")[1].count("data-href") == 1
    file = re.findall(r'href="(/cases/export[^"]*)"', page)[0].replace("&amp;", "&")
    text = client.get(file).content.decode("utf-8-sig")
    assert "甲一" in text
    assert "乙二" not in text
    assert (
        "乙二" in client.get("/cases", {"q": "甲一"}).content.decode()
    )  # nothing is searched for by name in an address


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("zhencha", "/cases"), ("zhencha", "/desk"), ("zhencha", "/desk?tab=waiting"), ("zhencha", "/desk?tab=limits"), ("zhencha", "/desk?tab=done"),
        ("zhencha", "/inbox"), ("zhencha", "/handovers"), ("zhencha", "/notices"), ("juzhang", "/approvals"), ("juzhang", "/readlog"),
        ("jiandu", "/supervision"), ("anquan", "/accounts"), ("xitong", "/units"), ("shenji", "/audit"),
    ],
)  # fmt: skip
def test_what_is_typed_into_the_box_of_a_list_is_sealed(sign_in: SignIn, who: str, path: str) -> None:
    page = sign_in(who).get(path).content.decode()
    form = re.findall(r'<form class="filters".*?</form>', page, re.DOTALL)[0]
    assert 'method="post" action="/find"' in form
    typed = [box for box in re.findall(r"<input[^>]*>", form) if re.search(r'type="(search|text)"', box)]
    asked = [re.findall(r'name="([^"]*)"', box)[0] for box in typed if "data-when" not in box]
    assert set(asked) <= {"text"}
    assert re.findall(r'<(?:form)[^>]*method="get"[^>]*role="search"', page) == []


@pytest.mark.parametrize("to", ["//evil.example/x", "https://evil.example", "evil", ""])
def test_looking_leads_nowhere_else(sign_in: SignIn, to: str) -> None:
    led = sign_in("zhencha").post("/find", {"to": to, "text": "韩"})
    assert led.headers["Location"].startswith("/?find=")


@pytest.mark.parametrize("token", ["", "x", "AAAA", "é", "a" * 500])
def test_a_strange_token_finds_everything(sign_in: SignIn, token: str) -> None:
    assert find.text_of({"find": token}) == ""
    assert sign_in("zhencha").get("/handovers", {"find": token}).status_code == 200


def test_a_token_is_read_back_whole() -> None:
    assert find.text_of({"find": find.seal("韩序舟 YL2026")}) == "韩序舟 YL2026"
    assert find.seal("韩") != find.seal("韩")


def test_the_desk_shows_own_limits_with_their_derivation(
    people: dict[str, Any], new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    case_id = new_case()
    done = sent_up(people, case_id)
    actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    done = sent_up(people, case_id, "detention")
    actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    page = sign_in("zhencha").get("/desk").content.decode()
    assert "拘留后通知家属" in page
    assert "刑事诉讼法第85条第2款" in page
    assert "推算" in page
    rows = selectors.desk(people["zhencha"])
    assert [row.due_at for row in rows] == sorted(row.due_at for row in rows)
    assert len({(row.case_id, row.label, row.due_at) for row in rows}) == len(rows)
    counted = selectors.desk_counts(people["zhencha"])
    assert sum(counted.values()) == len(rows)


def test_the_desk_filters_sorts_and_goes_as_a_file(
    people: dict[str, Any], new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    sent_up(people, new_case(("甲一",)))
    sent_up(people, new_case(("乙二",)))
    client = sign_in("juzhang")
    every = client.get("/desk?order=case").content.decode()
    assert every.index("甲一") < every.index("乙二")
    turned = client.get("/desk?order=-case").content.decode()
    assert turned.index("乙二") < turned.index("甲一")
    assert 'aria-sort="descending"' in turned
    some = client.get("/desk", {"find": find.seal("甲一")}).content.decode()
    assert "乙二" not in some.split("<tbody>")[1]
    assert client.get("/desk?kind=receive").content.decode().count("data-href") == 0
    file = client.get("/desk", {"as": "file", "find": find.seal("甲一")})
    assert file.headers["Content-Type"].startswith("text/csv")
    text = file.content.decode("utf-8-sig")
    assert "甲一" in text
    assert "乙二" not in text


def test_what_leaves_as_a_file_is_a_reading(
    people: dict[str, Any], new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    case_id = new_case()
    sent_up(people, case_id)
    sign_in("juzhang").get("/approvals?as=file")
    reading.post_spooled()
    assert "导出待审批" in [row.what for row in ledger.readings(case_id)]


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        (
            "zhencha",
            [
                "/desk",
                "/desk?tab=waiting",
                "/desk?tab=limits",
                "/desk?tab=done",
                "/inbox",
                "/handovers",
                "/notices",
            ],
        ),
        ("juzhang", ["/approvals", "/readlog"]),
        ("jiandu", ["/supervision", "/supervision?tab=units", "/supervision?tab=flows"]),
    ],
)
def test_every_list_sorts_pages_and_goes_as_a_file(
    people: dict[str, Any], new_case: Callable[..., UUID], sign_in: SignIn, who: str, paths: list[str]
) -> None:
    sent_up(people, new_case())
    client = sign_in(who)
    for path in paths:
        join = "&" if "?" in path else "?"
        for query in (
            "order=due",
            "order=-due",
            "order=nonsense",
            "page=99999",
            "size=20",
            "page=²",
            "size=①",
        ):
            assert client.get(f"{path}{join}{query}").status_code == 200, f"{path} {query}"
        file = client.get(f"{path}{join}as=file")
        assert file.headers["Content-Type"].startswith("text/csv"), path


def test_a_page_beyond_the_end_is_the_last(
    people: dict[str, Any], new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    sent_up(people, new_case())
    page = sign_in("zhencha").get("/handovers?page=9999").content.decode()
    assert re.search(r"第 1–(\d+) 件，共 \1 件", page)


def test_a_saved_view_brings_the_filter_back(sign_in: SignIn) -> None:
    client = sign_in("zhencha")
    token = find.seal("欧阳青崖")
    saved = client.post("/views", {"page": "/handovers", "name": "老案", "query": f"state=open&find={token}"})
    assert saved.status_code == 200
    page = client.get("/handovers").content.decode()
    assert "老案" in page
    assert "欧阳青崖" not in page
    client.post("/views", {"page": "/handovers", "name": "老案", "drop": "1"})
    assert "老案" not in client.get("/handovers").content.decode()


def test_every_figure_of_the_supervisor_leads_to_its_rows(
    people: dict[str, Any], new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    sent_up(people, new_case(("甲一",)))
    actions.nudge(people["jiandu"], handover_id=selectors.under_way(people["jiandu"])[0].handover_id)
    client = sign_in("jiandu")
    every = selectors.under_way(people["jiandu"])
    for only, test in (
        ("nudged", lambda row: row.nudges > 0),
        ("overdue", lambda row: row.overdue),
        ("silent", lambda row: row.silent),
        ("held", lambda row: row.in_custody > 0),
    ):
        page = client.get(f"/supervision?only={only}").content.decode()
        assert page.count("<tr data-href=") == sum(map(test, every)), only
    units = client.get("/supervision?tab=units").content.decode()
    assert "青岚县公安局" in units
    assert "<b>1</b>" in client.get("/supervision").content.decode()
    assert "立案" in client.get("/supervision?tab=flows").content.decode()


def test_the_search_groups_what_one_may_see(
    people: dict[str, Any], new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    case_id = new_case(("甲一",))
    sent_up(people, case_id)
    groups = sign_in("zhencha").post("/search", {"text": "甲一"}).json()["groups"]
    assert [group["title"] for group in groups] == ["案件 1", "移送"]
    assert groups[0]["rows"][0]["url"] == f"/cases/{case_id}/"
    assert sign_in("anguan").post("/search", {"text": "甲一"}).json()["groups"] == []
    assert sign_in("zhencha").post("/search", {"text": ""}).json()["groups"] == []


def test_the_search_finds_documents_by_number(
    people: dict[str, Any], new_case: Callable[..., UUID], sign_in: SignIn
) -> None:
    done = sent_up(people, new_case(("甲一",)))
    actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    groups = sign_in("zhencha").post("/search", {"text": f"立字[{clock.today().year}]"}).json()["groups"]
    assert [group["title"] for group in groups] == ["文书"]
    assert "立案决定书" in groups[0]["rows"][0]["name"]
    assert sign_in("jianyu").post("/search", {"text": "立字[2"}).json()["groups"] == []


def test_the_search_of_a_stranger_finds_no_hand_over(
    people: dict[str, Any], new_case: Callable[..., UUID]
) -> None:
    sent_up(people, new_case(("甲一",)))
    assert selectors.find(people["zhencha"], "甲一")
    assert selectors.find(people["anguan"], "甲一") == []
    assert selectors.find(people["jiandu"], "甲一")


def test_no_cell_of_a_file_becomes_a_formula() -> None:
    cells = ["=1", "＝1", " +1", "\r=1", "\t1", "-1", "正常", 3]
    text = lists.table_file("x", ["a"], [[cell] for cell in cells]).content.decode("utf-8-sig")
    lines = [line.strip('"') for line in text.splitlines()[1:] if line.strip('"')]
    assert sum(line.startswith("'") for line in lines) == 6
    assert "正常" in lines


def test_a_long_file_says_that_it_ends() -> None:
    text = lists.table_file("x", ["a"], [[number] for number in range(1001)]).content.decode("utf-8-sig")
    assert "只导出前 1000 件" in text
    assert len(text.splitlines()) == 1002


def test_receipts_of_many_are_printed_and_what_cannot_be_seen_holds_back_none(
    people: dict[str, Any], investigated: UUID, sign_in: SignIn
) -> None:
    sent = hand_over(people, investigated, "arrest-request")
    client = sign_in("zhencha")
    asked = {"act": "print", "pick": [str(sent.handover_id), "00000000-0000-7000-8000-000000000001"]}
    page = client.post("/handovers/batch", asked).content.decode()
    assert page.count("<h1>提请批准逮捕回执</h1>") == 1
    assert "1 件没有找到或无权查看" in page
    reading.post_spooled()
    assert "回执 提请批准逮捕" in [row.what for row in ledger.readings(investigated)]
    assert "没有可打印的回执" in sign_in("lian").post("/handovers/batch", asked).content.decode()


def test_phrases_of_ones_own_are_nobody_elses(people: dict[str, Any], sign_in: SignIn) -> None:
    mine, colleague = sign_in("anguan"), sign_in("jianchaguan")
    mine.post("/phrases/add", {"text": "我的写法", "whose": "mine"})
    mine.post("/phrases/add", {"text": "大家的写法"})
    mine.post("/phrases/add", {"text": "大家的写法", "whose": "mine"})
    script = {"X-Requested-With": "fetch"}
    own = [row for row in mine.get("/phrases", headers=script).json()["rows"] if row["whose"] != "标准"]
    assert sorted((row["text"], row["whose"]) for row in own) == [
        ("大家的写法", "我的"), ("大家的写法", "本单位"), ("我的写法", "我的"),
    ]  # fmt: skip
    theirs = [
        row["text"]
        for row in colleague.get("/phrases", headers=script).json()["rows"]
        if row["whose"] != "标准"
    ]
    assert theirs == ["大家的写法"]
    (private,) = [one for one in selectors.phrases(people["anguan"]) if one.text == "我的写法"]
    assert colleague.post(f"/phrases/{private.id}/drop").status_code == 404
    assert mine.post(f"/phrases/{private.id}/drop").status_code == 302
