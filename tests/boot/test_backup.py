"""Backup and restore on real databases: a carried case comes back with the same ledger; what is damaged is named."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

import carrying
from antong.boot import environment as environment_of
from antong.boot import postgres, restoring, sealing
from antong.boot.backup import prune
from antong.boot.restore import choose
from antong.kernel.refusal import Refusal
from processes import COMMAND, antong, environment, running, wipe
from visiting import Visitor

pytestmark = pytest.mark.xdist_group("backup")
FOUNDING = ("init", "--region", "试州", "--letters", "SZ", "--unit", "试州平台中心", "--code", "990900hub")


def good(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "怎样补：" in said
    assert "Traceback" not in said
    for word in words:
        assert word in said, said


class Machine:
    """A state folder with a key for backups beside it."""

    def __init__(self, place: Path) -> None:
        self.state, self.key, self.folder, self.keys = (
            place / name for name in ("state", "backup.key", "backups", "kept/keys.sealed")
        )
        self.keys.parent.mkdir(parents=True, exist_ok=True)

    def backup(self) -> str:
        options = ("--key", str(self.key), "--keys-to", str(self.keys))
        return good(antong(self.state, "backup", str(self.folder), *options))

    def restore(
        self, to: Path, *options: str, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return antong(
            to,
            "restore",
            str(folder or self.folder),
            "--key",
            str(self.key),
            "--keys-from",
            str(self.keys),
            *options,
        )


class Carried(Machine):
    """A machine on which a case was carried; somebody who may open it has looked at it on the pages."""

    def __init__(self, place: Path, number: str) -> None:
        super().__init__(place)
        self.number = number


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carried]:
    place = tmp_path_factory.mktemp("carried")
    state = place / "state"
    good(antong(state, "backup-key", str(place / "backup.key")))
    with running(state) as one:
        script = Path(carrying.__file__)
        done = subprocess.run(
            [sys.executable, str(script)],
            env=environment(state, ANTONG_DEMO="1"), capture_output=True, text=True, check=False,
        )  # fmt: skip
        told = json.loads(good(done).splitlines()[-1])
        address = re.search(r"(http://127\.0\.0\.1:\d+)/login", one.said)
        assert address is not None
        _look_at(Visitor(address[1]), told)
        assert one.end() == 0
    yield Carried(place, told["number"])
    if state.exists():
        wipe(state)


def _look_at(visitor: Visitor, told: dict[str, str]) -> None:
    """Open the case as an officer does, look for a person, and break what can be broken."""
    status, where, text = visitor.post("/login", username="zhencha", password=told["password"])
    assert (status, where) == (200, "/desk"), text[:300]
    case = f"/cases/{told['case']}/"
    for tab in ("people", "dossier", "documents", "handovers", "limits", "ledger"):
        status, _, text = visitor.get(f"{case}?tab={tab}")
        assert status == 200
        assert "韩序舟" in text
    assert visitor.post("/desk", to="/cases", text="韩序舟", at="/find")[0] == 200
    assert visitor.get(f"{case}parties/{quote('韩序舟')}")[0] == 404
    assert visitor.post(case, name="韩序舟", at="/cases/new")[0] == 422


def people_named(state: Path) -> set[str]:
    """Every name and number of a person that the database of a machine holds; it is left running."""
    url = postgres.ensure_database(postgres.start(postgres.locate(state)), "antong")
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT name FROM org_person UNION SELECT name FROM cases_party"
            " UNION SELECT id_number FROM cases_party UNION SELECT phone FROM cases_party"
        ).fetchall()
    return {row[0] for row in rows if row[0] and len(row[0]) > 1}


@pytest.mark.full
def test_no_log_names_a_person(carried: Carried) -> None:
    names = people_named(carried.state)
    assert len(names) > 50
    url = postgres.ensure_database(postgres.start(postgres.locate(carried.state)), "antong")
    for made, row in (  # what a database tells of the rows that it refuses
        ("name text UNIQUE", "SELECT name FROM cases_party CROSS JOIN generate_series(1, 2)"),
        ("name text CHECK (length(name) > 200)", "VALUES ('韩序舟')"),
    ):
        with psycopg.connect(url) as connection:
            connection.execute(f"CREATE TEMP TABLE t ({made})")  # type: ignore[arg-type]
            with pytest.raises(psycopg.IntegrityError):
                connection.execute(f"INSERT INTO t {row}")  # type: ignore[arg-type]
            connection.rollback()
    logs = [*(carried.state / "log").glob("*.log"), postgres.locate(carried.state).log]
    assert {path.name for path in logs} >= {"web.log", "worker.log", "sequencer.log", "postgres.log"}
    assert "duplicate key" in logs[-1].read_text()
    for path in logs:
        said = path.read_text("utf-8", "replace")
        assert [name for name in names if name in said] == [], path.name


@pytest.mark.full
def test_a_carried_case_comes_back_whole_after_the_machine_is_gone(carried: Carried, tmp_path: Path) -> None:
    number, head = carried.number, tmp_path / "head.json"
    demo = {"ANTONG_DEMO": "1"}
    server = postgres.locate(carried.state)
    postgres.start(server)  # a backup is made of what runs
    good(antong(carried.state, "head", str(head)))
    first = carried.backup()
    again = carried.backup()
    counts = [re.search(r"：(\d+) 个文件，新 (\d+) 个", said) for said in (first, again)]
    assert counts[0] is not None
    assert counts[1] is not None
    assert int(counts[0][1]) == int(counts[0][2]) >= 4
    assert (counts[1][1], counts[1][2]) == (counts[0][1], "0")  # nothing is copied twice
    clear = [b"PGDMP", b"head.pem", *(name.encode() for name in list(people_named(carried.state))[:20])]
    for path in (*carried.folder.rglob("*"), carried.keys):
        if path.is_file():
            body = path.read_bytes()
            assert not any(word in body for word in clear), path
    last = json.loads((carried.state / "last-backup.json").read_text())
    assert last["head"] >= json.loads(head.read_text())["head"]["number"]

    wipe(carried.state)
    said = good(carried.restore(carried.state))
    assert "账本核查通过" in said
    assert last["id"] in said
    assert not (carried.state / restoring.MARKER).exists()
    for name in ("head.pem", "master"):
        assert (carried.state / "keys" / name).stat().st_mode & 0o077 == 0
    # each command has the database for as long as it takes, and leaves it as it was: down
    assert "一致" in good(antong(carried.state, "audit", "--files", "--head", str(head), **demo))
    out = tmp_path / "after.zip"
    good(antong(carried.state, "export", number, str(out)))
    good(antong(carried.state, "verify", str(out), "--head", str(head)))
    assert "新 0 个" in carried.backup()  # what was restored is known to the backup
    assert not postgres.answers(environment_of.read({"ANTONG_STATE": str(carried.state)}).database_url)
    refused(carried.restore(carried.state), "空的机器")
    with running(carried.state) as one:
        assert "没有建立实例" not in one.said


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine just founded, with two originals that no row names, backed up."""
    machine = Machine(tmp_path_factory.mktemp("small"))
    good(antong(machine.state, *FOUNDING))
    good(antong(machine.state, "backup-key", str(machine.key)))
    for number in (1, 2):
        path = machine.state / "blobs" / f"0{number}" / f"{number:032x}"
        path.parent.mkdir(parents=True)
        path.write_bytes(os.urandom(1_500_000))
    machine.backup()
    yield machine
    wipe(machine.state)


