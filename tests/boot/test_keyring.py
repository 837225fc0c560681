"""The keys that a backup needs: said when they are lost, or kept nowhere else; words of a restore with wrong ones."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from antong.boot import backup, keyring, restore, sealing
from antong.boot.backup import Made
from antong.boot.environment import Environment
from antong.demo import carriage
from antong.kernel.refusal import Refusal
from antong.ledger import sequencer
from restored import machine, quiet
from walking import hand_over


@pytest.fixture
def source(apart: UUID, settings: Any) -> Iterator[Environment]:
    """A machine with a file and a signed head, its keys where the tests keep theirs."""
    hand_over(carriage.actors(), apart, "arrest-request")
    sequencer.drain()
    state = Path(settings.ANTONG_STATE)
    (state / keyring.APART).unlink(missing_ok=True)  # of a test before, in the same session
    yield machine(state, str(connection.settings_dict["NAME"]), keys=Path(settings.ANTONG_MASTER_KEY).parent)
    (state / keyring.APART).unlink(missing_ok=True)


def made(source: Environment, folder: Path, key: bytes, keys_to: Path | None = None) -> Made:
    return backup.backup(source, folder, key, keys_to=keys_to, tell=quiet)


def test_keys_kept_nowhere_else_are_warned_of_until_a_copy_is_made(
    source: Environment, tmp_path: Path
) -> None:
    key, folder = os.urandom(32), tmp_path / "backups"
    (words,) = made(source, folder, key).warned
    assert str(source.keys) in words
    assert "--keys-to" in words
    assert made(source, folder, key, tmp_path / "away" / "keys.sealed").warned == ()
    assert made(source, folder, key).warned == (), "a copy of these keys is kept"


def test_lost_and_unreadable_keys_are_said_and_never_written_over_good_ones(
    source: Environment, settings: Any, tmp_path: Path
) -> None:
    key, folder, empty = os.urandom(32), tmp_path / "backups", tmp_path / "keys"
    empty.mkdir()
    was = settings.ANTONG_MASTER_KEY, settings.ANTONG_HEAD_KEY
    settings.ANTONG_MASTER_KEY, settings.ANTONG_HEAD_KEY = empty / "master", empty / "head.pem"
    bare = machine(source.state, str(connection.settings_dict["NAME"]), keys=empty)
    lost = made(bare, folder, key).lost
    assert [name in words for name, words in zip(keyring.KEYS, sorted(lost), strict=True)] == [True, True]
    assert all("不见了" in words for words in lost)
    with pytest.raises(Refusal, match="不齐"):
        made(bare, folder, key, tmp_path / "keys.sealed")
    assert not (tmp_path / "keys.sealed").exists()
    (empty / "master").write_bytes(b"x" * 32)
    assert any("不是锁住这些卷宗的那一把" in words for words in made(bare, folder, key).lost)
    settings.ANTONG_MASTER_KEY, settings.ANTONG_HEAD_KEY = was
    assert made(source, folder, key).lost == ()


def test_keys_are_kept_apart_from_the_key_that_opens_them(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="同一个目录"):
        keyring.refuse_beside(tmp_path / "keys.sealed", tmp_path / "backup.key")
    keyring.refuse_beside(tmp_path / "away" / "keys.sealed", tmp_path / "backup.key")
    assert keyring.beside_backups(tmp_path, tmp_path / "backup.key")
    assert not keyring.beside_backups(tmp_path / "backups", tmp_path / "backup.key")


def test_a_restore_says_which_key_is_wrong_and_what_to_do(source: Environment, tmp_path: Path) -> None:
    key, folder, sealed = os.urandom(32), tmp_path / "backups", tmp_path / "keys.sealed"
    made(source, folder, key, sealed)
    with pytest.raises(Refusal, match="没有一次是用这一把备份密钥封的"):
        restore.choose(folder, os.urandom(32), None)
    manifest = restore.choose(folder, key, None)
    to = machine(tmp_path / "to", "none")
    for wrong in (tmp_path / "none.sealed", folder / f"{manifest['id']}.manifest"):
        with pytest.raises(Refusal, match="打不开") as refused:
            restore.bring_keys(to, key, manifest, wrong)
        assert str(wrong) in refused.value.what
        assert "--keys-to" in refused.value.remedy
    sealing.seal(key, "keys", [json.dumps({"master": "AAAA"}).encode()], tmp_path / "other.sealed")
    with pytest.raises(Refusal) as refused:
        restore.bring_keys(to, key, manifest, tmp_path / "other.sealed")
    said = " ".join(refused.value.items)
    assert "other.sealed 里的这一把不是" in said
    assert "head.pem 没有" in said
    to.keys.mkdir(parents=True)
    (to.keys / "head.pem").write_bytes(b"no key")
    with pytest.raises(Refusal) as refused:
        restore.bring_keys(to, key, manifest, sealed)
    assert f"{to.keys / 'head.pem'} 不是这个备份的；本机已有的先于" in refused.value.items[0]
    (to.keys / "head.pem").unlink()
    restore.bring_keys(to, key, manifest, sealed)
    assert (to.keys / "master").read_bytes() == (source.keys / "master").read_bytes()
