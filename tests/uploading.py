"""Heavy scans sent to a running web server as the page sends them, and what that costs a process of it in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

CHUNK = 1 << 16
PLAIN = "application/x-www-form-urlencoded"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TILE = 640
"""The side of the square of noise that pages are laid with: what is random compresses badly."""


def _page(seed: int) -> bytes:
    """Return an A4 page of 300 dpi as a JPEG of some 4 MB."""
    import io
    import random

    from PIL import Image

    tile = Image.frombytes("L", (TILE, TILE), random.Random(seed).randbytes(TILE * TILE))  # noqa: S311 - noise, no secret
    page = Image.new("L", (2480, 3508))
    for left in range(0, page.width, TILE):
        for top in range(0, page.height, TILE):
            page.paste(tile.rotate(90 * ((left + top) // TILE % 4)), (left, top))
    out = io.BytesIO()
    page.save(out, "JPEG", quality=70, dpi=(300, 300))
    return out.getvalue()


def write_pdf(path: Path, size: int, seed: int = 0) -> int:
    """Write a PDF of scanned pages of at least `size` bytes; return how many pages."""
    import img2pdf

    page = _page(seed)
    count = -(-size // len(page))
    with path.open("wb") as out:
        img2pdf.convert([page] * count, outputstream=out)
    return count


def write_tiff(path: Path, size: int, seed: int = 0) -> int:
    """Write a TIFF of scanned pages of at least `size` bytes; return how many pages."""
    import io

    from PIL import Image

    data = _page(seed)
    count = -(-size // len(data))
    picture = Image.open(io.BytesIO(data))
    pages = [picture] * (count - 1)
    picture.save(path, "TIFF", save_all=True, append_images=pages, compression="jpeg", dpi=(300, 300))
    return count


class Visitor:
    """Somebody signed in at a web server, without a browser; one connection after another."""

    def __init__(self, base: str, username: str, password: str) -> None:
        self._at = urlsplit(base)
        self._cookies: dict[str, str] = {}
        form = {"username": username, "password": password, "csrfmiddlewaretoken": self.token("/login")}
        answer, _ = self.ask("POST", "/login", urlencode(form).encode(), form=PLAIN)
        assert answer.status == 302, answer.status

    def ask(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        size: int | None = None,
        form: str = "",
        token: str = "",
    ) -> tuple[HTTPResponse, bytes]:
        """Ask once; `body` is bytes or, with its `size`, an iterator."""
        connection = HTTPConnection(str(self._at.hostname), self._at.port, timeout=600)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form:
            headers["Content-Type"] = form
        if token:
            headers |= {"X-CSRFToken": token, "X-Requested-With": "fetch"}
        if size is not None:
            headers["Content-Length"] = str(size)
        connection.request(method, url, body, headers)
        answer = connection.getresponse()
        data = bytearray()
        length = 0
        while chunk := answer.read(CHUNK):  # of what is large only the length is of interest
            length += len(chunk)
            if length < 1 << 22:
                data += chunk
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        connection.close()
        return answer, bytes(data)

    def token(self, url: str) -> str:
        """Return the token of a page's form."""
        answer, data = self.ask("GET", url)
        found = TOKEN.search(data.decode())
        assert answer.status == 200, (url, answer.status)
        assert found, url
        return found.group(1)

    def register(self) -> UUID:
        """Register a theft and return its id."""
        form = {
            "secret": "no", "source": "01", "category": "050200", "occurred_at": "2026年1月1日 10:00", "place": "河西路",
            "brief": "盗窃。", "p0_kind": "suspect", "p0_name": "纪白", "csrfmiddlewaretoken": self.token("/cases/new"),
        }  # fmt: skip
        answer, data = self.ask("POST", "/cases/new", urlencode(form).encode(), form=PLAIN)
        assert answer.status == 302, data.decode()[:2000]
        return UUID(answer.headers["Location"].split("/")[2])

    def upload(self, case_id: UUID, key: str, path: Path) -> dict[str, Any]:
        """Send a file from the page of the file, piece by piece, and return the answer."""
        token = self.token(f"/cases/{case_id}/?tab=dossier")
        mark = f"----{uuid4().hex}"
        plain = {"csrfmiddlewaretoken": token, "catalogue_key": key, "key": str(uuid4())}
        head = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in plain.items()
        )
        head += (
            f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{path.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        tail = f"\r\n--{mark}--\r\n".encode()

        def body() -> Iterator[bytes]:
            yield head.encode()
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
            yield tail

        size = len(head.encode()) + path.stat().st_size + len(tail)
        answer, data = self.ask(
            "POST", f"/cases/{case_id}/upload", body(), size=size,
            form=f"multipart/form-data; boundary={mark}", token=token,
        )  # fmt: skip
        assert answer.status == 200, (answer.status, data[:400].decode())
        found: dict[str, Any] = json.loads(data)
        return found


def children(pid: int) -> list[int]:
    """Return the processes that a process has begun and that live."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def peak(pid: int) -> int:
    """Return the most memory (bytes) that a process has held at once, as the kernel counts it (VmHWM)."""
    (line,) = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")
    ]
    return int(line.split()[1]) << 10


def web_workers(pid: int) -> list[int]:
    """Return the processes of a web server that answer: those it began, but for Python's own helper."""
    return [
        one for one in children(pid) if b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()
    ]
