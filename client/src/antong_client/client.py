"""The client: every operation, and what takes more than one call: a heavy file by parts, events as they come."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from antong_client.carrying import new_key
from antong_client.made import types as t
from antong_client.made.methods import Operations
from antong_client.problem import NotReached, Refused

PART = 16 << 20
WAITS = frozenset({409, 423, 460, 502, 503, 504, 507})
"""Answers to a part after which it is asked how far the upload has come, and gone on from there."""


class Client(Operations):
    """Antong's interface for agencies' systems, by a token.

    with its methods as docs/api.md says: `Client("https://antong.example", token).read_self()`.
    """

    def events(self, after: int, *, most: int = 200) -> Iterator[t.Event]:
        """Yield what happened after a place, in order, until there is no more for now; keep `place` of the last one."""
        more = True
        while more:
            found = self.list_events(after=after, most=most)
            yield from found.rows
            after, more = found.next, found.more

    def upload(
        self,
        case_id: UUID,
        path: Path,
        *,
        catalogue_key: str = "",
        entry_id: UUID | None = None,
        key: str | None = None,
        part: int = PART,
    ) -> t.Incoming:
        """Send a file of any size by parts, going on after every broken line; return what it became.

        A program that was ended begins again with the same `key`, and goes on where the house has come to. Raises Refused,
        NotReached once `tries` parts in a row got nowhere.
        """
        facts = {"filename": path.name, "catalogue_key": catalogue_key, "entry_id": str(entry_id or "")}
        said = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items() if value
        )
        begun = self.begin_upload(
            case_id, upload_length=path.stat().st_size, upload_metadata=said, key=key or new_key()
        )
        return self.go_on(begun.id, path, part=part)

    def go_on(self, upload_id: UUID, path: Path, *, part: int = PART) -> t.Incoming:
        """Send what is left of an upload, wait until it was taken in or refused, and return what it became."""
        size, failed, last = path.stat().st_size, 0, -1
        with path.open("rb") as source:
            while (place := int(self.ask_upload(upload_id)["Upload-Offset"])) < size:
                failed, last = (0 if place > last else failed), place
                source.seek(place)
                content = source.read(part)
                check = base64.b64encode(hashlib.sha256(content).digest()).decode()
                try:
                    self.send_part(upload_id, content, upload_offset=place, upload_checksum=f"sha256 {check}")
                except (Refused, NotReached) as problem:
                    failed += 1
                    if failed >= self._tries or (
                        isinstance(problem, Refused) and problem.status not in WAITS
                    ):
                        raise
                    time.sleep(self._pause * 2**failed)
        while (found := self.read_upload(upload_id)).state in {"open", "taking"}:
            time.sleep(self._pause)
        return found
