"""The worker: runs queued jobs, and returns those whose worker died (at start and every minute)."""

from __future__ import annotations

import asyncio
import logging

from procrastinate import App
from procrastinate.contrib.django import app

from antong.boot import calendars
from antong.kernel.behind import stand_back
from antong.ledger.selectors import STALLED_AFTER

log = logging.getLogger("antong.worker")
EVERY = 60
BEHIND = 10
"""How far it stands back (nice(2)); the parser of pages stands back as far again (dossier/_derive.py)."""


async def _return_stalled(worker_app: App) -> None:
    while True:
        for job in await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
            log.warning("job %s of a dead worker goes back to the queue", job.id)
            await worker_app.job_manager.retry_job(job)
        await asyncio.sleep(EVERY)


async def _work(concurrency: int) -> None:
    with_worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with with_worker.open_async():
        sweep = asyncio.create_task(_return_stalled(with_worker))
        try:
            await with_worker.run_worker_async(
                concurrency=concurrency, install_signal_handlers=True, delete_jobs="successful"
            )
        finally:
            sweep.cancel()


def run(concurrency: int = 2) -> None:
    """Run jobs until told to stop, behind whoever waits for a page or an act."""
    stand_back(BEHIND)
    calendars.follow()
    asyncio.run(_work(concurrency))
