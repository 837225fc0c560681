"""A sound bundle verifies, says as of when, and nothing that is not one makes the verifier raise."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from antong_verify import verify
from antong_verify.__main__ import main
from forging import Past, lines, put_together, taken_apart, with_lines, with_value


def test_a_sound_bundle_verifies(past: Past) -> None:
    report = verify(past.new)
    assert report.ok, report.faults
    assert (report.entries, report.opened, report.withheld) == (past.case.entries, past.case.entries, 0)
    assert report.files == len(past.case.files)
    assert not report.trusted


def test_without_a_head_it_says_as_of_when_it_is_complete(past: Past) -> None:
    report = verify(past.old)
    assert report.ok, report.faults
    text = "\n".join(report.lines())
    assert f"截至第 {report.head} 号封签（{report.as_of}）完整" in text
    assert "之后是否另有留痕不能证明" in text


def test_a_destroyed_opening_leaves_the_proof_and_is_said(past: Past, tmp_path: Path) -> None:
    parts = taken_apart(past.new)
    rows = lines(parts)
    at = next(index for index, row in enumerate(rows) if row["entry"]["act"] == "handover.send")
    rows[at]["opening"] = None
    parts = with_lines(parts, rows)
    manifest = f"files/manifests/{at + 1}.json"
    bindings = [row for row in json.loads(parts["bindings.json"]) if f"files/{row['path']}" != manifest]
    parts = with_value(
        {key: value for key, value in parts.items() if key != manifest}, "bindings.json", bindings
    )
    report = verify(put_together(parts, tmp_path / "destroyed.zip"))
    assert report.ok, report.faults
    assert report.withheld == 1
    assert "另有 1 条明文不在包内" in "\n".join(report.lines())


def test_it_runs_alone_and_answers_by_exit_code(past: Past, tmp_path: Path) -> None:
    code = (
        "import sys; from antong_verify.__main__ import main; code = main(sys.argv[1:]);"
        " assert not [name for name in sys.modules if name.split('.')[0] in ('antong', 'django', 'psycopg')];"
        " raise SystemExit(code)"
    )
    head = past.heads[min(past.heads)]
    command = [sys.executable, "-c", code, str(past.new), "--head", str(head), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["trusted"] == min(past.heads)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(past.new.read_bytes()[:-400])
    assert main([str(broken)]) == 1


def test_a_trusted_key_is_compared(past: Past) -> None:
    public = json.loads(taken_apart(past.new)["bundle.json"])["public_key"]
    assert verify(past.new, key=bytes.fromhex(public)).ok
    assert "不是您信任的那一把" in verify(past.new, key=bytes(32)).faults[0]
    with pytest.raises(SystemExit):
        main([str(past.new), "--key", "abc"])


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", b"PK\x03\x04" + b"\0" * 200])
def test_garbage_is_refused_calmly(tmp_path: Path, past: Past, data: bytes) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(data)
    assert not verify(path).ok
    assert not verify(tmp_path / "nowhere.zip").ok
    assert "封签" in verify(past.new, path).faults[0]
    assert "封签" in verify(past.new, tmp_path / "nowhere.json").faults[0]


@pytest.mark.parametrize(
    "part", ["bundle.json", "head.json", "entries.jsonl", "anchors.jsonl", "map.json", "bindings.json"]
)
@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b'{"a":1}', b"[" * 100_000, b"\xff\xfe", None])
def test_a_part_that_is_nonsense_is_refused_calmly(
    past: Past, tmp_path: Path, part: str, data: bytes | None
) -> None:
    parts = taken_apart(past.new)
    if data is None:
        del parts[part]
    else:
        parts[part] = data
    report = verify(put_together(parts, tmp_path / "nonsense.zip"))
    assert report.faults or (
        part == "anchors.jsonl" and not report.anchors
    )  # empty: a bundle with no anchors


@pytest.mark.parametrize(
    "name", ["files/../../etc/x", "/etc/x", "files\\x", "more.json", "files/unbound.jpg"]
)
def test_names_that_do_not_belong_are_refused(past: Past, tmp_path: Path, name: str) -> None:
    assert not verify(put_together({**taken_apart(past.new), name: b"x"}, tmp_path / "more.zip")).ok


def test_a_file_twice_and_a_bomb_are_refused(past: Past, tmp_path: Path) -> None:
    twice = tmp_path / "twice.zip"
    twice.write_bytes(past.new.read_bytes())
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("head.json", b"{}")
    assert "重复" in verify(twice).faults[0]
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(past.new.read_bytes())
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("files/bomb", b"\0" * (64 << 20))
    assert "压缩比" in verify(bomb).faults[0]


def test_another_version_says_how_to_go_on(past: Past, tmp_path: Path) -> None:
    parts = taken_apart(past.new)
    about = {**json.loads(parts["bundle.json"]), "format": "antong/bundle/1"}
    parts = {**with_value(parts, "bundle.json", about), "heads.jsonl": b""}
    assert "重新导出" in verify(put_together(parts, tmp_path / "one.zip")).faults[0]
