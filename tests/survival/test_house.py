"""A whole house under load: database killed and restarted, web killed, program renewed, disk of the database full.

Several systems register cases all the time, each under a key. Afterwards every key is sent once more: each case is
there once, whatever was answered before, and the ledger is whole.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest

from antong.boot import postgres
from processes import Running, antong, environment, fill_up, free_port, running
from survival.ground import Died, System, children_of, eventually, kill_group, multipart, serves

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("house"), pytest.mark.timeout(1500)]
FEW = 3
"""Connections that may wait in the queue of a worker in the very instant it closes: they are reset, and repeated."""
SETTLE = Path(__file__).with_name("settling.py")


class Known(System):
    """A system whose token is known already."""

    def __init__(self, secret: str) -> None:
        self.secret = secret


@dataclass
class House:
    """A running house with a case and a token."""

    one: Running
    base: str
    state: Path
    police: Known
    case: str

    def up(self) -> bool:
        return serves(self.base)

    def address(self) -> str:
        return (self.state / "database-url").read_text().strip().rsplit("/", 1)[0] + "/antong"

    def cases(self) -> int:
        with psycopg.connect(self.address(), autocommit=True) as asked:
            row = asked.execute("SELECT count(*) FROM cases_case").fetchone()
        return int(row[0]) if row else 0


@contextmanager
def house_at(state: Path) -> Iterator[House]:
    port = free_port()
    with running(state, "--port", str(port)) as one:
        done = subprocess.run(
            [sys.executable, str(SETTLE)], env=environment(state, ANTONG_DEMO="1"), capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        told = json.loads(done.stdout.splitlines()[-1])
        yield House(one, f"http://127.0.0.1:{port}", state, Known(told["police"]), told["case"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    state = tmp_path_factory.mktemp("house") / "state"
    with house_at(state) as made:
        yield made
    remove(state)


def remove(state: Path) -> None:
    identity = state / "instance"
    if identity.exists():
        shutil.rmtree(postgres.SHARED / identity.read_text().strip(), ignore_errors=True)


@dataclass
class Load:
    """Systems that register cases one after another, each under a key of its own, and note what they were told."""

    house: House
    stop: threading.Event = field(default_factory=threading.Event)
    keys: list[str] = field(default_factory=list)
    told: dict[str, list[int]] = field(default_factory=dict)
    threads: list[threading.Thread] = field(default_factory=list)

    @staticmethod
    def body() -> dict[str, Any]:
        return {
            "source": "01", "category": "050200", "occurred_at": "2026-01-02T21:10:00+08:00", "place": "河西路", "brief": "盗窃。",
            "secret": False, "parties": [{"kind": "suspect", "name": "纪白"}],
        }  # fmt: skip

    def ask(self, key: str) -> tuple[int, Any]:
        try:
            status, said, _ = self.house.police.call(self.house.base, "cases", self.body(), key)
        except (Died, http.client.HTTPException):
            status, said = 0, {}
        self.told.setdefault(key, []).append(status)
        if status not in {0, 201}:
            assert said["title"], said
            assert said["remedy"], said
        return status, said

    def run(self, name: int) -> None:
        count = 0
        while not self.stop.is_set():
            key = f"{name}-{count}"
            self.keys.append(key)
            self.ask(key)
            count += 1
            time.sleep(0.05)

    def __enter__(self) -> Self:
        self.keys.clear()
        prefix = time.monotonic_ns()
        self.threads = [threading.Thread(target=self.run, args=(prefix + n,)) for n in range(3)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(90)

    def statuses(self) -> Counter[int]:
        return Counter(status for told in self.told.values() for status in told)

    def each_once(self, before: int) -> None:
        """Send every key once more: each case is there once."""
        assert eventually(self.house.up, 120)
        numbers = {}
        for key in self.keys:
            deadline = time.monotonic() + 60
            while (answer := self.ask(key))[0] != 201:
                assert time.monotonic() < deadline, answer
                time.sleep(0.5)
            numbers[key] = answer[1]["number"]
        assert len(set(numbers.values())) == len(self.keys)
        assert self.house.cases() == before + len(self.keys)
        audited = antong(self.house.state, "audit", ANTONG_DEMO="1")
        assert audited.returncode == 0, audited.stdout + audited.stderr


def test_the_database_killed_and_stopped_under_load(house: House) -> None:
    before, server = house.cases(), postgres.locate(house.state)
    with Load(house) as load:
        for how in ("kill", "stop", "kill"):
            time.sleep(3)
            if how == "kill":
                for pid in postgres.processes(server):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            else:
                postgres.stop(server)
            time.sleep(1)
            assert eventually(house.up, 120)
        time.sleep(2)
    assert load.statuses()[201] >= 6
    assert set(load.statuses()) <= {0, 201, 503}, load.statuses()
    load.each_once(before)


def test_web_worker_and_sequencer_killed_under_load(house: House) -> None:
    before = house.cases()
    with Load(house) as load:
        for name in ("web", "sequencer", "worker", "web"):
            time.sleep(2)
            kill_group(house.one.status()[name])
            assert eventually(house.up, 120)
        time.sleep(2)
    assert set(load.statuses()) <= {0, 201, 503}, load.statuses()
    load.each_once(before)

    def all_up() -> bool:
        return antong(house.state, "status").returncode == 0

    assert eventually(all_up, 60)


def test_a_program_renewed_in_the_middle_of_an_upload_goes_on_answering(house: House) -> None:
    before = house.cases()
    old = house.one.status()
    workers = workers_of(old["web"])
    assert workers
    with Load(house) as load:
        time.sleep(1)
        answers: list[tuple[int, Any]] = []
        slow = threading.Thread(target=lambda: answers.append(slowly(house, 12.0)))
        slow.start()
        time.sleep(3)
        told = antong(house.state, "reload")
        assert (told.returncode, told.stdout.strip()) == (0, "reloading")
        slow.join(120)
        assert eventually(lambda: anew(house, old), 90), (old, house.one.status())
        assert eventually(lambda: workers_of(old["web"]).isdisjoint(workers), 200), (
            "the old program still answers"
        )
        time.sleep(2)
    assert set(load.statuses()) <= {0, 201}, load.statuses()
    assert load.statuses()[0] <= FEW, load.statuses()
    (answer,) = answers
    assert answer[0] == 201, answer
    load.each_once(before)


def workers_of(web: int) -> set[int]:
    """The processes that answer for a web server."""
    return set(children_of(web))


def anew(house: House, old: dict[str, int]) -> bool:
    now = house.one.status()
    same_web = now.get("web") == old["web"]  # it keeps its port
    return same_web and all(now.get(name) not in {None, old[name]} for name in ("worker", "sequencer"))


def slowly(house: House, seconds: float) -> tuple[int, Any]:
    """Upload a page piece by piece, over some seconds."""
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.effect_noise((900, 900), 90).convert("RGB").save(out, "JPEG", quality=90)
    body, kind = multipart("慢.jpg", out.getvalue(), catalogue_key="ev-victim.victim")
    line = http.client.HTTPConnection(house.base.removeprefix("http://"), timeout=120)
    line.putrequest("POST", f"/api/v1/cases/{house.case}/uploads")
    for name, value in {
        "Authorization": f"Bearer {house.police.secret}", "Content-Type": kind, "Content-Length": str(len(body)), "Idempotency-Key": f"slow-{time.time()}",
    }.items():  # fmt: skip
        line.putheader(name, value)
    line.endheaders()
    pieces = 40
    for index in range(pieces):
        line.send(body[index * len(body) // pieces : (index + 1) * len(body) // pieces])
        time.sleep(seconds / pieces)
    answer = line.getresponse()
    said = json.loads(answer.read())
    line.close()
    return answer.status, said


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A state folder whose database lies on a disk of its own, of half a gigabyte."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    state = tmp_path / "state"
    disk = postgres.locate(state).data.parent
    disk.mkdir(parents=True, exist_ok=True)
    owner = disk.stat()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=512m,mode=0700,uid={owner.st_uid},gid={owner.st_gid}", "tmpfs", str(disk)],
        check=False, capture_output=True,
    )  # fmt: skip
    if mounted.returncode != 0:
        pytest.skip("no small disk can be mounted")
    yield state, disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
    remove(state)


def test_the_disk_of_the_database_is_full_and_is_not_any_more(narrow: tuple[Path, Path]) -> None:
    state, disk = narrow
    with house_at(state) as house:
        before = house.cases()
        with Load(house) as load:
            time.sleep(2)
            filler = fill_up(disk)
            assert eventually(lambda: any(status in load.statuses() for status in (507, 503, 0)), 60)
            time.sleep(3)
            filler.unlink()
            done = load.statuses()[201]
            assert eventually(lambda: load.statuses()[201] > done + 5, 180), load.statuses()
        assert set(load.statuses()) <= {0, 201, 503, 507}, load.statuses()
        assert load.statuses()[507] + load.statuses()[503] > 0, load.statuses()
        load.each_once(before)
