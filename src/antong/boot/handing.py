"""The file of first passwords that `antong import` writes: there once the people are entered, and then only, whatever ends it.

It is written beside, on disk before the act is kept, and takes its name afterwards. The name beside says who is the first
of them: what a process has left that was killed in between is known by that person to be the only copy, or nothing.
"""

from __future__ import annotations

import csv
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING
from uuid import UUID

from antong.boot import sealing
from antong.kernel.refusal import Refusal

if TYPE_CHECKING:
    from antong.org.selectors import FirstPassword


class Passwords:
    """A new file for first passwords (CSV, mode 0600); none that is there is taken. Django is set up.

    Raises Refusal where the file is there, or another import writes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part: Path | None = None
        self._file: IO[str] | None = None
        self._first: UUID | None = None
        self._finish_left()
        if path.exists():
            raise _taken(path)

    def _finish_left(self) -> None:
        """Give its name to what a killed import of people who are entered has left; remove what is of nobody."""
        for part in sorted(self.path.parent.glob(f"{self.path.name}.*.part")):
            first = _first_of(part)
            if first is None:
                continue
            with part.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise _busy(self.path) from None
                if _is_entered(first):
                    _name(part, self.path)
                    raise _brought(self.path)
                part.unlink(missing_ok=True)

    def keep(self, people: Sequence[FirstPassword]) -> None:
        """Write them beside, a row each, on disk before it returns."""
        from antong.org.selectors import PASSWORD_HEADS  # noqa: PLC0415
        from antong.web.lists import no_formula  # noqa: PLC0415

        if not people:
            return
        self._first = people[0].person_id
        self._part = self.path.with_name(f"{self.path.name}.{self._first.hex}.part")
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")
        fcntl.flock(self._file, fcntl.LOCK_EX)  # as long as this process lives, or until it is settled
        rows = csv.writer(self._file)
        rows.writerow(PASSWORD_HEADS)
        rows.writerows([no_formula(cell) for cell in one.row] for one in people)
        self._file.flush()
        os.fsync(self._file.fileno())
        sealing.keep_names(self._part.parent)

    def settle(self, error: BaseException | None = None) -> Path | None:
        """Give the file its name where the people are entered; return where the passwords are, None where there are none.

        After an `error` whether they are is asked: a connection may be lost after the database has kept it all. Where that
        cannot be asked the file stays beside.
        """
        if self._part is None or self._file is None or self._first is None:
            return None
        with self._file:
            entered = True if error is None else _after(error, self._first)
            if entered is None:
                return self._part
            if not entered:
                self._part.unlink()
                return None
            try:
                _name(self._part, self.path)
            except FileExistsError:  # made meanwhile, by somebody else
                return self._part
            return self.path


def _after(error: BaseException, first: UUID) -> bool | None:
    """Return whether a person is entered, asked on a new connection; None where that is not known."""
    from django.db import Error, InterfaceError, OperationalError, connection  # noqa: PLC0415

    try:
        if not connection.in_atomic_block:
            connection.close()
        entered = _is_entered(first)
    except Error:
        return None
    lost = isinstance(error, OperationalError | InterfaceError)  # the server may still be at it
    return None if lost and not entered else entered


def _first_of(part: Path) -> UUID | None:
    try:
        return UUID(hex=part.name.split(".")[-2])
    except ValueError:
        return None


def _is_entered(person_id: UUID) -> bool:
    from antong.org import selectors  # noqa: PLC0415

    return bool(selectors.person_names([person_id]))


def _name(part: Path, path: Path) -> None:
    os.link(part, path)  # never over what is there
    part.unlink()
    sealing.keep_names(path.parent)


def _refused(what: str, code: str, remedy: str) -> Refusal:
    basis = ("案通导入规则：初始口令只给一次，不覆盖任何文件",)
    return Refusal(what, code=code, basis=basis, remedy=remedy)


def _taken(path: Path) -> Refusal:
    return _refused(f"没有导入：{path} 已经在。", "passwords-exist", "--passwords 另起文件名。")


def _brought(path: Path) -> Refusal:
    return _refused(
        f"没有再导入：上一次导入被打断，人员已经写入，他们的初始口令现在在 {path}。",
        "passwords-left",
        "核对人员后分发；还要导入别的，--passwords 另起文件名。",
    )


def _busy(path: Path) -> Refusal:
    return _refused(
        f"没有导入：另一次导入正在写 {path}。", "passwords-busy", "等它结束；或 --passwords 另起文件名。"
    )
