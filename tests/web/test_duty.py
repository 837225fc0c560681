"""The duty screen: what waits and calls, without a name; heard once, on record; on while idle once switched on, and no longer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.flow import actions, selectors
from antong.kernel import clock
from antong.kernel.refusal import NotFound, Refusal
from antong.ledger import selectors as ledger
from antong.web import guard
from walking import hand_over

SignIn = Callable[[str], Client]


@pytest.fixture
def waiting(people: dict[str, Any], investigated: UUID) -> UUID:
    """A request that has arrived at the procuratorate and waits."""
    return UUID(str(hand_over(people, investigated, "arrest-request").handover_id))


def test_what_waits_is_shown_without_a_name(waiting: UUID, sign_in: SignIn) -> None:
    page = sign_in("anguan").get("/duty").content.decode()
    shown = page.split('id="duty-state"')[1].split("duty-foot")[0]
    assert "提请批准逮捕" in shown
    assert "韩序舟" not in shown
    assert "杜明泽" not in shown
    assert 'data-calling=""' in shown
    assert f'data-hear="{waiting}"' not in shown


def test_it_calls_when_the_limit_comes_near_until_somebody_has_heard(
    people: dict[str, Any], investigated: UUID, waiting: UUID
) -> None:
    office = people["anguan"]
    (row,) = [row for row in selectors.arrived(office) if row.handover_id == waiting]
    assert row.receive_due is not None
    assert not row.urgent
    with clock.set_to(row.receive_due - timedelta(hours=1)):
        (row,) = [row for row in selectors.arrived(office) if row.handover_id == waiting]
        assert row.urgent
        actions.hear(office, handover_id=waiting)
        (row,) = [row for row in selectors.arrived(office) if row.handover_id == waiting]
        assert row.heard_name == office.person_name
        assert row.urgent
        with pytest.raises(Refusal) as refused:
            actions.hear(people["jianchaguan"], handover_id=waiting)
        assert refused.value.code == "heard-already"
    assert ledger.entries(investigated)[0].act == "handover.hear"
    assert selectors.handover(office, waiting)[0].state == "entered"


def test_nobody_else_hears_for_a_unit(people: dict[str, Any], waiting: UUID) -> None:
    for who in ("zhencha", "lian", "jiandu"):
        with pytest.raises((Refusal, NotFound)):
            actions.hear(people[who], handover_id=waiting)


def test_asking_again_costs_nothing_until_something_changes(
    people: dict[str, Any], waiting: UUID, sign_in: SignIn
) -> None:
    client = sign_in("anguan")
    first = client.get("/duty/state")
    assert client.get("/duty/state", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    actions.hear(people["anguan"], handover_id=waiting)
    assert client.get("/duty/state", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_screen_switched_on_stays_on_and_opens_nothing_else(waiting: UUID, sign_in: SignIn) -> None:
    plain, screen = sign_in("anguan"), sign_in("jianchaguan")
    assert screen.post("/duty/open").status_code == 200
    with clock.set_to(clock.now() + timedelta(seconds=guard.IDLE_SECONDS + 60)):
        assert plain.get("/duty").status_code == 302
        assert screen.get("/duty").status_code == 200
        assert screen.get("/duty/state").status_code == 200
        assert screen.get("/inbox").status_code == 302
        assert screen.get(f"/handovers/{waiting}/").status_code == 302
        heard = screen.post(f"/duty/{waiting}/hear", headers={"X-Requested-With": "fetch"})
        assert heard.status_code == 401
    with clock.set_to(clock.now() + timedelta(seconds=guard.ABSOLUTE_SECONDS + 60)):
        assert screen.get("/duty").status_code == 302


def test_the_security_administrator_sees_a_screen_and_ends_it(
    people: dict[str, Any], waiting: UUID, sign_in: SignIn
) -> None:
    screen = sign_in("anguan")
    screen.post("/duty/open")
    with clock.set_to(clock.now() + timedelta(hours=2)):
        security = sign_in("anquan")
        page = security.get("/sessions").content.decode()
        (row,) = [
            row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if people["anguan"].person_name in row
        ]
        (end,) = re.findall(r'action="(/sessions/[^"]+)"', row)
        assert security.post(end).status_code == 302
        assert screen.get("/duty").status_code == 302
