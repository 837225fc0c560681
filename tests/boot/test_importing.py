"""`antong import` on real processes: into a running instance, all of it or nothing, with exit codes."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from antong.org.selectors import IMPORT_HEADS, UNIT_IMPORT_HEADS
from processes import antong, running
from visiting import Visitor

OPTIONS = ("--region", "试州", "--letters", "SZ", "--unit", "试州政法协同平台运行中心", "--code", "990900hub")
UNITS = (
    UNIT_IMPORT_HEADS,
    ("990901ga", "试县公安局", "试县公安", "试公", "公安局", "县级", "990901", "", "办案民警1", "办案民警"),
    ("990901ga", "", "", "", "", "", "", "", "局长", "局领导"),
)
PEOPLE = (
    IMPORT_HEADS,
    ("陶见微", "100101", "", "990901ga", "办案民警1", "A"),
    ("褚临川", "100102", "chulc", "990901ga", "局长", "A"),
)


def table(path: Path, rows: tuple[tuple[str, ...], ...]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


@pytest.mark.full
@pytest.mark.xdist_group("run")
def test_into_a_running_instance_all_or_nothing(tmp_path: Path) -> None:
    state, told = tmp_path / "state", tmp_path / "passwords.csv"
    units, people = table(tmp_path / "units.csv", UNITS), table(tmp_path / "people.csv", PEOPLE)
    none = antong(state, "import", units, people, "--check")
    assert none.returncode == 1
    assert "没有建立过实例" in none.stderr
    assert not (state / "database-url").exists(), "no cluster is made where there is nothing to import into"
    assert "Traceback" not in none.stderr
    assert antong(state, "init", *OPTIONS).returncode == 0
    usage = antong(state, "import", units, people)
    assert usage.returncode == 2
    assert "--passwords" in usage.stderr
    with running(state) as run:
        bad = table(
            tmp_path / "bad.csv",
            (*PEOPLE, ("", "100103", "", "x", "", "C"), ("某", "100101", "", "x", "", "B")),
        )
        for options in (("--check",), ("--passwords", str(told))):
            wrong = antong(state, "import", units, bad, *options)
            assert wrong.returncode == 1
            assert "没有导入：2 行不对" in wrong.stderr
            assert "人员表 第 4 行 ：姓名：必填；" in wrong.stderr
            assert "人员表 第 5 行 某：编号：与第 2 行相同；" in wrong.stderr
            assert not told.exists()
        checked = antong(state, "import", units, people, "--check")
        assert (checked.returncode, checked.stdout) == (
            0,
            "核对无误，没有写入：单位 1 个，岗位 2 个，人员 2 人。\n",
        )
        done = antong(state, "import", units, people, "--passwords", str(told))
        assert done.returncode == 0, done.stderr
        assert not list(tmp_path.glob("*.part"))
        assert "已导入：单位 1 个，岗位 2 个，人员 2 人。" in done.stdout
        assert told.stat().st_mode & 0o077 == 0
        rows = list(csv.reader(told.read_text("utf-8-sig").splitlines()))
        assert [row[:4] for row in rows[1:]] == [
            ["试县公安局", "陶见微", "100101", "100101"],
            ["试县公安局", "褚临川", "100102", "chulc"],
        ]
        assert rows[1][4] not in done.stdout + done.stderr
        base = re.search(r"(http://127\.0\.0\.1:\d+)/login", run.said)
        assert base is not None
        for *_, username, password in rows[1:]:
            browser = Visitor(base[1])
            browser.post("/login", username=username, password=password)
            assert browser.get("/desk")[1] == "/password", "a first password is changed first"
        kept = told.read_bytes()
        again = antong(state, "import", "-", people, "--passwords", str(told))
        assert again.returncode == 1
        assert "已经在" in again.stderr
        again = antong(state, "import", units, people, "--passwords", str(tmp_path / "other.csv"))
        assert again.returncode == 1
        assert "没有导入：4 行不对" in again.stderr
        assert not (tmp_path / "other.csv").exists()
        assert told.read_bytes() == kept
        (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
        other = antong(state, "import", str(tmp_path / "picture.csv"), people, "--check")
        assert other.returncode == 1
        assert "picture.csv" in other.stderr
        assert "这不是表格文件" in other.stderr
        assert run.end() == 0
