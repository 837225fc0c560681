"""The read log for whom it concerns: filters, the handling unit, the handler, the audit administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from antong.cases import selectors as cases
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.ledger import actions as ledger
from antong.web import find
from antong.web.reading import reading

SignIn = Callable[[str], Client]


@pytest.fixture
def read(investigated: UUID, people: dict[str, Actor]) -> UUID:
    """A case of the police, read by its handler, the leader, and somebody elsewhere a fortnight ago."""
    rows = [
        reading(people["zhencha"], investigated, "案件页"),
        reading(people["juzhang"], investigated, "打印案卡"),
        reading(people["jianchaguan"], investigated, "卷内页", ["a", "b", "c"], "核对"),
    ]
    with clock.set_to(clock.now() - timedelta(days=14)):
        rows.append(reading(people["jianyu"], investigated, "案卡（接口）"))
    ledger.log_readings(rows)
    return investigated


def rows_of(client: Client, path: str, **asked: str) -> list[str]:
    """Return who stands in the exported table, in its order."""
    text = client.get(path, {**asked, "as": "file"}).content.decode("utf-8-sig")
    return [line.split(",")[1] for line in text.splitlines()[1:]]


def test_each_sees_what_concerns_him(read: UUID, sign_in: SignIn, people: dict[str, Actor]) -> None:
    name = {who: actor.person_name for who, actor in people.items()}
    police = sign_in("juzhang")
    assert rows_of(police, "/readlog") == [name["juzhang"]], "those of his unit"
    assert rows_of(police, "/readlog/ours") == [
        name["jianchaguan"],
        name["juzhang"],
        name["zhencha"],
        name["jianyu"],
    ]
    handler = sign_in("zhencha")
    assert rows_of(handler, "/readlog/mine") == [name["jianchaguan"], name["juzhang"], name["jianyu"]]
    page = handler.get("/readlog/mine").content.decode()
    assert people["jianchaguan"].unit_name in page
    assert "核对" in page
    assert "/readlog/ours" not in page, "no way to what is not his"
    assert handler.get("/readlog/ours").status_code == 403
    for who in ("jianchaguan", "faguan"):
        assert rows_of(sign_in(who), "/readlog/mine") == []
    assert rows_of(sign_in("jianchazhang"), "/readlog/ours") == []


def test_it_is_narrowed_by_days_kind_reader_and_case(
    read: UUID, sign_in: SignIn, people: dict[str, Actor]
) -> None:
    name = {who: actor.person_name for who, actor in people.items()}
    client, brief = sign_in("juzhang"), cases.briefs(people["juzhang"], {read})[read]
    ours = "/readlog/ours"
    assert name["jianyu"] not in rows_of(client, ours, days="7")
    assert rows_of(client, ours, what="taken") == [name["juzhang"]]
    assert rows_of(client, ours, what="api") == [name["jianyu"]]
    assert rows_of(client, ours, what="file") == [name["jianchaguan"]]
    assert len(rows_of(client, ours, what="nonsense", days="-1")) == 4
    assert rows_of(client, ours, **{find.PARAMETER: find.seal(name["jianchaguan"])}) == [name["jianchaguan"]]
    assert len(rows_of(client, ours, **{find.PARAMETER: find.seal(brief.number)})) == 4
    assert rows_of(client, ours, **{find.PARAMETER: find.seal("没有这个人")}) == []
    empty = client.get(ours, {find.PARAMETER: find.seal("没有这个人")}).content.decode()
    assert "当前筛选下没有查阅记录" in empty
    assert client.get(ours, {"page": "99", "size": "20"}).status_code == 200


def test_the_auditor_sees_counts_and_no_case(read: UUID, sign_in: SignIn, people: dict[str, Actor]) -> None:
    brief = cases.briefs(people["juzhang"], {read})[read]
    auditor = sign_in("shenji")
    page = auditor.get("/readlog/readers", {"order": "-pages"})
    said = page.content.decode()
    top = page.context["rows"][0]
    assert (top.person_name, top.times, top.cases, top.pages) == (people["jianchaguan"].person_name, 1, 1, 3)
    assert people["zhencha"].person_name in said
    for secret in (brief.name, brief.number, str(read), "核对", "打印案卡"):
        assert secret not in said
    week = auditor.get("/readlog/readers", {"days": "7"}).content.decode()
    assert people["jianyu"].person_name not in week
    for path in ("/readlog", "/readlog/ours", "/readlog/mine"):
        assert auditor.get(path).status_code == 403
    assert sign_in("juzhang").get("/readlog/readers").status_code == 403
