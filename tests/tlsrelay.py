"""TLS before a server of plain HTTP, as a proxy of an operator ends it: real sockets, bytes passed on as they come."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PIECE = 1 << 16


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def _serve(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    try:
        with (
            context.wrap_socket(plain, server_side=True) as shown,
            socket.create_connection(("127.0.0.1", port)) as to,
        ):
            back = threading.Thread(target=_carry, args=(to, shown), daemon=True)
            back.start()
            _carry(shown, to)
            back.join(10)
    except OSError:  # a client that does not trust the certificate goes away
        plain.close()


def _accept(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            plain, _ = listening.accept()
            threading.Thread(target=_serve, args=(plain, context, port), daemon=True).start()


@contextmanager
def before(port: int, cert: Path, key: Path) -> Iterator[int]:
    """Yield the port on which TLS is spoken for the server of another port, until the context ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, context, port), daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
