"""Runs the tests on a PostgreSQL of their own: the embedded one, unless DATABASE_URL names another.

python tools/test.py [--full] [PATH...]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPREAD = ("-n", "3", "--dist", "loadgroup", "--no-loadscope-reorder")
"""Tests that share what is costly to make stay in one process, and begin in the order that tests/conftest.py gives."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Start the database, run pytest, stop the database."""
    state = ROOT / ".antong" / "test"
    environment = {**os.environ, "ANTONG_STATE": str(state), "ANTONG_DEMO": "1"}
    server = None
    if not os.environ.get("DATABASE_URL"):
        sys.path.insert(0, str(ROOT / "src"))
        from antong.boot import postgres  # noqa: PLC0415 - only when no other is named

        server = postgres.locate(state, name="test")
        environment["DATABASE_URL"] = postgres.start(server)
    if not any(shutil.which(name) for name in BROWSERS):
        print("test: no Chromium on this machine: the browser tests are skipped", flush=True)
    shared = Path(os.environ.get("TEST_SHARED") or ROOT.parent / "shared")
    if not (shared / "data").is_dir():
        print(
            f"test: no {shared.name}/data beside the repository: tests on real data are skipped", flush=True
        )
    tiers = [] if "--full" in sys.argv else ["-m", "not full"]
    paths = [word for word in sys.argv[1:] if word != "--full"]
    environment["TEST_TIER"] = "full" if "--full" in sys.argv else ""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *SPREAD, "--durations=25", *tiers, *paths],
            cwd=ROOT,
            env=environment,
            check=False,
        )
    finally:
        if server is not None:
            postgres.stop(server)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
