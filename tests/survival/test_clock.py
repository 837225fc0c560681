"""A machine whose clock is set back by hours: the ledger stays in order and whole, and heads never go back."""

from __future__ import annotations

import json
from datetime import timedelta
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener, urlopen
from uuid import UUID

import pytest
from django.db import connection

from antong.demo import seed
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.org.models import SystemToken
from survival.ground import Ground, System
from walking import hand_over

pytestmark = pytest.mark.full
BACK = {"CLOCK_BY": "-10800"}


def sequenced(ground: Ground, **more: str) -> None:
    with ground.lives("sequencer", **more) as process:
        assert process.wait(120) == 0


def test_acts_and_heads_on_a_clock_set_back_keep_their_order(
    crowd: dict[str, Any], apart: UUID, ground: Ground
) -> None:
    sent = hand_over(crowd, apart, "arrest-request")
    police, office = System(crowd, "zhencha", own=False), System(crowd, "anguan", own=False)
    path = f"handovers/{sent.handover_id}"
    sequenced(ground)
    acts = [
        (police, f"{path}/nudge", {"text": "请尽快"}),
        (office, f"{path}/accept", {"version": sent.version}),
        (
            police,
            f"cases/{apart}/parties",
            {"version": 10_000, "parties": [{"kind": "victim", "name": "宁稚川"}]},
        ),
    ]
    told = []
    with ground.web(**BACK) as base:
        for index, (who, where, body) in enumerate(acts):
            status, said, _ = who.call(base, where, body, f"k{index}")
            assert status in {200, 201} or (status < 500 and said["remedy"]), said
            told.append(status)
            sequenced(ground, **BACK)
        ahead = {"version": 1, "happened_at": clock.now().isoformat(), "reasons": [{"text": "缺页"}]}
        status, said, _ = office.call(base, f"{path}/return", ahead, "r")  # three hours ahead of that clock
        assert (status, said["code"]) == (422, "future")
    assert 200 in told, told
    with ground.web() as base:  # and on the right clock all of it is done, what was refused too
        for index, (who, where, body) in enumerate(acts[:2]):
            assert who.call(base, where, body, f"k{index}")[0] == 200
    sequenced(ground)
    entries = ledger.entries(apart, most=500)[::-1]
    assert [one.number for one in entries] == list(range(1, len(entries) + 1))
    times = [one.recorded_at for one in entries]
    assert times == sorted(times)
    assert clock.now() - times[-1] < timedelta(minutes=30)
    heads = [row[0] for row in ground.ask("SELECT made_at FROM ledger_head ORDER BY number")]
    assert heads == sorted(heads)
    assert list(ledger.audit_all(lambda *_: None)) == []
    connection.close()


def asked(base: str, path: str, system: System) -> tuple[int, Any]:
    wanted = Request(f"{base}/api/v1/{path}", headers={"Authorization": f"Bearer {system.secret}"})  # noqa: S310 - our own address
    try:
        with urlopen(wanted, timeout=60) as answer:  # noqa: S310 - our own address
            return answer.status, json.loads(answer.read())
    except HTTPError as problem:
        return problem.code, json.loads(problem.read())


def browser() -> tuple[OpenerDirector, CookieJar]:
    jar = CookieJar()
    return build_opener(HTTPCookieProcessor(jar)), jar


def test_sessions_and_tokens_end_on_a_clock_set_back(
    crowd: dict[str, Any], apart: UUID, ground: Ground
) -> None:
    """A session is idle for half an hour while the clock shows three hours less; a token was over by the ledger's newest head."""
    police, over = System(crowd, "zhencha", own=False), System(crowd, "zhencha", own=False)
    SystemToken.objects.filter(prefix=over.secret.split("_")[1]).update(
        issued_at=clock.now() - timedelta(hours=2), valid_until=clock.now() - timedelta(hours=1)
    )
    sequenced(ground)
    opener, jar = browser()
    with ground.web() as base:
        opener.open(f"{base}/login", timeout=60).read()
        token = next(one.value for one in jar if "csrf" in one.name)
        password = next(one.password for one in seed.logins() if one.username == "zhencha")
        typed = {"username": "zhencha", "password": password, "csrfmiddlewaretoken": token}
        opener.open(f"{base}/login", urlencode(typed).encode(), timeout=60).read()
        assert opener.open(f"{base}/desk", timeout=60).url.endswith("/desk")
    for ran, stays in ((20 * 60, True), (31 * 60, False)):
        with ground.web(**BACK, RAN_BY=str(ran)) as base:
            at = opener.open(f"{base}/desk", timeout=60).url
            assert at.endswith("/desk") is stays, at
            assert asked(base, f"cases/{apart}", police)[0] == 200
            status, said = asked(base, f"cases/{apart}", over)
            assert (status, said["code"]) == (401, "token-ended")
    connection.close()
