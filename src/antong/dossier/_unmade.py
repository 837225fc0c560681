"""What page work has left behind: originals that no job makes images of, files that no row names."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Min

from antong.dossier import _derive
from antong.dossier.models import Blob, Page
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger_actions
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import access as org_access
from antong.org.types import Permission

PART_DAYS, NAMELESS_DAYS = 1, 30
"""How long a file half written, and one that no row names, is kept: a transaction never takes a day, and within a
month whoever has put an older database beside newer files has noticed."""
PATIENCE = timedelta(minutes=15)
"""How long an original may wait for its pages before nobody seems to make them."""


def originals_without_job() -> list[tuple[UUID, datetime]]:
    """Return originals taken in a while ago whose pages wait while no job makes them; one statement, two where any wait."""
    rows = (
        Page.objects.filter(state="waiting", original__uploaded_at__lt=clock.now() - PATIENCE)
        .values("original_id")
        .annotate(at=Min("original__uploaded_at"))
        .order_by("at")
    )
    living = ledger.living_values(_derive.JOB, "original_id") if rows else set()
    return [(row["original_id"], row["at"]) for row in rows if str(row["original_id"]) not in living]


@ledger_actions.acted
def queue_waiting(actor: Actor) -> int:
    """Queue the making of pages that no job makes, on the house's record; return of how many originals. Refuses where none wait."""
    org_access.require(actor, Permission.ORG_MANAGE)
    ids = [own for own, _ in originals_without_job()]
    if not ids:
        raise Refusal(
            "不能重新生成：没有停着的原件。",
            code="nothing-waiting",
            basis=("案通运行规则：有作业在做的原件不重复排队",),
            remedy="刷新运行页看它现在怎样。",
        )
    ledger_actions.record(
        actor, chain_id=SYSTEM_CHAIN, act="dossier.queue-waiting", moment=moment(), subjects=ids,
        after={"originals": len(ids)},
    )  # fmt: skip
    for own in ids:
        ledger_actions.enqueue(_derive.JOB, original_id=str(own))
    return len(ids)


def remove_nameless() -> int:
    """Remove files that a process killed in the middle of an act has left; return how many. A statement a folder."""
    removed, root, now = 0, Path(settings.ANTONG_BLOBS), time.time()
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        old: dict[UUID, Path] = {}
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(OSError, ValueError):  # gone meanwhile, or none of ours
                days = (now - path.stat().st_mtime) / 86400
                if path.suffix == ".part" and days > PART_DAYS:
                    path.unlink()
                    removed += 1
                elif not path.suffix and days > NAMELESS_DAYS:
                    old[UUID(path.name)] = path
        removed += _remove(old, sorted(old))
    return removed


def _remove(old: dict[UUID, Path], ids: Sequence[UUID]) -> int:
    if not ids:
        return 0
    named = set(Blob.objects.filter(id__in=ids).values_list("id", flat=True))
    nameless = [one for one in ids if one not in named]
    for one in nameless:
        old[one].unlink(missing_ok=True)
    return len(nameless)
