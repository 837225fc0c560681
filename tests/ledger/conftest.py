"""What the tests of the room share: somebody who writes, and a forger with the database's keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from antong.kernel.moment import moment
from antong.ledger import actions

Sql = Callable[..., int]


@pytest.fixture
def actor(db: None) -> Any:
    """An investigator."""
    from antong.org import selectors as org

    duty = org.find_duty("zhencha")
    assert duty is not None
    return org.actor_for(duty.person_id, duty.id)


@pytest.fixture
def write(actor: Any) -> Callable[[UUID, int], None]:
    """Writes entries to a chain."""

    def run(chain: UUID, count: int) -> None:
        with transaction.atomic():
            for index in range(count):
                actions.record(
                    actor, chain_id=chain, act=f"test.{index}", moment=moment(), before={"was": index},
                    after={"index": index}, subjects=[chain], law=[{"rule": "r", "article": "第1条"}],
                )  # fmt: skip

    return run


@pytest.fixture
def unguarded() -> Sql:
    """Runs SQL with the triggers off, as a superuser would; returns how many rows it touched."""

    def run(sql: str, *parameters: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql, parameters)
            touched = cursor.rowcount
            cursor.execute("SET LOCAL session_replication_role = origin")
        return touched

    return run


@pytest.fixture
def undone(db: None) -> Callable[[], Any]:
    """A block whose changes of the database are undone at its end."""

    @contextmanager
    def block() -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return block
