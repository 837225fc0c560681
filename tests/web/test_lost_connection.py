"""A connection that goes in the middle of an act, as a person at a page meets it; and two clicks on one button."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from antong.demo import carriage
from antong.flow import selectors
from antong.flow.types import Done, State
from antong.ledger import selectors as ledger
from meeting import at_once, beside, contents
from walking import hand_over, send_up

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture
def at_page(apart: UUID, passwords_of: dict[str, str]) -> Callable[[str], Client]:
    """Signs in, in the copy."""

    def run(username: str) -> Client:
        client = Client(raise_request_exception=False)
        answer = client.post("/login", {"username": username, "password": passwords_of[username]})
        assert answer.status_code == 302, answer.content.decode()[:400]
        return client

    return run


@pytest.fixture
def passwords_of(apart: UUID) -> dict[str, str]:
    from antong.demo import seed

    return {login.username: login.password for login in seed.logins()}


def in_the_middle(post: Callable[[], Any], case_id: UUID) -> Any:
    """Send a form, and end its connection while the act waits to write its entry: rows have changed by then."""

    def run() -> Any:
        try:
            return post()
        finally:
            connection.close()

    with beside() as other, beside() as keeper, ThreadPoolExecutor(1) as one:
        other.autocommit = False
        other.execute("SELECT 1 FROM ledger_chain WHERE chain_id = %s FOR UPDATE", [case_id])
        answer: Future[Any] = one.submit(run)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            cut = keeper.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND %s = ANY(pg_blocking_pids(pid))",
                [other.info.backend_pid],
            ).fetchall()
            if cut or answer.done():
                break
            time.sleep(0.02)
        other.rollback()
        assert cut, "the act never came to its entry"
        return answer.result(60)


def sent_up(case_id: UUID) -> Done:
    return send_up(carriage.actors(), case_id, "arrest-request")


def test_nothing_is_saved_and_the_page_offers_the_same_once_more(
    apart: UUID, at_page: Callable[[str], Client]
) -> None:
    done = sent_up(apart)
    client, url = at_page("juzhang"), f"/handovers/{done.handover_id}/approve"
    form = {
        "version": str(done.version),
        "key": str(uuid4()),
        "decision": "no",
        "comment": "补充“社会危险性”说明 <第二项>",
    }
    before = contents()
    answer = in_the_middle(lambda: client.post(url, form), apart)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "没有保存" in page
    assert "再办一次" in page
    assert "Traceback" not in page
    assert "OperationalError" not in page
    after = contents()
    assert [name for name in before if before[name] != after[name]] == []

    again = {name: unescape(value) for name, value in HIDDEN.findall(page)}
    assert {name: again[name] for name in form} == form
    assert f'action="{url}"' in page
    taken = client.post(url, {name: again[name] for name in form})
    assert taken.status_code == 302
    once = contents()
    assert client.post(url, form).status_code == 302
    assert contents() == once
    shown, _, _ = selectors.handover(carriage.actors()["juzhang"], done.handover_id)
    assert shown.state is State.DRAFT
    assert [one["comment"] for one in shown.approvals] == [form["comment"]]
    assert ledger.audit(apart) == []


def test_a_script_is_told_too(apart: UUID, at_page: Callable[[str], Client]) -> None:
    done = hand_over(carriage.actors(), apart, "arrest-request")
    client = at_page("zhencha")
    answer = in_the_middle(
        lambda: client.post(
            f"/handovers/{done.handover_id}/nudge",
            {"text": "请尽快", "key": str(uuid4())},
            headers={"X-Requested-With": "fetch"},
        ),
        apart,
    )
    assert answer.status_code == 503
    assert answer.json()["code"] == "database-away"
    assert answer.json()["remedy"]


def test_a_password_is_never_written_into_a_page(db: None) -> None:
    from django.test import RequestFactory

    from antong.web import middleware

    factory = RequestFactory()
    for path in ("/login", "/password"):
        assert middleware._again(factory.post(path, {"password": "geheim", "old": "geheim"})) == []
    kept = middleware._again(factory.post("/cases/new", {"place": ["甲", "乙"], "csrfmiddlewaretoken": "x"}))
    assert kept == [("place", "甲"), ("place", "乙")]


def test_two_clicks_at_once_take_it_once_and_both_see_it_taken(
    apart: UUID, at_page: Callable[[str], Client], passwords_of: dict[str, str]
) -> None:
    done = hand_over(carriage.actors(), apart, "arrest-request")
    client = at_page("anguan")
    form = {"version": str(done.version), "key": str(uuid4())}
    url = f"/handovers/{done.handover_id}/accept"

    def click() -> int:
        browser = Client(raise_request_exception=False)
        browser.cookies.update(client.cookies)
        return browser.post(url, form).status_code

    assert at_once([click] * 3) == [302] * 3
    acts = [entry.act for entry in ledger.entries(apart, most=100)]
    assert acts.count("handover.accept") == 1


def test_two_people_accepting_at_once_one_is_told_who_was_faster(
    apart: UUID, at_page: Callable[[str], Client]
) -> None:
    done = hand_over(carriage.actors(), apart, "arrest-request")
    clients = [at_page("anguan"), at_page("jianchaguan")]
    url = f"/handovers/{done.handover_id}/accept"

    def take(client: Client) -> Callable[[], tuple[int, str]]:
        def run() -> tuple[int, str]:
            answer = client.post(url, {"version": str(done.version), "key": str(uuid4())})
            return answer.status_code, answer.content.decode()

        return run

    found = sorted(at_once([take(client) for client in clients]))
    assert [status for status, _ in found] == [302, 409]
    assert "已有变动" in found[1][1] or "已由" in found[1][1]
    assert "怎样补" in found[1][1]
