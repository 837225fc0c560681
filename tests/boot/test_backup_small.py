"""A case that was carried, backed up and restored to another database: the cheap trial of every day.

The long ones, with machines wiped and backups damaged, are in test_backup.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from antong.boot import backup, environment, restore
from antong.boot.environment import Environment
from antong.demo import carriage
from antong.ledger import selectors as ledger
from antong.ledger import sequencer
from meeting import contents
from walking import hand_over


def quiet(stage: str, done: int) -> None:
    pass


@pytest.fixture
def other(apart: UUID) -> Iterator[str]:
    """An empty database beside the one that is backed up."""
    db = connection.settings_dict
    name = f"{db['NAME']}_restored"
    address = {"host": db["HOST"], "port": db["PORT"], "user": db["USER"], "password": db["PASSWORD"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **address) as keeper:
        keeper.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        keeper.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')  # type: ignore[arg-type]
        yield name
        connection.close()
        keeper.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


def here(settings: Any, state: Path, database: str) -> Environment:
    db = connection.settings_dict
    url = f"postgresql://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{database}"
    return replace(
        environment.read(), state=state, keys=state / "keys", database_url=url, external=True
    )  # fmt: skip


def test_a_case_comes_back_with_files_and_heads(
    apart: UUID, other: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", os.environ.get("DATABASE_URL", ""))
    hand_over(carriage.actors(), apart, "arrest-request")
    sequencer.drain()
    head, rows = ledger.latest_head(), contents()
    key, db = os.urandom(32), connection.settings_dict
    source = here(settings, Path(settings.ANTONG_STATE), str(db["NAME"]))
    made = backup.backup(source, tmp_path / "backups", key, keys_to=tmp_path / "keys.sealed", tell=quiet)
    assert head is not None
    assert (made.head, made.missing) == (head.number, 0)
    assert made.files >= 2

    target = here(settings, tmp_path / "to", other)
    target.state.mkdir()
    named, connection.settings_dict["NAME"] = str(db["NAME"]), other
    connection.close()
    settings.ANTONG_BLOBS = target.state / "blobs"
    settings.ANTONG_MASTER_KEY, settings.ANTONG_HEAD_KEY = target.keys / "master", target.keys / "head.pem"
    try:
        own, said = restore.restore(
            target, tmp_path / "backups", key, own=None, keys_from=tmp_path / "keys.sealed", tell=quiet
        )
        assert (own, "账本核查通过" in said) == (made.id, True)
        assert ledger.latest_head() == head
        assert contents() == rows
        assert ledger.audit(apart) == []
        files = {
            path.relative_to(target.state) for path in (target.state / "blobs").rglob("*") if path.is_file()
        }
        assert all((source.state / path).read_bytes() == (target.state / path).read_bytes() for path in files)
        assert sequencer.drain() == 0
    finally:
        connection.close()
        connection.settings_dict["NAME"] = named
