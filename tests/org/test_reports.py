"""Faults and suggestions: reported by anybody, seen by who reported and who runs the house, answered once, counted."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org.types import ReportKind

People = dict[str, Actor]


@pytest.fixture
def keeper(people: People) -> Actor:
    """Whoever runs the house."""
    duty = selectors.find_duty("xitong")
    assert duty is not None
    actor = selectors.actor_for(duty.person_id, duty.id)
    assert actor is not None
    return actor


def test_a_report_is_answered_and_its_reporter_told(people: People, keeper: Actor) -> None:
    police = people["zhencha"]
    made = actions.report(
        police, kind="fault", text="点受理后一直转圈", page="/inbox?find=x", facts={"窗口": "1366×768"}
    )
    (mine,), total = selectors.reports(police)
    assert (mine.id, mine.page, mine.facts, total) == (made, "/inbox", {"窗口": "1366×768"}, 1)
    (seen,), _ = selectors.reports(keeper, state="open", kind="fault", text="转圈")
    assert seen == mine
    with clock.set_to(clock.now() + timedelta(hours=5)):
        actions.answer_report(keeper, report_id=made, text="已修好，请刷新。")
    counts = selectors.report_counts(keeper)
    assert (counts.open, counts.faults, counts.answered, counts.hours) == (0, 0, 1, 5)
    assert selectors.reports(police)[0][0].answer == "已修好，请刷新。"
    told = [notice for notice in selectors.notices(police)[0] if notice.kind == "report"]
    assert [notice.body for notice in told] == ["已修好，请刷新。"]
    acts = [entry.act for entry in ledger.entries(SYSTEM_CHAIN, most=2)]
    assert acts == ["report.answer", "report.raise"]


def test_the_record_does_not_repeat_what_was_typed(people: People) -> None:
    actions.report(people["zhencha"], kind="wish", text="韩序舟案页面太挤")
    (entry,) = ledger.entries(SYSTEM_CHAIN, most=1)
    assert entry.after == {"kind": "wish"}


def test_nobody_sees_another_persons(people: People, keeper: Actor) -> None:
    actions.report(people["zhencha"], kind="fault", text="打印空白")
    assert selectors.reports(people["juzhang"]) == ([], 0)
    assert selectors.reports(keeper)[1] == 1


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [("fault", "  ", "report-text"), ("wish", "长" * 1001, "report-text"), ("bug", "坏了", "report-kind")],
)
def test_an_empty_or_endless_report_is_refused(people: People, kind: str, text: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        actions.report(people["zhencha"], kind=kind, text=text)
    assert (refused.value.code, bool(refused.value.remedy)) == (code, True)
    assert selectors.reports(people["zhencha"]) == ([], 0)


def test_two_clicks_report_once(people: People) -> None:
    key = uuid4()
    first = actions.report(people["zhencha"], kind="fault", text="转圈", key=key)
    assert actions.report(people["zhencha"], kind="fault", text="转圈", key=key) == first
    assert selectors.reports(people["zhencha"])[1] == 1


def test_an_answer_is_given_once_by_who_may(people: People, keeper: Actor) -> None:
    made = actions.report(people["zhencha"], kind="fault", text="转圈")
    with pytest.raises(NotPermitted):
        actions.answer_report(people["juzhang"], report_id=made, text="知道了")
    with pytest.raises(BadInput):
        actions.answer_report(keeper, report_id=made, text=" ")
    actions.answer_report(keeper, report_id=made, text="已修好")
    with pytest.raises(Refusal) as refused:
        actions.answer_report(keeper, report_id=made, text="再答")
    assert refused.value.code == "report-answered"
    with pytest.raises(NotFound):
        actions.answer_report(keeper, report_id=uuid4(), text="没有这件")


def test_through_the_pages(people: People, passwords: dict[str, str]) -> None:
    def signed_in(who: str) -> Client:
        client = Client()
        assert client.post("/login", {"username": who, "password": passwords[who]}).status_code == 302
        return client

    police, runs = signed_in("zhencha"), signed_in("xitong")
    page = police.get("/reports/new", headers={"referer": "http://testserver/inbox?find=abc"})
    assert 'value="/inbox"' in page.content.decode()
    strange = police.get("/reports/new", headers={"referer": "http://elsewhere.example/inbox"})
    assert "elsewhere" not in strange.content.decode()
    form = {
        "kind": "fault",
        "text": "<b>转圈</b>",
        "page": "/inbox",
        "fact.窗口": "1366×768",
        "key": str(uuid4()),
    }
    assert police.post("/reports/new", form).status_code == 302
    listed = runs.get("/reports").content.decode()
    assert "&lt;b&gt;转圈&lt;/b&gt;" in listed
    assert "1366×768" in listed
    long = police.post("/reports/new", {**form, "text": "长" * 1001, "kind": "wish", "key": str(uuid4())})
    assert long.status_code == 422
    shown = long.content.decode()
    assert "最多 1000 字" in shown
    assert "长" * 1001 in shown, "what was typed is kept"
    assert '<option value="wish" selected>' in shown
    (row,), _ = selectors.reports(people["zhencha"])
    assert row.kind is ReportKind.FAULT
    assert runs.post(f"/reports/{row.id}/answer", {"text": "已修好"}).status_code == 302
    assert "已修好" in police.get("/reports?state=answered").content.decode()
    assert "已修好" in runs.get("/reports?as=file").content.decode()
    assert police.post(f"/reports/{row.id}/answer", {"text": "我答"}).status_code == 403
