"""The port at which people show certificates: a small server of its own, which serves that page alone (decision 0010).

Without a proxy it speaks TLS and asks for a certificate; behind one it listens on this machine, and believes what
the proxy says of the certificate because nothing but a proxy of ANTONG_PROXIES may ask it.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from gunicorn.app.base import BaseApplication

from antong.boot import ports
from antong.boot.environment import Environment
from antong.boot.proxies import Application

PLACES = ("/certificate", "/static/")
HEADER = "HTTP_X_CLIENT_CERTIFICATE"
"""PEM with percent signs, as nginx says it ($ssl_client_escaped_cert)."""
SHOWN = "antong.certificate"
"""Where the page finds the certificate (DER, empty where none was shown); no header can be called so."""
NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: an expired certificate comes as far as the page, which says so in words."""
HANDSHAKE_SECONDS = 5.0
THREADS = 32


class _Socket(ssl.SSLSocket):
    """Whoever begins to shake hands and falls silent holds one of many threads for five seconds, no longer."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as the library calls it
        self.settimeout(HANDSHAKE_SECONDS)
        super().do_handshake(block)


def showing(application: Application, proxies: Iterable[str]) -> Application:
    """Return the application with the certificate that was shown; nothing but its page, and nothing to strangers."""
    believed = frozenset(proxies)

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        said = environ.pop(HEADER, "")
        if not str(environ.get("PATH_INFO", "")).startswith(PLACES):
            return _refuse(start, "404 Not Found")
        peer = getattr(environ.get("gunicorn.socket"), "getpeercert", None)
        if peer is not None:
            environ[SHOWN] = peer(True) or b""
        elif environ.get("REMOTE_ADDR") in believed:
            environ[SHOWN] = _read(str(said))
        else:
            return _refuse(start, "403 Forbidden")
        return application(environ, start)

    return answer


def _read(said: str) -> bytes:
    """Return what a proxy says was shown; what is no certificate comes as far as the page, which says so."""
    text = unquote(said)
    try:
        return ssl.PEM_cert_to_DER_cert(text) if text.strip() else b""
    except ValueError:
        return b"?"


def _refuse(start: Callable[..., Any], status: str) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8")])
    return ["这里只供出示数字证书登录。".encode()]


def context(env: Environment) -> ssl.SSLContext:
    """Return how TLS is spoken: 1.2 or newer, asking for a certificate of ANTONG_CLIENT_CA, going on without one."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(str(env.tls_cert), str(env.tls_key))
    made.load_verify_locations(str(env.client_ca))
    made.verify_mode = ssl.CERT_OPTIONAL
    made.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    made.sslsocket_class = _Socket
    return made


class Server(BaseApplication):  # type: ignore[misc] # ships no types
    """The server as gunicorn runs it."""

    def __init__(self, env: Environment, host: str, port: int) -> None:
        self.env, self.place = env, f"{ports.bracketed(host)}:{port}"
        super().__init__()

    def load_config(self) -> None:
        """Set what this server is."""
        env = self.env
        options: dict[str, Any] = {
            "bind": self.place,
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "keepalive": 5,
            "forwarded_allow_ips": "",
            "proc_name": "antong-certificate",
            "control_socket_disable": True,
        }
        if env.tls_cert is not None:
            options |= {
                "certfile": str(env.tls_cert),
                "keyfile": str(env.tls_key),
                "ssl_context": lambda _config, _default: context(env),
            }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        """Return what is served."""
        from antong.boot.wsgi import application  # noqa: PLC0415 - Django, in the worker alone

        return showing(application, self.env.proxies)


def serve(env: Environment, host: str, port: int) -> None:
    """Serve until ended."""
    Server(env, host, port).run()
