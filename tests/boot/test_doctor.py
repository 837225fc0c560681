"""`antong doctor`: each thing that can be wrong is named, with how to mend it; and nothing where all is well."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from antong.boot import doctor
from antong.boot import environment as environments
from antong.boot.environment import Environment
from antong.kernel import clock
from antong.org import _instance


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    """A state folder in which all is well, as far as it is files."""
    state = tmp_path / "state"
    for name in ("keys", "blobs", "assets/fonts"):
        (state / name).mkdir(parents=True)
    for name in doctor.FONTS:
        (state / "assets" / "fonts" / name).write_bytes(b"x")
    made = environments.read({"ANTONG_STATE": str(state), "ANTONG_ASSETS": str(state / "assets")})
    for name, body in (("head.pem", b"pem"), ("master", b"m" * 32)):
        (state / "keys" / name).write_bytes(body)
        (state / "keys" / name).chmod(0o600)
    (state / "last-backup.json").write_text(json.dumps({"at": time.time()}))
    row = {"name": "web", "pid": os.getpid(), "alive": True, "starts": 1, "since": 0}
    told = {"at": time.time(), "supervisor": os.getpid(), "processes": [row]}
    (state / "status.json").write_text(json.dumps(told))
    return made


def files(env: Environment) -> list[doctor.Finding]:
    return [
        doctor.secrets(env),
        doctor.blobs(env),
        doctor.fonts(env),
        doctor.supervisor(env),
        doctor.backup(env),
    ]


def test_where_all_is_well_nothing_is_said(env: Environment) -> None:
    assert [one.wrong for one in files(env)] == [""] * 5
    assert "不行" not in doctor.as_text(files(env))


def wrong(finding: doctor.Finding, *words: str) -> None:
    assert not finding.good
    assert finding.mend
    said = doctor.as_text([finding])
    assert "怎样补：" in said
    for word in words:
        assert word in said, said
    assert json.loads(doctor.as_json([finding]))[0]["good"] is False


def test_a_full_disk(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FREE_BYTES", 1 << 60)
    wrong(doctor.disk(env), "只剩", "GB")
    monkeypatch.setattr(doctor, "FREE_BYTES", 1)
    assert doctor.disk(env).good


def test_keys_that_are_gone_open_or_cut_short(env: Environment) -> None:
    (env.keys / "master").chmod(0o640)
    wrong(doctor.secrets(env), "别人也能读", f"chmod 600 {env.keys / 'master'}")
    (env.keys / "master").chmod(0o600)
    (env.keys / "master").write_bytes(b"short")
    wrong(doctor.secrets(env), "master 损坏")
    (env.keys / "master").unlink()
    wrong(doctor.secrets(env), "master 不见了", "不要另造")
    (env.keys / "head.pem").unlink()
    assert doctor.secrets(env).good  # nothing was founded yet


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads and writes everything")
def test_keys_and_folders_that_are_somebody_elses(env: Environment) -> None:
    (env.keys / "master").chmod(0o000)
    wrong(doctor.secrets(env), "读不了", "chown")
    (env.state / "blobs").chmod(0o500)
    wrong(doctor.blobs(env), "不能写", "chown")


def test_a_folder_of_originals_that_is_none(env: Environment) -> None:
    (env.state / "blobs").rmdir()
    assert doctor.blobs(env).good  # made with the first original
    (env.state / "blobs").write_text("a file")
    wrong(doctor.blobs(env), "不能写")


def test_fonts_that_are_missing(env: Environment) -> None:
    (env.assets / "fonts" / doctor.FONTS[0]).unlink()
    wrong(doctor.fonts(env), doctor.FONTS[0], "make setup")


def test_a_supervisor_that_is_gone_or_has_lost_a_process(env: Environment) -> None:
    told = json.loads((env.state / "status.json").read_text())
    told["processes"][0]["alive"] = False
    (env.state / "status.json").write_text(json.dumps(told))
    wrong(doctor.supervisor(env), "停了：web", "日志")
    (env.state / "status.json").unlink()
    wrong(doctor.supervisor(env), "没有在运行", "antong run")


def test_a_backup_that_is_old_or_never_was(env: Environment) -> None:
    (env.state / "last-backup.json").write_text(json.dumps({"at": time.time() - 30 * 3600}))
    wrong(doctor.backup(env), "30 小时", "antong backup")
    (env.state / "last-backup.json").write_text("nonsense")
    wrong(doctor.backup(env), "从未备份")


def test_a_database_that_is_away_too_old_or_in_another_time(env: Environment) -> None:
    (away,) = doctor.database(env)
    wrong(away, "没有应答", "antong db start")
    wrong(doctor.version(15), "低于 16")
    assert doctor.version(16).good
    now = clock.now()
    assert doctor.time_of(now, now, now).good
    wrong(doctor.time_of(now + timedelta(seconds=90), now, now), "90 秒", "chrony")
    wrong(doctor.time_of(now - timedelta(hours=1), now, now), "3600 秒")


def test_a_living_database_is_well(env: Environment, db: None) -> None:
    facts = connection.settings_dict
    url = f"postgresql://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
    found = doctor.database(environments.read({"ANTONG_STATE": str(env.state), "DATABASE_URL": url}))
    assert len(found) == 3
    assert all(one.good for one in found), doctor.as_text(found)
    assert facts["PASSWORD"] not in doctor.as_text(found)


def test_where_nothing_was_founded_that_is_what_is_said(env: Environment, db: None) -> None:
    found = doctor.doctor(env)
    wrong(found[-1], "没有建立过实例", "antong init")
    assert [one.what for one in found if not one.good] == ["实例"]
    (env.state / "database-url").write_text("postgresql://")
    assert doctor.founded(env) == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations")
    wrong(doctor.migrations(env), "没有建立过实例", "antong init")


def test_tables_that_are_older_or_newer_than_the_program(env: Environment, db: None) -> None:
    assert doctor.migrations(env).good
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'flow'"
            " AND name = (SELECT max(name) FROM django_migrations WHERE app = 'flow') RETURNING name"
        )
        (last,) = cursor.fetchone()
        wrong(doctor.migrations(env), f"flow.{last}", "antong migrate")
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('flow', '9999_later', now())"
        )
        wrong(doctor.migrations(env), "flow.9999_later", "比程序新")


@pytest.fixture
def _unread() -> Iterator[None]:
    _instance.forget()
    yield
    _instance.forget()


def test_an_instance_without_founding_or_with_other_keys(
    people: dict[str, Any], new_case: Any, filled: Any, settings: Any, tmp_path: Path, _unread: None
) -> None:
    from antong.ledger import keys, sequencer

    filled(new_case())
    sequencer.drain()
    assert all(one.good for one in doctor.instance())
    settings.ANTONG_HEAD_KEY, settings.ANTONG_MASTER_KEY = tmp_path / "head.pem", tmp_path / "master"
    keys.ensure_key(tmp_path / "head.pem")
    (tmp_path / "master").write_bytes(b"x" * 32)
    named, head, master = doctor.instance()
    assert named.good
    wrong(head, "不是签过此前封签的密钥", "备份")
    wrong(master, "打不开", "master")
    (tmp_path / "master").unlink()
    wrong(list(doctor.instance())[2], "打不开")
    assert not (tmp_path / "master").exists()  # looking makes no key
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM org_instance")
    _instance.forget()
    wrong(next(iter(doctor.instance())), "还没有建立", "antong init")
