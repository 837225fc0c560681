"""A real house over real HTTP: two administrators give a system its token by the pages, and the system works with it."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from http.cookiejar import CookieJar
from typing import Any

import pytest

from antong.kernel import clock
from browser import House, running

WAIT = 60
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[House]:
    """A house of its own, running."""
    from django.conf import settings

    with running(tmp_path_factory.mktemp("house"), settings.DATABASES["default"]) as made:
        yield made


class Person:
    """Somebody with cookies and no scripts."""

    def __init__(self, house: House, username: str) -> None:
        self.base = house.base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.post("/login", {"username": username, "password": house.passwords[username]})

    def get(self, path: str) -> str:
        return str(self.opener.open(f"{self.base}{path}", timeout=WAIT).read().decode())

    def post(self, path: str, form: dict[str, Any], page: str = "") -> str:
        token = CSRF.search(self.get(page or path))
        assert token is not None, path
        data = urllib.parse.urlencode({**form, "csrfmiddlewaretoken": token[1]}, doseq=True).encode()
        asked = urllib.request.Request(f"{self.base}{path}", data, {"Referer": self.base})  # noqa: S310 - our own
        return str(self.opener.open(asked, timeout=WAIT).read().decode())


def called(house: House, secret: str, path: str, sent: Any = None, **headers: str) -> tuple[int, Any, Any]:
    """Call the interface; return status, headers, and what was said."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if sent is None else sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    asked = urllib.request.Request(  # noqa: S310 - our own
        f"{house.base}/api/v1/{path}",
        data,
        {"Authorization": f"Bearer {secret}", "Content-Type": "application/json", **named},
    )
    try:
        with urllib.request.urlopen(asked, timeout=WAIT) as answer:  # noqa: S310 - our own
            return answer.status, answer.headers, json.loads(answer.read())
    except urllib.error.HTTPError as problem:
        said = problem.read()
        return problem.code, problem.headers, json.loads(said) if said else None


def test_a_system_gets_its_token_and_works(house: House, scan: bytes) -> None:
    office, guard = Person(house, "xitong"), Person(house, "anquan")
    unit = re.search(r'value="([0-9a-f-]{36})">[^<]*刑事侦查大队<', office.get("/tokens/new"))
    assert unit is not None
    until = clock.local(clock.now() + timedelta(days=9))
    form = {
        "unit": unit[1], "system": "执法办案平台", "acts_as": "role:investigator", "valid_until": f"{until:%Y-%m-%d}",
        "permission": ["case:read", "content:read", "case:register", "dossier:edit"], "addresses": "127.0.0.0/8",
    }  # fmt: skip
    issued = office.post("/tokens/new", form, f"/tokens/new?unit={unit[1]}")
    found = re.search(r"atk_[0-9a-f]{8}_[\w-]{43}", issued)
    assert found is not None
    secret = found[0]
    assert called(house, secret, "self")[2]["code"] == "token-waiting"
    allow = re.search(r'action="(/tokens/[0-9a-f-]{36}/allow)"', guard.get("/tokens"))
    assert allow is not None
    guard.post(allow[1], {}, "/tokens")

    assert called(house, secret, "self")[2]["permissions"] == sorted(form["permission"])
    body = {
        "source": "01", "category": "050200", "occurred_at": (clock.now() - timedelta(hours=3)).isoformat(), "place": "河西路", "brief": "盗窃。",
        "secret": False, "parties": [{"kind": "suspect", "name": "纪白"}],
    }  # fmt: skip
    status, _, made = called(house, secret, "cases", body, Idempotency_Key="1")
    assert status == 201
    assert called(house, secret, "cases", body, Idempotency_Key="1")[2] == made
    edge = "edge"
    parts = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("catalogue_key", "ev-suspect.interrogation"),)
    ).encode()
    file = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="1.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    sent = parts + file.encode() + scan + f"\r\n--{edge}--\r\n".encode()
    status, _, taken = called(
        house,
        secret,
        f"cases/{made['case_id']}/uploads",
        sent,
        Content_Type=f"multipart/form-data; boundary={edge}",
    )
    assert (status, len(taken["page_ids"])) == (201, 1)
    status, headers, shown = called(house, secret, f"cases/{made['case_id']}")
    assert shown["sheet"]["case"]["place"] == "河西路"
    assert called(house, secret, f"cases/{made['case_id']}", If_None_Match=headers["ETag"])[0] == 304
    status, headers, refused = called(
        house, secret, "handovers", {"case_id": made["case_id"], "flow": "filing"}
    )
    assert (status, refused["code"]) == (403, "role-lacks-permission")
    assert headers["Content-Type"] == "application/problem+json"

    deadline = time.monotonic() + WAIT
    day = clock.today()
    used = f'<td class="one">{day.year}年{day.month}月{day.day}日</td>'
    while used not in (listed := guard.get("/tokens")) and time.monotonic() < deadline:
        time.sleep(1)
    assert secret not in listed
    assert used in listed, "the day of use is posted by the sequencer's process"
