"""Looking around, by the clock: what is stuck, and what waits. `web/standing.py` reads what was seen."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.watch import selectors as watch
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
    """Look at queues, uploads, hand-overs and ledger, and keep what was seen; eleven statements, once an hour one more."""
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
        ("watch", *_watch()),
        ("clock", *_ahead(now)),
    ]
    told = {
        "at": time.time(),
        "chains": chains,
        "chains_at": looked,
        "queues": [[row.queue, row.jobs, _stamp(row.oldest)] for row in queues],
        "stuck": [[kind, many, _stamp(since)] for kind, many, since in rows],
    }
    standing.keep(state / standing.FILE, told)


def look_at_store() -> None:
    """Have a probe written to where originals are written and read back, and keep what came of it; one statement.

    It may wait for a place that stalls, so it is done in a thread of its own (`boot/sequencing.py`).
    """
    state = Path(settings.ANTONG_STATE)
    found, before = dossier.store_seen(), standing.store(state)
    now, move = time.time(), found.move
    since = before.since.timestamp() if before is not None and before.since is not None else now
    told = {
        "at": now,
        "place": found.place,
        "word": found.word,
        "bucket": found.bucket,
        "fault": found.fault,
        "since": since if found.fault else None,
        "move": None
        if move is None
        else {
            "done": move.done,
            "total": move.total,
            "copied_bytes": move.copied_bytes,
            "damaged": len(move.damaged),
            "waits": move.waits,
            "finished": _stamp(move.finished_at),
            "emptied": _stamp(move.emptied_at),
            "restored": move.surplus is not None,
        },
    }
    standing.keep(state / standing.STORE_FILE, told)


def _stamp(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp()


def _watch() -> tuple[int, datetime | None]:
    """Return whether nobody watches over those held, and since when."""
    seen = watch.beat()
    return (1, None) if seen is None else (int(seen.silent), seen.at if seen.silent else None)


def _ahead(now: datetime) -> tuple[int, datetime | None]:
    """Return by how many seconds the ledger is ahead of this machine's clock, and since when: a clock was set back."""
    head = ledger.latest_head()
    if head is None or head.made_at - now < BEHIND:
        return 0, None
    return int((head.made_at - now).total_seconds()), head.made_at
