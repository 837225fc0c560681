"""Readings are recorded: pages of a file against a ticket from a recorded POST; other readings through a spool.

A GET writes nothing to the database, so the reading of a case page goes to a local file at once, and the
sequencer's process posts it to the read log.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound
from antong.ledger import actions as ledger
from antong.ledger.types import Reading

TICKET_SECONDS = 12 * 3600
_SALT = "antong.reading"


def reading(actor: Actor, case_id: UUID, what: str, pages: Sequence[str] = (), reason: str = "") -> Reading:
    """Return a reading of now."""
    return Reading(
        person_id=actor.person_id, person_name=actor.person_name, duty_id=actor.duty_id, unit_id=actor.unit_id,
        case_id=case_id, what=what, pages=tuple(pages), reason=reason, at=clock.now(),
    )  # fmt: skip


def spool(actor: Actor, case_id: UUID, what: str) -> None:
    """Note that somebody looks at a case, on disk before the page is shown."""
    row = reading(actor, case_id, what)
    folder = Path(settings.ANTONG_SPOOL)
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps(
        [
            str(row.person_id), row.person_name, str(row.duty_id), str(row.unit_id), str(row.case_id), row.what,
            row.at.isoformat(),
        ],
        ensure_ascii=False,
    )  # fmt: skip
    with (folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def post_spooled() -> int:
    """Post what the web processes have spooled to the read log; return how many readings."""
    folder = Path(settings.ANTONG_SPOOL)
    posted = 0
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        taken = path.with_suffix(f".{clock.now().timestamp():.6f}.taken")
        path.rename(taken)
    for taken in sorted(folder.glob("*.taken")) if folder.is_dir() else ():
        rows = [_parsed(line) for line in taken.read_text("utf-8").splitlines() if line.endswith("]")]
        with transaction.atomic():
            if rows:
                ledger.log_readings(rows)
        taken.unlink()
        posted += len(rows)
    return posted


def _parsed(line: str) -> Reading:
    person, name, duty, unit, case, what, at = json.loads(line)
    return Reading(
        person_id=UUID(person), person_name=name, duty_id=UUID(duty), unit_id=UUID(unit), case_id=UUID(case),
        what=what, at=datetime.fromisoformat(at),
    )  # fmt: skip


def ticket(actor: Actor, case_id: UUID, pages: Sequence[UUID], what: str, reason: str = "") -> str:
    """Record that somebody opens pages of a file, and return the ticket that serves their images."""
    with transaction.atomic():
        ledger.log_readings([reading(actor, case_id, what, [str(page) for page in pages], reason)])
    return signing.dumps([str(actor.person_id), str(case_id)], salt=_SALT)


def check_ticket(actor: Actor, case_id: UUID, text: str) -> None:
    """Refuse an image without a ticket of this person for this case."""
    try:
        person, case = signing.loads(text, salt=_SALT, max_age=TICKET_SECONDS)
    except (signing.BadSignature, ValueError):
        raise NotFound from None
    if person != str(actor.person_id) or case != str(case_id):
        raise NotFound
