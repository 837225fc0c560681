"""Parts of heavy bytes, as players ask for them: `Range` answered with 206, a few megabytes at a time (RFC 9110)."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from antong.dossier import selectors

MOST = 8 << 20
"""How much one answer to a range gives at most: a player asks for the next, and no process is held by one that waits."""
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


def asked(text: str, size: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last of what is asked, None where all is; (size, size) where none is there."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) else (size, size)
    start, end = int(first), min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return None
    return (start, end) if start < size else (size, size)


def served(request: HttpRequest, blob: Any) -> HttpResponse | StreamingHttpResponse:
    """Serve bytes whole, or the part that is asked for; the caller has checked the right and recorded the reading."""
    part = asked(request.headers.get("Range", ""), blob.size)
    if part == (blob.size, blob.size):
        refused = HttpResponse(status=416)
        refused.headers["Content-Range"] = f"bytes */{blob.size}"
        return refused
    start, end = (0, blob.size) if part is None else (part[0], min(part[1], part[0] + MOST))
    answer = StreamingHttpResponse(
        selectors.read_blob(blob, start, end - start),
        status=200 if part is None else 206,
        content_type=blob.media_type,
    )
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Content-Length"] = str(end - start)
    if part is not None:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size}"
    return answer
