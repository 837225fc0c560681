"""Posting to an address that an administrator typed: only to hosts that may be called, at the address that was looked at."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT = 10.0
"""How long a call may take in all; a system takes a call and works on it afterwards."""


class NotTaken(Exception):
    """A call that was not taken: `said` is why, in a few words; `gone` that the other side wants no more of them."""

    def __init__(self, said: str, *, gone: bool = False) -> None:
        super().__init__(said)
        self.said, self.gone = said, gone


def address_fault(url: str) -> str:
    """Return what is wrong with an address to be called, "" where nothing is; looks nothing up."""
    parts = _parts(url)
    if parts is None:
        return "不是完整的网址"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "不能带用户名、口令或 # 号"
    if _listed(parts):
        return ""
    if parts.scheme != "https":
        return "要用 https"
    try:
        literal = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return ""
    return "" if literal.is_global and not literal.is_multicast else "指向内网或本机，运维没有登记"


def _parts(url: str) -> SplitResult | None:
    if not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if known else None


def _listed(parts: SplitResult) -> bool:
    """Whether the operator has listed this host by its name: it may lie in the closed network, and speak plain HTTP."""
    return (parts.hostname or "").lower() in {
        one.strip("[]").lower() for one in settings.ANTONG_WEBHOOK_HOSTS
    }


def post(url: str, body: bytes, headers: dict[str, str]) -> str:
    """Post and return what the other side said; raises NotTaken. Redirects are not followed, of the answer one line is read."""
    fault = address_fault(url)
    parts = _parts(url)
    if fault or parts is None:
        raise NotTaken(f"地址{fault}")
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    line = HTTPConnection(host, port, timeout=TIMEOUT)
    late = threading.Event()
    try:
        line.sock = socket.create_connection((_place(host, port, parts), port), TIMEOUT)
        clock = threading.Timer(TIMEOUT, _cut, (line, late))
        clock.start()
        try:
            if secure:
                line.sock = wrapped = ssl.create_default_context().wrap_socket(
                    line.sock, server_hostname=host, do_handshake_on_connect=False
                )
                wrapped.do_handshake()
            line.request(
                "POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers
            )
            status = line.getresponse().status
        finally:
            clock.cancel()
    except (OSError, HTTPException) as problem:
        if late.is_set() or isinstance(problem, TimeoutError):
            raise NotTaken(f"{TIMEOUT:.0f} 秒内没有回答") from problem
        raise NotTaken(_why(problem)) from problem
    finally:
        line.close()
    if not 200 <= status < 300:  # noqa: PLR2004 - taken is 2xx, and a redirect is none
        raise NotTaken(f"回答 {status}", gone=status == 410)  # noqa: PLR2004 - gone
    return f"回答 {status}"


def _why(problem: Exception) -> str:
    """Return why a call failed, in words of administrators."""
    words = (
        (socket.gaierror, "找不到主机"),
        (ssl.SSLError, "证书不可信，或加密谈不拢"),
        (ConnectionRefusedError, "没有连上：对方没有开"),
        (ConnectionError, "连接断了"),
        (HTTPException, "回答不是 HTTP"),
    )
    return next((word for kind, word in words if isinstance(problem, kind)), "没有连上")


def _cut(line: HTTPConnection, late: threading.Event) -> None:
    """End a call that takes too long, also one that answers a byte at a time."""
    late.set()
    if line.sock is not None:
        with contextlib.suppress(OSError):  # it has ended by itself
            socket.socket.shutdown(line.sock, socket.SHUT_RDWR)


def _place(host: str, port: int, parts: SplitResult) -> str:
    """Return the address of a host; one not listed must lie on the public network, with every address it has."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not _listed(parts):
        for one in found:
            place = ipaddress.ip_address(one.partition("%")[0])
            if not place.is_global or place.is_multicast:
                raise NotTaken("主机名指向内网或本机，运维没有登记")
    return found[0]
