"""A colleague with a package and a machine that reaches nobody: `story.py PACKAGE DIGEST FOLDER`. Run by test_offline.py.

Installs into the empty folder, founds an instance, enters units and people from a spreadsheet, registers a case, looks the
machine over, upgrades to a second package and goes back. Standard library only, under the machine's own Python.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sys
import tarfile
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from colleague import (
    DONE,
    FIRST_LOGIN,
    FOUNDING,
    Colleague,
    enter_unit,
    first_passwords,
    nobody_is_reached,
    register,
)
from visiting import Visitor, first_sign_in, words

WORD = "一句不相干的词语连成的话"
PEOPLE = "姓名,编号,单位代码,岗位,AB岗\n纪明,990101,990922ga,办案民警,A\n陶方,990102,990922ga,局领导,A\n"


def signed_in(base: str, username: str, first: str) -> Visitor:
    """Sign in for the first time, and do what is owed then."""
    visitor = Visitor(base)
    first_sign_in(visitor, username, first, WORD)
    return visitor


def enter_people(admin: Visitor) -> dict[str, str]:
    """Enter a bureau with two posts by the pages, and people from a spreadsheet; return their first passwords."""
    enter_unit(
        admin, {"办案民警": "investigator", "局领导": "police_leader"}, code="990922ga", name="试县公安局",
        short_name="试县公安", kind="police", level="county", county_code="990922", initials="试公",
    )  # fmt: skip
    table = list(csv.reader(io.StringIO(PEOPLE)))
    wrong = json.dumps([*table, ["某某", "", "990922ga", "没有的岗位", "C"]])
    status, _, text = admin.post("/people/import", at="/people/import/take", table=wrong)
    assert status == 422
    assert "第 4 行" in text
    status, _, text = admin.post("/people/import", at="/people/import/take", table=json.dumps(table))
    assert status == 200, words(text)
    passwords = first_passwords(text)
    assert list(passwords) == ["990101", "990102"]
    return passwords


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
    first = me.current
    assert first in me.antong("--version")

    logins = dict(FIRST_LOGIN.findall(me.antong("init", *FOUNDING)))
    assert (me.place / "state" / "keys" / "head.pem").exists()
    with me.running() as base:
        styles_come(base)
        passwords = enter_people(signed_in(base, "xitong", logins["xitong"]))
        officer = signed_in(base, "990101", passwords["990101"])
        case = register(officer)
        assert re.search(r"SZ\d{4}-00001", officer.get(case)[2])
        assert me.antong("doctor", fails=True).count("不行") == 1  # no backup yet
        me.antong("backup-key", folder / "backup.key")
        me.antong("backup", folder / "backups", "--key", folder / "backup.key")
        me.antong("doctor")
        me.antong("head", folder / "kept.head")

        second, release = second_package(unpacked, folder)
        me.antong("install", second, me.place)
        assert officer.get(case)[0] == 200  # what runs goes on with the old one
    assert me.current == release
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
    print(DONE)  # noqa: T201 - read by the test that runs us


if __name__ == "__main__":
    main()
