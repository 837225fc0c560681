"""Several people at once, on connections of their own; and a connection that is cut in the middle of an act."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DatabaseError, OperationalError, connection, transaction


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run jobs in as many threads, all let go together; return what each returned or raised, in order."""
    gate = threading.Barrier(len(jobs))
    found: list[Any] = [None] * len(jobs)

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            gate.wait(60)
            found[index] = jobs[index]()
        except Exception as problem:  # noqa: BLE001 - it is what the test looks at
            found[index] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    return found


@contextmanager
def beside() -> Iterator[psycopg.Connection[Any]]:
    """Another connection to the same database, that commits each statement."""
    db = connection.settings_dict
    with psycopg.connect(
        dbname=db["NAME"],
        host=db["HOST"],
        port=db["PORT"],
        user=db["USER"],
        password=db["PASSWORD"],
        autocommit=True,
    ) as other:
        yield other


def backend() -> int:
    """Return the process id of this thread's connection in the database server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


class Counted:
    """Counts the statements of an act, and may do something before one of them (an execute wrapper of Django)."""

    def __init__(self, at: int = 0, then: Callable[[], Any] | None = None) -> None:
        self.at, self.then, self.seen = at, then, 0

    def __call__(self, execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        if not str(sql).startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.seen += 1
            if self.then is not None and self.seen == self.at:
                self.then()
        return execute(sql, parameters, many, context)


def statements(act: Callable[[], Any]) -> int:
    """Return how many statements an act takes; what it did is undone."""
    counted = Counted()
    with transaction.atomic():
        with connection.execute_wrapper(counted):
            act()
        transaction.set_rollback(True)
    return counted.seen


def cut(act: Callable[[], Any], before: int) -> BaseException | None:
    """Do an act and end its connection, from another one, before its nth statement; 0 means before its commit.

    Returns what it raised, or None where it ended before that statement.
    """
    connection.ensure_connection()
    pid = backend()
    with beside() as other:

        def end() -> None:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

        def end_and_commit() -> None:
            end()
            real_commit()

        real_commit = connection.commit
        if before == 0:
            connection.commit = end_and_commit  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(Counted(before, end)):
                act()
        except DatabaseError as problem:
            return problem
        finally:
            if before == 0:
                del connection.commit
            connection.close()
    return None


def lost_answer(act: Callable[[], Any]) -> BaseException | None:
    """Do an act whose commit is done and whose answer is lost: the connection ends before it arrives."""
    connection.ensure_connection()
    real_commit = connection.commit

    def commit() -> None:
        real_commit()
        raise OperationalError("the connection was lost while the answer was on its way")

    connection.commit = commit  # type: ignore[method-assign]
    try:
        act()
    except DatabaseError as problem:
        return problem
    finally:
        del connection.commit
        connection.close()
    return None


def contents() -> dict[str, str]:
    """Return a digest of each table that acts write, as committed: whatever was half done would show."""
    rooms = ("flow_%", "cases_%", "dossier_%", "ledger_%", "org_notice%", "procrastinate_jobs")
    with beside() as other:
        names = [
            row[0]
            for room in rooms
            for row in other.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE %s", [room]
            )
        ]
        return {
            name: str(
                other.execute(
                    f"SELECT md5(COALESCE(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {name} t"  # type: ignore[arg-type]
                ).fetchone()
            )
            for name in names
        }
