"""Looking around, by the clock: what is stuck, and what waits. `web/standing.py` reads what was seen."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.web import standing

LATE = timedelta(minutes=1)
"""How long a head may be out while entries wait."""
PATIENCE = timedelta(minutes=15)
"""How long a queue or a hand-over may wait before it is called stuck."""
BEHIND = timedelta(seconds=30)
"""How far the ledger may be ahead of the clock."""
CHAINS_EVERY = 3600.0
MOST_JOBS = 1000


def look() -> None:
    """Look at queues, uploads, hand-overs and ledger, and keep what was seen; ten statements, once an hour one more."""
    state = Path(settings.ANTONG_STATE)
    before = standing.kept(state)
    chains, looked = before.get("chains", 0), before.get("chains_at")
    if not isinstance(looked, float) or time.time() - looked > CHAINS_EVERY:
        chains, looked = ledger.lost_chains(), time.time()
    now, uploads = clock.now(), dossier.originals_without_job()
    sent, sent_since = flow.not_entered(PATIENCE)
    failed, stalled, queues = (
        ledger.failed_jobs(most=MOST_JOBS),
        ledger.stalled_jobs(),
        ledger.waiting_by_queue(),
    )
    oldest = ledger.oldest_waiting()
    late = oldest is not None and now - oldest > LATE
    long = [row for row in queues if row.oldest is not None and now - row.oldest > PATIENCE]
    rows = [
        ("failed", len(failed), min((row.since for row in failed if row.since), default=None)),
        ("stalled", len(stalled), min((row.since for row in stalled if row.since), default=None)),
        (
            "queue",
            sum(row.jobs for row in long),
            min((row.oldest for row in long if row.oldest), default=None),
        ),
        ("uploads", len(uploads), uploads[0][1] if uploads else None),
        ("sent", sent, sent_since),
        ("heads", ledger.queue_depth() if late else 0, oldest if late else None),
        ("chains", chains, None),
        ("clock", *_ahead(now)),
    ]
    told = {
        "at": time.time(),
        "chains": chains,
        "chains_at": looked,
        "queues": [[row.queue, row.jobs, row.oldest.timestamp() if row.oldest else None] for row in queues],
        "stuck": [[kind, many, since.timestamp() if since else None] for kind, many, since in rows],
    }
    path = state / standing.FILE
    part = path.with_suffix(".new")
    part.write_text(json.dumps(told))
    part.replace(path)


def _ahead(now: datetime) -> tuple[int, datetime | None]:
    """Return by how many seconds the ledger is ahead of this machine's clock, and since when: a clock was set back."""
    head = ledger.latest_head()
    if head is None or head.made_at - now < BEHIND:
        return 0, None
    return int((head.made_at - now).total_seconds()), head.made_at
