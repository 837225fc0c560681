"""What page work has left behind: originals that no job makes images of, files that no row names."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Min

from antong.dossier import _derive, _where
from antong.dossier.models import Blob, Page
from antong.dossier.places import S3
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
    """Remove objects that a process killed in the middle of an act has left, in every place; return how many.

    In a bucket those alone that were written since it is ours. A statement for a thousand old objects. Raises StoreAway.
    """
    removed, before = 0, (time.time() - NAMELESS_DAYS * 86400) * 1e9
    for place in _where.places():
        since = 0.0
        if place.name == S3:
            ours = _where.bucket_since()
            if ours is None:
                continue
            since = ours.timestamp() * 1e9
        removed += place.sweep(timedelta(days=PART_DAYS))
        old = (row.id for row in place.names() if since <= row.at_ns < before)
        while ids := list(islice(old, 1000)):
            named = set(Blob.objects.filter(id__in=ids).values_list("id", flat=True))
            for own in ids:
                if own not in named:
                    place.remove(own)
                    removed += 1
    return removed