@pytest.mark.full
def test_old_backups_go_and_what_a_stopped_one_left(small: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    options = ("backup", str(folder), "--key", str(small.key))
    extra = small.state / "spool" / "1.jsonl"
    extra.parent.mkdir(exist_ok=True)
    extra.write_text("[]")
    good(antong(small.state, *options))
    extra.unlink()
    left = [folder / "x.database", folder / "x.manifest.part", folder / "objects" / "abc.new"]
    for path in left:
        path.write_bytes(b"x")
    good(antong(small.state, *options))
    assert not any(path.exists() for path in left)
    objects = set((folder / "objects").glob("*/*"))
    assert len(objects) == 3
    key = sealing.key_of(small.key)
    first, second = sorted(path.stem for path in folder.glob("*.manifest"))
    assert len(choose(folder, key, first)["files"]) == 3
    assert prune(folder, key, 2) == 0
    assert set((folder / "objects").glob("*/*")) == objects
    flipped(folder / f"{second}.manifest")
    with pytest.raises(sealing.Damaged, match=second):
        prune(folder, key, 1)
    assert set((folder / "objects").glob("*/*")) == objects
    flipped(folder / f"{second}.manifest")
    assert prune(folder, key, 1) == 1
    assert sorted(path.name for path in folder.glob(f"{first}*")) == []
    assert len(set((folder / "objects").glob("*/*"))) == 2
    assert len(choose(folder, key, None)["files"]) == 2


@pytest.mark.full
def test_from_the_operators_postgresql_16_to_another_machine_with_18(small: Machine, tmp_path: Path) -> None:
    server = postgres.locate(tmp_path / "theirs", major="16")
    machine = Machine(tmp_path / "hub")
    machine.key = small.key
    try:
        theirs = postgres.ensure_database(postgres.start(server), "hub")
        again = postgres.ensure_database(theirs, "again")
        good(antong(machine.state, *FOUNDING, DATABASE_URL=theirs))
        options = ("--key", str(machine.key), "--keys-to", str(machine.keys))
        good(antong(machine.state, "backup", str(machine.folder), *options, DATABASE_URL=theirs))
        command = (
            "restore",
            str(machine.folder),
            "--key",
            str(machine.key),
            "--keys-from",
            str(machine.keys),
        )
        refused(antong(tmp_path / "a", *command, DATABASE_URL=theirs), "空的机器")
        assert "已从备份" in good(antong(tmp_path / "b", *command, DATABASE_URL=again))
        assert "已从备份" in good(antong(tmp_path / "c", *command))
        assert postgres.answers(theirs)  # it is theirs to stop
        refused(antong(tmp_path / "b", *FOUNDING, DATABASE_URL=again), "已有一个实例")
    finally:
        postgres.stop(server)
        wipe(tmp_path / "c")


def flipped(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


@pytest.mark.full
def test_whatever_is_damaged_is_refused_by_its_name(small: Machine, tmp_path: Path) -> None:
    for pattern in ("*.manifest", "*.database", "objects/*/*"):
        for what in ("flip", "cut", "gone", "other"):
            copy, state = tmp_path / "copy", tmp_path / "to"
            shutil.copytree(small.folder, copy)
            (path, *others) = sorted(copy.glob(pattern))
            if what == "flip":
                flipped(path)
            elif what == "cut":
                path.write_bytes(path.read_bytes()[:-100])
            elif what == "other" and others:
                path.write_bytes(others[0].read_bytes())
            elif what == "gone":
                path.unlink()
            else:
                shutil.copy(next(copy.glob("objects/*/*")), path)
            done = small.restore(state, folder=copy)
            named = "完整的备份" if (what, pattern) == ("gone", "*.manifest") else path.name
            refused(done, named)
            assert not (state / "database-url").exists() or _is_empty(state), (pattern, what)
            wipe(state)
            shutil.rmtree(copy)


def _is_empty(state: Path) -> bool:
    server = postgres.locate(state)
    url = postgres.ensure_database(postgres.start(server), "antong")
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT to_regclass('org_unit')").fetchone()
    finally:
        postgres.stop(server)
    return row == (None,)


@pytest.mark.full
def test_killed_in_the_middle_it_is_not_taken_for_whole_and_goes_on(small: Machine, tmp_path: Path) -> None:
    state = tmp_path / "to"
    command = [
        *COMMAND,
        "restore",
        str(small.folder),
        "--key",
        str(small.key),
        "--keys-from",
        str(small.keys),
    ]
    marker = state / restoring.MARKER
    for seconds in (0.0, 0.4, 1.5):
        killed = subprocess.Popen(
            command, env=environment(state), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + 120
        while not marker.exists() and killed.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(seconds)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        if not marker.exists():  # it was quicker
            break
        refused(antong(state, "run"), "没有做完的恢复")
        refused(antong(state, *FOUNDING), "没有做完的恢复")
        refused(antong(state, "backup", str(tmp_path / "x"), "--key", str(small.key)), "没有做完的恢复")
    if marker.exists():
        assert "已从备份" in good(small.restore(state))
    assert not marker.exists()
    for path in (small.state / "blobs").rglob("*"):
        assert not path.is_file() or (state / path.relative_to(small.state)).read_bytes() == path.read_bytes()
    assert not list((state / "blobs").rglob("*.part"))
    wipe(state)


@pytest.mark.full
def test_other_keys_other_places_and_full_machines_are_refused(small: Machine, tmp_path: Path) -> None:
    to, other = tmp_path / "to", tmp_path / "other.key"
    good(antong(to, "backup-key", str(other)))
    refused(antong(to, "backup-key", str(other)), "已经在")
    wrong = antong(to, "restore", str(small.folder), "--key", str(other))
    refused(wrong, ".manifest", "不是这把密钥")
    refused(antong(to, "restore", str(small.folder), "--key", str(small.key)), "head.pem、master")
    (to / "keys").mkdir()
    (to / "keys" / "master").write_bytes(b"x" * 32)
    refused(small.restore(to), "master 没有，或不是")
    shutil.rmtree(to / "keys")
    (to / "blobs" / "01").mkdir(parents=True)
    (to / "blobs" / "01" / "x").write_bytes(b"x")
    refused(small.restore(to), "blobs", "空的机器")
    refused(small.restore(to, "--backup", "20200101T000000Z-000000"), "这一次备份")
    key = ("--key", str(small.key))
    refused(antong(small.state, "backup", str(small.state / "here"), *key), "同一处")
    inside = str(small.folder / "keys.sealed")
    refused(antong(small.state, "backup", str(small.folder), *key, "--keys-to", inside), "等于没有加密")
    short = tmp_path / "short.key"
    short.write_bytes(b"x")
    refused(antong(small.state, "backup", str(small.folder), "--key", str(short)), "不是 32 字节")
    without = antong(small.state, "backup", str(small.folder))
    assert without.returncode == 2
    assert "ANTONG_BACKUP_KEY" in without.stderr
    assert not (to / "database-url").exists()


@pytest.mark.parametrize(
    "size", [0, 1, sealing.CHUNK - 1, sealing.CHUNK, sealing.CHUNK + 1, 3 * sealing.CHUNK]
)
def test_a_sealed_file_opens_as_it_was_and_no_other_way(tmp_path: Path, size: int) -> None:
    key, path, body = os.urandom(32), tmp_path / "x", os.urandom(size)
    pieces = [body[start : start + 777_777] for start in range(0, size, 777_777)]
    sealed = sealing.seal(key, "object", pieces, path)
    assert path.stat().st_size == sealing.sealed_size(size) == sealing.sealed_size(sealed.size)
    assert b"".join(sealing.unseal(key, "object", path)) == body
    assert not list(tmp_path.glob("*.part"))
    whole = path.read_bytes()
    chunk = sealing.CHUNK + sealing.TAG
    altered = [
        whole[:-1], whole + b"x", whole[: sealing.HEADER], whole[:10], b"", b"X" + whole[1:],
        whole[: sealing.HEADER] + bytes([whole[sealing.HEADER] ^ 1]) + whole[sealing.HEADER + 1 :],
    ]  # fmt: skip
    if size > sealing.CHUNK:
        altered.append(whole[: sealing.HEADER + chunk])  # ends after a whole chunk
        first, rest = whole[sealing.HEADER : sealing.HEADER + chunk], whole[sealing.HEADER + chunk :]
        altered.append(whole[: sealing.HEADER] + rest + first)
    for bad in altered:
        path.write_bytes(bad)
        with pytest.raises(sealing.Damaged, match="x"):
            list(sealing.unseal(key, "object", path))
    path.write_bytes(whole)
    for other_key, kind in ((os.urandom(32), "object"), (key, "database")):
        with pytest.raises(sealing.Damaged):
            list(sealing.unseal(other_key, kind, path))


def test_a_backup_that_fails_leaves_no_file_under_its_name(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 10
        raise OSError(28, "no space")

    with pytest.raises(OSError, match="no space"):
        sealing.seal(os.urandom(32), "database", broken(), tmp_path / "x.database")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Refusal):
        sealing.key_of(tmp_path / "none")
