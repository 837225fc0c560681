"""`make package`: one file from which Antong is installed with the network cut. Needs a prepared checkout.

    python tools/package.py [--out DIR]

In it: our wheels, those of the lock files by their hashes (PostgreSQL and NATS among them), fonts, icons and scripts,
documents, the installer, and a manifest with the SHA-256 of every file. For the interpreter and machine that make it.
The same commit on the same machine gives the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INSTALLER = ROOT / "src" / "antong" / "boot" / "installing.py"
LOCKS = ("base", "carried")
OWN = {"antong": "src", "antong_verify": "verify/src", "antong_client": "client/src"}
DOCUMENTS = ("README.md", "README.zh.md", "CHANGELOG.md", "LICENSE", "NOTICE", "docs", "deploy")
GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_|(manylinux2014|manylinux1|manylinux2010)_")
OLD_TAGS = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time that every file bears: the bytes say what is in it, not when."""
PLAIN = 0o100644


def git(*words: str) -> str:
    """Return what git says."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"package: {done.stderr.strip()}\npackage: it is made from a checkout, with git")
    return done.stdout


def tracked(*places: str) -> list[Path]:
    """Return the files of a checkout that are its own, sorted."""
    names = git("ls-files", "-z", "-co", "--exclude-standard", "--", *places).split("\0")
    return sorted(ROOT / name for name in names if name and (ROOT / name).is_file())


def write_wheel(
    folder: Path,
    *,
    name: str,
    version: str,
    files: Mapping[str, bytes],
    scripts: Mapping[str, str],
    python: str,
) -> Path:
    """Write the wheel of a package into a folder; return its path. `files` are by their place in site-packages."""
    info = f"{name}-{version}.dist-info"
    texts = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {python}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: antong\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if scripts:
        lines = "".join(f"{command} = {place}\n" for command, place in sorted(scripts.items()))
        texts["entry_points.txt"] = f"[console_scripts]\n{lines}"
    whole = {**dict(sorted(files.items())), **{f"{info}/{key}": text.encode() for key, text in texts.items()}}
    record = "".join(f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in whole.items())
    whole[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    out = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, content in whole.items():
            row = zipfile.ZipInfo(path, EPOCH)
            row.compress_type, row.external_attr, row.create_system = zipfile.ZIP_DEFLATED, PLAIN << 16, 3
            archive.writestr(row, content)
    return out


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def own_wheels(folder: Path, version: str) -> list[Path]:
    """Write our own wheels."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    made = []
    for name, source in OWN.items():
        files = {
            path.relative_to(ROOT / source).as_posix(): path.read_bytes()
            for path in tracked(f"{source}/{name}")
        }
        scripts = project["scripts"] if name == "antong" else {}
        made.append(
            write_wheel(
                folder,
                name=name,
                version=version,
                files=files,
                scripts=scripts,
                python=project["requires-python"],
            )
        )
    return made


def release_of(version: str, own: list[Path]) -> tuple[str, str]:
    """Return the name of the release and the commit; a checkout with changes says so in both."""
    commit = git("rev-parse", "HEAD").strip()
    if not git("status", "--porcelain").strip():
        return f"{version}+{commit[:8]}", commit
    total = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in own)).hexdigest()
    return f"{version}+{commit[:8]}.changed.{total[:8]}", f"{commit} with changes"


def fetched(cache: Path) -> Path:
    """Return a folder with the wheels of the lock files for this interpreter; fetched once, by hash."""
    total = hashlib.sha256(f"{sys.version}{sysconfig.get_platform()}".encode())
    locks = [ROOT / "requirements" / f"{name}.txt" for name in LOCKS]
    for lock in locks:
        total.update(lock.read_bytes())
    folder = cache / f"wheels-{total.hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    print("package: fetching wheels", flush=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        part, env = Path(work) / "part", Path(work) / "env"
        subprocess.run([sys.executable, "-m", "venv", str(env)], check=True)
        command = [str(env / "bin" / "python"), "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        command += ["--require-hashes", "--only-binary", ":all:", "-d", str(part)]
        for lock in locks:
            command += ["-r", str(lock)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = "\n".join(done.stderr.strip().splitlines()[-5:])
            sys.exit(f"package: the wheels could not be fetched:\n{last}\npackage: mend that and run again")
        part.rename(folder)
    return folder


def least_glibc(names: list[str]) -> str:
    """Return the C library that the wheels need at least."""
    need = (2, 17)
    for name in names:
        fits = [
            OLD_TAGS[match[3]] if match[3] else (int(match[1]), int(match[2]))
            for match in GLIBC.finditer(name + "_")
        ]
        if fits:
            need = max(need, min(fits))
    return f"{need[0]}.{need[1]}"


def pinned(folder: Path) -> str:
    """Return a requirements file that names each wheel of a folder by version and hash, but for pip, which installs."""
    lines = []
    for path in sorted(folder.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        if name != "pip":
            lines.append(f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n")
    return "".join(lines)


def lay(folder: Path, cache: Path) -> dict[str, Any]:
    """Lay out the package in a folder, all but the manifest; return that."""
    assets = ROOT / "assets"
    if not (assets / "fonts").is_dir():
        sys.exit("package: fonts and scripts are missing: run make setup first")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    shelf = folder / "wheels"
    shelf.mkdir()
    own = own_wheels(shelf, version)
    for wheel in sorted(fetched(cache).glob("*.whl")):
        shutil.copy(wheel, shelf)
    (folder / "requirements.txt").write_text(pinned(shelf), "utf-8")
    shutil.copy(INSTALLER, folder / "install.py")
    shutil.copytree(assets, folder / "assets")
    for path in tracked(*DOCUMENTS):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    release, commit = release_of(version, own)
    return {
        "format": 1,
        "release": release,
        "version": version,
        "commit": commit,
        "committed_at": git("show", "-s", "--format=%cI", "HEAD").strip(),
        "platform": sysconfig.get_platform(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "glibc": least_glibc([path.name for path in shelf.glob("*.whl")]),
        "files": dict(listed(folder)),
    }


def listed(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every file of a folder with its digest and size, sorted."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        yield (
            path.relative_to(folder).as_posix(),
            {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)},
        )


def bind(folder: Path, top: str, out: Path) -> None:
    """Write a folder as one tar file: sorted, without owners or times."""
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            row = tarfile.TarInfo(f"{top}/{path.relative_to(folder).as_posix()}")
            row.size, row.mode = len(content), 0o644
            tar.addfile(row, io.BytesIO(content))


def main() -> None:
    """Make the package; print where it is and the digest to tell elsewhere."""
    parser = argparse.ArgumentParser(description="Make the package for installing offline.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to write to")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as work:
        folder = Path(work) / "package"
        folder.mkdir()
        manifest = lay(folder, ROOT / ".antong" / "package")
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (folder / "manifest.json").write_text(text, "utf-8")
        tags = (
            f"{sysconfig.get_platform().replace('-', '_')}-cp{sys.version_info.major}{sys.version_info.minor}"
        )
        top = f"antong-{manifest['release']}-{tags}"
        bind(folder, top, Path(work) / "tar")
        package = out / f"{top}.tar"
        (Path(work) / "tar").replace(package)
    print(f"package: {package}  {package.stat().st_size / 1e6:.0f} MB, {len(manifest['files'])} files")
    print(f"package: manifest sha256 {hashlib.sha256(text.encode()).hexdigest()}")


if __name__ == "__main__":
    main()
