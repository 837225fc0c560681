"""Packages as `make package` makes them, of this checkout and of a release after it; and commands with the network cut."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from colleague import DONE

ROOT = Path(__file__).resolve().parents[1]
BARE = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
"""The machine's own Python, which has none of our packages."""
CUT_OFF = Path(__file__).resolve().parent / "cut_off.py"
NOT_ALLOWED = 77


def make(out: Path, root: Path = ROOT) -> tuple[Path, str]:
    """Make a package of a checkout; return its file and the digest of its manifest."""
    done = subprocess.run(
        [sys.executable, str(root / "tools" / "package.py"), "--out", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    digest = re.search(r"manifest sha256 ([0-9a-f]{64})", done.stdout)
    assert digest is not None
    return next(out.glob("*.tar")), digest[1]


def copied(folder: Path) -> Path:
    """Copy the checkout as it stands, with what set-up made and fetched, into a repository of its own; nothing is committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "assets", folder / "assets")
    (folder / ".antong").mkdir()
    (folder / ".antong" / "package").symlink_to(ROOT / ".antong" / "package")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def commit(folder: Path) -> None:
    """Commit all that lies in a repository."""
    who = ("-c", "user.name=试", "-c", "user.email=test@example.gov.cn")
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(
        ["git", *who, "commit", "-q", "--no-verify", "-m", "the release after"], cwd=folder, check=True
    )


def walk_cut_off(python: Path, story: Path, *given: str | Path) -> None:
    """Run a story with the network cut, to its last line; skips where the machine allows no network namespace."""
    done = subprocess.run(
        [str(BARE), str(CUT_OFF), str(python), str(story), *map(str, given)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == NOT_ALLOWED:
        pytest.skip(
            "this machine allows no network namespace: what must go with the network cut is not tried"
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == DONE
