"""Where originals lie and whether that place answers: one looking, told alike by page, command, figures and `/readyz`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from antong.boot import environment, operations
from antong.dossier import _where, actions
from antong.dossier.models import Blob, Move
from antong.dossier.places import Bucket
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.web import looking, standing
from s3server import free_ports

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-a-realistic-length-0123456789"
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def state(passwords: dict[str, str], settings: Any, tmp_path: Path) -> Path:
    settings.ANTONG_STATE, settings.ANTONG_BLOBS, settings.ANTONG_S3 = tmp_path, tmp_path / "blobs", None
    _where.forget()
    return tmp_path


def moved(**facts: Any) -> Move:
    now = clock.now()
    given = {"target": "s3", "person_id": uuid4(), "began_at": now, "seen_at": now, "total": 40}
    return Move.objects.create(**given | facts)


def seen(state: Path) -> standing.Store:
    looking.look_at_store()
    found = standing.store(state)
    assert found is not None
    return found


def told(state: Path, sign_in: SignIn) -> dict[str, str]:
    """What each says: the page to an officer and to the system administrator, the command, the figures."""
    row = {"name": "web", "alive": True, "pid": os.getpid(), "starts": 1, "since": time.time()}
    (state / "status.json").write_text(
        json.dumps({"at": time.time(), "supervisor": os.getpid(), "processes": [row]})
    )
    found = operations.status(environment.read({"ANTONG_STATE": str(state)}))
    return {
        "officer": sign_in("zhencha").get("/operations").content.decode(),
        "system": sign_in("xitong").get("/operations").content.decode(),
        "command": operations.as_text(found),
        "figures": Client().get("/metrics").content.decode(),
    }


def test_nobody_has_looked_yet(state: Path, sign_in: SignIn) -> None:
    said = told(state, sign_in)
    assert "账本进程还没有查看过" in said["officer"]
    assert "antong_store_up" not in said["figures"]
    assert "store" not in Client().get("/readyz").json()
    assert "原件存储" not in said["command"]


def test_a_disk_that_takes_and_gives_back(state: Path, sign_in: SignIn) -> None:
    with CaptureQueriesContext(connection) as statements:
        looking.look_at_store()
    assert len(statements) == 1
    assert not [path for path in (state / "blobs").rglob("*") if path.is_file()], "the probe stayed"
    said = told(state, sign_in)
    assert "✓ 正常" in said["officer"]
    assert "本机磁盘" in said["officer"]
    assert "原件存储：本机磁盘，读写正常" in said["command"]
    assert 'antong_store_up{place="disk"} 1' in said["figures"]
    assert 'antong_stuck{what="store"} 0' in said["figures"]
    ready = Client().get("/readyz")
    assert (ready.status_code, ready.json()["store"], ready.json()["degraded"]) == (200, True, [])
    (state / "blobs").rename(state / "gone")
    (state / "blobs").write_text("a file where the folder was")
    assert "写不进去" in seen(state).fault
    assert 'antong_store_up{place="disk"} 0' in Client().get("/metrics").content.decode()


def test_a_bucket_that_does_not_answer_is_named_without_its_secret(
    state: Path, settings: Any, sign_in: SignIn
) -> None:
    endpoint = f"http://127.0.0.1:{free_ports(1)[0]}"
    settings.ANTONG_S3 = Bucket(endpoint=endpoint, name="originals-of-sz", access="sz", secret=SECRET)
    moved(done=12, copied_bytes=3 << 20, damaged=["x"], waits=f"S3 存储 {endpoint} 没有应答")
    before = clock.now()
    first = seen(state)
    assert (first.place, first.bucket, first.good) == ("s3", "originals-of-sz", False)
    assert first.since is not None
    assert before - timedelta(seconds=1) < first.since <= clock.now()
    said = told(state, sign_in)
    for who in ("officer", "system"):
        for words in ("originals-of-sz", "不能读写", "12 / 40 件", "移动中", "1 件", "原件存储不能读写"):
            assert words in said[who], (who, words)
    assert endpoint in said["system"]
    assert endpoint not in said["officer"], "addresses of servers are for who mends"
    assert (
        f"S3 存储（桶 originals-of-sz），不能读写，自 {clock.local(first.since):%Y-%m-%d %H:%M}"
        in said["command"]
    )
    assert "移动中 12 / 40 件" in said["command"]
    assert 'antong_store_up{place="s3"} 0' in said["figures"]
    assert 'antong_stuck{what="store"} 1' in said["figures"]
    assert 'antong_store_move_originals{what="damaged"} 1' in said["figures"]
    ready = Client().get("/readyz")
    assert (ready.status_code, ready.json()["ok"]) == (200, True), "pages go on without it"
    assert (ready.json()["store"], ready.json()["degraded"]) == (False, ["store"])
    assert endpoint not in ready.content.decode()
    assert not any(SECRET in text for text in (*said.values(), (state / standing.STORE_FILE).read_text()))


def test_since_when_it_is_away_is_kept_until_it_is_back(state: Path) -> None:
    row = moved()  # a process without ANTONG_S3_*
    first = seen(state)
    assert "ANTONG_S3_ENDPOINT" in first.fault
    path = state / standing.STORE_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "since": 1_700_000_000.0}))
    again = seen(state)
    assert again.since is not None
    assert again.since.timestamp() == 1_700_000_000
    row.delete()
    assert seen(state).since is None
    moved()
    last = seen(state)
    assert last.since is not None
    assert last.since.timestamp() > 1_700_000_000


def test_how_a_move_ended_is_told(state: Path, sign_in: SignIn) -> None:
    row = moved(target="disk", done=40, finished_at=clock.now())
    looking.look_at_store()
    assert "移完，原处未清空" in told(state, sign_in)["officer"]
    Move.objects.filter(id=row.id).update(emptied_at=clock.now())
    looking.look_at_store()
    assert "移完，原处已清空" in told(state, sign_in)["officer"]


def test_a_restore_is_told_as_one_and_has_emptied_nothing(
    investigated: UUID, state: Path, sign_in: SignIn
) -> None:
    from antong.boot import founding

    actions.settle_originals(founding.operator(), target="s3", missing=[], surplus=0)
    actions.settle_originals(founding.operator(), target="disk", missing=[str(uuid4())], surplus=2)
    row = Move.objects.get(target="disk")
    many = Blob.objects.count()
    assert (row.total, row.done, len(row.damaged), row.emptied_at) == (many, many - 1, 1, None)
    entry = ledger.entries(SYSTEM_CHAIN, most=1)[0]
    assert entry.act == "dossier.restored-originals"
    assert entry.after == {
        "target": "disk", "originals": many - 1, "missing": row.damaged, "surplus": 2,
    }  # fmt: skip
    looking.look_at_store()
    page = told(state, sign_in)["system"]
    assert f"{many - 1} / {many} 件" in page
    assert "从备份恢复到这里" in page
    assert "那个备份里没有" in page
    assert "移完" not in page


def test_what_was_seen_long_ago_says_nothing_of_now(state: Path) -> None:
    moved()
    looking.look_at_store()
    path = state / standing.STORE_FILE
    old = time.time() - standing.STALE.total_seconds() - 1
    path.write_text(json.dumps({**json.loads(path.read_text()), "at": old}))
    assert "store" not in Client().get("/readyz").json()
    assert 'antong_stuck{what="store"}' not in Client().get("/metrics").content.decode()
    assert not [row for row in standing.stuck(state) if row.kind == "store"], (
        "the bucket may be back for weeks"
    )
    assert "antong_store_looked_timestamp_seconds" in Client().get("/metrics").content.decode()
