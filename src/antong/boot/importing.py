"""`antong import`: units and people from two spreadsheets into a running instance, all of it or nothing."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from antong.boot import environment
from antong.kernel.refusal import Refusal

if TYPE_CHECKING:
    from antong.org.selectors import FirstPassword

console = Console(highlight=False, soft_wrap=True)
HEADS = ("姓名", "用户名", "初始口令（首次登录须修改）")
TABLE = click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True)


@click.command("import")
@click.argument("units", type=TABLE)
@click.argument("people", type=TABLE)
@click.option("--check", is_flag=True, help="Look at every row and say what is wrong; write nothing.")
@click.option(
    "--passwords",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to be made for the first passwords (CSV, 0600); needed unless --check.",
)
def import_tables(units: Path, people: Path, *, check: bool, passwords: Path | None) -> None:
    """Enter UNITS with their posts, and PEOPLE who hold them, from CSV or XLSX tables; - for a table that there is none of.

    Nothing is written unless every row of both is right; what is wrong is said row by row, and it ends with 1. The heads
    of the tables: docs/operations.md.
    """
    import django  # noqa: PLC0415

    from antong.boot.run import database_up  # noqa: PLC0415
    from antong.boot.telling import progress  # noqa: PLC0415

    if passwords is None and not check and str(people) != "-":
        raise click.UsageError("--passwords FILE says where the first passwords go; --check writes nothing")
    with database_up(environment.read()):
        django.setup()
        from antong.boot import founding  # noqa: PLC0415
        from antong.org import actions, selectors  # noqa: PLC0415

        operator = founding.operator()
        first, second = _table(units), _table(people)
        if check:
            rows, staff = selectors.check_organisation(first, second)
            made = sum(row.columns is not None for row in rows), sum(row.post_id is not None for row in rows)
            _say("核对无误，没有写入", *made, len(staff))
            return
        told = _Passwords(passwords)
        try:
            done = actions.import_organisation(
                operator, units=first, people=second, show=told.keep, tell=partial(progress(), "初始口令")
            )
        except BaseException:
            told.drop()
            raise
    _say("已导入", done.units, done.posts, len(done.people))
    if done.people:
        console.print(f"初始口令在 {passwords}，只有这一份；分发后删除，本人首次登录须修改。", markup=False)


def _table(path: Path) -> list[list[str]]:
    from antong.org import selectors  # noqa: PLC0415

    if str(path) == "-":
        return []
    with path.open("rb") as file:
        content = file.read(selectors.LARGEST_TABLE + 1)
    try:
        return selectors.read_table(content, most=selectors.MOST_BY_COMMAND)
    except Refusal as refusal:
        refusal.items = (f"文件：{path}", *refusal.items)
        raise


def _say(what: str, units: int, posts: int, people: int) -> None:
    console.print(f"{what}：单位 {units} 个，岗位 {posts} 个，人员 {people} 人。", markup=False)


class _Passwords:
    """A new file for the first passwords: on disk before the act is kept, gone where it is not; none that is there is taken."""

    def __init__(self, path: Path | None) -> None:
        self._path, self._made = path, False
        if path is not None and path.exists():
            raise self._taken(path)

    @staticmethod
    def _taken(path: Path) -> Refusal:
        return Refusal(
            f"没有导入：{path} 已经在。",
            code="passwords-exist",
            basis=("案通导入规则：初始口令只给一次，不覆盖任何文件",),
            remedy="--passwords 另起文件名。",
        )

    def keep(self, people: Sequence[FirstPassword]) -> None:
        """Write them, a row each."""
        if self._path is None or not people:
            return
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise self._taken(self._path) from None
        self._made = True
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(HEADS)
            rows.writerows([one.name, one.username, one.password] for one in people)
            file.flush()
            os.fsync(file.fileno())

    def drop(self) -> None:
        """Remove what was written for people who were not entered."""
        if self._made and self._path is not None:
            self._path.unlink(missing_ok=True)
