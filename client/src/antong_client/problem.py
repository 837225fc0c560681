"""What the interface says where it does not do what was asked."""

from __future__ import annotations

import json
from typing import Any


class Refused(Exception):
    """A refusal (RFC 9457): `title` in Chinese, `title_en`, a stable `code`, `basis`, `remedy`, who can decide, `fields`.

    `current_version` comes with the code `stale`: read again and go on from there.
    """

    def __init__(self, status: int, said: dict[str, Any]) -> None:
        self.status = status
        self.code = str(said.get("code", ""))
        self.title = str(said.get("title", ""))
        self.title_en = str(said.get("title_en", ""))
        self.basis = [str(one) for one in said.get("basis", ())]
        self.remedy = str(said.get("remedy", ""))
        self.who = str(said.get("who", ""))
        self.fields = {str(key): str(value) for key, value in said.get("fields", {}).items()}
        self.items = [str(one) for one in said.get("items", ())]
        version = said.get("current_version")
        self.current_version = version if isinstance(version, int) else None
        super().__init__(f"{status} {self.code}: {self.title or self.title_en}")


class NotReached(Exception):
    """The interface could not be reached, or did not answer as itself, however often it was tried."""


def refused(status: int, body: bytes) -> Refused:
    """Return the refusal that an answer says; one that is none of ours (a proxy's page) has the code `http`."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    return Refused(
        status,
        said
        if isinstance(said, dict) and "code" in said
        else {"code": "http", "title": body[:200].decode(errors="replace")},
    )
