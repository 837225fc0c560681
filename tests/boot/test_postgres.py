"""The embedded database with real processes: side by side, moved ports, half-made clusters, stale pid files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from antong.boot import environment, postgres


def scalar(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return row[0] if row else None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[postgres.Server]:
    found = postgres.locate(tmp_path / "state")
    yield found
    postgres.stop(found)


def kill_everything(server: postgres.Server) -> None:
    for pid in postgres.processes(server):
        os.kill(pid, signal.SIGKILL)


def test_nothing_but_its_password_opens_it(server: postgres.Server) -> None:
    url = postgres.start(server)
    assert scalar(url, "SHOW unix_socket_directories") == ""
    assert scalar(url, "SHOW listen_addresses") == "127.0.0.1"
    wrong = url.replace(url.split(":")[2].split("@")[0], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password"):
        scalar(wrong, "SELECT 1")


def test_killed_whole_it_comes_back_with_all_that_was_committed(server: postgres.Server) -> None:
    url = postgres.start(server)
    scalar(url, "SELECT 1 FROM (SELECT set_config('x.y', '1', false)) q")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        kill_everything(server)
    assert scalar(postgres.start(server), "SELECT count(*) FROM kept") == 1000


def test_two_stand_side_by_side(server: postgres.Server, tmp_path: Path) -> None:
    other = postgres.locate(tmp_path / "other")
    try:
        first, second = postgres.start(server), postgres.start(other)
        assert first.rsplit(":", 1) != second.rsplit(":", 1)
        postgres.stop(server)
        assert postgres.answers(second)
        assert not postgres.answers(first)
    finally:
        postgres.stop(other)


def test_a_taken_port_is_left_to_its_owner(server: postgres.Server) -> None:
    url = postgres.start(server)
    postgres.stop(server)
    port = int(url.rsplit(":", 1)[1].split("/")[0])
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        moved = postgres.start(server)
    assert moved != url
    assert environment.database_url_file(server.url_file.parent).read_text() == moved


def test_a_living_server_is_found_though_its_port_was_noted_wrong(server: postgres.Server) -> None:
    url = postgres.start(server)
    port = url.rsplit(":", 1)[1].split("/")[0]
    server.url_file.write_text(url.replace(f":{port}/", ":9/"))
    assert postgres.start(server) == url


def test_a_pid_file_of_another_program_is_no_obstacle(server: postgres.Server) -> None:
    postgres.start(server)
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    kill_everything(server)
    time.sleep(0.5)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert postgres.answers(postgres.start(server))
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_an_initdb_that_was_killed_is_made_anew(server: postgres.Server) -> None:
    part = server.data.with_name("data.part")
    part.mkdir()
    (part / "PG_VERSION").write_text("18\n")
    assert postgres.answers(postgres.start(server))


def test_a_lost_password_is_said_and_the_data_left_alone(server: postgres.Server) -> None:
    postgres.start(server)
    postgres.stop(server)
    server.url_file.unlink()
    with pytest.raises(postgres.DatabaseTrouble, match="restore it"):
        postgres.start(server)
    assert (server.data / "PG_VERSION").exists()


def test_another_major_is_refused_not_overwritten(server: postgres.Server) -> None:
    postgres.start(server)
    with pytest.raises(postgres.DatabaseTrouble, match="ANTONG_PG=18"):
        postgres.locate(server.url_file.parent, major="16")


def test_a_new_state_folder_of_the_same_name_finds_no_old_data(tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = postgres.locate(state)
    try:
        scalar(postgres.start(first), "CREATE TABLE old (n int); SELECT 1")
    except psycopg.Error:
        pass
    finally:
        postgres.stop(first)
    state.rename(tmp_path / "gone")
    second = postgres.locate(state)
    try:
        assert scalar(postgres.start(second), "SELECT to_regclass('old')") is None
    finally:
        postgres.stop(second)


def test_no_existing_folder_changes_its_mode(tmp_path: Path) -> None:
    home = tmp_path / "home"
    state = home / "project" / "state"
    state.mkdir(parents=True)
    home.chmod(0o700)
    before = {path: path.stat().st_mode for path in (*home.parents, home, state)}
    found = postgres.locate(state)
    try:
        assert postgres.answers(postgres.start(found))
    finally:
        postgres.stop(found)
    assert {path: path.stat().st_mode for path in before} == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_as_root_the_server_runs_as_another(server: postgres.Server) -> None:
    postgres.start(server)
    users = {Path(f"/proc/{pid}").stat().st_uid for pid in postgres.processes(server)}
    assert users
    assert 0 not in users


def test_two_that_start_it_at_once_get_one_server(server: postgres.Server) -> None:
    code = f"from pathlib import Path; from antong.boot import postgres; print(postgres.start(postgres.locate(Path({str(server.url_file.parent)!r}))))"
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    answers = {process.communicate(timeout=60)[0].strip() for process in both}
    assert len(answers) == 1
    assert postgres.answers(answers.pop())


def test_an_old_or_absent_external_database_is_refused() -> None:
    with pytest.raises(postgres.DatabaseTrouble, match="does not answer"):
        postgres.fit("postgresql://nobody@127.0.0.1:1/none")
