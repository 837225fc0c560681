"""`antong store`: where originals lie, and moving them from disk to S3 and back while people work."""

from __future__ import annotations

import sys
import time

import click
from rich.console import Console

console = Console(highlight=False, soft_wrap=True)
LOOK_SECONDS = 1.0


@click.group()
def store() -> None:
    """Where originals lie: on the disk of the state folder, or in an S3 bucket."""


def _django() -> None:
    import django  # noqa: PLC0415

    django.setup()


@store.command("move")
@click.option("--to", "target", type=click.Choice(["disk", "s3"]), required=True, help="Where to.")
@click.option("--rate", type=click.FloatRange(min=0), default=0, help="At most so many megabytes a second.")
@click.option("--wait/--no-wait", default=True, help="Show how far it is; Ctrl-C leaves it going.")
def move(target: str, rate: float, *, wait: bool) -> None:
    """Have originals moved while people work. Writes go to the new place at once; jobs carry the rest.

    All processes must have been started with ANTONG_S3_*. Given again, it goes on, or looks everything over again.
    """
    _django()
    from antong.boot import founding  # noqa: PLC0415
    from antong.dossier import actions as dossier  # noqa: PLC0415

    dossier.move_originals(founding.operator(), target=target, bytes_per_second=int(rate * 1e6))
    console.print("原件从现在起写到新位置，其余由后台作业移动；antong store status 看进度。")
    if wait:
        _follow()


def _follow() -> None:
    from antong.dossier import selectors as dossier  # noqa: PLC0415

    said = ""
    while (found := dossier.newest_move()) is not None:
        line = _line(found.done, found.total, found.copied_bytes, found.waits)
        if line != said:
            console.print(line, markup=False)
            said = line
        if found.finished_at is not None:
            _ended(found.damaged)
            return
        time.sleep(LOOK_SECONDS)


def _line(done: int, total: int, copied: int, waits: str) -> str:
    return f"{done:,} / {total:,} 件，已复制 {copied / 1e6:,.1f} MB{f'；在等：{waits}' if waits else ''}"


def _ended(damaged: tuple[str, ...]) -> None:
    if not damaged:
        console.print("移动完毕，数据库里的每一件都在新位置，逐件核对过。antong store empty 清空原处。")
        return
    console.print(f"移动完毕；有 {len(damaged)} 件在两处都不完好，原处的留着不动：")
    for one in damaged[:20]:
        console.print(f"  {one}")
    console.print("怎样补：antong audit --files 指出是哪些案件；从备份取回。")
    sys.exit(1)


@store.command("status")
def status() -> None:
    """Say where originals lie, whether that place answers, and how far a move is; end with 1 where it does not answer."""
    _django()
    from antong.dossier import selectors as dossier  # noqa: PLC0415

    found = dossier.newest_move()
    console.print(f"原件写在：{dossier.store_word()}", markup=False)
    if found is not None and found.surplus is not None:
        console.print(
            f"从备份恢复到这里：{found.done:,} / {found.total:,} 件，此前的位置没有动", markup=False
        )
        if found.surplus:
            console.print(f"这里另有 {found.surplus:,} 件不在那个备份里，留着不清")
    elif found is not None:
        console.print(_line(found.done, found.total, found.copied_bytes, found.waits), markup=False)
        console.print(
            "移动中"
            if found.finished_at is None
            else "已移完，原处已清空"
            if found.emptied_at
            else "已移完，原处未清空"
        )
    wrong = dossier.store_fault()
    console.print(wrong or "读写正常", markup=False)
    sys.exit(1 if wrong else 0)


@store.command("empty")
@click.option("--yes", is_flag=True, help="Do not ask.")
def empty(*, yes: bool) -> None:
    """Remove from the old place what a finished move has brought to the new one. It is on the record."""
    _django()
    from antong.boot import founding  # noqa: PLC0415
    from antong.boot.telling import progress  # noqa: PLC0415
    from antong.dossier import actions as dossier  # noqa: PLC0415
    from antong.dossier import selectors  # noqa: PLC0415

    if not yes and not click.confirm(
        f"原件现在写在{selectors.store_word()}。删除另一处的副本？先确认有一份完好的备份", default=False
    ):
        sys.exit(1)
    tell, total = progress(), 0
    for done, removed in dossier.empty_old(founding.operator()):
        tell("目录", done)
        total += removed
    console.print(f"原处清去 {total:,} 件。")
