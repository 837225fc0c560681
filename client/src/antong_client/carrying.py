"""Calls over HTTP: one key for one act however often it is tried, refusals as exceptions, bodies as they come."""

from __future__ import annotations

import json
import shutil
import ssl
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from uuid import uuid4

from antong_client.problem import NotReached, Refused, refused
from antong_client.reading import Unexpected, plain, read

T = TypeVar("T")
Headers = HTTPMessage
AGAIN = frozenset({502, 503, 504})
"""Statuses that say: not now. Nothing was done, or what was done is known by its key."""
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What an operation answers."""

    kind: Any


class Content:
    """Bytes of a file, read as they come; to be closed, or used in a `with`."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self.media_type = response.headers.get_content_type()

    def read(self, most: int = -1) -> bytes:
        """Return the next bytes, all where `most` is negative."""
        return self._response.read() if most < 0 else self._response.read(most)

    def save(self, path: Path) -> None:
        """Write all to a file."""
        with self, path.open("wb") as out:
            shutil.copyfileobj(self._response, out, 1 << 20)

    def close(self) -> None:
        """Give the line back."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def new_key() -> str:
    """Return an idempotency key: one for each act, so that a second try of it is known as that."""
    return str(uuid4())


def quoted(text: str) -> str:
    """Return a text as part of an address."""
    return quote(text, safe="")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes where it was meant to go, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Caller:
    """Where the interface is, by which token, and how patient to be.

    `base` is the house, as https://antong.example; `cafile` the authority of its certificate where the system does not
    know it; `tries` how often a call is tried while the house is away, with pauses that double; `timeout` in seconds.
    """

    def __init__(
        self,
        base: str,
        token: str,
        *,
        cafile: Path | None = None,
        tries: int = 5,
        timeout: float = 60.0,
        pause: float = 0.5,
    ) -> None:
        if not base.startswith(("https://", "http://")):
            raise ValueError("base is an address, as https://antong.example")
        self._base = base.rstrip("/")
        self._token, self._tries, self._timeout, self._pause = token, max(1, tries), timeout, pause
        context = ssl.create_default_context(cafile=str(cafile)) if cafile else ssl.create_default_context()
        self._opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=context))

    def _call(
        self,
        verb: str,
        path: str,
        answer: Answer[T],
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        part: bytes | None = None,
        files: Sequence[tuple[str, bytes]] | None = None,
        form: Mapping[str, Any] | None = None,
        key: str | None = None,
        once: bool = False,
    ) -> T:
        """Call an operation; raises Refused, NotReached, Unexpected. `once` leaves trying again to the caller."""
        named = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "Tus-Resumable": "1.0.0",
        }
        named |= {name: str(value) for name, value in (headers or {}).items() if value not in {None, ""}}
        if key is not None:
            named["Idempotency-Key"] = key
        data = part
        if part is not None:
            named["Content-Type"] = "application/offset+octet-stream"
        elif files is not None:
            data, named["Content-Type"] = _multipart(files, form or {})
        elif body is not None:
            data, named["Content-Type"] = json.dumps(plain(body)).encode(), "application/json"
        elif verb == "POST":
            data = b""
        asked = {name: plain(value) for name, value in (query or {}).items() if value is not None}
        words = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in asked.items()
        }
        address = f"{self._base}{path}" + (f"?{urlencode(words)}" if words else "")
        request = urllib.request.Request(address, data, named, method=verb)  # noqa: S310 - checked above
        response = self._reached(request, 1 if once else self._tries)
        return cast("T", _answered(answer.kind, response))

    def _reached(self, request: urllib.request.Request, tries: int) -> HTTPResponse:
        pause = self._pause
        for left in reversed(range(tries)):
            try:
                return cast("HTTPResponse", self._opener.open(request, timeout=self._timeout))
            except HTTPError as error:
                with error:
                    problem: Refused = refused(error.code, error.read())
                if error.code not in AGAIN or not left:
                    raise problem from None
            except (URLError, OSError, HTTPException) as error:
                if not left:
                    raise NotReached(f"{request.get_method()} {request.selector}: {error}") from error
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        raise AssertionError("the last try returns or raises")


def _answered(kind: Any, response: HTTPResponse) -> Any:
    if kind is Content:
        return Content(response)
    with response:
        if kind is Headers:
            return response.headers
        text = response.read()
    if kind is None:
        return None
    try:
        said = json.loads(text)
    except ValueError as problem:
        raise Unexpected("what was answered is no JSON") from problem
    return read(kind, said)


def _multipart(files: Sequence[tuple[str, bytes]], form: Mapping[str, Any]) -> tuple[bytes, str]:
    mark = uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{plain(value)}\r\n'.encode()
        for name, value in form.items()
        if value not in {None, ""}
    ]
    for name, content in files:
        said = name.replace("\\", "%5C").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{said}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"
