"""A machine that reaches nobody is installed from one file, founded, used, upgraded and taken back (the story says how)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from packing import BARE, make, walk_cut_off

HERE = Path(__file__).resolve().parent

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("run"), pytest.mark.timeout(1800)]


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
    walk_cut_off(BARE, HERE / "story.py", *package, tmp_path)
    shutil.rmtree(tmp_path / "opt" / "releases")
