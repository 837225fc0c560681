"""A colleague with a package and a machine that reaches nobody: `story.py PACKAGE DIGEST FOLDER`. Run by test_offline.py.

Installs into the empty folder, founds an instance, enters units and people from a spreadsheet, registers a case, looks the
machine over, upgrades to a second package and goes back. Standard library only, under the machine's own Python.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from visiting import Visitor

WORD = "一句不相干的词语连成的话"
PATIENCE = 300
FOUNDING = (
    "--region",
    "试州",
    "--letters",
    "SZ",
    "--unit",
    "试州政法协同平台运行中心",
    "--code",
    "990900hub",
)
PEOPLE = "姓名,编号,单位代码,岗位,AB岗\n纪明,990101,990922ga,办案民警,A\n陶方,990102,990922ga,局领导,A\n"


class Colleague:
    """Who installs, in one folder; his home and his other settings are empty."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place, self.home = folder, folder / "opt", folder / "home"
        self.home.mkdir()
        self.settings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8"}

    def does(self, *words: str | Path, fails: bool = False) -> str:
        """Run a command; return what it says."""
        done = subprocess.run(
            [str(word) for word in words], env=self.settings, cwd=self.folder,
            capture_output=True, text=True, check=False, timeout=PATIENCE * 2,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        return said

    def antong(self, *words: str | Path, fails: bool = False) -> str:
        """Run the installed command."""
        return self.does(self.place / "current" / "venv" / "bin" / "antong", *words, fails=fails)

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Serve; yield the address."""
        command = str(self.place / "current" / "venv" / "bin" / "antong")
        out = self.folder / "run.out"
        with out.open("wb") as file:
            process = subprocess.Popen(
                [command, "run"], env=self.settings, cwd=self.folder, stdout=file, stderr=subprocess.STDOUT
            )
        try:
            deadline = time.monotonic() + PATIENCE
            while "服务中" not in out.read_text("utf-8", "replace"):
                assert process.poll() is None, out.read_text("utf-8", "replace")
                assert time.monotonic() < deadline, out.read_text("utf-8", "replace")
                time.sleep(0.2)
            address = re.search(r"(http://127\.0\.0\.1:\d+)/login", out.read_text("utf-8"))
            assert address is not None
            yield address[1]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0, out.read_text("utf-8", "replace")


def nobody_is_reached() -> None:
    """Make sure that the network is cut, where it is said to be."""
    for address in ("192.0.2.1", "1.1.1.1"):
        try:
            socket.create_connection((address, 443), timeout=3).close()
        except OSError:
            continue
        raise AssertionError(f"{address} is reached")


def signed_in(base: str, username: str, first: str) -> Visitor:
    """Sign in for the first time, and change the password as one must."""
    visitor = Visitor(base)
    status, where, text = visitor.post("/login", username=username, password=first)
    assert (status, where) == (200, "/password"), text[:400]
    status, where, text = visitor.post("/password", old=first, new=WORD, again=WORD)
    assert status == 200, text[:400]
    return visitor


def enter_people(admin: Visitor) -> dict[str, str]:
    """Enter a bureau with two posts by the pages, and people from a spreadsheet; return their first passwords."""
    status, where, text = admin.post(
        "/units/new", code="990922ga", name="试县公安局", short_name="试县公安", kind="police", level="county",
        county_code="990922", initials="试公",
    )  # fmt: skip
    assert status == 200, text[:600]
    assert re.fullmatch(r"/units/[0-9a-f-]{36}/", where), where
    for name, role in (("办案民警", "investigator"), ("局领导", "police_leader")):
        status, _, text = admin.post(where, at=f"{where}posts", name=name, role=role)
        assert status == 200, text[:600]
    table = list(csv.reader(io.StringIO(PEOPLE)))
    wrong = json.dumps([*table, ["某某", "", "990922ga", "没有的岗位", "C"]])
    status, _, text = admin.post("/people/import", at="/people/import/take", table=wrong)
    assert status == 422
    assert "第 4 行" in text
    status, _, text = admin.post("/people/import", at="/people/import/take", table=json.dumps(table))
    assert status == 200, text[:600]
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))[1:]
    assert [row[0] for row in rows] == ["纪明", "陶方"]
    return {row[1]: row[2].lstrip("'") for row in rows}


def register(officer: Visitor) -> str:
    """Register a case; return where it is."""
    status, where, text = officer.post(
        "/cases/new", secret="no", source="01", category="050200", occurred_at="2026年1月1日 10:00",
        place="河西路", brief="盗窃。", p0_kind="suspect", p0_name="白某",
        late_reason="补录",
    )  # fmt: skip
    assert status == 200, re.sub(r"<[^>]+>|\s+", " ", text)[:800]
    assert re.fullmatch(r"/cases/[0-9a-f-]{36}/", where), where
    assert "SZ2026-00001" in text or re.search(r"SZ\d{4}-00001", text)
    return where


def styles_come(base: str) -> None:
    """Scripts and styles of a page come from the machine itself, and nothing from elsewhere is asked for."""
    with urllib.request.urlopen(f"{base}/login", timeout=30) as answer:  # noqa: S310 - our own address
        page = answer.read().decode()
    assets = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page)
    assert any(name.endswith(".css") for name in assets)
    for name in assets:
        where = urllib.parse.urljoin(f"{base}/login", name)
        assert where.startswith(base), where
        with urllib.request.urlopen(where, timeout=30) as answer:  # noqa: S310 - our own address
            assert answer.status == 200
            assert answer.read()


def second_package(unpacked: Path, folder: Path) -> tuple[Path, str]:
    """Make another package of the first: a release after it, as far as installing goes. Returns its file and release."""
    (unpacked / "docs" / "operations.md").write_text("the release after", "utf-8")
    said = json.loads((unpacked / "manifest.json").read_text("utf-8"))
    content = (unpacked / "docs" / "operations.md").read_bytes()
    said["files"]["docs/operations.md"] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    said["release"] = "9.9.9+after"
    (unpacked / "manifest.json").write_text(json.dumps(said), "utf-8")
    package = folder / "second.tar"
    with tarfile.open(package, "w") as tar:
        tar.add(unpacked, "antong-second")
    return package, said["release"]


def main() -> None:
    """Do all of it; the last line of the output says so."""
    package, told, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    nobody_is_reached()
    me = Colleague(folder)
    with tarfile.open(package) as tar:
        tar.extractall(folder / "unpacked", filter="data")
    unpacked = next((folder / "unpacked").iterdir())
    me.does(sys.executable, unpacked / "install.py", me.place, "--manifest", "0" * 64, fails=True)
    assert not me.place.exists()
    before = set(folder.iterdir())
    said = me.does(sys.executable, unpacked / "install.py", me.place, "--manifest", told)
    assert "antong init" in said
    assert set(folder.iterdir()) - before == {me.place}
    assert not any(me.home.iterdir())
    service = (me.place / "current" / "deploy" / "antong.service").read_text("utf-8")
    assert f"ExecStart={me.place}/current/venv/bin/antong run" in service
    first = (me.place / "current").readlink().name
    assert first in me.antong("--version")

    logins = dict(
        re.findall(
            r"^  (\w+) +([a-z0-9]{4}(?:-[a-z0-9]{4}){3})  ", me.antong("init", *FOUNDING), re.MULTILINE
        )
    )
    assert (me.place / "state" / "keys" / "head.pem").exists()
    with me.running() as base:
        styles_come(base)
        passwords = enter_people(signed_in(base, "xitong", logins["xitong"]))
        officer = signed_in(base, "990101", passwords["990101"])
        case = register(officer)
        assert me.antong("doctor", fails=True).count("不行") == 1  # no backup yet
        me.antong("backup-key", folder / "backup.key")
        me.antong("backup", folder / "backups", "--key", folder / "backup.key")
        me.antong("doctor")
        me.antong("head", folder / "kept.head")

        second, release = second_package(unpacked, folder)
        me.antong("install", second, me.place)
        assert officer.get(case)[0] == 200  # what runs goes on with the old one
    assert (me.place / "current").readlink().name == release
    with me.running() as base:
        again = Visitor(base)
        assert again.post("/login", username="990101", password=WORD)[0] == 200
        assert again.get(case)[0] == 200
        me.antong("doctor")
        me.antong("audit", "--files", "--head", folder / "kept.head")
    assert me.antong("releases").splitlines() == [f"  {first}", f"* {release}"]
    me.antong("releases", "--use", first)
    with me.running() as base:
        again = Visitor(base)
        assert again.post("/login", username="990101", password=WORD)[0] == 200
        assert again.get(case)[0] == 200
        assert first in me.antong("--version")
    assert not any(me.home.iterdir())
    print("all of it was done")  # noqa: T201 - read by the test that runs us


if __name__ == "__main__":
    main()
