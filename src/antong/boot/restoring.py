"""What backups a folder holds, and whether a state folder stands half restored."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from antong.boot import sealing
from antong.boot.environment import Environment, keep_once
from antong.dossier.places import DISK, S3, WORDS
from antong.kernel.refusal import Refusal

MARKER = "restoring"
"""A file of the state folder that says which backup is being restored, and where to; gone when all of it was verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A restore that has begun: of which backup, where its originals go, and whether a bucket is taken over."""

    backup: str
    to: str = DISK
    endpoint: str = ""
    bucket: str = ""
    prefix: str = ""
    takes_over: bool = False

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where its originals go."""
        return self.to, self.endpoint, self.bucket, self.prefix

    @property
    def word(self) -> str:
        """Where its originals go, in words."""
        where = f"（{self.endpoint} 的桶 {self.bucket}，前缀“{self.prefix}”）" if self.to == S3 else ""
        return f"{WORDS[self.to]}{where}"


def newest(folder: Path) -> str | None:
    """Return the id of the newest whole backup in a folder."""
    found = sorted(path.stem for path in folder.glob("*.manifest"))
    return found[-1] if found else None


def manifest_of(folder: Path, key: bytes, own: str) -> dict[str, Any]:
    """Return what belongs to a backup; raises sealing.Damaged, naming the file."""
    path = folder / f"{own}.manifest"
    body = b"".join(sealing.unseal(key, "manifest", path))
    manifest: dict[str, Any] = json.loads(body)
    if manifest.get("format") != "antong/backup/1" or manifest.get("id") != own:
        raise sealing.Damaged(path, "不是这一次备份的清单，或出自更新的版本")
    return manifest


def object_path(folder: Path, name: str) -> Path:
    """Return where a content lies in a backup."""
    return folder / "objects" / name[:2] / name


def marked(env: Environment) -> Mark | None:
    """Return the restore that has begun in a state folder and not ended; None where there is none."""
    path = env.state / MARKER
    if not path.exists():
        return None
    text = path.read_text().strip()
    # before 0.2 the name of the backup was all of it, and the disk the only place
    return Mark(**json.loads(text)) if text.startswith("{") else Mark(backup=text)


def mark(env: Environment, begun: Mark) -> None:
    """Say in the state folder that it stands half restored; what was said first stays."""
    keep_once(env.state / MARKER, json.dumps(asdict(begun)))
    sealing.keep_names(env.state)


def refuse_half(env: Environment) -> None:
    """Refuse a state folder that stands half restored."""
    if (begun := marked(env)) is not None:
        raise Refusal(
            f"不能办：{env.state} 里有一次没有做完的恢复（{begun.backup}）。",
            code="half-restored",
            basis=("案通备份规则：恢复没有做完并核对的，不当作完整的数据",),
            remedy="重新运行同一条 antong restore，它从中断处继续。",
            who="系统管理员",
        )
