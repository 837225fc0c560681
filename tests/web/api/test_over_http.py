"""A real house over real HTTP: two administrators give a system its token by the pages, and the system works with it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from antong.kernel import clock
from browser import ANTONG, House, running

WAIT = 60
GRACE = 5
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the house keeps its state."""
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def house(state: Path, django_db_setup: None) -> Iterator[House]:
    """A house of its own, running."""
    from django.conf import settings

    with running(state, settings.DATABASES["default"]) as made:
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


def given_token(house: House) -> tuple[str, dict[str, Any]]:
    """Have two administrators give the squad's system a token by the pages; return it and what it was asked for."""
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
    assert called(house, found[0], "self")[2]["code"] == "token-waiting"
    allow = re.search(r'action="(/tokens/[0-9a-f-]{36}/allow)"', guard.get("/tokens"))
    assert allow is not None
    guard.post(allow[1], {}, "/tokens")
    return found[0], form


def registered() -> dict[str, Any]:
    """Return a case to be registered."""
    return {
        "source": "01", "category": "050200", "occurred_at": (clock.now() - timedelta(hours=3)).isoformat(), "place": "河西路", "brief": "盗窃。",
        "secret": False, "parties": [{"kind": "suspect", "name": "纪白"}],
    }  # fmt: skip


def test_a_system_gets_its_token_and_works(house: House, scan: bytes) -> None:
    secret, form = given_token(house)
    guard = Person(house, "anquan")

    assert called(house, secret, "self")[2]["permissions"] == sorted(form["permission"])
    body = registered()
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


class Upload:
    """A recording on its way over real sockets, to a web server that comes and goes."""

    def __init__(self, house: House, state: Path, secret: str, case_id: str, data: bytes) -> None:
        self.house, self.state, self.secret, self.data = house, state, secret, data
        self.server: subprocess.Popen[bytes] | None = None
        place = {"filename": "讯问录音.wav", "catalogue_key": "ev-suspect.interrogation"}
        said = ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in place.items())
        status, headers, _ = called(
            house, secret, f"cases/{case_id}/resumable-uploads", b"", Upload_Length=str(len(data)), Upload_Metadata=said
        )  # fmt: skip
        assert status == 201
        self.path = headers["Location"]

    def send(self, start: int, end: int, breaks_at: int | None = None) -> int:
        """Send a part, or of it only what comes before the line breaks; return the status, or 0."""
        line = HTTPConnection(self.house.base.removeprefix("http://"), timeout=WAIT)
        line.putrequest("PATCH", self.path)
        for name, text in {
            "Authorization": f"Bearer {self.secret}", "Tus-Resumable": "1.0.0", "Upload-Offset": str(start),
            "Content-Type": "application/offset+octet-stream", "Content-Length": str(end - start),
        }.items():  # fmt: skip
            line.putheader(name, text)
        line.endheaders()
        for at in range(start, breaks_at or end, 1 << 16):
            line.send(self.data[at : min(at + (1 << 16), breaks_at or end)])
        if breaks_at is not None:
            self.line = line
            return 0
        status = line.getresponse().status
        line.close()
        return status

    def came(self) -> int:
        line = HTTPConnection(self.house.base.removeprefix("http://"), timeout=WAIT)
        line.request("HEAD", self.path, headers={"Authorization": f"Bearer {self.secret}"})
        answer = line.getresponse()
        line.close()
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])

    def until(self, least: int) -> int:
        deadline = time.monotonic() + WAIT
        while (found := self.came()) < least:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        return found

    def another(self, how: signal.Signals) -> None:
        """End the web server, and begin another one on the same door."""
        first = self.server.pid if self.server else self.house.web
        os.killpg(first, how)
        if self.server:
            try:
                self.server.wait(GRACE)
            except (
                subprocess.TimeoutExpired
            ):  # it waits for the part under way, and the supervisor no longer for it
                os.killpg(first, signal.SIGKILL)
                self.server.wait(WAIT)
        self.line.close()
        port = self.house.base.rpartition(":")[2]
        environment = {
            **os.environ, "DATABASE_URL": self.house.database, "ANTONG_STATE": str(self.state), "ANTONG_DEMO": "1",
        }  # fmt: skip
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:  # the old one may still hold the door
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))):
                    break
            time.sleep(0.1)
        command = [*ANTONG, "web", "--port", port, "--workers", "1"]
        self.server = subprocess.Popen(command, env=environment, start_new_session=True)
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.house.base}/healthz", timeout=3).close()  # noqa: S310 - our own
                break
            time.sleep(0.2)


@pytest.mark.full
def test_an_upload_goes_on_when_its_server_is_killed_and_replaced(house: House, state: Path) -> None:
    secret, _ = given_token(house)
    case_id = called(house, secret, "cases", registered())[2]["case_id"]
    mega = 1 << 20
    data = b"RIFF\0\0\0\0WAVEfmt " + os.urandom(24 * mega)
    upload = Upload(house, state, secret, case_id, data)
    try:
        assert upload.send(0, 4 * mega) == 204
        upload.send(4 * mega, 20 * mega, breaks_at=10 * mega)
        before = upload.until(6 * mega)  # what came is on disk while the part is still on its way
        upload.another(signal.SIGKILL)
        came = upload.came()
        assert before <= came <= 10 * mega
        upload.send(came, 20 * mega, breaks_at=16 * mega)
        upload.until(came + mega)
        upload.another(signal.SIGTERM)  # as a deployment does
        came = upload.came()
        assert came <= 16 * mega
        assert upload.send(came, len(data)) == 204
        deadline = time.monotonic() + WAIT
        said = upload.path.removeprefix("/api/v1/")
        while (found := called(house, secret, said)[2])["state"] == "taking" and time.monotonic() < deadline:
            time.sleep(0.5)
        assert found["state"] == "taken", found
        original = found["answer"]["original_ids"][0]
        asked = urllib.request.Request(  # noqa: S310 - our own
            f"{house.base}/api/v1/cases/{case_id}/originals/{original}/content",
            b"",
            {"Authorization": f"Bearer {secret}"},
        )
        with urllib.request.urlopen(asked, timeout=WAIT) as answer:  # noqa: S310 - our own
            assert hashlib.sha256(answer.read()).digest() == hashlib.sha256(data).digest()
        asked.add_header("Range", "bytes=5000000-5000009")
        with urllib.request.urlopen(asked, timeout=WAIT) as answer:  # noqa: S310 - our own
            assert (answer.status, answer.read()) == (206, data[5_000_000:5_000_010])
    finally:
        if upload.server:
            os.killpg(upload.server.pid, signal.SIGKILL)
            upload.server.wait(WAIT)
