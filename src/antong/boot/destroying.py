"""What was lawfully destroyed, written down outside the database: whoever restores an older one destroys it again.

A line of JSON for each destruction, in a file of the keys' folder (apart from database and backups), in every backup's
manifest and in the file of `--keys-to`. It holds case numbers and approvals, no name of a party.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from antong.boot import restoring, sealing
from antong.boot.environment import Environment
from antong.kernel import canonical
from antong.kernel.refusal import Refusal

if TYPE_CHECKING:
    from antong.archive.types import Destroyed

NAME = "destroyed.jsonl"
"""The file in the folder of the keys."""

Row = dict[str, Any]
_READ: Mapping[str, Callable[[Any], Any]] = {
    "UUID": UUID, "date": date.fromisoformat, "datetime": datetime.fromisoformat, "int": int, "str": str, "dict[str, Any]": dict,
}  # fmt: skip
"""How a field is read back, by the type it is declared with."""


def rows() -> list[Row]:
    """Return every destruction that the database knows of, as plain JSON; Django is set up."""
    from antong.archive import selectors as archive  # noqa: PLC0415

    return [canonical.plain(asdict(one)) for one in archive.destroyed()]


def in_file(path: Path) -> list[Row]:
    """Return what a file says; nothing where there is none. Raises Refusal naming the line that is none of ours."""
    if not path.exists():
        return []
    return in_lines(path.read_text("utf-8"), str(path))


def in_lines(text: str, source: str) -> list[Row]:
    """Return what lines of JSON say; raises Refusal naming the line that is none of ours."""
    found = []
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            _value(row)
        except (ValueError, TypeError, KeyError) as error:
            raise Refusal(
                f"销毁记录读不出：{source} 第 {at} 行。", code="destroyed-line",
                basis=("案通销毁规则：恢复旧数据时，已销毁的重新销毁，记录不全不能开始",),
                remedy="用另一份副本（antong destroyed 写出的，或最近一次备份）替换这个文件。", who="系统管理员",
            ) from error  # fmt: skip
        found.append(row)
    return found


def _value(row: Row) -> Destroyed:
    from antong.archive.types import Destroyed  # noqa: PLC0415

    return Destroyed(**{field.name: _READ[str(field.type)](row[field.name]) for field in fields(Destroyed)})


def merged(*several: Iterable[Row]) -> list[Row]:
    """Return each destruction once, oldest first."""
    by_id = {row["id"]: row for rows_ in several for row in rows_}
    return sorted(by_id.values(), key=lambda row: (row["decided_at"], row["id"]))


def as_lines(given: Iterable[Row]) -> str:
    """Return destructions as lines of JSON."""
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in given)


def write(path: Path, given: list[Row]) -> None:
    """Write destructions to a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(as_lines(given))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sealing.keep_names(path.parent)


def write_down(keys: Path) -> int:
    """Add to the file of the keys' folder what the database knows and it does not; return how many. A chore of every minute."""
    known = in_file(keys / NAME)
    have = {row["id"] for row in known}
    new = [row for row in rows() if row["id"] not in have]
    if new:
        write(keys / NAME, merged(known, new))
    return len(new)


def of_backups(folder: Path, key: bytes) -> list[Row]:
    """Return what the newest backup whose manifest can be read knows: all that was destroyed before it."""
    for path in sorted(folder.glob("*.manifest"), reverse=True):
        try:
            return list(restoring.manifest_of(folder, key, path.stem).get("destroyed", []))
        except sealing.Damaged:
            continue
    return []


def again(env: Environment) -> list[str]:
    """Destroy once more what the keys' folder says was destroyed and this database still holds; return the case numbers.

    Before anybody is served: an older state of the database may have been put in place by whatever means.
    """
    known = in_file(env.keys / NAME)
    if not known:
        return []
    from antong.archive import actions as archive  # noqa: PLC0415
    from antong.boot import founding  # noqa: PLC0415

    return archive.destroy_all_again(founding.operator(), [_value(row) for row in known])
