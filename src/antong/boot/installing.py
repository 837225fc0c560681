"""Installs a package of `make package`, with the network cut. A package carries this file as its `install.py`.

    python3 antong-…/install.py DIR [--manifest SHA256]       install, then switch DIR/current to it
    python3 antong-…/install.py DIR --use RELEASE             switch to a release that is installed: back, or forth again

Standard library only, and nothing of the house: it runs before any of it is there. Every byte is compared with the
manifest before anything is made. A release is made beside those that are there, counts once it is whole, and DIR/current,
a link, is switched last: whatever fails before leaves the old one as it was. Nothing is written outside DIR.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
RELEASE = "release.json"
"""In a release, written last: what it is. A folder without it was never finished."""
UNFINISHED = "unfinished"
"""In a release while it is made: what was killed there is removed by the next installation, and nothing else is."""
PLACE = "/opt/antong"
"""Where the examples of `deploy/` say it lies."""
KEPT = ("assets", "docs", "deploy")
"""What a release keeps of the package beside the environment."""
NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,79}")
TRIED = "import antong.boot.cli, antong_verify, django, psycopg, granian, pikepdf"
"""What a release must be able to do before it counts."""
GROWS = 4
"""How many times its size a package takes while it is installed."""


class CannotInstall(Exception):
    """Why not, and how to mend it; nothing was changed."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            total.update(piece)
    return total.hexdigest()


# ---------------------------------------------------------------- what a package says of itself


