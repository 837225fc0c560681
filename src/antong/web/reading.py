"""Readings are recorded: a file against a ticket from a recorded POST; its pages and all else through a spool.

A GET writes nothing to the database, so the reading of a case page, or of a page of the file, goes to a local file
at once, and the sequencer's process posts it to the read log.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.refusal import NotFound
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Reading
from antong.org import actions as org

log = logging.getLogger("antong.web")
TICKET_SECONDS = 12 * 3600
_SALT = "antong.reading"
LOG_READ = SYSTEM_CHAIN
"""What stands in the read log for the case where somebody has read the read log itself."""
DAMAGED = "damaged.txt"
REFUSED = ".refused"
USED = ".used"
"""How the name of a note ends that a token was used; before it stand the token and the day."""


def reading(actor: Actor, case_id: UUID, what: str, pages: Sequence[str] = (), reason: str = "") -> Reading:
    """Return a reading of now."""
    return Reading(
        id=new_id(), person_id=actor.person_id, person_name=actor.person_name, duty_id=actor.duty_id, unit_id=actor.unit_id,
        case_id=case_id, what=what, pages=tuple(pages), reason=reason, at=clock.now(),
    )  # fmt: skip


def spool(actor: Actor, case_id: UUID, what: str, *, pages: Sequence[UUID] = (), reason: str = "") -> None:
    """Note that somebody looks at a case, or at pages of its file, on disk before they are shown."""
    row = reading(actor, case_id, what, [str(page) for page in pages], reason)
    line = json.dumps(
        [
            str(row.id), str(row.person_id), row.person_name, str(row.duty_id), str(row.unit_id), str(row.case_id),
            row.what, list(row.pages), row.reason, row.at.isoformat(),
        ],
        ensure_ascii=False,
    )  # fmt: skip
    folder = Path(settings.ANTONG_SPOOL)
    folder.mkdir(parents=True, exist_ok=True)
    _append(folder / f"{os.getpid()}.jsonl", f"{line}\n".encode())


def note_log_read(actor: Actor, which: str, *, taken: bool = False) -> None:
    """Note on disk that somebody looks at a read log, or takes it away: whose log, never what was looked for in it."""
    spool(actor, LOG_READ, f"{which}（导出）" if taken else which)


def spool_use(token_id: UUID) -> None:
    """Note on disk that a system's token is used today."""
    folder = Path(settings.ANTONG_SPOOL)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{token_id}.{clock.today().isoformat()}{USED}").touch(mode=0o600)


def spool_refused(certificate_id: UUID, why: str, address: str) -> None:
    """Note on disk that a registered certificate was shown and signed nobody in, by the code of its refusal."""
    folder = Path(settings.ANTONG_SPOOL)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{certificate_id}.{os.getpid()}.part"
    part.write_text(address, "utf-8")
    part.replace(folder / f"{certificate_id}.{clock.today().isoformat()}.{why}{REFUSED}")


def _post_refused(folder: Path) -> None:
    for path in sorted(folder.glob(f"*{REFUSED}")):
        certificate_id, day, why, _ = path.name.split(".")
        org.note_refused_certificate(
            UUID(certificate_id), date.fromisoformat(day), why=why, address=path.read_text("utf-8")
        )
        path.unlink()


def _post_uses(folder: Path) -> None:
    for path in sorted(folder.glob(f"*{USED}")):
        token_id, day, _ = path.name.split(".")
        org.note_token_use(UUID(token_id), date.fromisoformat(day))
        path.unlink()


def _append(path: Path, line: bytes) -> None:
    """Append under a lock; where the file was taken away meanwhile, to the next one, so that no line is lost."""
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_ino == _inode(path):
                _write_whole(descriptor, line)
                return
        finally:
            os.close(descriptor)


def _write_whole(descriptor: int, line: bytes) -> None:
    """Write a line whole or not at all: on a full disk a part of it may be written, which would spoil the next one."""
    size = os.fstat(descriptor).st_size
    if os.write(descriptor, line) == len(line):
        return
    os.ftruncate(descriptor, size)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _inode(path: Path) -> int | None:
    """Return the inode of what a path names now, in one look: between two looks the file may be taken away."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def post_spooled() -> int:
    """Post what the web processes have spooled to the read log; return how many lines. Posted twice counts once."""
    folder = Path(settings.ANTONG_SPOOL)
    posted = 0
    _post_uses(folder)
    _post_refused(folder)
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        path.rename(path.with_suffix(f".{clock.now().timestamp():.6f}.taken"))
    for taken in sorted(folder.glob("*.taken")) if folder.is_dir() else ():
        with taken.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # whoever still writes to it has the lock
            rows = _readable(file.read().splitlines(), folder)
        with transaction.atomic():
            if rows:
                ledger.log_readings(_together(rows))
        taken.unlink()
        posted += len(rows)
    return posted


def _readable(lines: Sequence[str], folder: Path) -> list[Reading]:
    """Return the readings of lines; one that cannot be read, as after a power cut, is kept aside and said so."""
    rows = []
    for line in lines:
        try:
            rows.append(_parsed(line))
        except (ValueError, TypeError):
            log.error("a line of the spool cannot be read; it is kept in %s", DAMAGED)  # noqa: TRY400 - the line names people
            with (folder / DAMAGED).open("a", encoding="utf-8") as aside:
                aside.write(f"{line}\n")
    return rows


def _together(rows: Sequence[Reading]) -> list[Reading]:
    """Return the readings with the pages that one person read of one file as one row, not a row a page; so of the read log."""
    found: dict[Any, Reading] = {}
    for row in rows:
        many = row.pages or row.case_id == LOG_READ  # a filter is typed letter by letter
        key = (row.person_id, row.duty_id, row.case_id, row.what, row.reason) if many else row.id
        first = found.get(key)
        if first is None:
            found[key] = row
        else:
            found[key] = replace(first, pages=tuple(dict.fromkeys((*first.pages, *row.pages))))
    return list(found.values())


def _parsed(line: str) -> Reading:
    own, person, name, duty, unit, case, what, pages, reason, at = json.loads(line)
    return Reading(
        id=UUID(own), person_id=UUID(person), person_name=name, duty_id=UUID(duty), unit_id=UUID(unit), case_id=UUID(case),
        what=what, pages=tuple(pages), reason=reason, at=datetime.fromisoformat(at),
    )  # fmt: skip


def ticket(actor: Actor, case_id: UUID, pages: Sequence[UUID], what: str, reason: str = "") -> str:
    """Record that somebody opens pages of a file, and return the ticket that serves their images."""
    with transaction.atomic():
        ledger.log_readings([reading(actor, case_id, what, [str(page) for page in pages], reason)])
    return signing.dumps([str(actor.person_id), str(actor.duty_id), str(case_id)], salt=_SALT)


def check_ticket(actor: Actor, case_id: UUID, text: str) -> None:
    """Refuse an image without a ticket of this person, on this duty, for this case."""
    try:
        person, duty, case = signing.loads(text, salt=_SALT, max_age=TICKET_SECONDS)
    except (signing.BadSignature, ValueError):
        raise NotFound from None
    if (person, duty, case) != (str(actor.person_id), str(actor.duty_id), str(case_id)):
        raise NotFound
