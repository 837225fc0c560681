"""A case that was carried, backed up and restored to another database: the cheap trial of every day.

The long ones, with machines wiped and backups damaged, are in test_backup.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from antong.boot import backup, restore
from antong.demo import carriage
from antong.ledger import selectors as ledger
from antong.ledger import sequencer
from meeting import contents
from restored import empty_database, machine, quiet, standing_on
from walking import hand_over


@pytest.fixture
def other(apart: UUID) -> Iterator[str]:
    """An empty database beside the one that is backed up."""
    with empty_database() as name:
        yield name


def test_a_case_comes_back_with_files_and_heads(
    apart: UUID, other: str, settings: Any, tmp_path: Path
) -> None:
    hand_over(carriage.actors(), apart, "arrest-request")
    sequencer.drain()
    head, rows = ledger.latest_head(), contents()
    key, db = os.urandom(32), connection.settings_dict
    source = machine(Path(settings.ANTONG_STATE), str(db["NAME"]))
    made = backup.backup(source, tmp_path / "backups", key, keys_to=tmp_path / "keys.sealed", tell=quiet)
    assert head is not None
    assert (made.head, made.missing) == (head.number, 0)
    assert made.files >= 2

    target = machine(tmp_path / "to", other)
    target.state.mkdir()
    with standing_on(target, other, settings):
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
