"""The queue of what must happen next: rows of the same database, written in the caller's transaction.

The only file, beside the worker's entry point in `boot`, that knows the queue library (procrastinate).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import OperationalError, connection
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

_registered: dict[str, str] = {}


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
            try:
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


def registered() -> dict[str, str]:
    """Return the names of all registered jobs, with where they are."""
    return dict(_registered)
