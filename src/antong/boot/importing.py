"""`antong import`: units and people from two spreadsheets into a running instance, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from antong.boot.handing import Passwords
from antong.boot.proving import on_the_instance
from antong.kernel.refusal import Refusal

if TYPE_CHECKING:
    from antong.org.selectors import FirstPassword

console = Console(highlight=False, soft_wrap=True)
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
    from antong.boot.telling import progress  # noqa: PLC0415

    if passwords is None and not check and str(people) != "-":
        raise click.UsageError("--passwords FILE says where the first passwords go; --check writes nothing")
    with on_the_instance():
        from antong.boot import founding  # noqa: PLC0415
        from antong.org import actions, selectors  # noqa: PLC0415

        operator = founding.operator()
        first, second = _table(units), _table(people)
        if check:
            rows, staff = selectors.check_organisation(first, second)
            made = sum(row.columns is not None for row in rows), sum(row.post_id is not None for row in rows)
            _say("核对无误，没有写入", *made, len(staff))
            return
        told = None if passwords is None else Passwords(passwords)
        try:
            done = actions.import_organisation(
                operator, units=first, people=second, show=_nobody if told is None else told.keep,
                tell=partial(progress(), "初始口令"),
            )  # fmt: skip
        except BaseException as error:
            if told is not None and (left := told.settle(error)) is not None:
                console.print(_left(left, passwords), markup=False)
            raise
        where = None if told is None else told.settle()
    _say("已导入", done.units, done.posts, len(done.people))
    if where is not None:
        console.print(f"初始口令在 {where}，只有这一份；分发后删除，本人首次登录须修改。", markup=False)


def _nobody(people: Sequence[FirstPassword]) -> None:
    """Show nothing: a table of units alone brings no people."""


def _left(where: Path, wanted: Path | None) -> str:
    if where == wanted:
        return f"人员已经写入，初始口令在 {where}，只有这一份。"
    return f"还不知道人员是否已经写入；初始口令暂存在 {where}，不要删除：重新运行同一条命令，它会查明。"


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
