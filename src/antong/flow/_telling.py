"""Telling agencies' systems what happened: each webhook from the place it was told up to, in order, nothing left out."""

from __future__ import annotations

import time

from antong.flow._events import Event, events
from antong.org import actions as org

TOGETHER = 200
PATIENCE = 20.0
"""Seconds after which a webhook that is slow lets others have their turn."""


def tell_webhook() -> bool:
    """Tell one webhook whose turn it is what its unit was not told of; False where there is none to tell.

    Calls are made outside any transaction, and no act waits for one. Eight statements, four more for each call.
    """
    claimed = org.claim_webhook()
    if claimed is None:
        return False
    place, since = claimed.place, time.monotonic()
    rows, seen, _ = events(claimed.unit_id, after=place, most=TOGETHER)
    for row in rows:
        if claimed.types and row.type not in claimed.types:
            continue
        if time.monotonic() - since > PATIENCE:
            seen = place
            break
        if not org.call_webhook(claimed.id, _told(row), before=place):
            return True
        place = row.place
    org.rest_webhook(claimed.id, before=place, place=seen)
    return True


def _told(row: Event) -> org.Told:
    return org.Told(
        id=row.id,
        place=row.place,
        type=row.type,
        at=row.at,
        data={
            "place": row.place,
            "case_id": str(row.case_id),
            "handover_id": str(row.handover_id) if row.handover_id else None,
            "unit_id": str(row.unit_id),
        },
    )
