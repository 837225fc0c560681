"""What was lawfully destroyed, written down outside the database: whoever restores an older one destroys it again.

A line of JSON for each destruction, in a file of the keys' folder (apart from database and backups), in every backup's
manifest and in the file of `--keys-to`. It holds case numbers and approvals, no name of a party. Each line is signed by
the head key: a line that anybody else has written would destroy a living case.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature

from antong.boot import keyring, restoring, sealing
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


SIGNED_FOR = b"antong/destroyed/1\n"
"""What a signature is over, before the line: none of a head can be taken for one of a destruction."""
BASIS = "案通销毁规则：恢复旧数据时，已销毁的重新销毁；销毁记录每行由封签密钥签名，读不出、签名不符的不能开始"


def rows(keys: Path, *, without: Container[str] = ()) -> list[Row]:
    """Return every destruction that the database knows of, as plain JSON, each signed; Django is set up."""
    from antong.archive import selectors as archive  # noqa: PLC0415

    plain = [canonical.plain(asdict(one)) for one in archive.destroyed() if str(one.id) not in without]
    if not plain:
        return []
    signer = keyring.head_key((keys / "head.pem").read_bytes())
    return [{**row, "signature": signer.sign(_body(row)).hex()} for row in plain]


def _body(row: Row) -> bytes:
    return SIGNED_FOR + canonical.dumps({name: value for name, value in row.items() if name != "signature"})


def genuine(given: list[Row], keys: Path, source: str) -> list[Row]:
    """Return what a source says, every line of it signed by this house's head key; raises Refusal naming the first that is not."""
    if not given:
        return []
    public = keyring.head_key((keys / "head.pem").read_bytes()).public_key()
    for row in given:
        try:
            public.verify(bytes.fromhex(str(row.get("signature", ""))), _body(row))
        except (InvalidSignature, ValueError) as error:
            raise Refusal(
                f"销毁记录不是本平台写的，或被改过：{source}，案号 {row.get('number', '')}。",
                code="destroyed-forged", basis=(BASIS,),
                remedy="没有销毁任何案件。用另一份副本（antong destroyed 写出的，或最近一次备份）替换这个文件，把这一份留作证据。",
                who="安全管理员",
            ) from error  # fmt: skip
    return given


def in_file(path: Path) -> list[Row]:
    """Return what a file says; nothing where there is none. Raises Refusal naming the line that is none of ours."""
    if not path.exists():
        return []
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(str(path), "") from error
    return in_lines(text, str(path))


def of_keys(keys: Path) -> list[Row]:
    """Return what the file of the keys' folder says, each line signed. Raises Refusal."""
    return genuine(in_file(keys / NAME), keys, str(keys / NAME))


def in_lines(text: str, source: str) -> list[Row]:
    """Return what lines of JSON say; raises Refusal naming the line that is none of ours."""
    found = []
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            _value(row)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _unreadable(source, f" 第 {at} 行") from error
        found.append(row)
    return found


def _unreadable(source: str, where: str) -> Refusal:
    return Refusal(
        f"销毁记录读不出：{source}{where}。", code="destroyed-line", basis=(BASIS,),
        remedy="用另一份副本（antong destroyed 写出的，或最近一次备份）替换这个文件。", who="系统管理员",
    )  # fmt: skip


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
    new = rows(keys, without=have)
    if new:
        write(keys / NAME, merged(known, new))
    return len(new)


def of_backups(folder: Path, key: bytes) -> tuple[list[Row], list[str]]:
    """Return what the newest backup whose manifest can be read knows: all that was destroyed before it.

    Also those that are newer and cannot be read: what they alone know of is not known.
    """
    unread: list[str] = []
    for path in sorted(folder.glob("*.manifest"), reverse=True):
        try:
            return list(restoring.manifest_of(folder, key, path.stem).get("destroyed", [])), unread
        except sealing.Damaged:
            unread.append(path.stem)
    return [], unread


def for_backup(folder: Path, key: bytes, keys: Path, *, signs: bool) -> list[Row]:
    """Return what a backup must know: what those before knew, what the keys' folder says, what the database knows.

    Without the head key nothing is signed or checked: what was written down goes along as it is, and is checked by a restore.
    """
    before, _ = of_backups(folder, key)
    return merged(before, of_keys(keys), rows(keys)) if signs else merged(in_file(keys / NAME), before)


def again(env: Environment) -> list[str]:
    """Destroy once more what the keys' folder says was destroyed and this database still holds; return the case numbers.

    Before anybody is served: an older state of the database may have been put in place by whatever means.
    """
    known = of_keys(env.keys)
    if not known:
        return []
    from antong.archive import actions as archive  # noqa: PLC0415
    from antong.boot import founding  # noqa: PLC0415

    return archive.destroy_all_again(founding.operator(), [_value(row) for row in known])
