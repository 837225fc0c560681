"""Who asks, and whether by TLS, behind a proxy: believed only where the proxy is one of ANTONG_PROXIES."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from ipaddress import ip_address
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def believing(application: Application, proxies: Collection[str]) -> Application:
    """Return the application with REMOTE_ADDR and the scheme as a trusted proxy tells them; unchanged without proxies."""
    if not proxies:
        return application

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if _plain(environ.get("REMOTE_ADDR", "")) in proxies:
            asks = _who(environ.get("HTTP_X_FORWARDED_FOR", ""), proxies)
            if asks:
                environ["REMOTE_ADDR"] = asks
            if environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower() == "https":
                environ["wsgi.url_scheme"] = "https"
        return application(environ, start)

    return answer


def _plain(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""


def _who(forwarded: str, proxies: Collection[str]) -> str:
    """Return the last address before our own proxies; what stands further left anybody may have written."""
    for part in reversed(forwarded.split(",")):
        address = _plain(part)
        if not address:
            return ""
        if address not in proxies:
            return address
    return ""
