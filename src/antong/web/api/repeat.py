"""`Idempotency-Key`: what is asked twice under one key is done once, and something else under it is refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import UploadedFile

from antong.kernel.refusal import BadInput
from antong.org import actions as org
from antong.web.api.guard import ApiRequest

HEADER = "Idempotency-Key"
_KEY = re.compile(r"^[\x21-\x7e]{1,128}$")
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A key of the caller's own, at most 128 characters, one for each act. The same key with the same "
    "request is answered with the first answer; with another request it is refused (422 key-reused). Known for 30 days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    "example": "2026-000123-submit-1",
}
EXTRA = {"parameters": [PARAMETER]}
"""What an operation that takes the header says of it."""


def key_of(
    request: ApiRequest, files: Iterable[UploadedFile[Any]] | None = None, *, told: str = ""
) -> UUID | None:
    """Return the key of an action, or None without the header; one statement. Raises BadInput for another request.

    `told` is what was asked in headers.
    """
    text = request.headers.get(HEADER)
    if text is None:
        return None
    if _KEY.match(text) is None:
        raise BadInput(
            "没有办成：Idempotency-Key 读不懂。",
            code="key",
            basis=("案通对接规则：键为 1 至 128 个可见的 ASCII 字符",),
            remedy="改正请求头后重试。",
            fields={HEADER: "1 至 128 个可见的 ASCII 字符"},
        )
    token_id = request.auth.token_id
    org.note_call(token_id, text, _asked(request, files, told))
    return uuid5(token_id, text)


def _asked(request: ApiRequest, files: Iterable[UploadedFile[Any]] | None, told: str) -> bytes:
    """Return a digest of what is asked: where, and what; of files what they hold, however they were put into the request."""
    total = hashlib.sha256(f"{request.method} {request.path}\n{told}".encode())
    if files is None:
        total.update(request.body)
        return total.digest()
    for name, values in sorted(request.POST.lists()):
        total.update(repr((name, values)).encode())
    for file in files:
        one = hashlib.sha256()
        for piece in file.chunks():
            one.update(piece)
        file.seek(0)
        total.update(repr((file.name, one.hexdigest())).encode())
    return total.digest()
