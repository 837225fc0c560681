"""Every route is guarded; headers, sessions and throttling hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.org.types import GRANTABLE, Permission
from antong.web import reading
from antong.web.api.guard import Bearer
from routes import interface_routes, operations, routes

READS = {
    Permission.CASE_READ,
    Permission.CONTENT_READ,
    Permission.LEDGER_READ,
    Permission.READLOG_READ,
    Permission.SUPERVISE_READ,
    Permission.AUDIT_READ,
}
RECORDED_READS = {"ticket", "original", "reading", "document-pages", "head-file"}
"""POSTs under a permission to read: each records the reading (or that a head was taken), and changes nothing else."""


def test_every_route_declares_who_may_take_it() -> None:
    found = list(routes())
    assert len(found) > 40
    for route in found:
        view = route.callback
        assert hasattr(view, "permission") or hasattr(view, "public"), f"{route.pattern} declares nothing"


def test_every_operation_of_the_interface_declares_who_may_take_it() -> None:
    found = list(operations())
    assert len(found) > 40
    for path, operation in found:
        (bearer,) = operation.auth_callbacks
        assert isinstance(bearer, Bearer), path
        assert bearer.permission in GRANTABLE, path
        if "POST" in operation.methods and bearer.permission in READS:
            assert operation.view_func.__name__ in {"find_cases", "read_original", "read_page_image"}, path
    assert len({path for path, _ in found}) == len({str(route.pattern) for route in interface_routes()})


def test_no_post_under_a_permission_to_read() -> None:
    for route in routes():
        view = route.callback
        if "POST" in getattr(view, "methods", ()) and getattr(view, "permission", None) in READS:
            assert route.name in RECORDED_READS, f"{route.name} writes under {view.permission}"


def test_every_answer_carries_security_headers(sign_in: Callable[[str], Client]) -> None:
    answer = sign_in("zhencha").get("/desk")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("username", ["jianyu", "jiaozheng", "faguan", "anguan", "kanshou"])
def test_a_stranger_sees_one_sentence(
    new_case: Callable[..., UUID], sign_in: Callable[[str], Client], username: str
) -> None:
    case_id, client = new_case(), sign_in(username)
    there, nowhere = client.get(f"/cases/{case_id}/"), client.get(f"/cases/{uuid4()}/")
    assert there.status_code == nowhere.status_code == 404
    assert "没有找到，或无权查看" in there.content.decode()
    assert client.get(f"/cases/{case_id}/reading").status_code == 404
    assert client.post(f"/cases/{case_id}/ticket").status_code == 404


def test_anonymous_is_led_to_sign_in(new_case: Callable[..., UUID]) -> None:
    answer = Client().get(f"/cases/{new_case()}/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?")


@pytest.mark.parametrize("username", ["xitong", "anquan", "shenji"])
def test_administrators_cannot_see_cases(
    new_case: Callable[..., UUID], sign_in: Callable[[str], Client], username: str
) -> None:
    client = sign_in(username)
    assert client.get("/cases").status_code == 403
    assert client.get(f"/cases/{new_case()}/").status_code == 403


def test_a_supervisor_sees_the_flow_and_content_only_for_a_reason(
    new_case: Callable[..., UUID], sign_in: Callable[[str], Client]
) -> None:
    case_id, client = new_case(), sign_in("jiandu")
    assert client.get(f"/cases/{case_id}/").status_code == 200
    assert client.post(f"/cases/{case_id}/ticket").status_code == 403
    assert client.get(f"/cases/{case_id}/reading").status_code == 200
    assert client.post(f"/cases/{case_id}/reading", {"reason": "略"}).status_code == 403
    assert (
        client.post(f"/cases/{case_id}/reading", {"reason": "核查逾期线索"}, follow=True).status_code == 200
    )
    assert client.post(f"/cases/{case_id}/ticket").status_code == 200
    assert any(row.reason == "核查逾期线索" for row in ledger.readings(case_id))


def test_reading_a_case_page_is_recorded(
    new_case: Callable[..., UUID], sign_in: Callable[[str], Client]
) -> None:
    case_id = new_case()
    sign_in("zhencha").get(f"/cases/{case_id}/")
    assert reading.post_spooled() >= 1
    assert [row.what for row in ledger.readings(case_id)] == ["案件页"]


def test_sessions_end_when_idle(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("zhencha")
    with clock.set_to(clock.now() + timedelta(minutes=31)):
        assert client.get("/desk").status_code == 302


def test_guessing_is_throttled(passwords: dict[str, str]) -> None:
    client = Client()
    for _ in range(5):
        assert client.post("/login", {"username": "zhencha", "password": "wrong"}).status_code == 422
    answer = client.post("/login", {"username": "zhencha", "password": passwords["zhencha"]})
    assert answer.status_code == 403
    assert "错误次数过多" in answer.content.decode()


def test_a_form_without_its_token_is_refused(passwords: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/login", {"username": "zhencha", "password": passwords["zhencha"]}).status_code == 403


def test_secret_cases_never_enter(sign_in: Callable[[str], Client]) -> None:
    answer = sign_in("zhencha").post(
        "/cases/new", {"secret": "yes", "occurred_at": "2026-01-01T10:00", "p0_name": "某人"}
    )
    assert answer.status_code == 422
    assert "涉密案件不得进入本平台" in answer.content.decode()


def test_a_case_is_registered_and_typed_text_stays_on_refusal(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("zhencha")
    values = {
        "secret": "no",
        "source": "01",
        "category": "050200",
        "occurred_at": "2026-01-01T10:00",
        "place": "河西路",
        "brief": "",
        "p0_name": "纪白",
        "p0_kind": "suspect",
    }
    refused = client.post("/cases/new", values)
    assert refused.status_code == 422
    assert "河西路" in refused.content.decode()
    done = client.post("/cases/new", {**values, "brief": "盗窃。"})
    assert done.status_code == 302
    assert client.get(done.headers["Location"]).status_code == 200