def manifest(package: Path) -> dict[str, Any]:
    """Return the manifest of an unpacked package; raises CannotInstall where it cannot be one that we know."""
    broken = "manifest.json 不完整，包可能没有拷全。"
    try:
        said = json.loads((package / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise CannotInstall(
            f"{package} 里没有 manifest.json，这不是案通的安装包。", "用解开的安装包里的 install.py。"
        ) from None
    except (OSError, ValueError):
        raise CannotInstall(broken, "重新拷一份安装包。") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise CannotInstall("安装包的格式与安装程序不合。", "解开安装包，用它自己带的 install.py。")
    good = isinstance(said.get("files"), dict) and all(
        isinstance(said.get(key), str) for key in ("release", "version", "commit", "platform", "python")
    )
    if not good or not NAME.fullmatch(said["release"]):
        raise CannotInstall(broken, "重新拷一份安装包。")
    return said


def check(package: Path, said: dict[str, Any]) -> None:
    """Compare every file with the manifest; raises CannotInstall naming those that differ, lack or are too many."""
    here = [path for path in sorted(package.rglob("*")) if path.is_symlink() or not path.is_dir()]
    found = {path.relative_to(package).as_posix(): path for path in here}
    found.pop(MANIFEST, None)
    listed: dict[str, dict[str, Any]] = said["files"]
    wrong = [f"缺少 {name}" for name in sorted(listed.keys() - found.keys())]
    wrong += [f"多出 {name}" for name in sorted(found.keys() - listed.keys())]
    for name in sorted(listed.keys() & found.keys()):
        path, row = found[name], listed[name]
        if path.is_symlink() or not path.is_file():
            wrong.append(f"不是文件 {name}")
        elif path.stat().st_size != row.get("size") or digest(path) != row.get("sha256"):
            wrong.append(f"内容不符 {name}")
    if wrong:
        more = f" 等 {len(wrong)} 处" if len(wrong) > 5 else ""  # noqa: PLR2004 - as many as one reads
        raise CannotInstall(
            f"安装包与清单不符：{'；'.join(wrong[:5])}{more}。", "重新拷一份安装包，用另行告知的摘要核对。"
        )


def check_machine(said: dict[str, Any]) -> None:
    """Refuse a machine or an interpreter that the package was not made for."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if sys.implementation.name != "cpython" or here != said["python"]:
        raise CannotInstall(
            f"这个包是给 CPython {said['python']} 做的，现在运行的是 {sys.implementation.name} {here}。",
            f"用 python{said['python']} 运行，或取为 {here} 做的包。",
        )
    if sysconfig.get_platform() != said["platform"]:
        raise CannotInstall(
            f"这个包是给 {said['platform']} 做的，本机是 {sysconfig.get_platform()}。", "取为本机架构做的包。"
        )
    library, number = platform.libc_ver()
    wanted = str(said.get("glibc", "0"))
    if library != "glibc" or _numbers(number) < _numbers(wanted):
        raise CannotInstall(
            f"需要 glibc {wanted} 以上，本机是 {library or '别的 C 库'} {number}。", "换用较新的系统。"
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


# ---------------------------------------------------------------- making a release


def install(package: Path, place: Path, *, wanted: str = "", tell: Callable[[str], None] = print) -> str:
    """Install a package, its tar file or its folder, into a folder and switch to it; return the release.

    `wanted` is the manifest's digest as it was told elsewhere. Raises CannotInstall with all as it was.
    """
    package, place = package.resolve(), place.absolute()
    if package in (place, *place.parents):
        raise CannotInstall("安装目录不能在安装包里面。", f"另指一个目录，如 {PLACE}。")
    with _alone(place), _unpacked(package, place) as folder:
        said = manifest(folder)
        have = digest(folder / MANIFEST)
        if wanted and wanted.lower() != have:
            raise CannotInstall(
                f"清单的摘要是 {have}，与另行告知的不同。", "包不是那一个，或被改过：不要安装，问给包的人。"
            )
        check_machine(said)
        tell(f"核对 {len(said['files'])} 个文件 …")
        check(folder, said)
        _link(place)
        release = place / "releases" / str(said["release"])
        if (release / RELEASE).exists():
            if json.loads((release / RELEASE).read_text("utf-8")).get("manifest") != have:
                raise CannotInstall(f"{release} 已是另一个同名的版本。", "换一个目录，或先移走那个版本。")
            tell(f"{said['release']} 已经装好")
        else:
            _make(folder, release, {**said, "manifest": have}, tell)
        _switch(place, release)
    return str(said["release"])


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold the right to change a folder of releases; clear what a killed installation left."""
    mask = os.umask(0o022)  # whoever installs, another user runs it
    try:
        try:
            (place / "releases").mkdir(parents=True, exist_ok=True)
            lock = (place / ".install.lock").open("w")
        except OSError as error:
            raise CannotInstall(
                f"{place} 不能写（{error.strerror}）。", "用可以写它的用户运行，或换一个目录。"
            ) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CannotInstall(f"另一个安装正在 {place} 进行。", "等它完成再试。") from None
            _clear(place)
            try:
                yield
            finally:
                if not any((place / "releases").iterdir()):  # refused before anything was there
                    (place / "releases").rmdir()
                    (place / ".install.lock").unlink()
                    if not any(place.iterdir()):
                        place.rmdir()
    finally:
        os.umask(mask)


def _clear(place: Path) -> None:
    for left in place.glob(".incoming-*"):
        shutil.rmtree(left, ignore_errors=True)
    for mark in (place / "releases").glob(f"*/{UNFINISHED}"):
        if not (mark.parent / RELEASE).exists():
            shutil.rmtree(mark.parent)
    for release in (place / "releases").iterdir():
        if release.is_dir() and not any(release.iterdir()):  # killed before it had its mark
            release.rmdir()


def _make(package: Path, release: Path, said: dict[str, Any], tell: Callable[[str], None]) -> None:
    """Make a release whole, or not at all. An environment knows its own place, so it is made where it will stay."""
    need = GROWS * sum(int(row["size"]) for row in said["files"].values())
    free = shutil.disk_usage(release.parent).free
    if free < need:
        raise CannotInstall(
            f"{release.parent} 所在磁盘只剩 {free >> 20} MB，需要 {need >> 20} MB。", "腾出空间，或换一块盘。"
        )
    try:
        release.mkdir()
    except FileExistsError:
        raise CannotInstall(f"{release} 不是安装程序建的。", "移走它，或换一个安装目录。") from None
    try:
        (release / UNFINISHED).touch()
        for part in KEPT:
            if (package / part).is_dir():
                shutil.copytree(package / part, release / part)
        for path in (release, *release.rglob("*")):  # however narrowly the package was unpacked
            path.chmod(0o755 if path.is_dir() else 0o644)
        _place_names(release)
        python = release / "venv" / "bin" / "python"
        tell("建立运行环境 …")
        _run(sys.executable, "-m", "venv", "--without-pip", str(release / "venv"))
        pip = max((package / "wheels").glob("pip-*.whl"), default="pip")
        tell("安装软件包 …")
        _run(
            str(python), f"{pip}/pip", "--isolated", "install", "-q", "--no-index", "--no-deps", "--no-cache-dir",
            "--disable-pip-version-check", "--require-hashes", "--find-links", str(package / "wheels"),
            "-r", str(package / "requirements.txt"),
        )  # fmt: skip
        _run(str(python), "-I", "-c", TRIED)
        told = {key: said[key] for key in ("release", "version", "commit", "manifest")}
        whole = release / f"{RELEASE}.part"
        whole.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        whole.replace(release / RELEASE)
        (release / UNFINISHED).unlink()
    except BaseException:
        shutil.rmtree(release, ignore_errors=True)
        raise


def _place_names(release: Path) -> None:
    """Write where this installation lies into the examples of systemd and nginx."""
    place = str(release.parent.parent)
    for path in sorted((release / "deploy").glob("*")):
        text = path.read_text("utf-8")
        path.write_text(text.replace(PLACE, place), "utf-8")


def _run(*command: str) -> None:
    # what the operator has set for his own pip or Python counts for nothing here
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    done = subprocess.run(  # noqa: S603 - the package's own, compared with its manifest
        command, env=kept, capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-5:]
        raise CannotInstall(f"没有装成：{' '.join(last)}", "已撤回，原来的版本不受影响。按所写改正后重试。")


# ---------------------------------------------------------------- switching


def current(place: Path) -> str:
    """Return the release that DIR/current leads to, or nothing."""
    link = place / "current"
    return link.readlink().name if link.is_symlink() else ""


def releases(place: Path) -> list[str]:
    """Return the releases that are whole, by the time they were installed."""
    found = [path for path in (place / "releases").glob("*") if (path / RELEASE).exists()]
    return [path.name for path in sorted(found, key=lambda path: (path / RELEASE).stat().st_mtime)]


def use(place: Path, release: str) -> None:
    """Switch to a release that is installed: back to the one before, or forth again. Raises CannotInstall."""
    place = place.absolute()
    known = releases(place)
    if release not in known:
        raise CannotInstall(f"{place} 没有版本 {release}。", f"有的是：{'、'.join(known) or '（没有）'}。")
    with _alone(place):
        _switch(place, place / "releases" / release)


def _link(place: Path) -> Path:
    link = place / "current"
    if link.exists() and not link.is_symlink():
        raise CannotInstall(f"{link} 不是链接。", "把它移走，或换一个安装目录。")
    return link


def _switch(place: Path, release: Path) -> None:
    """Let DIR/current lead to a release, in one step."""
    link = _link(place)
    part = place / ".current.part"
    part.unlink(missing_ok=True)
    part.symlink_to(Path("releases") / release.name)
    part.replace(link)


# ---------------------------------------------------------------- a package as one file


@contextmanager
def _unpacked(package: Path, place: Path) -> Iterator[Path]:
    """Yield the folder of a package, a tar file unpacked within `place` for as long as it is needed."""
    if package.is_dir():
        yield package
        return
    part = Path(tempfile.mkdtemp(dir=place, prefix=".incoming-"))
    try:
        yield _unpack(package, part)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _unpack(package: Path, part: Path) -> Path:
    """Take plain files and folders under one top folder, by names that lead nowhere else; raises CannotInstall."""
    broken = CannotInstall(f"{package.name} 打不开，或不是安装包。", "重新拷一份安装包。")
    tops = set()
    try:
        with tarfile.open(package, "r:") as tar:
            for member in tar:
                name = PurePosixPath(member.name)
                if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
                    raise CannotInstall(
                        f"{package.name} 里有 {member.name}，不该在安装包里。", "不要安装，问给包的人。"
                    )
                tops.add(name.parts[0])
                if member.isdir():
                    (part / name).mkdir(parents=True, exist_ok=True)
                    continue
                (part / name).parent.mkdir(parents=True, exist_ok=True)
                source = tar.extractfile(member)
                if source is not None:
                    with (part / name).open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
    except (
        tarfile.TarError,
        EOFError,
        IndexError,
        FileNotFoundError,
        FileExistsError,
        IsADirectoryError,
        NotADirectoryError,
    ):
        raise broken from None
    if len(tops) != 1:
        raise broken
    return part / tops.pop()


def after(place: Path) -> list[str]:
    """Return what comes next, as it is told after an installation."""
    here = place.absolute() / "current"
    return [
        f"装好了，{here} 指向 {current(place.absolute())}。接着：",
        f"  新装的：照 {here}/docs/operations.md 建用户和设置，然后 {here}/venv/bin/antong init",
        f"  升级的：systemctl restart antong，再 antong doctor、antong audit；退回用 --use，版本见 {place}/releases",
        f"  systemd、nginx 的样例已按这里的路径写好：{here}/deploy",
    ]


def main() -> int:
    """Run from an unpacked package."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the machine's own Python may be older
        sys.stderr.write("没有安装：需要 Python 3.11 以上。\n")
        return 1
    parser = argparse.ArgumentParser(description="Install Antong from this package, with the network cut.")
    parser.add_argument("place", type=Path, metavar="DIR", help=f"folder to install into, as {PLACE}")
    parser.add_argument(
        "--manifest", default="", metavar="SHA256", help="digest of the manifest, as it was told elsewhere"
    )
    parser.add_argument("--use", default="", metavar="RELEASE", help="switch to a release that is installed")
    given = parser.parse_args()
    try:
        if given.use:
            use(given.place, given.use)
        else:
            install(Path(__file__).resolve().parent, given.place, wanted=given.manifest)
    except CannotInstall as error:
        sys.stderr.write(f"没有安装：{error.what}\n怎样补：{error.remedy}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"没有安装：{error.filename or given.place}：{error.strerror}\n")
        return 1
    sys.stdout.write("\n".join(after(given.place)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
