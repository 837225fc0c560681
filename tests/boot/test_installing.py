"""Packages: what is not byte for byte as its manifest says is refused by name, and nothing is left of it."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import stat
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from antong.boot import installing, releases
from antong.boot.installing import CannotInstall
from antong.kernel.refusal import Refusal

ROOT = Path(__file__).resolve().parents[2]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
RELEASE = "9.9.9+abcdef01"


def builder() -> Any:
    spec = importlib.util.spec_from_file_location("package_tool", ROOT / "tools" / "package.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def seal(folder: Path, **more: Any) -> str:
    """Write the manifest over what lies in a folder; return its digest."""
    (folder / "manifest.json").unlink(missing_ok=True)
    said = {
        "format": 1, "release": RELEASE, "version": "9.9.9", "commit": "abcdef01", "python": HERE, "glibc": "2.17",
        "platform": sysconfig.get_platform(), "files": dict(builder().listed(folder)), **more,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(said), "utf-8")
    return installing.digest(folder / "manifest.json")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package whole in itself, whose wheels cannot be installed."""
    folder = tmp_path / "package"
    for name, text in {
        "install.py": "", "requirements.txt": "antong==9.9.9 --hash=sha256:" + "0" * 64 + "\n",
        "deploy/antong.service": "ExecStart=/opt/antong/current/venv/bin/antong run\n", "docs/operations.md": "x",
        "assets/fonts/a.ttf": "font", "wheels/antong-9.9.9-py3-none-any.whl": "no wheel",
    }.items():  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    seal(folder)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one release that runs."""
    place = tmp_path / "opt"
    release(place, "1.0.0+1")
    installing.use(place, "1.0.0+1")
    return place


def release(place: Path, name: str) -> None:
    (place / "releases" / name).mkdir(parents=True)
    (place / "releases" / name / "release.json").write_text(json.dumps({"manifest": name}))


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - {".install.lock"}


def changed_byte(folder: Path) -> None:
    path = folder / "assets" / "fonts" / "a.ttf"
    path.write_bytes(b"fomt")


def missing(folder: Path) -> None:
    (folder / "docs" / "operations.md").unlink()


def extra(folder: Path) -> None:
    (folder / "wheels" / "other.whl").write_text("x")


def linked(folder: Path) -> None:
    path = folder / "docs" / "operations.md"
    path.unlink()
    path.symlink_to("/etc/hostname")


def link_to_folder(folder: Path) -> None:
    (folder / "docs" / "more").symlink_to("/etc")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (changed_byte, "内容不符 assets/fonts/a.ttf"),
        (missing, "缺少 docs/operations.md"),
        (extra, "多出 wheels/other.whl"),
        (linked, "不是文件 docs/operations.md"),
        (link_to_folder, "多出 docs/more"),
    ],
)
def test_a_damaged_package_is_refused_by_the_name_of_the_file(
    package: Path, place: Path, damage: Callable[[Path], None], says: str
) -> None:
    damage(package)
    before = everything(place)
    with pytest.raises(CannotInstall) as refused:
        installing.install(package, place, tell=lambda _: None)
    assert says in refused.value.what
    assert refused.value.remedy
    assert everything(place) == before
    assert installing.current(place) == "1.0.0+1"


def test_every_bit_of_a_file_counts(package: Path) -> None:
    said = installing.manifest(package)
    installing.check(package, said)
    path = package / "docs" / "operations.md"
    whole = path.read_bytes()
    for bit in range(8):
        path.write_bytes(bytes([whole[0] ^ (1 << bit)]) + whole[1:])
        with pytest.raises(CannotInstall, match="内容不符"):
            installing.check(package, said)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"python": "3.9"}, "CPython 3.9"),
        ({"platform": "linux-loongarch64"}, "linux-loongarch64"),
        ({"glibc": "9.1"}, "glibc 9.1"),
        ({"format": 2}, "格式"),
        ({"release": "../../etc"}, "不完整"),
        ({"release": ".."}, "不完整"),
        ({"files": []}, "不完整"),
        ({"commit": None}, "不完整"),
    ],
)
def test_what_is_made_for_another_machine_or_unknown_is_refused(
    package: Path, tmp_path: Path, more: dict[str, Any], says: str
) -> None:
    seal(package, **more)
    with pytest.raises(CannotInstall) as refused:
        installing.install(package, tmp_path / "new", tell=lambda _: None)
    assert says in refused.value.what
    assert not (tmp_path / "new").exists()


def test_a_manifest_that_is_none_is_refused(package: Path, tmp_path: Path) -> None:
    for text in ("", "[]", "{", "null", "\x00"):
        (package / "manifest.json").write_text(text)
        with pytest.raises(CannotInstall):
            installing.install(package, tmp_path / "new", tell=lambda _: None)
    (package / "manifest.json").unlink()
    with pytest.raises(CannotInstall, match="不是案通的安装包"):
        installing.install(package, tmp_path / "new", tell=lambda _: None)
    assert not (tmp_path / "new").exists()


def test_the_digest_told_elsewhere_must_be_that_of_the_manifest(package: Path, tmp_path: Path) -> None:
    told = seal(package)
    (package / "docs" / "operations.md").write_text("changed by somebody who also wrote the manifest anew")
    seal(package)
    with pytest.raises(CannotInstall, match="与另行告知的不同"):
        installing.install(package, tmp_path / "new", wanted=told, tell=lambda _: None)
    assert not (tmp_path / "new").exists()


def test_what_fails_half_way_leaves_the_old_one_running(package: Path, place: Path) -> None:
    before = everything(place)
    with pytest.raises(CannotInstall, match="没有装成"):
        installing.install(package, place, tell=lambda _: None)
    assert everything(place) == before
    assert installing.current(place) == "1.0.0+1"


def test_what_a_kill_left_is_removed_and_nothing_else(package: Path, place: Path) -> None:
    killed, foreign = place / "releases" / "2.0.0+2", place / "releases" / "mine"
    killed.mkdir()
    (killed / "unfinished").touch()
    (killed / "venv").mkdir()
    (place / "releases" / "3.0.0+3").mkdir()
    (place / ".incoming-x").mkdir()
    foreign.mkdir()
    (foreign / "letter").write_text("not yours")
    with pytest.raises(CannotInstall):
        installing.install(package, place, tell=lambda _: None)
    assert {path.name for path in (place / "releases").iterdir()} == {"1.0.0+1", "mine"}
    assert not (place / ".incoming-x").exists()


def test_a_folder_without_releases_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(Refusal, match="没有装过案通"):
        releases.releases.callback(tmp_path, None)  # type: ignore[misc]


def test_back_and_forth_between_releases_in_one_step(place: Path) -> None:
    release(place, "2.0.0+2")
    (place / "releases" / "3.0.0+3").mkdir()  # never finished
    for name in ("2.0.0+2", "1.0.0+1", "2.0.0+2"):
        installing.use(place, name)
        assert installing.current(place) == name
        assert (place / "current" / "release.json").exists()
    for name in ("3.0.0+3", "nothing", "../1.0.0+1", ""):
        with pytest.raises(CannotInstall):
            installing.use(place, name)
    assert installing.current(place) == "2.0.0+2"


def test_one_installation_at_a_time_and_none_into_itself(package: Path, place: Path) -> None:
    import fcntl

    with (place / ".install.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(CannotInstall, match="另一个安装"):
            installing.install(package, place, tell=lambda _: None)
    for inside in (package, package / "docs" / "opt"):
        with pytest.raises(CannotInstall, match="包里面"):
            installing.install(package, inside, tell=lambda _: None)


def test_a_folder_that_is_no_link_is_not_replaced(package: Path, tmp_path: Path) -> None:
    (tmp_path / "opt" / "current").mkdir(parents=True)
    with pytest.raises(CannotInstall, match="不是链接"):
        installing.install(package, tmp_path / "opt", tell=lambda _: None)
    assert everything(tmp_path / "opt") == {"current"}


def hostile() -> Iterator[tuple[str, list[tarfile.TarInfo]]]:
    def row(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, to
        return info

    yield "up", [row("a/../../escaped")]
    yield "absolute", [row("/escaped-by-a-package")]
    yield "link", [row("a/l", tarfile.SYMTYPE, "/etc"), row("a/l/escaped")]
    yield "hard link", [row("a/l", tarfile.LNKTYPE, "a/other")]
    yield "device", [row("a/null", tarfile.CHRTYPE)]
    yield "two", [row("a/x"), row("b/x")]
    yield "no name", [row(".", tarfile.DIRTYPE)]
    yield "file below file", [row("a"), row("a/x")]
    yield "empty", []


@pytest.mark.parametrize("rows", [pytest.param(rows, id=name) for name, rows in hostile()])
def test_a_hostile_tar_writes_nowhere(tmp_path: Path, place: Path, rows: list[tarfile.TarInfo]) -> None:
    path = tmp_path / "bad.tar"
    with tarfile.open(path, "w") as tar:
        for row in rows:
            tar.addfile(row, io.BytesIO(b""))
    before = everything(tmp_path)
    with pytest.raises(CannotInstall):
        installing.install(path, place, tell=lambda _: None)
    assert everything(tmp_path) == before | {"opt/.install.lock"}


def test_a_tar_cut_short_or_none_is_refused_by_the_command(
    package: Path, place: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "antong.tar"
    builder().bind(package, "antong-9.9.9", whole)
    for content in (b"", b"no tar", whole.read_bytes()[:-12_000], whole.read_bytes()[:700]):
        bad = tmp_path / "bad.tar"
        bad.write_bytes(content)
        with pytest.raises(CannotInstall):
            installing.install(bad, place, tell=lambda _: None)
    done = subprocess.run(
        [sys.executable, "-m", "antong.boot", "install", str(bad), str(place)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "没有安装" in done.stderr
    assert "怎样补" in done.stderr
    listed = subprocess.run(
        [sys.executable, "-m", "antong.boot", "releases", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.stdout == "* 1.0.0+1\n"


def test_the_same_files_make_the_same_bytes(package: Path, tmp_path: Path) -> None:
    tool = builder()
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        os.umask(0o022 if folder is first else 0o077)
        tool.own_wheels(folder, "9.9.9")
        for path in package.rglob("*"):
            os.utime(path, (1, 1) if folder is second else (2_000_000_000, 2_000_000_000))
        tool.bind(package, "antong-9.9.9", folder / "antong.tar")
    os.umask(0o022)
    names = sorted(path.name for path in first.iterdir())
    assert names == [
        "antong-9.9.9-py3-none-any.whl", "antong.tar", "antong_client-9.9.9-py3-none-any.whl", "antong_verify-9.9.9-py3-none-any.whl",
    ]  # fmt: skip
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_our_wheel_holds_all_that_the_program_reads_and_nothing_private(tmp_path: Path) -> None:
    tool = builder()
    with zipfile.ZipFile(tool.own_wheels(tmp_path, "9.9.9")[0]) as wheel:
        names = set(wheel.namelist())
        assert all(stat.S_ISREG(row.external_attr >> 16) for row in wheel.infolist())
        assert b"antong = antong.boot.cli:main" in wheel.read("antong-9.9.9.dist-info/entry_points.txt")
    here = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "antong").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here == {name for name in names if ".dist-info" not in name}


def test_the_least_c_library_is_that_of_the_most_demanding_wheel() -> None:
    least = builder().least_glibc
    assert least(["a-1-py3-none-any.whl"]) == "2.17"
    both = "b-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"
    assert least([both, "c-1-py3-none-manylinux2014_x86_64.whl"]) == "2.27"
    assert least([both, "d-1-py3-none-manylinux_2_31_x86_64.whl"]) == "2.31"


def test_version_changelog_and_the_release_before_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    heads = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    previous = tomllib.loads((ROOT / "tests/boot/upgrade/previous.toml").read_text("utf-8"))
    number = version.removesuffix(".dev0")
    assert heads[0] == (f"{number} (unreleased)" if version != number else number)
    assert f"v{heads[1]}" == previous["tag"]
