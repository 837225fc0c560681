"""`antong store` as it is typed: what it says, how it ends."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

import s3server
from antong.boot import cli, storing
from antong.dossier import _where
from antong.dossier.models import Blob, Move
from antong.dossier.places import Bucket
from originals import carried, ids, some

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types `antong store …`; returns the code it ends with, and what it says."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["antong", "store", *words])
        try:
            code = cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.django_db
def test_where_there_is_no_bucket(typed: Typed, settings: Any, tmp_path: Path) -> None:
    settings.ANTONG_S3, settings.ANTONG_BLOBS = None, tmp_path / "blobs"
    assert typed("status") == (0, "原件写在：本机磁盘\n读写正常\n", "")
    for words, said in (
        (("move", "--to", "s3"), "ANTONG_S3_ENDPOINT"),
        (("move", "--to", "disk"), "原件已在本机磁盘"),
        (("empty", "--yes"), "没有移动完的"),
    ):
        code, _, err = typed(*words)
        assert code == 1, words
        assert said in err
        assert "怎样补：" in err
    assert not Move.objects.exists()
    assert typed("move")[0] == 2
    assert typed("move", "--to", "tape")[0] == 2
    (tmp_path / "blobs").rename(tmp_path / "gone")
    (tmp_path / "blobs").write_text("a file where the folder was")
    code, out, _ = typed("status")
    assert code == 1
    assert "写不进去" in out


@pytest.mark.full
@pytest.mark.xdist_group("s3")
@pytest.mark.usefixtures("quick_moves")
def test_there_followed_emptied_and_the_server_away(
    apart: UUID,
    with_bucket: Bucket,
    server: s3server.Server,
    typed: Typed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE dossier_blob CASCADE")
    some(12)
    monkeypatch.setattr(storing, "LOOK_SECONDS", 0.05)
    code, out, _ = typed("move", "--to", "s3", "--no-wait")
    assert code == 0
    assert "写到新位置" in out
    code, out, _ = typed("status")
    assert code == 0
    assert "原件写在：S3 存储\n0 / 12 件" in out
    assert "移动中\n读写正常" in out
    row = Move.objects.get()

    def work() -> None:
        try:
            carried(row.id)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    code, out, _ = typed("move", "--to", "s3", "--rate", "50")
    worker.join()
    assert code == 0, out
    assert "12 / 12 件" in out
    assert "移动完毕，数据库里的每一件都在新位置" in out
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert typed("empty")[0] == 1
    assert len(ids(_where.named("disk"))) == 12
    assert "已移完，原处未清空" in typed("status")[1]
    assert typed("empty", "--yes") == (0, "原处清去 12 件。\n", "")
    assert ids(_where.named("disk")) == set()
    assert "已移完，原处已清空" in typed("status")[1]
    server.stop()
    try:
        code, out, _ = typed("status")
        assert code == 1
        assert "没有应答" in out
        code, _, err = typed("empty", "--yes")
        assert code == 1
        assert "没有应答" in err
        assert "Traceback" not in err
    finally:
        server.start()
    assert typed("status")[0] == 0, "it is asked anew by whoever looks, whatever rest was taken"
    assert len(ids(_where.named("s3"))) == Blob.objects.count()
