"""The operations page, `antong status` and `/metrics`: what is stuck is named, by one and the same looking around."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from antong.boot import environment, operations
from antong.boot.logs import Errors
from antong.dossier import actions as dossier
from antong.dossier.models import Original, Page
from antong.flow.models import HandOver
from antong.kernel import clock
from antong.kernel.moment import moment
from antong.kernel.refusal import Refusal
from antong.ledger import actions, selectors
from antong.ledger import sequencer as tree
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions as org
from antong.org.types import Permission
from antong.watch import actions as watch
from antong.web import looking, standing

pytestmark = pytest.mark.django_db
JOB = "dossier.derive-original"


@pytest.fixture(autouse=True)
def state(passwords: dict[str, str], settings: Any, tmp_path: Path) -> Path:
    settings.ANTONG_STATE = tmp_path
    return tmp_path


@pytest.fixture
def at_page(people: dict[str, Any], passwords: dict[str, str]) -> Callable[[str], Client]:
    def sign_in(who: str) -> Client:
        client = Client(raise_request_exception=False)
        client.post("/login", {"username": who, "password": passwords[who]})
        return client

    return sign_in


def sql(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.fetchone() if cursor.description else None


def failed(original_id: UUID | None = None) -> int:
    """A job that has failed for good; return its number."""
    sql("DELETE FROM procrastinate_jobs")
    actions.enqueue(JOB, original_id=str(original_id or uuid4()))
    (number,) = sql("UPDATE procrastinate_jobs SET status = 'doing' RETURNING id")
    sql("UPDATE procrastinate_jobs SET status = 'failed', attempts = 4 WHERE id = %s", number)
    return int(number)


def raised(message: str) -> Any:
    try:
        int(message)
    except ValueError as error:
        return type(error), error, error.__traceback__


def write_down(state: Path, job: int | None = None, message: str = "韩序舟 110101199001011237") -> None:
    """An error as a worker writes it down."""
    extra = {"job": {"id": job, "task_name": JOB}} if job else {}
    record = logging.getLogger("procrastinate.worker").makeRecord(
        "procrastinate.worker", logging.ERROR, "worker.py", 1, "Job %s ended with status: Error", (job,), raised(message), extra=extra
    )  # fmt: skip
    Errors(str(state / "log" / "errors.jsonl")).emit(record)


def seen() -> dict[str, int]:
    looking.look()
    return {row.kind: row.many for row in standing.stuck(Path(settings.ANTONG_STATE)) if row.many}


def test_empty_it_says_so(at_page: Callable[[str], Client], state: Path) -> None:
    sql("DELETE FROM procrastinate_jobs")
    watch.run_round()
    tree.drain()
    client = at_page("xitong")
    page = client.get("/operations").content.decode()
    for words in ("还不知道", "没有监管进程的状态", "没有差错", "还没有备份", "没有作业在等"):
        assert words in page
    assert seen() == {}
    for hours, late in ((25, False), (27, True)):
        (state / "last-backup.json").write_text(json.dumps({"at": time.time() - hours * 3600}))
        assert ("过期" in client.get("/operations").content.decode()) is late
    page = client.get("/operations").content.decode()
    assert "没有卡住的事项" in page
    assert "失败的作业" not in page


def test_damaged_files_of_the_state_folder_stop_no_page(
    at_page: Callable[[str], Client], state: Path
) -> None:
    client = at_page("xitong")
    (state / "log").mkdir()
    for body in (
        "",
        "{",
        "[]",
        '{"at": 1e99, "stuck": [3, ["failed", "x", 1]], "queues": {"a": 1}, "chains_at": "x"}',
        '{"at": "2026-01-01T00:00:00"}',
        '{"processes": 3}',
        '{"at": "x", "stuck": [["none", 1, null]]}',
        '{"at": 1, "place": "s3", "word": "x", "bucket": "x", "fault": "x", "since": "x", "move": {"done": []}}',
    ):
        for name in ("standing.json", "store.json", "status.json", "last-backup.json", "log/errors.jsonl"):
            (state / name).write_text(body)
        assert client.get("/operations").status_code == 200, body
        assert Client().get("/metrics").status_code == 200, body
        assert Client().get("/readyz").status_code == 200, body
        looking.look()
        looking.look_at_store()


def test_a_failed_job_is_named_with_its_reason_and_run_again(
    at_page: Callable[[str], Client], state: Path, people: dict[str, Any]
) -> None:
    number = failed()
    write_down(state, number)
    assert seen()["failed"] == 1
    officer, runs = at_page("zhencha"), at_page("xitong")
    for client, button in ((officer, False), (runs, True)):
        page = client.get("/operations").content.decode()
        assert "生成页面影像" in page
        assert "ValueError at test_operations.py" in page
        assert "韩序舟" not in page
        assert "1101011990" not in page
        assert (f"/operations/jobs/{number}/again" in page) is button
    assert officer.post(f"/operations/jobs/{number}/again").status_code == 403
    before = selectors.last_number(SYSTEM_CHAIN)
    assert runs.post(f"/operations/jobs/{number}/again").status_code == 302
    assert sql("SELECT status::text FROM procrastinate_jobs WHERE id = %s", number) == ("todo",)
    (entry,) = selectors.entries(SYSTEM_CHAIN, most=1)
    assert (entry.act, entry.number) == ("org.run-job", before + 1)
    assert entry.after is not None
    assert entry.after["job"] == number
    again = runs.post(f"/operations/jobs/{number}/again")
    assert again.status_code == 409
    assert "没有失败，或已经重新运行" in again.content.decode()
    assert selectors.last_number(SYSTEM_CHAIN) == before + 1
    for odd in (0, 1 << 63, 1 << 80):
        assert runs.post(f"/operations/jobs/{odd}/again").status_code == 409
    with pytest.raises(Refusal):
        org.run_job_again(people["zhencha"], job_id=number)


def test_a_job_of_a_dead_worker_is_named(state: Path) -> None:
    failed()
    (worker,) = sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
    sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", worker)
    assert "stalled" not in seen()
    sql(
        "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes' WHERE id = %s", worker
    )
    assert seen()["stalled"] == 1
    sql("UPDATE procrastinate_jobs SET worker_id = NULL")
    assert seen()["stalled"] == 1


def test_a_queue_that_waits_long_is_named_and_one_for_later_is_not(state: Path) -> None:
    sql("DELETE FROM procrastinate_jobs")
    actions.enqueue(JOB, original_id=str(uuid4()))
    actions.enqueue(JOB, original_id=str(uuid4()), delay_seconds=3600)
    assert "queue" not in seen()
    assert [(name, many) for name, many, _ in standing.queues(state)] == [("default", 1)]
    sql("UPDATE procrastinate_events SET at = at - interval '1 hour'")
    assert seen()["queue"] == 1


def test_pages_that_nobody_makes_are_named_and_queued(
    investigated: UUID, at_page: Callable[[str], Client], people: dict[str, Any], state: Path
) -> None:
    sql("DELETE FROM procrastinate_jobs")
    page = Page.objects.filter(dossier_id=investigated).first()
    assert page is not None
    Page.objects.filter(id=page.id).update(state="waiting")
    Original.objects.filter(id=page.original_id).update(uploaded_at=clock.now() - timedelta(minutes=5))
    assert "uploads" not in seen()
    Original.objects.filter(id=page.original_id).update(uploaded_at=clock.now() - timedelta(hours=1))
    assert seen()["uploads"] == 1
    runs = at_page("xitong")
    assert "重新生成" in runs.get("/operations").content.decode()
    assert runs.post("/operations/uploads/again").status_code == 302
    assert "uploads" not in seen()
    (entry,) = selectors.entries(SYSTEM_CHAIN, most=1)
    assert (entry.act, entry.subject_ids) == ("dossier.queue-waiting", (page.original_id,))
    assert "没有停着的原件" in runs.post("/operations/uploads/again").content.decode()
    with pytest.raises(Refusal):
        dossier.queue_waiting(people["zhencha"])


def test_late_heads_lost_chains_and_sendings_that_did_not_arrive_are_named(
    investigated: UUID, state: Path, people: dict[str, Any]
) -> None:
    tree.drain()
    assert "heads" not in seen()
    handover = HandOver.objects.filter(case_id=investigated).first()
    assert handover is not None
    HandOver.objects.filter(id=handover.id).update(
        state="sent", closed_at=None, changed_at=clock.now() - timedelta(hours=1)
    )
    with clock.set_to(clock.now() - timedelta(minutes=10)):
        actions.record(people["zhencha"], chain_id=uuid4(), act="test", moment=moment(), after={"x": 1})
    found = seen()
    assert (found["sent"], found["heads"]) == (1, selectors.queue_depth())
    sql("DELETE FROM ledger_queue")
    assert "chains" not in seen(), "chains are looked over once an hour"
    told = json.loads((state / standing.FILE).read_text())
    (state / standing.FILE).write_text(json.dumps({**told, "chains_at": time.time() - 4000}))
    assert seen()["chains"] >= 1


def test_a_clock_that_was_set_back_is_named(state: Path, people: dict[str, Any]) -> None:
    org.report(people["zhencha"], kind="fault", text="转圈", page="/desk", facts={})
    tree.drain()
    assert "clock" not in seen()
    with clock.set_to(clock.now() - timedelta(minutes=10)):
        assert 590 <= seen()["clock"] <= 610
        assert 'antong_stuck{what="clock"}' in Client().get("/metrics").content.decode()


def test_page_command_and_figures_say_the_same(at_page: Callable[[str], Client], state: Path) -> None:
    watch.run_round()
    tree.drain()
    write_down(state, failed())
    (state / "last-backup.json").write_text(json.dumps({"at": 1_700_000_000.25}))
    looking.look()
    row = {"name": "web", "alive": True, "pid": os.getpid(), "starts": 2, "since": time.time() - 60}
    (state / "status.json").write_text(
        json.dumps({"at": time.time(), "supervisor": os.getpid(), "processes": [row]})
    )
    env = environment.read({"ANTONG_STATE": str(state)})
    found = operations.status(env)
    assert [(row.kind, row.many) for row in found.stuck] == [("failed", 1)]
    text = operations.as_text(found)
    assert "失败的作业 1" in text
    assert "最近差错" in text
    assert "starts 2" in text
    told = json.loads(operations.as_json(found))
    assert told["stuck"][0]["kind"] == "failed"
    assert told["error"]["logger"] == "procrastinate.worker"
    figures = Client().get("/metrics").content.decode()
    assert 'antong_stuck{what="failed"} 1' in figures
    assert 'antong_stuck{what="chains"} 0' in figures
    assert 'antong_process_up{process="web"} 1' in figures
    assert "antong_last_backup_timestamp_seconds 1700000000.250" in figures
    assert "antong_last_error_timestamp_seconds 1" in figures
    assert "失败的作业 1" in at_page("zhencha").get("/operations").content.decode()


def test_memory_of_this_process_is_seen() -> None:
    used = standing.memory()
    assert used[os.getpgrp()] > 10 << 20


def test_who_may_mend_is_the_system_administrator_alone() -> None:
    from antong.org.types import ROLE_PERMISSIONS, Role

    assert [role for role, may in ROLE_PERMISSIONS.items() if Permission.ORG_MANAGE in may] == [
        Role.ADMIN_SYSTEM
    ]
