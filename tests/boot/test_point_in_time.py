"""Back to an instant by archived WAL, on a real embedded server, with the very commands of docs/operations.md."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from antong.boot import postgres
from processes import antong, environment

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("backup")]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
FOUNDING = ("init", "--region", "试州", "--letters", "SZ", "--unit", "试州平台中心", "--code", "990900hub")
REPORT = """
import sys, django
django.setup()
from antong.ledger import sequencer
from antong.org import actions, selectors
duty = selectors.find_duty("xitong")
actor = selectors.actor_for(duty.person_id, duty.id)
for text in sys.argv[1:]:
    actions.report(actor, kind="fault", text=text, page="/operations", facts={})
sequencer.drain()
"""


def block(name: str) -> str:
    """The commands that the document shows under a name."""
    found = re.search(rf"```sh {name}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert found is not None, name
    return found[1]


class Place:
    """An embedded server with its archive, run as its own user where we are root."""

    def __init__(self, state: Path) -> None:
        self.state, self.server = state, postgres.locate(state)
        home = self.server.data.parent
        self.base, self.wal = home / "base", home / "wal"
        self.wal.mkdir()
        if self.server.account is not None:
            os.chown(self.wal, self.server.account.pw_uid, self.server.account.pw_gid)

    def shell(self, commands: str, **more: str) -> None:
        account = self.server.account
        who = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        names = {
            "PATH": f"{self.server.binaries}:/usr/bin:/bin", "DATA": str(self.server.data), "BASE": str(self.base),
            "WAL": str(self.wal), "URL": self.server.url_file.read_text().strip(), "LANG": "C.UTF-8", **more,
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands], env=names, cwd="/", capture_output=True, text=True, check=False, **who  # type: ignore[call-overload]
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def ask(self, query: str) -> list[tuple[object, ...]]:
        url = postgres.ensure_database(self.server.url_file.read_text().strip(), "antong")
        with psycopg.connect(url, autocommit=True) as asked:
            return asked.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]

    def report(self, *texts: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", REPORT, *texts],
            env=environment(self.state, DJANGO_SETTINGS_MODULE="antong.boot.settings"),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def archived(self) -> None:
        """Have all that was written in the archive."""
        self.ask("SELECT pg_switch_wal()")
        name = str(self.ask("SELECT pg_walfile_name(pg_current_wal_lsn() - 1)")[0][0])
        deadline = time.monotonic() + 60
        while not any(path.name >= name for path in self.wal.iterdir() if not path.name.endswith(".part")):
            assert time.monotonic() < deadline, sorted(self.wal.iterdir())
            time.sleep(0.2)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    state = tmp_path / "state"
    done = antong(state, *FOUNDING)
    assert done.returncode == 0, done.stdout + done.stderr
    return Place(state)


def test_back_to_an_instant(place: Place, tmp_path: Path) -> None:
    place.shell(block("archive"))  # the server is down: it begins to archive as it starts
    postgres.start(place.server)
    try:
        place.shell(block("base"))
        place.report("先一", "先二")
        instant = str(
            place.ask("SELECT to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS.US TZH:TZM')")[0][0]
        )
        kept, early = tmp_path / "later.json", tmp_path / "early.json"
        assert antong(place.state, "head", str(early)).returncode == 0
        time.sleep(1)
        place.report("后一", "后二")
        assert antong(place.state, "head", str(kept)).returncode == 0
        place.archived()
    finally:
        postgres.stop(place.server)

    shutil.rmtree(place.server.data)  # the disk is lost; the archive is elsewhere
    place.shell(block("recover"), INSTANT=instant)
    try:
        postgres.start(place.server)
        deadline = time.monotonic() + 60
        while place.ask("SELECT pg_is_in_recovery()") != [(False,)]:  # it answers a little before it is there
            assert time.monotonic() < deadline
            time.sleep(0.2)
        texts = [row[0] for row in place.ask("SELECT text FROM org_report ORDER BY created_at")]
        assert texts == ["先一", "先二"]
        for more in ((), ("--head", str(early))):
            audited = antong(place.state, "audit", "--files", *more)
            assert audited.returncode == 0, audited.stdout + audited.stderr
        later = antong(place.state, "audit", "--head", str(kept))
        assert later.returncode == 1, "a head that was lost is noticed"
        place.report("再一")  # and it goes on
        assert antong(place.state, "audit").returncode == 0
    finally:
        postgres.stop(place.server)
