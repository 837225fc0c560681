"""The house's system checks find what they are for."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest

from antong.boot import bucket, checks, declared, environment, operations
from antong.ledger import outbox


def test_every_queued_name_is_registered() -> None:
    assert checks.queued_jobs_exist(None) == []
    assert "dossier.derive-original" in outbox.registered()


def test_a_queued_name_nobody_registers_is_found() -> None:
    literal = 'ledger.enqueue("flow.no-such-job", id="1")'
    constant = "ledger.enqueue(_derive.JOB, id=x)"
    computed = "ledger.enqueue(name, id=x)"
    assert list(checks.queued_names(literal, "antong.flow.jobs")) == ["flow.no-such-job"]
    assert list(checks.queued_names(constant, "antong.dossier._documents")) == ["dossier.derive-original"]
    assert list(checks.queued_names(computed, "antong.flow.jobs")) == ["name (no constant)"]


def test_no_key_between_rooms_leads_upwards() -> None:
    assert checks.rooms_keep_apart(None) == []


def test_a_silent_supervisor_is_not_well(tmp_path: Path) -> None:
    env = environment.read({"ANTONG_STATE": str(tmp_path)})
    assert not operations.status(env).good
    row = {"name": "web", "pid": 1, "alive": True, "starts": 1, "since": 0}
    (tmp_path / "status.json").write_text(json.dumps({"at": 0, "processes": [row]}))
    found = operations.status(env)
    assert not found.good
    assert "web" in operations.as_text(found)


def test_a_server_that_stands_by_itself_has_no_process_and_no_memory_here(tmp_path: Path) -> None:
    env = environment.read({"ANTONG_STATE": str(tmp_path)})
    rows = [
        {"name": name, "pid": pid, "alive": alive, "starts": 1, "since": 0}
        for name, pid, alive in (("database", None, True), ("web", None, False))
    ]
    (tmp_path / "status.json").write_text(
        json.dumps({"at": time.time(), "supervisor": os.getpid(), "processes": rows})
    )
    database, web, *_ = operations.as_text(operations.status(env)).splitlines()
    assert "独立运行" in database
    assert "MB" not in database
    assert web.split()[:4] == ["web", "DOWN", "pid", "-"]


def test_a_misspelt_setting_is_refused_with_the_right_name(tmp_path: Path) -> None:
    for wrong, says in (
        ({"ANTONG_HOST": "x"}, "ANTONG_HOSTS"),
        ({"ANTONG_PG": "15"}, "18 or 16"),
        ({"ANTONG_SECRET_KEY": "short"}, "32"),
        ({"DATABASE_URL": "postgresql://a@b:port/c"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://a@b/c", "DATABASE_URL_FILE": "/x"}, "both"),
        ({"ANTONG_METRICS_TOKEN": "short"}, "32"),
        ({"ANTONG_LOG": "xml"}, "plain or json"),
        ({"ANTONG_OTEL_ENDPOINT": "127.0.0.1:4318"}, "http://host:port"),
        ({"ANTONG_OTEL_ENDPOINT": "ftp://x"}, "http://host:port"),
        ({"ANTONG_OTEL_ENDPOINT": "http://"}, "http://host:port"),
        ({"ANTONG_OTEL_ENDPOINT": "http://a:b@x/"}, "http://host:port"),
        ({"ANTONG_OTEL_ENDPOINT": "http://x:4318/v1"}, "http://host:port"),
        ({"ANTONG_PROXIES": "10.0.0.1, gateway"}, "gateway"),
        ({"ANTONG_HOSTS": "https://antong.example"}, "without scheme"),
        ({"ANTONG_HOSTS": "antong.example:8000"}, "without scheme"),
    ):
        with pytest.raises(environment.BadSetting, match=says):
            environment.read({"ANTONG_STATE": str(tmp_path), **wrong})


def test_settings_are_printed_with_where_they_come_from_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t" * 40)
    given = {
        "ANTONG_STATE": str(tmp_path),
        "ANTONG_SECRET_KEY": "s" * 40,
        "ANTONG_METRICS_TOKEN_FILE": str(tmp_path / "token"),
        "DATABASE_URL": "postgresql://hub:hidden@10.0.0.1/hub",
        "ANTONG_PROXIES": "10.0.0.2, ::1",
    }
    assert environment.read(given).proxies == ("10.0.0.2", "::1")
    assert environment.read(given).metrics_token == "t" * 40
    rows = {row.name: row for row in environment.shown(given)}
    assert set(rows) == {row.name for row in declared.SETTINGS}
    assert all(row.what for row in rows.values())
    said = " ".join(f"{row.value} {row.source}" for row in rows.values())
    assert "s" * 40 not in said
    assert "t" * 40 not in said
    assert "hidden" not in said
    assert (rows["ANTONG_STATE"].value, rows["ANTONG_STATE"].source) == (str(tmp_path), "environment")
    assert rows["ANTONG_METRICS_TOKEN"].source == "file"
    assert rows["ANTONG_DEMO"].source == "default"
    with pytest.raises(environment.BadSetting, match="ANTONG_DEMO"):
        environment.shown({**given, "ANTONG_DEMOS": "1"})


def test_every_setting_that_is_read_is_declared() -> None:
    source = "".join(Path(one.__file__).read_text("utf-8") for one in (environment, bucket))
    read = set(re.findall(r"\"(ANTONG_[A-Z_]+)\"", source))
    assert read
    assert read | {"DATABASE_URL", *bucket.NAMES} == {row.name for row in declared.SETTINGS}
