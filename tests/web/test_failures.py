"""What a page says when something fails: the database is away, an address is foreign, a form holds rubbish."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client

from antong.kernel import clock


@pytest.fixture
def away(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database does not answer: every connection is refused at a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    with django_db_blocker.unblock():
        connection.close()
        before = connection.settings_dict["PORT"]
        connection.settings_dict["PORT"] = closed
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["PORT"] = before


def client_with_session() -> Client:
    """A browser that has signed in before."""
    client = Client(raise_request_exception=False)
    client.cookies["antong_session"] = "a" * 32
    return client


@pytest.mark.parametrize("path", ["/desk", "/cases", "/login"])
def test_database_away_is_said_in_chinese(away: None, path: str) -> None:
    answer = client_with_session().get(path)
    text = answer.content.decode()
    if path == "/login":  # needs nothing of it
        assert answer.status_code in {200, 503}
        return
    assert answer.status_code == 503
    assert "与数据库的连接中断，这一步没有保存" in text
    assert "Server Error" not in text


def test_a_post_with_the_database_away_is_refused_whole(away: None) -> None:
    answer = client_with_session().post("/preferences", {"density": "dense"})
    assert answer.status_code == 503
    assert "重复办理不会办两次" in answer.content.decode()


def test_a_watcher_is_told_that_the_database_is_away(away: None) -> None:
    answer = Client(raise_request_exception=False).get("/healthz")
    assert (answer.status_code, answer.json()["ok"]) == (503, False)


def test_presence_cannot_revive_a_session(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("zhencha")
    with clock.set_to(clock.now() + timedelta(minutes=31)):
        assert client.post("/present", headers={"X-Requested-With": "fetch"}).status_code == 401
        assert client.get("/desk").status_code == 302


def test_presence_keeps_a_living_session(sign_in: Callable[[str], Client]) -> None:
    client, now = sign_in("zhencha"), clock.now()
    for minutes in (20, 40, 60):
        with clock.set_to(now + timedelta(minutes=minutes)):
            assert client.post("/present", headers={"X-Requested-With": "fetch"}).status_code == 200
            assert client.get("/desk").status_code == 200


@pytest.mark.parametrize("query", ["page=²", "size=①", "page=٣", "q=%00", "page=-1", "page=99999999999"])
def test_rubbish_in_an_address_is_no_failure(sign_in: Callable[[str], Client], query: str) -> None:
    assert sign_in("zhencha").get(f"/cases?{query}").status_code in {200, 409, 422}


def test_a_character_no_column_takes_is_refused(sign_in: Callable[[str], Client]) -> None:
    answer = sign_in("zhencha").post("/drafts", {"place": "/x", "values": '{"a":["\0"]}'})
    assert answer.status_code == 422
    assert "不能保存的字符" in answer.content.decode()


@pytest.mark.parametrize("year", ["0001", "1815", "9999"])
def test_a_year_out_of_reason_registers_nothing(sign_in: Callable[[str], Client], year: str) -> None:
    answer = sign_in("zhencha").post(
        "/cases/new",
        {
            "secret": "no",
            "source": "01",
            "category": "050200",
            "occurred_at": f"{year}-01-01T00:00",
            "place": "某处",
            "brief": "某事",
            "p0_kind": "suspect",
            "p0_name": "甲",
        },
    )
    assert answer.status_code == 422
    assert "年" in answer.content.decode()


def test_a_foreign_host_gets_nothing(db: None) -> None:
    answer = Client(headers={"host": "evil.example"}).get("/login")
    assert answer.status_code == 400
    assert "<form" not in answer.content.decode()


def test_the_log_names_the_place_of_a_failure_and_no_person(
    sign_in: Callable[[str], Client],
    new_case: Callable[..., UUID],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A database's message carries the row it was about; the log must not."""
    case_id, client = new_case(), sign_in("zhencha")
    client.raise_request_exception = False

    def broken(*args: Any, **kwargs: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT '韩某某990121199106141010'::int")

    monkeypatch.setattr("antong.web.pages.cases.views.reading.spool", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"/cases/{case_id}/")
    assert answer.status_code == 500
    assert "incident" in caplog.text
    assert "views.py" in caplog.text
    assert "990121" not in caplog.text
    assert "韩某某" not in caplog.text
