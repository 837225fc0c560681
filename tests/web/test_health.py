"""What watchers ask: ready or not and why, figures that add up over processes, and who may read them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from antong.boot.proxies import believing
from antong.kernel.moment import moment
from antong.ledger import actions, sequencer
from antong.web import metering
from antong.web.pages.org import health

pytestmark = pytest.mark.django_db
LINE = re.compile(r"[a-z_]+(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? [0-9.e+-]+")


@pytest.fixture(autouse=True)
def _state(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.ANTONG_STATE = tmp_path
    monkeypatch.setattr(metering, "counts", metering.Counts())
    health._migrated.clear()
    yield
    health._migrated.clear()


def figures(client: Client, **more: Any) -> dict[str, float]:
    answer = client.get("/metrics", **more)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {}
    for row in answer.content.decode().splitlines():
        if not row.startswith("#"):
            assert LINE.fullmatch(row), row
            name, value = row.rsplit(" ", 1)
            assert name not in found, name
            found[name] = float(value)
    return found


def test_ready_says_what_it_has_looked_at() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    told = answer.json()
    assert told["ok"]
    assert {"database", "migrations", "disk", "disk_free_mb", "sequencer_seconds"} <= set(told)


def test_not_ready_without_disk_tables_or_database(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'flow'"
            " AND name = (SELECT max(name) FROM django_migrations WHERE app = 'flow')"
        )
    told = Client().get("/readyz")
    assert (told.status_code, told.json()["migrations"], told.json()["ok"]) == (503, False, False)
    monkeypatch.setattr(health, "LEAST_FREE", 1 << 60)
    told = Client().get("/readyz")
    assert (told.status_code, told.json()["disk"]) == (503, False)

    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)
    for path in ("/readyz", "/healthz"):
        told = Client().get(path)
        assert (told.status_code, told.json()["ok"]) == (503, False)
    assert figures(Client())["antong_database_up"] == 0


def test_a_ledger_that_is_late_is_told(people: dict[str, Any]) -> None:
    from datetime import timedelta

    from antong.kernel import clock

    sequencer.drain()
    assert Client().get("/readyz").json()["sequencer_seconds"] == 0
    with transaction.atomic():
        actions.record(people["zhencha"], chain_id=uuid4(), act="test", moment=moment(), after={"x": 1})
    with clock.set_to(clock.now() + timedelta(minutes=10)):
        told = Client().get("/readyz")
        assert told.status_code == 200
        assert told.json()["sequencer_seconds"] >= 600
        found = figures(Client())
    assert found["antong_ledger_waiting"] == 1
    assert found["antong_ledger_oldest_waiting_seconds"] >= 600


def test_requests_are_counted_by_route_over_all_processes(tmp_path: Path) -> None:
    client = Client()
    for path in ("/login", "/login", "/desk", "/nothing", f"/cases/{uuid4()}/"):
        client.get(path)
    found = figures(client)
    assert found['antong_requests_total{method="GET",route="login",status="200"}'] == 2
    assert found['antong_requests_total{method="GET",route="desk",status="302"}'] == 1
    assert found['antong_requests_total{method="GET",route="",status="404"}'] == 1
    assert found["antong_request_seconds_count"] == 5
    assert found['antong_request_seconds_bucket{le="+Inf"}'] == 5
    other = {"count": 10, "requests\tGET\tlogin\t200": 10, "microseconds": 1_000_000, "le\t0.05": 10}
    (tmp_path / "metrics" / "1.json").write_text(json.dumps(other))
    (tmp_path / "metrics" / "2.json").write_text("cut sho")
    found = figures(client)
    assert found['antong_requests_total{method="GET",route="login",status="200"}'] == 12
    assert found["antong_request_seconds_count"] == 16
    assert found["antong_request_seconds_sum"] >= 1
    assert (tmp_path / "metrics" / f"{os.getpid()}.json").exists()


def test_processes_and_the_last_backup_are_told(tmp_path: Path) -> None:
    assert "antong_last_backup_timestamp_seconds" not in figures(Client())
    (tmp_path / "last-backup.json").write_text(json.dumps({"at": 1_700_000_000}))
    rows = [{"name": "web", "alive": True, "starts": 1}, {"name": 'odd"\n', "alive": False, "starts": 7}]
    (tmp_path / "status.json").write_text(json.dumps({"processes": rows[:1]}))
    found = figures(Client())
    assert found["antong_last_backup_timestamp_seconds"] == 1_700_000_000
    assert found['antong_process_up{process="web"}'] == 1
    assert metering.lines("x", "y", [({"a": rows[1]["name"]}, 1)])[-1] == 'x{a="odd\\"\\n"} 1'


def test_figures_are_for_this_machine_or_who_has_the_token(settings: Any) -> None:
    far: dict[str, Any] = {"REMOTE_ADDR": "10.0.0.9"}
    client = Client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    for name in health.FORWARDED:
        assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 403, name
    assert client.get("/metrics", **far).status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, **far).status_code == 403
    settings.ANTONG_METRICS_TOKEN = "t" * 40
    for wrong in ("t" * 40, "Bearer ", f"Bearer {'t' * 39}", f"bearer {'t' * 40}", "Bearer 字"):
        told = client.get("/metrics", headers={"Authorization": wrong}, **far)
        assert told.status_code == 403, wrong
        assert "antong_" not in told.content.decode()
    assert client.get("/metrics", headers={"Authorization": f"Bearer {'t' * 40}"}, **far).status_code == 200


def test_no_figure_tells_of_a_person_or_a_case(investigated: Any, people: dict[str, Any]) -> None:
    client = Client()
    client.get(f"/cases/{investigated}/")
    client.post("/login", {"username": "zhencha", "password": "韩序舟"})
    said = client.get("/metrics").content.decode()
    assert str(investigated) not in said
    assert "zhencha" not in said
    assert not re.search(r"[\u4e00-\u9fff]", said)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proto", "who", "scheme"),
    [
        ("10.0.0.1", "203.0.113.7", "https", "203.0.113.7", "https"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7", "http", "203.0.113.7", "http"),
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "https", "203.0.113.7", "https"),
        ("10.0.0.1", "forged, 203.0.113.7", "", "203.0.113.7", "http"),
        ("10.0.0.1", "203.0.113.7, nonsense", "https", "10.0.0.1", "https"),
        ("10.0.0.1", "", "ftp", "10.0.0.1", "http"),
        ("203.0.113.9", "192.0.2.1", "https", "203.0.113.9", "http"),
        ("", "192.0.2.1", "https", "", "http"),
    ],
)
def test_only_our_own_proxies_are_believed(
    peer: str, forwarded: str, proto: str, who: str, scheme: str
) -> None:
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], _: Any) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {
        "REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded, "HTTP_X_FORWARDED_PROTO": proto, "wsgi.url_scheme": "http",
    }  # fmt: skip
    believing(application, ("10.0.0.1", "10.0.0.2"))(dict(environ), lambda *_: None)
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == (who, scheme)
    assert believing(application, ()) is application
