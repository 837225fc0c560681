"""`antong run` on real processes: as root and as a user, killed whole or in part, beside another, on another database.

Without demonstration: what is up is enough here, and starts in a third of the time.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import transaction
from rich.console import Console

from antong.boot import ports, postgres, supervisor
from processes import COMMAND, START, environment, fill_up, free_port, running

ROOT = os.geteuid() == 0


def eventually(what: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.1)
    return False


def tables(state: Path) -> str:
    """The address of the database with the house's tables."""
    address = (state / "database-url").read_text().strip()
    return address.rsplit("/", 1)[0] + "/antong"


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return row[0] if row else None


def serves(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.mark.xdist_group("run")
def test_killed_in_part_and_whole_it_comes_back_and_changes_no_folder(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    state = home / "checkout" / "state"
    state.mkdir(parents=True)
    home.chmod(0o700)  # as root's own folder is: closed to whoever the database runs as
    modes = {path: path.stat().st_mode for path in (*home.parents, home, home / "checkout", state)}

    with running(state, "--port", str(port)) as first:
        assert {path: path.stat().st_mode for path in modes} == modes
        again = subprocess.run(
            [*COMMAND, "run"], env=environment(state), capture_output=True, text=True, check=False
        )
        assert again.returncode == 1
        assert "已在这个目录运行" in again.stdout
        children = first.status()
        assert {"web", "worker", "sequencer", "watch"} <= set(children)
        with psycopg.connect(tables(state), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 500) AS n")
        births = {pid: supervisor.born(pid) for pid in children.values()}
        first.kill()
        assert eventually(lambda: not any(supervisor.born(pid) == birth for pid, birth in births.items()))
        assert not serves(port)

    with running(state, "--port", str(port)) as second:  # nothing has kept the port
        assert ask(tables(state), "SELECT count(*) FROM kept") == 500
        server = postgres.locate(state)
        doomed = [second.process.pid, *second.status().values(), *postgres.processes(server)]
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        second.kill()  # the web server's own workers live on, and hold the port

    with running(state, "--port", str(port)) as third:
        assert ask(tables(state), "SELECT count(*) FROM kept") == 500
        asked = subprocess.run(
            [*COMMAND, "status"], env=environment(state), capture_output=True, text=True, check=False
        )
        assert asked.returncode == 0, asked.stdout
        stopped = subprocess.run(
            [*COMMAND, "stop"], env=environment(state), capture_output=True, text=True, check=False
        )
        assert (stopped.returncode, stopped.stdout.strip()) == (0, "stopped")
        assert third.process.wait(30) == 0
    assert not serves(port)
    assert not postgres.processes(postgres.locate(state))
    assert {path: path.stat().st_mode for path in modes} == modes
    asked = subprocess.run(
        [*COMMAND, "stop"], env=environment(state), capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stdout.strip()) == (0, "nothing runs in this state folder")


@pytest.mark.xdist_group("run")
def test_beside_another_instance_and_on_the_operators_postgresql_16(tmp_path: Path) -> None:
    server = postgres.locate(tmp_path / "theirs", major="16")
    one, two = tmp_path / "one", tmp_path / "two"
    try:
        theirs = postgres.ensure_database(postgres.start(server), "hub")
        with running(one) as first, running(two, DATABASE_URL=theirs) as second:
            ports = [int(each.said.split("127.0.0.1:")[1].split("/")[0]) for each in (first, second)]
            assert ports[0] != ports[1]
            assert all(serves(port) for port in ports)
            for name in ("secret-key", "keys/head.pem"):
                assert (one / name).read_text() != (two / name).read_text()
            assert str(ask(theirs, "SHOW server_version")).startswith("16")
            assert ask(theirs, "SELECT to_regclass('ledger_entry')::text") == "ledger_entry"
            assert not (two / "database-url").exists()  # no database of ours was made
            assert first.end() == 0
            assert serves(ports[1])
            assert second.end() == 0
        assert postgres.answers(theirs)  # it is theirs to stop
    finally:
        postgres.stop(server)


@pytest.fixture
def user() -> Iterator[tuple[str, ...]]:
    """What to put before a command so that a fresh ordinary user runs it; nothing where that is who runs the tests.

    The packages of the tests may lie in a closed folder of root's: the user may read everything, and write nowhere
    but where anybody may.
    """
    if not ROOT:
        yield ()
        return
    if not (shutil.which("useradd") and shutil.which("setpriv")):
        pytest.skip("no useradd or setpriv on this machine")
    if not all(place.stat().st_mode & stat.S_IXOTH for place in Path(sys.prefix).resolve().parents):
        # initdb asks with access(2), which knows no capabilities
        pytest.skip("the checkout lies in a closed folder of root's; an ordinary user's own run shows this")
    name = f"antong{secrets.token_hex(3)}"
    subprocess.run(["useradd", "--no-create-home", "--shell", "/usr/sbin/nologin", name], check=True)
    account = pwd.getpwnam(name)
    reads = "-all,+dac_read_search"
    try:
        yield (
            "setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups",
            f"--inh-caps={reads}", f"--ambient-caps={reads}", f"--bounding-set={reads}",
        )  # fmt: skip
    finally:
        subprocess.run(["userdel", name], check=False, capture_output=True)


@pytest.mark.xdist_group("run")
def test_as_an_ordinary_user_everything_stays_in_the_state_folder(
    tmp_path: Path, user: tuple[str, ...]
) -> None:
    place = Path("/var/tmp") / f"antong-{secrets.token_hex(4)}"  # noqa: S108 - where an ordinary user may write
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    state = place / "state"
    try:
        with running(state, "--port", str(free_port()), before=user, HOME=str(place)) as one:
            owner = (state / "secret-key").stat().st_uid
            assert (owner != 0) or not ROOT
            server = postgres_pids(state / "postgres-18" / "data")
            assert server
            assert {Path(f"/proc/{pid}").stat().st_uid for pid in server} == {owner}
            assert {Path(f"/proc/{pid}").stat().st_uid for pid in one.status().values()} == {owner}
            assert one.end() == 0
        assert (state / "postgres-18" / "data" / "PG_VERSION").exists()
    finally:
        shutil.rmtree(place)


def postgres_pids(data: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
    return found


def test_a_port_in_use_is_refused_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = subprocess.run(
            [*COMMAND, "run", "--port", port],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 1
    assert f"端口 {port} 已被占用" in refused.stdout
    assert "怎样补" in refused.stdout
    assert not (tmp_path / "database-url").exists()
    nowhere = subprocess.run(
        [*COMMAND, "run", "--host", "203.0.113.9", "--port", port],
        env=environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert nowhere.returncode == 1
    assert "不能在 203.0.113.9 上服务" in nowhere.stdout


def test_a_port_belongs_to_one_run_from_when_it_is_chosen() -> None:
    """The web server begins to listen long after: until then nothing stands on the port itself."""
    told = Console(record=True, quiet=True)
    port = free_port()
    first = ports.take("127.0.0.1", port, told)
    assert first is not None
    assert ports.take("127.0.0.1", port, told) is None
    first.let_go()
    again = ports.take("127.0.0.1", port, told)
    assert again is not None
    again.let_go()


def test_another_listener_on_the_same_port_is_seen() -> None:
    listener = (
        "import socket, sys, time\n"
        "s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
        "s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(); print('on', flush=True); time.sleep(600)\n"
    )
    port = free_port()
    found: list[subprocess.Popen[str]] = []
    try:
        for others in (False, True):
            one = subprocess.Popen(
                [sys.executable, "-c", listener, str(port)],
                stdout=subprocess.PIPE, text=True, start_new_session=True,
            )  # fmt: skip
            found.append(one)
            assert one.stdout is not None
            assert one.stdout.readline() == "on\n"
            assert ports.shared(port, found[0].pid) is others
    finally:
        for one in found:
            one.kill()
            one.communicate()


def test_a_state_folder_that_cannot_be_written_is_refused_in_words(
    tmp_path: Path, user: tuple[str, ...]
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    refused = subprocess.run(
        [*user, *COMMAND, "run"], env=environment(closed), capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "不能写" in refused.stderr
    assert "ANTONG_STATE" in refused.stderr
    assert "Traceback" not in refused.stderr + refused.stdout


def test_a_full_disk_is_said_in_words(small: Path) -> None:
    fill_up(small)
    refused = subprocess.run(
        [*COMMAND, "run", "--port", str(free_port())], env=environment(small / "state"), capture_output=True,
        text=True, check=False, timeout=START,
    )  # fmt: skip
    said = refused.stdout + refused.stderr
    assert refused.returncode == 1
    assert "磁盘已满" in said
    assert "Traceback" not in said
    assert not supervisor.stop_running(small / "state")


def test_a_lost_head_key_is_not_replaced_in_silence(
    people: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    from antong.kernel.moment import moment
    from antong.kernel.refusal import Refusal
    from antong.ledger import actions, keys, sequencer
    from antong.ledger.types import Altered

    def write() -> None:
        with transaction.atomic():
            actions.record(people["zhencha"], chain_id=uuid4(), act="test", moment=moment(), after={"x": 1})

    write()
    assert sequencer.drain()
    write()
    settings.ANTONG_HEAD_KEY = tmp_path / "keys" / "head.pem"
    with pytest.raises(Refusal, match="不见了") as refused:
        keys.ready()
    assert not (tmp_path / "keys").exists()
    assert "备份" in refused.value.remedy
    keys.ensure_key(tmp_path / "keys" / "head.pem")
    with pytest.raises(Refusal):
        keys.ready()
    with pytest.raises(Altered):
        sequencer.run_once()
