"""A machine that reaches nobody is installed from one file, founded, used, upgraded and taken back (the story says how)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
BARE = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
"""The machine's own Python, which has none of our packages."""
NOT_ALLOWED = 77

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("run"), pytest.mark.timeout(1800)]


def make(out: Path) -> tuple[Path, str]:
    """Make a package; return its file and the digest of its manifest."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "package.py"), "--out", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    digest = re.search(r"manifest sha256 ([0-9a-f]{64})", done.stdout)
    assert digest is not None
    return next(out.glob("*.tar")), digest[1]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    out = tmp_path_factory.mktemp("package")
    yield make(out)
    shutil.rmtree(out)


def test_the_same_checkout_makes_the_same_package(package: tuple[Path, str], tmp_path: Path) -> None:
    again, digest = make(tmp_path)
    assert (again.name, digest) == (package[0].name, package[1])
    assert subprocess.run(["cmp", str(again), str(package[0])], check=False).returncode == 0
    again.unlink()


def test_a_machine_that_reaches_nobody_is_installed_used_upgraded_and_taken_back(
    package: tuple[Path, str], tmp_path: Path
) -> None:
    story = [str(BARE), str(HERE / "story.py"), str(package[0]), package[1], str(tmp_path)]
    done = subprocess.run(
        [str(BARE), str(HERE / "cut_off.py"), *story], capture_output=True, text=True, check=False
    )
    if done.returncode == NOT_ALLOWED:
        pytest.skip("this machine allows no network namespace: installing with the network cut is not tried")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "all of it was done"
    shutil.rmtree(tmp_path / "opt" / "releases")
