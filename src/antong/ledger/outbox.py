"""The queue of what must happen next: rows of the same database, written in the caller's transaction.

The only file, beside the worker's entry point in `boot`, that knows the queue library (procrastinate).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import OperationalError, connection
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from antong.ledger import spans
from antong.ledger.types import StuckJob, Waiting

_registered: dict[str, str] = {}
STALLED_AFTER = 60
"""Seconds without a sign of life after which a worker counts as dead."""


def enqueue(job: str, *, lock: str | None = None, delay_seconds: int = 0, **args: str | int) -> None:
    """Queue a job by name with ids as arguments; it exists if and only if the caller commits; one statement.

    Jobs of the same `lock` never run at once. Raises OperationalError where the connection is lost, as every
    other statement does.
    """
    options: dict[str, Any] = {"name": job, "lock": lock}
    if delay_seconds:
        options["schedule_in"] = {"seconds": delay_seconds}
    try:
        app.configure_task(**options).defer(**args)
    except ConnectorException as problem:
        if isinstance(problem.__cause__, psycopg.OperationalError):
            raise OperationalError(str(problem.__cause__)) from problem.__cause__
        raise


def job(
    name: str, *, retries: int = 5, wait: int = 5, give_up: Callable[..., None] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a job: tried again `retries` times, waiting `wait` seconds and doubling.

    `give_up` is called with the job's arguments when the last try has failed too, so that nobody waits for it.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        def run(context: JobContext, /, **args: Any) -> None:
            number = context.job.id if context.job is not None else None
            try:
                with spans.span("job", name, {"job": number or 0}):
                    function(**args)
            except Exception:
                if give_up is not None and context.job is not None and context.job.attempts >= retries:
                    give_up(**args)
                raise

        app.task(
            name=name,
            retry=RetryStrategy(max_attempts=retries, exponential_wait=wait),
            queue="default",
            pass_context=True,
        )(run)
        _registered[name] = f"{function.__module__}.{function.__qualname__}"
        return function

    return register


def waiting_jobs() -> dict[str, int]:
    """Return how many jobs are in the queue by how they stand; one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")
        return dict(cursor.fetchall())


_FAILED = """
SELECT j.id, j.task_name, j.args, j.attempts, (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'failed')
FROM procrastinate_jobs j WHERE j.status = 'failed' ORDER BY j.id DESC LIMIT %s
"""
_STALLED = """
SELECT j.id, j.task_name, j.args, j.attempts, w.last_heartbeat
FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %s)) ORDER BY j.id LIMIT 50
"""
_WAITING = """
SELECT j.queue_name, count(*), min(COALESCE(j.scheduled_at, e.at))
FROM procrastinate_jobs j LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'
WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now()) GROUP BY j.queue_name ORDER BY j.queue_name
"""


def _stuck(query: str, value: int) -> list[StuckJob]:
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
        return [
            StuckJob(id=own, name=name, args=_plain(args), attempts=attempts, since=since)
            for own, name, args, attempts, since in cursor.fetchall()
        ]


def _plain(args: Any) -> dict[str, Any]:
    return dict(json.loads(args) if isinstance(args, str) else args)


def failed_jobs(*, most: int = 50) -> list[StuckJob]:
    """Return the jobs whose last try has failed, newest first; one statement."""
    return _stuck(_FAILED, most)


def stalled_jobs() -> list[StuckJob]:
    """Return the jobs that a worker has begun who gives no sign of life any more; one statement."""
    return _stuck(_STALLED, STALLED_AFTER)


def waiting_by_queue() -> list[Waiting]:
    """Return what waits in each queue; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return [Waiting(queue=queue, jobs=jobs, oldest=oldest) for queue, jobs, oldest in cursor.fetchall()]


def living_values(name: str, argument: str) -> set[str]:
    """Return the values of an argument of the jobs of a name that wait or run; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>%s FROM procrastinate_jobs WHERE task_name = %s AND status IN ('todo', 'doing')",
            [argument, name],
        )
        return {row[0] for row in cursor.fetchall() if row[0] is not None}


def run_again(job_id: int) -> StuckJob | None:
    """Queue a failed job once more, in the caller's transaction; None where there is none that has failed; one statement."""
    if not 0 < job_id < 1 << 63:
        return None
    found = _stuck(
        "UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = NULL WHERE id = %s AND status = 'failed'"
        " RETURNING id, task_name, args, attempts, NULL::timestamptz",
        job_id,
    )
    return found[0] if found else None


def registered() -> dict[str, str]:
    """Return the names of all registered jobs, with where they are."""
    return dict(_registered)
