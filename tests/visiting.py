"""Somebody at a browser, over real HTTP or TLS to a running house; without scripts. Standard library only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.cookiejar
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
STEP, DIGITS = 30, 6


class Visitor:
    """What a person's browser does: keeps cookies, takes the form's token along, follows.

    `trust` names the authority (PEM) that servers must hang from, `shown` the files of the certificate and key that are
    shown where a server asks.
    """

    def __init__(self, base: str, trust: Path | None = None, shown: tuple[Path, Path] | None = None) -> None:
        self.base = base
        ways: list[urllib.request.BaseHandler] = [
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        ]
        if trust is not None:
            context = ssl.create_default_context(cafile=str(trust))
            if shown is not None:
                context.load_cert_chain(*map(str, shown))
            ways.append(urllib.request.HTTPSHandler(context=context))
        self.opener = urllib.request.build_opener(*ways)

    def get(self, path: str) -> tuple[int, str, str]:
        """Return status, where one has been led, and what is shown."""
        return self._open(urllib.request.Request(self.base + path))  # noqa: S310 - our own address

    def content(self, path: str) -> bytes:
        """Return what lies at a place, byte for byte; fail where it is refused."""
        with self.opener.open(self.base + path, timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def post(self, path: str, *, at: str = "", **fields: str) -> tuple[int, str, str]:
        """Send a form that stands on `path`, to `at` where it leads elsewhere."""
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": self._token(path)}).encode()
        return self._send(path, at, body, "application/x-www-form-urlencoded")

    def send(
        self, path: str, files: Mapping[str, tuple[str, bytes]], *, at: str = "", **fields: str
    ) -> tuple[int, str, str]:
        """Send a form with files, by the names of their fields: each its own name and its content."""
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
            for name, text in {**fields, "csrfmiddlewaretoken": self._token(path)}.items()
        ]
        for name, (own, content) in files.items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{own}"\r\n'
            parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join((*parts, f"--{mark}--\r\n".encode()))
        return self._send(path, at, body, f"multipart/form-data; boundary={mark}")

    def downloaded(self, path: str, at: str) -> bytes:
        """Send an empty form that stands on `path`; return what comes, byte for byte. Fail where it is refused."""
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self._token(path)}).encode()
        own = {"Referer": self.base + path, "Origin": self.base}
        asked = urllib.request.Request(self.base + at, body, own)  # noqa: S310 - our own address
        with self.opener.open(asked, timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def _token(self, path: str) -> str:
        token = TOKEN.search(self.get(path)[2])
        assert token is not None, path
        return token[1]

    def _send(self, path: str, at: str, body: bytes, kind: str) -> tuple[int, str, str]:
        own = {"Referer": self.base + path, "Origin": self.base, "Content-Type": kind}
        return self._open(urllib.request.Request(self.base + (at or path), body, own))  # noqa: S310 - our own address

    def _open(self, request: urllib.request.Request) -> tuple[int, str, str]:
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, urllib.parse.urlsplit(answer.url).path, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, urllib.parse.urlsplit(error.url or "").path, error.read().decode()


def words(text: str) -> str:
    """Return what a page says, without its marks: for messages."""
    return re.sub(r"(<[^>]+>|\s)+", " ", text.partition("<main")[2] or text)[:1200]


def phone_says(secret: bytes) -> str:
    """Return the code that a phone shows now (RFC 6238)."""
    digest = hmac.digest(secret, (int(time.time()) // STEP).to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    return str((int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def set_up_a_phone(visitor: Visitor) -> bytes:
    """Set up the second factor; return the secret that the phone keeps."""
    _, _, text = visitor.post("/factor", begin="1")
    shown = re.search(r'<p class="code">([A-Z2-7 ]+)</p>', text)
    assert shown is not None, words(text)
    secret = base64.b32decode(shown[1].replace(" ", ""))
    status, _, text = visitor.post("/factor", code=phone_says(secret))
    assert status == 200, words(text)
    assert "备用码" in text
    return secret


def first_sign_in(visitor: Visitor, username: str, first: str, new: str) -> bytes | None:
    """Sign in with a first password and do what is owed then: a password of one's own, and the phone where it is asked for.

    Returns the phone's secret, or None.
    """
    status, where, text = visitor.post("/login", username=username, password=first)
    assert (status, where) == (200, "/password"), words(text)
    status, where, text = visitor.post("/password", old=first, new=new, again=new)
    assert status == 200, words(text)
    return set_up_a_phone(visitor) if where == "/factor" else None


def sign_in(visitor: Visitor, username: str, password: str, secret: bytes | None = None) -> None:
    """Sign in with the password, and a code of the phone where there is one."""
    status, where, text = visitor.post("/login", username=username, password=password)
    assert status == 200, words(text)
    if secret is not None:
        token = TOKEN.search(text)
        assert token is not None, words(text)
        body = urllib.parse.urlencode({"code": phone_says(secret), "csrfmiddlewaretoken": token[1]}).encode()
        status, where, text = visitor._send("/login", "", body, "application/x-www-form-urlencoded")
    assert (status, where != "/login") == (200, True), words(text)


def bind_certificate(security: Visitor, name: str, pem: bytes) -> None:
    """Let the security administrator register a certificate for the account of somebody, on the pages."""
    page = security.get("/accounts?text=&size=100")[2]
    account = re.search(rf'<a href="(/accounts/[0-9a-f-]+/)">{name}</a>', page)
    assert account is not None, words(page)
    status, where, text = security.send(
        account[1], {"certificate": ("person.pem", pem)}, at=f"{account[1]}certificates"
    )
    assert (status, where) == (200, account[1]), words(text)
    assert f"CN={name}" in text


def by_certificate(base: str, asks: str, trust: Path, shown: tuple[Path, Path]) -> Visitor:
    """Sign in by a certificate at the port that asks for it (`asks`), and go on at the pages' port."""
    visitor = Visitor(asks, trust, shown)
    status, _, text = visitor.post("/certificate?next=/desk")
    assert status == 200, words(text)
    assert f'url={base}/desk"' in text, words(text)
    visitor.base = base
    status, where, text = visitor.get("/desk")
    assert (status, where) == (200, "/desk"), words(text)
    return visitor
