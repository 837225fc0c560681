"""Settings are parsed strictly; the embedded database starts, is adopted, and survives a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg
import pytest

from antong.boot import environment, postgres, supervisor


def test_nonsense_is_refused(tmp_path: Path) -> None:
    for bad in (
        {"ANTONG_DEMO": "yes"},
        {"ANTONG_SECOND_FACTOR": "yes"},
        {"ANTONG_CONVENTIONS": "start-day-counted,none"},
        {"DATABASE_URL": "mysql://x/y"},
        {"ANTONG_SECRET_KEY_FILE": str(tmp_path / "none")},
    ):
        with pytest.raises(environment.BadSetting):
            environment.read({"ANTONG_STATE": str(tmp_path), **bad})


S3 = {
    "ANTONG_S3_ENDPOINT": "https://store.example:9000/", "ANTONG_S3_BUCKET": "originals",
    "ANTONG_S3_ACCESS_KEY": "account", "ANTONG_S3_SECRET_KEY": "its-key", "ANTONG_S3_PREFIX": "hub/",
}  # fmt: skip


def test_a_bucket_is_set_whole_or_not_at_all(tmp_path: Path) -> None:
    state = {"ANTONG_STATE": str(tmp_path)}
    found = environment.read({**state, **S3}).s3
    assert found is not None
    assert (found.endpoint, found.name, found.prefix) == ("https://store.example:9000", "originals", "hub/")
    assert "its-key" not in repr(found)
    assert environment.read(state).s3 is None
    for name in set(S3) - {"ANTONG_S3_PREFIX"}:
        with pytest.raises(environment.BadSetting, match="ANTONG_S3"):
            environment.read({**state, **{key: text for key, text in S3.items() if key != name}})
    for name, bad in (
        ("ENDPOINT", "ftp://x"),
        ("ENDPOINT", "https://a/b"),
        ("PREFIX", "no-end"),
        ("CA", "/none"),
    ):
        with pytest.raises(environment.BadSetting, match=f"ANTONG_S3_{name}"):
            environment.read({**state, **S3, f"ANTONG_S3_{name}": bad})


def test_administrators_have_a_second_factor_unless_told_otherwise(tmp_path: Path) -> None:
    for given, rule in (
        ({}, "admins"),
        ({"ANTONG_DEMO": "1"}, "off"),
        ({"ANTONG_SECOND_FACTOR": "all"}, "all"),
        ({"ANTONG_DEMO": "1", "ANTONG_SECOND_FACTOR": "admins"}, "admins"),
    ):
        read = environment.read({"ANTONG_STATE": str(tmp_path), **given})
        assert read.second_factor == rule, given


def test_a_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = environment.read({"ANTONG_STATE": str(tmp_path)})
    assert environment.read({"ANTONG_STATE": str(tmp_path)}).secret_key == first.secret_key
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("major", ["18", "16"])
def test_the_embedded_database_starts_is_adopted_and_survives_a_kill(tmp_path: Path, major: str) -> None:
    server = postgres.locate(tmp_path / "state", major=major, name=f"kill{major}")
    try:
        url = postgres.start(server)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept SELECT generate_series(1, 100)")
        assert postgres.start(server) == url
        pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        again = postgres.start(server)
        with psycopg.connect(again) as connection:
            row = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert row == (100,)
        assert server.url_file.stat().st_mode & 0o077 == 0
    finally:
        postgres.stop(server)


def test_the_supervisor_restarts_what_dies_and_is_alone(tmp_path: Path) -> None:
    child = supervisor.Child(name="sleeper", command=[sys.executable, "-c", "import time; time.sleep(60)"])
    boss = supervisor.Supervisor(state=tmp_path, children=[child], environment=dict(os.environ))
    boss.claim()
    boss.start()
    try:
        with pytest.raises(supervisor.AlreadyRunning):
            supervisor.Supervisor(state=tmp_path, children=[], environment={}).claim()
        assert child.process is not None
        child.process.kill()
        deadline = time.monotonic() + 15
        while child.starts < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert child.starts == 2
    finally:
        boss.stop()
    assert child.process is not None
    assert child.process.poll() is not None


def commands(group: click.Group, path: str = "antong") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def test_every_command_and_option_has_help() -> None:
    from antong.boot.cli import cli

    found = dict(commands(cli))
    assert {"antong run", "antong audit", "antong stop", "antong db shell", "antong demo carry"} <= set(found)
    for path, command in found.items():
        assert command.help, path
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.help, f"{path} {option.name}"


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["verify", "--help"], ["audit", "--help"]])
def test_help_is_printed_by_the_command_itself(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "antong.boot", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert done.returncode == 0
    assert "sage" in done.stdout


def test_a_refusal_on_the_command_line_has_its_parts_and_no_traceback(
    db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from antong.boot import cli

    for words in (["export", "没有这个案件", "x.zip"], ["audit", "没有这个案件"]):
        monkeypatch.setattr(sys, "argv", ["antong", *words])
        assert cli.main() == 1
        said = capsys.readouterr().err
        assert "没有找到" in said
        assert "怎样补：" in said
        assert "Traceback" not in said
