"""Originals of a bucket backed up, and restored straight into a bucket: read back, compared, gone on with, nothing written over."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from antong.boot import backup, founding, restore, restoring, sealing
from antong.boot.environment import Environment
from antong.dossier import _unmade, _where, actions, selectors
from antong.dossier.models import Blob, Move
from antong.dossier.places import PROBE, Bucket, Place, s3
from antong.kernel.ids import new_id
from antong.kernel.refusal import Refusal
from antong.ledger import selectors as ledger
from antong.ledger import sequencer
from antong.ledger.types import SYSTEM_CHAIN
from meeting import contents
from originals import begin, carried, ids, read
from restored import empty_database, machine, quiet, standing_on

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("s3"), pytest.mark.usefixtures("quick_moves")]


@dataclass
class Saved:
    """A house whose originals lay in the bucket alone, and its backup."""

    source: Environment
    database: str
    folder: Path
    key: bytes
    keys: Path
    known: dict[UUID, bytes]
    rows: Any
    files: int

    def restore(self, target: Environment, **options: Any) -> str:
        (target.state).mkdir(exist_ok=True)
        _, said = restore.restore(
            target, self.folder, self.key, own=None, keys_from=self.keys, tell=quiet, **options
        )
        return said

    def object_of(self, own: UUID) -> Path:
        """Return which file of the backup holds an original."""
        newest = restoring.newest(self.folder)
        assert newest is not None
        manifest = restoring.manifest_of(self.folder, self.key, newest)
        (row,) = [row for row in manifest["files"] if row["path"] == backup.blob_path(own)]
        return restoring.object_path(self.folder, row["object"])


@pytest.fixture
def saved(apart: UUID, with_bucket: Bucket, settings: Any, tmp_path: Path) -> Saved:
    state = tmp_path / "from"
    shutil.copytree(Path(settings.ANTONG_STATE) / "blobs", state / "blobs")
    settings.ANTONG_BLOBS = state / "blobs"
    known = {row.id: read(row.id) for row in Blob.objects.all()}
    assert len(known) > 10
    carried(begin("s3"))
    list(actions.empty_old(founding.operator()))
    shutil.rmtree(state / "blobs")  # what other tests have left there
    sequencer.drain()
    name, key, folder = str(connection.settings_dict["NAME"]), os.urandom(32), tmp_path / "backups"
    source = machine(state, name, keys=Path(settings.ANTONG_MASTER_KEY).parent, s3=with_bucket)
    made = backup.backup(source, folder, key, keys_to=tmp_path / "keys.sealed", tell=quiet)
    assert (made.missing, made.files, made.new) == (0, len(known), len(known))
    again = backup.backup(source, folder, key, keys_to=None, tell=quiet)
    assert (again.files, again.new) == (len(known), 0)
    return Saved(source, name, folder, key, tmp_path / "keys.sealed", known, contents(), made.files)


@pytest.fixture
def other(saved: Saved) -> Iterator[str]:
    with empty_database() as name:
        yield name


def elsewhere(saved: Saved, state: Path, database: str, prefix: str) -> tuple[Environment, Place]:
    """A machine that has the same bucket, below another prefix."""
    assert saved.source.s3 is not None
    there = replace(saved.source.s3, prefix=prefix)
    return machine(state, database, s3=there), s3.place(there)


def test_straight_into_a_bucket_and_no_byte_on_the_disk(
    saved: Saved, other: str, settings: Any, tmp_path: Path
) -> None:
    target, place = elsewhere(saved, tmp_path / "to", other, "again/")
    with standing_on(target, other, settings):
        assert "账本核查通过" in saved.restore(target, to="s3")
        assert contents() == saved.rows
        assert ids(place) == set(saved.known)
        assert not [path for path in (target.state / "blobs").rglob("*") if path.is_file()]
        assert {own: read(own) for own in saved.known} == saved.known
        assert (selectors.store_fault(), _where.recorded()) == ("", "s3")
        assert not restoring.marked(target)
        once_more = backup.backup(target, saved.folder, saved.key, keys_to=None, tell=quiet)
        assert (once_more.new, once_more.missing) == (0, 0), "what is known is not kept twice"


def test_what_is_in_the_way_or_damaged_is_refused_and_the_same_command_goes_on(
    saved: Saved, other: str, settings: Any, tmp_path: Path
) -> None:
    target, place = elsewhere(saved, tmp_path / "to", other, "again/")
    with standing_on(target, other, settings):
        with pytest.raises(Refusal, match="没有设 S3 存储"):
            saved.restore(replace(target, s3=None), to="s3")
        with pytest.raises(Refusal, match="里已有原件"):
            saved.restore(replace(target, s3=saved.source.s3), to="s3")
        assert not restoring.marked(target)
        bad = sorted(saved.known)[3]
        sealed = saved.object_of(bad)
        good = sealed.read_bytes()
        sealed.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(sealing.Damaged, match=sealed.name):
            saved.restore(target, to="s3")
        assert bad not in ids(place), "what is damaged is not kept"
        assert restoring.marked(target)
        sealed.write_bytes(good)
        own = min(saved.known)
        with place.open(own) as found:
            brought = found.read(1 << 30)
        place.remove(own)
        place.put(own, [b"x" * len(brought)], len(brought))
        with pytest.raises(Refusal, match="与备份的不同"):
            saved.restore(target, to="s3")
        place.remove(own)
        assert "账本核查通过" in saved.restore(target, to="s3")
        assert {own: read(own) for own in saved.known} == saved.known


def test_the_bucket_of_the_lost_machine_is_taken_over(
    saved: Saved, other: str, settings: Any, tmp_path: Path
) -> None:
    assert saved.source.s3 is not None
    place = s3.place(saved.source.s3)
    lost = sorted(saved.known)[2]
    before = {row.id: row.at_ns for row in place.names()}
    place.remove(lost)
    target = machine(tmp_path / "to", other, s3=saved.source.s3)
    with standing_on(target, other, settings):
        saved.restore(target, to="s3", take_over=True)
        after = {row.id: row.at_ns for row in place.names()}
        assert set(after) == set(before)
        assert {own for own in after if after[own] != before[own]} <= {lost}, (
            "only what was missing is written"
        )
        assert {own: read(own) for own in saved.known} == saved.known


def test_what_the_lost_machine_wrote_after_the_backup_stays_in_its_bucket(
    saved: Saved, other: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saved.source.s3 is not None
    place = s3.place(saved.source.s3)
    later = {new_id() for _ in range(3)}
    for own in later:
        place.put(own, [b"written after the backup"], 24)
    target = machine(tmp_path / "to", other, s3=saved.source.s3)
    with standing_on(target, other, settings):
        saved.restore(target, to="s3", take_over=True)
        row = Move.objects.order_by("began_at").last()
        assert row is not None
        assert (row.target, row.surplus, row.done) == ("s3", 3, len(saved.known))
        assert ledger.entries(SYSTEM_CHAIN, most=1)[0].act == "dossier.restored-originals"
        time.sleep(1.1)  # a bucket knows seconds
        ours = new_id()
        place.put(ours, [b"left by a killed process"], 24)
        time.sleep(1.1)
        monkeypatch.setattr(_unmade, "NAMELESS_DAYS", 0)
        assert actions.remove_nameless() == 1
        assert ids(place) == set(saved.known) | later


def test_a_bucket_that_mostly_holds_what_is_not_in_the_backup_is_not_taken_over(
    saved: Saved, other: str, settings: Any, tmp_path: Path
) -> None:
    target, place = elsewhere(saved, tmp_path / "to", other, "theirs/")
    theirs = {new_id() for _ in range(2)}
    for own in theirs:
        place.put(own, [b"an original of another instance"], 31)
    with standing_on(target, other, settings):
        with pytest.raises(Refusal, match="看来不是丢失的那台机器的桶"):
            saved.restore(target, to="s3", take_over=True)
        assert not restoring.marked(target)
        assert ids(place) == theirs


def test_a_restore_to_the_disk_that_was_broken_off_does_not_go_on_in_a_bucket(
    saved: Saved, other: str, settings: Any, tmp_path: Path
) -> None:
    target, place = elsewhere(saved, tmp_path / "to", other, "theirs/")
    theirs = new_id()
    place.put(theirs, [b"an original of another instance"], 31)
    sealed = saved.object_of(max(saved.known))
    good = sealed.read_bytes()
    sealed.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with standing_on(target, other, settings):
        with pytest.raises(sealing.Damaged):
            saved.restore(target)
        sealed.write_bytes(good)
        with pytest.raises(Refusal, match="不是S3 存储"):
            saved.restore(target, to="s3")
        assert ids(place) == {theirs}
        saved.restore(target)
        assert {own: read(own) for own in saved.known} == saved.known


def test_gone_on_with_it_holds_nothing_but_what_the_backup_names(
    saved: Saved, other: str, settings: Any, tmp_path: Path
) -> None:
    target, place = elsewhere(saved, tmp_path / "to", other, "again/")
    sealed = saved.object_of(max(saved.known))
    good = sealed.read_bytes()
    sealed.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with standing_on(target, other, settings):
        with pytest.raises(sealing.Damaged):
            saved.restore(target, to="s3")
        sealed.write_bytes(good)
        theirs, probe = new_id(), new_id()
        place.put(theirs, [b"somebody has come here meanwhile"], 32)
        place.put(probe, [PROBE], len(PROBE))  # what a killed doctor leaves is in nobody's way
        with pytest.raises(Refusal, match="1 件不在这个备份里"):
            saved.restore(target, to="s3")
        place.remove(theirs)
        assert "账本核查通过" in saved.restore(target, to="s3")


def test_to_the_disk_of_a_machine_without_a_bucket(
    saved: Saved, other: str, settings: Any, tmp_path: Path
) -> None:
    target = machine(tmp_path / "to", other, s3=None)
    with standing_on(target, other, settings):
        saved.restore(target)
        assert {own: read(own) for own in saved.known} == saved.known
        assert (selectors.store_fault(), _where.recorded()) == ("", "disk"), "writes go where it was brought"
        row = Move.objects.order_by("began_at").last()
        assert row is not None
        assert (row.surplus, row.done, row.damaged, row.emptied_at) == (0, len(saved.known), [], None)
        assert not Move.objects.filter(finished_at=None).exists()
        assert ledger.entries(SYSTEM_CHAIN, most=1)[0].act == "dossier.restored-originals"
