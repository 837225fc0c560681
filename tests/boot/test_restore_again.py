"""A restore that was broken off goes on where it was begun, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from antong.boot import environment, restore, restoring
from antong.dossier.places import Bucket
from antong.kernel.refusal import Refusal

OURS = Bucket(endpoint="https://s3.example.gov.cn", name="originals", prefix="sz/")


def test_only_to_the_place_of_the_first_time(tmp_path: Path) -> None:
    env = replace(environment.read({"ANTONG_STATE": str(tmp_path)}), s3=OURS)
    disk, bucket = (restore.begun(env, "b1", to, take_over=False) for to in ("disk", "s3"))
    assert restore.refuse_full(env, disk) is None
    restoring.mark(env, disk)
    assert restore.refuse_full(env, disk) == disk
    with pytest.raises(Refusal, match="恢复到本机磁盘，不是S3 存储（"):
        restore.refuse_full(env, bucket)
    with pytest.raises(Refusal, match="没有做完的恢复（b1）"):
        restore.refuse_full(env, replace(disk, backup="b2"))
    (tmp_path / restoring.MARKER).unlink()
    restoring.mark(env, bucket)
    for other in ({"name": "theirs"}, {"prefix": ""}, {"endpoint": "https://s3.example.org"}):
        there = replace(env, s3=replace(OURS, **other))
        with pytest.raises(Refusal, match="不是S3 存储"):
            restore.refuse_full(there, restore.begun(there, "b1", "s3", take_over=True))
    assert restore.refuse_full(env, bucket) == bucket


def test_a_marker_of_the_release_before_is_of_a_restore_to_the_disk(tmp_path: Path) -> None:
    env = environment.read({"ANTONG_STATE": str(tmp_path)})
    (tmp_path / restoring.MARKER).write_text("20261126T010203000000Z-abcdef\n")
    assert restoring.marked(env) == restoring.Mark(backup="20261126T010203000000Z-abcdef", to="disk")
