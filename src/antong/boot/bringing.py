"""`antong calendar`: an operator brings the notice of a year's rest days."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from antong.boot.proving import on_the_instance


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def calendar(file: Path | None) -> None:
    """Bring the notice of a year's rest days (放假安排); without FILE: list the years that are known.

    \b
    {"year": 2027, "number": "国办发明电〔2026〕7号", "issued_on": "2026-11-04",
     "rest": ["2027-01-01", ...], "work": ["2027-02-14", ...]}

    Every process computes by it within a minute, and all running limits are computed again; what moved stands on the
    page of moved limits.
    """  # noqa: D301 - click's mark for lines that stay as they are
    with on_the_instance():
        _bring(file) if file else _list()


def _list() -> None:
    from antong.cases import actions as cases  # noqa: PLC0415 - tables, once Django is set up
    from antong.law.calendar import announced  # noqa: PLC0415

    cases.take_notices()
    known = announced()
    for year in sorted(known.years):
        click.echo(f"{year}  {'、'.join(known.papers.get(year, ()))}")


def _bring(file: Path) -> None:
    from antong.cases import actions as cases  # noqa: PLC0415

    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise click.ClickException("不能采用这份放假安排：不是 UTF-8 的文件。") from problem
    notice = cases.bring_notice(text, by=getpass.getuser())
    click.echo(f"已采用 {notice.year} 年放假安排（{notice.number}），在算的期限一分钟内开始重新推算。")
