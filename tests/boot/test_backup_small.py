"""A case that was carried, backed up and restored to another database: the cheap trial of every day.

The long ones, with machines wiped and backups damaged, are in test_backup.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from antong.archive import actions as archive
from antong.boot import backup, destroying, restore
from antong.demo import carriage
from antong.kernel.refusal import Refusal
from antong.ledger import selectors as ledger
from antong.ledger import sequencer
from meeting import contents
from restored import empty_database, machine, quiet, standing_on
from road import later
from walking import hand_over, theft


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


NAME = "令狐既晏"
GROUNDS = archive.Grounds(
    approval_number="青公档销〔2026〕5号", approved_on=date(2026, 11, 1), retention_ended_on=date(2026, 10, 31),
    reason="保管期满",
)  # fmt: skip


def _destroyed(people: dict[str, Any], case_id: UUID) -> None:
    own = archive.propose(people["fazhi"], case_id=case_id, grounds=GROUNDS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM cases_case WHERE id = %s", [case_id])
        number = cursor.fetchone()[0]
    with later(8):
        archive.destroy(people["juzhang"], destruction_id=own, number=number)


def _mentions(name: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        tables = [row[0] for row in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{name}%"])
            found += [table] * bool(cursor.fetchone()[0])
    return found


@pytest.mark.parametrize("known_by", ["a later backup", "the keys", "a file"])
def test_what_was_destroyed_since_is_destroyed_again(
    apart: UUID, other: str, settings: Any, tmp_path: Path, scan: bytes, known_by: str
) -> None:
    """A backup from before a destruction brings back nothing of it, by whichever road the destruction is known."""
    from walking import fill_file

    people = carriage.actors()
    case_id = theft(people, (NAME,))
    hand_over(people, case_id, "filing")
    fill_file(people["zhencha"], case_id, scan)
    hand_over(people, case_id, "case-withdrawal", fields={"withdrawal_reason": "犯罪嫌疑人死亡"})
    sequencer.drain()
    key, db, folder = os.urandom(32), connection.settings_dict, tmp_path / "backups"
    source = machine(Path(settings.ANTONG_STATE), str(db["NAME"]))
    keys_to, list_ = tmp_path / "keys.sealed", tmp_path / "destroyed.jsonl"
    before = backup.backup(source, folder, key, keys_to=keys_to, tell=quiet)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM dossier_blob WHERE dossier_id = %s", [case_id])
        objects = [row[0] for row in cursor.fetchall()]
    assert "cases_party" in _mentions(NAME)
    _destroyed(people, case_id)
    sequencer.drain()
    if known_by == "a later backup":
        backup.backup(source, folder, key, keys_to=None, tell=quiet)
    elif known_by == "the keys":
        backup.backup(source, tmp_path / "elsewhere", key, keys_to=keys_to, tell=quiet)
    else:
        destroying.write(list_, destroying.rows(source.keys))
        (folder / "99991231T000000Z.manifest").write_bytes(b"cut short")
    target = machine(tmp_path / "to", other)
    target.state.mkdir()
    with standing_on(target, other, settings):
        _, said = restore.restore(
            target, folder, key, own=before.id, keys_from=keys_to, tell=quiet,
            destroyed=[list_] if known_by == "a file" else [],
        )  # fmt: skip
        assert "已重新销毁" in said
        assert ("99991231T000000Z 的清单读不出" in said) == (known_by == "a file")
        assert _mentions(NAME) == []
        assert ledger.audit(case_id) == []
        assert not any((target.state / backup.blob_path(own)).exists() for own in objects)
        assert len(destroying.in_file(target.keys / destroying.NAME)) == 1
        assert destroying.again(target) == []


def test_nobody_else_writes_the_list(apart: UUID, settings: Any, tmp_path: Path) -> None:
    """A line that the head key has not signed destroys nothing, and says so: one made up, one changed, one without."""
    people, keys = carriage.actors(), Path(settings.ANTONG_HEAD_KEY).parent
    case_id, living = theft(people, (NAME,)), theft(people, ("百里见山",))
    hand_over(people, case_id, "filing")
    hand_over(people, case_id, "case-withdrawal", fields={"withdrawal_reason": "犯罪嫌疑人死亡"})
    _destroyed(people, case_id)
    (mine,) = destroying.rows(keys)
    target = machine(tmp_path / "to", "none", keys=tmp_path / "keys")
    target.keys.mkdir()
    (target.keys / "head.pem").write_bytes((keys / "head.pem").read_bytes())
    unsigned = {name: value for name, value in mine.items() if name != "signature"}
    for row in ({**mine, "case_id": str(living)}, unsigned, {**mine, "signature": "00" * 64}):
        destroying.write(target.keys / destroying.NAME, [row])
        with pytest.raises(Refusal) as refused:
            destroying.again(target)
        assert refused.value.code == "destroyed-forged"
    assert "cases_party" in _mentions("百里见山")
    (target.keys / "head.pem").unlink()
    assert len(destroying.for_backup(tmp_path, b"0" * 32, target.keys, signs=False)) == 1
    (target.keys / "head.pem").write_bytes((keys / "head.pem").read_bytes())
    destroying.write(target.keys / destroying.NAME, [mine])
    assert destroying.again(target) == []


@pytest.mark.parametrize("text", ["{", "[]", "3", '{"id": 5}', "\udcff"])
def test_a_list_that_cannot_be_read_says_which(tmp_path: Path, text: str) -> None:
    path = tmp_path / destroying.NAME
    path.write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(Refusal) as refused:
        destroying.in_file(path)
    assert refused.value.code == "destroyed-line"
    assert str(path) in str(refused.value)


def test_a_restore_without_any_word_of_it_brings_it_back(
    apart: UUID, other: str, settings: Any, tmp_path: Path
) -> None:
    """What the documents say plainly: a destruction that none of the three knows of is not repeated."""
    people = carriage.actors()
    case_id = theft(people, (NAME,))
    hand_over(people, case_id, "filing")
    hand_over(people, case_id, "case-withdrawal", fields={"withdrawal_reason": "犯罪嫌疑人死亡"})
    key, db = os.urandom(32), connection.settings_dict
    source = machine(Path(settings.ANTONG_STATE), str(db["NAME"]))
    backup.backup(source, tmp_path / "backups", key, keys_to=tmp_path / "keys.sealed", tell=quiet)
    _destroyed(people, case_id)
    target = machine(tmp_path / "to", other)
    target.state.mkdir()
    with standing_on(target, other, settings):
        restore.restore(
            target, tmp_path / "backups", key, own=None, keys_from=tmp_path / "keys.sealed", tell=quiet
        )
        assert "cases_party" in _mentions(NAME)
