"""What backups a folder holds, and whether a state folder stands half restored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from antong.boot import sealing
from antong.boot.environment import Environment
from antong.kernel.refusal import Refusal

MARKER = "restoring"
"""A file of the state folder that names the backup being restored; gone when all of it is there and was verified."""


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


def marked(env: Environment) -> str:
    """Return the id of the backup that a state folder is being restored from; nothing where none is."""
    path = env.state / MARKER
    return path.read_text().strip() if path.exists() else ""


def refuse_half(env: Environment) -> None:
    """Refuse a state folder that stands half restored."""
    if marked(env):
        raise Refusal(
            f"不能办：{env.state} 里有一次没有做完的恢复（{marked(env)}）。",
            code="half-restored",
            basis=("案通备份规则：恢复没有做完并核对的，不当作完整的数据",),
            remedy="重新运行同一条 antong restore，它从中断处继续。",
            who="系统管理员",
        )
