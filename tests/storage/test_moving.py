"""Originals moved while people work: both ways, killed in the middle, with the server away, and emptied afterwards."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

import s3server
from antong.boot import founding
from antong.dossier import _move, _where, actions, selectors, store
from antong.dossier.models import Blob, Move
from antong.dossier.places import Bucket
from antong.dossier.types import StoreAway
from antong.kernel.ids import new_id
from antong.kernel.refusal import Refusal
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from originals import begin, carried, ids, read, some

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("s3"), pytest.mark.usefixtures("quick_moves")]


@pytest.fixture
def house(apart: UUID, with_bucket: Bucket) -> UUID:
    """A house of its own with thirty originals on its disk, and nothing else named."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE dossier_blob CASCADE")
    some(30)
    return apart


def test_there_and_back_with_readers_and_writers_at_work(
    house: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_move, "SLICE_SECONDS", 1.0)
    disk, s3 = _where.named("disk"), _where.named("s3")
    known: dict[UUID, bytes] = {row.id: read(row.id) for row in Blob.objects.all()}
    stop, faults, read_times, lock = threading.Event(), [], [0], threading.Lock()

    def at_work(work: Callable[[], None]) -> None:
        try:
            while not stop.is_set():
                work()
        except BaseException as error:  # noqa: BLE001 - told below
            faults.append(repr(error))
        finally:
            connection.close()

    def reads() -> None:
        with lock:
            rows = list(known.items())
        for own, data in rows:
            assert read(own) == data
            read_times[0] += 1

    def writes() -> None:
        made = some(1)
        with lock:
            known.update(made)
        stop.wait(0.2)

    threads = [threading.Thread(target=at_work, args=(work,)) for work in (reads, reads, writes)]
    for one in threads:
        one.start()
    try:
        carried(begin("s3"))
        assert {row.id for row in Blob.objects.all()} <= ids(s3)
        there = len(ids(s3))
        carried(begin("disk"))
        assert {row.id for row in Blob.objects.all()} <= ids(disk)
    finally:
        stop.set()
        for one in threads:
            one.join()
    assert faults == []
    assert read_times[0] > 60
    assert there >= 30
    assert len(known) > 32, "nobody wrote meanwhile"
    acts = [entry.act for entry in ledger.entries(SYSTEM_CHAIN)]
    assert acts.count("dossier.move-originals") == acts.count("dossier.moved-originals") == 2


def test_emptied_only_once_all_is_there(house: UUID) -> None:
    disk, s3 = _where.named("disk"), _where.named("s3")
    known = {row.id: read(row.id) for row in Blob.objects.all()}
    move = begin("s3")
    with pytest.raises(Refusal, match="没有移动完"):
        list(actions.empty_old(founding.operator()))
    carried(move)
    lost = next(iter(known))
    s3.remove(lost)
    with pytest.raises(Refusal, match="有 1 件"):
        list(actions.empty_old(founding.operator()))
    assert ids(disk) == set(known)
    carried(begin("s3"))
    assert sum(removed for _, removed in actions.empty_old(founding.operator())) == 30
    assert ids(disk) == set()
    assert {own: read(own) for own in known} == known
    assert "dossier.empty-store" in [entry.act for entry in ledger.entries(SYSTEM_CHAIN)]


def test_what_is_damaged_is_named_and_stays(house: UUID, settings: Any) -> None:
    disk = _where.named("disk")
    rows = list(Blob.objects.order_by("id"))
    bad, gone = rows[3], rows[7]
    path = Path(settings.ANTONG_BLOBS) / bad.id.hex[-2:] / bad.id.hex
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    disk.remove(gone.id)
    move = begin("s3")
    carried(move)
    found = selectors.newest_move()
    assert found is not None
    assert set(found.damaged) == {str(bad.id), str(gone.id)}
    list(actions.empty_old(founding.operator()))
    assert ids(disk) == {bad.id}, "the evidence of what was damaged is kept"


def test_a_copy_altered_on_the_way_is_made_again(house: UUID) -> None:
    s3 = _where.named("s3")
    row = Blob.objects.first()
    assert row is not None
    assert s3.put(row.id, [b"x" * store.sealed_size(row.size)], store.sealed_size(row.size))
    carried(begin("s3"))
    assert _move._is_whole(s3, Blob.objects.select_related("dossier").get(id=row.id))
    found = selectors.newest_move()
    assert found is not None
    assert found.damaged == ()


def test_killed_in_the_middle_it_goes_on(house: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    move = begin("s3")
    connection.close()
    child = os.fork()
    if child == 0:  # a worker that is killed after some copies: no handler of Python's runs
        many, real = [0], _move._carried

        def carry(*args: Any) -> None:
            many[0] += 1
            if many[0] > 12:
                os.kill(os.getpid(), 9)
            real(*args)

        _move._carried, _move.BATCH = carry, 5  # type: ignore[assignment]
        _move.move_some(move)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == 9
    half = Move.objects.get(id=move)
    assert half.finished_at is None
    assert half.done == 10
    carried(move)
    found = selectors.newest_move()
    assert found is not None
    assert (found.done, found.damaged) == (30, ())
    assert ids(_where.named("s3")) == {row.id for row in Blob.objects.all()}


def test_a_server_that_is_away_is_waited_for(house: UUID, server: s3server.Server) -> None:
    move = begin("s3")
    server.stop()
    try:
        _move.move_some(move)
        row = Move.objects.get(id=move)
        assert row.finished_at is None
        assert "没有应答" in row.waits
        with pytest.raises(StoreAway):
            some(1)
        own = Blob.objects.first()
        assert own is not None
        assert read(own.id), "what is still on the disk is read from there"
    finally:
        server.start()
    carried(move)
    assert Move.objects.get(id=move).waits == ""


def test_who_may_not_and_where_not(house: UUID, people: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="已在本机磁盘"):
        begin("disk")
    with pytest.raises(Refusal, match="只在服务器上"):
        actions.move_originals(people["zhencha"], target="s3")
    assert not Move.objects.exists()


def test_a_bucket_that_refuses_us_begins_nothing(house: UUID, settings: Any) -> None:
    settings.ANTONG_S3 = replace(settings.ANTONG_S3, secret="another-key-0123456789")
    with pytest.raises(StoreAway, match="ANTONG_S3_SECRET_KEY"):
        begin("s3")
    settings.ANTONG_S3 = replace(settings.ANTONG_S3, name="no-such-bucket")
    with pytest.raises(StoreAway):
        begin("s3")
    assert not Move.objects.exists()


def test_a_process_without_the_setting_says_so(house: UUID, settings: Any) -> None:
    carried(begin("s3"))
    list(actions.empty_old(founding.operator()))
    own = Blob.objects.first()
    assert own is not None
    settings.ANTONG_S3 = None
    with pytest.raises(StoreAway, match="ANTONG_S3_ENDPOINT"):
        read(own.id)


def test_a_name_stands_for_the_same_bytes_on_s3_too(house: UUID) -> None:
    begin("s3")
    own, key = new_id(), os.urandom(32)
    store.write(key, own, io.BytesIO(b"a" * 10), 10)
    store.write(key, own, io.BytesIO(b"a" * 10), 10)
    with pytest.raises(store.Damaged):
        store.write(key, own, io.BytesIO(b"a" * 11), 11)
    assert own in ids(_where.named("s3"))
