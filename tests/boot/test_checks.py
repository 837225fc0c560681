"""The house's system checks find what they are for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from antong.boot import checks, environment, operations
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


def test_the_doctor_names_what_to_mend(tmp_path: Path) -> None:
    env = environment.read({"ANTONG_STATE": str(tmp_path), "ANTONG_ASSETS": str(tmp_path / "none")})
    (tmp_path / "secret-key").chmod(0o644)
    wrong = {finding.mend for finding in operations.doctor(env) if not finding.good}
    assert "make setup" in wrong
    assert any("chmod 600" in mend for mend in wrong)


def test_a_misspelt_setting_is_refused_with_the_right_name(tmp_path: Path) -> None:
    for wrong, says in (
        ({"ANTONG_HOST": "x"}, "ANTONG_HOSTS"),
        ({"ANTONG_PG": "15"}, "18 or 16"),
        ({"ANTONG_SECRET_KEY": "short"}, "32"),
        ({"DATABASE_URL": "postgresql://a@b:port/c"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://a@b/c", "DATABASE_URL_FILE": "/x"}, "both"),
    ):
        with pytest.raises(environment.BadSetting, match=says):
            environment.read({"ANTONG_STATE": str(tmp_path), **wrong})
