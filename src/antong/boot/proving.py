"""The commands that prove the record: export a case, write a head, audit the database, verify a bundle."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from antong.boot import environment, restoring, telling
from antong.kernel.refusal import Refusal


@contextmanager
def on_the_instance() -> Iterator[None]:
    """Have Django on the database of an instance, which is started for as long as a command takes where it is down.

    Raises Refusal where there is no instance, or one that stands half restored; DatabaseTrouble.
    """
    from antong.boot.run import database_up  # noqa: PLC0415

    env = environment.read()
    restoring.refuse_half(env)
    if not env.external and not environment.database_url_file(env.state).exists():
        raise Refusal(
            f"没有办成：{env.state} 里没有建立过实例。",
            code="no-instance",
            basis=("案通安装规则：先 antong init 或 antong restore",),
            remedy="核对 ANTONG_STATE；设置写在文件里的，先读入它（set -a; . /etc/antong/antong.env）。",
            who="系统管理员",
        )
    with database_up(env):
        import django  # noqa: PLC0415 - a second that `--help` need not wait for

        django.setup()
        yield


@click.command("export")
@click.argument("case_number")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--since",
    multiple=True,
    metavar="HEAD",
    help="A head somebody holds: its number or file; may be repeated.",
)
def export_case(case_number: str, out: Path, since: tuple[str, ...]) -> None:
    """Write the bundle of a case, to be checked by `antong verify`."""
    from antong.boot.run import export  # noqa: PLC0415

    with on_the_instance():
        click.echo(f"{export(case_number, out, since)} entries -> {out}")


@click.command("head")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Write over a file that is there.")
def head(out: Path, *, replace: bool) -> None:
    """Write the newest signed head to a new file that a verifier can keep."""
    if out.exists() and not replace:
        raise Refusal(
            f"没有写：{out} 已经在。",
            code="head-exists",
            basis=("案通账本规则：保存在外的封签是核对的依据，不被后来的覆盖",),
            remedy="另起文件名，如带上日期；确实要覆盖的，加 --replace。",
        )
    with on_the_instance():
        from antong.ledger.bundle import write_head  # noqa: PLC0415

        click.echo(f"head {write_head(out)} -> {out}")


@click.command()
@click.argument("case_number", required=False)
@click.option(
    "--head",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A head file, or a bundle, kept elsewhere.",
)
@click.option("--files", is_flag=True, help="Decrypt and digest every original too.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def audit(case_number: str | None, head: Path | None, *, files: bool, as_json: bool) -> None:
    """Look over the live database: does every entry, file and head still say what was signed? One case, or all."""
    with on_the_instance():
        from antong.boot import auditing  # noqa: PLC0415

        found = auditing.audit(case_number, head, read=files, tell=telling.progress())
    click.echo(auditing.as_json(found) if as_json else auditing.as_text(found))
    sys.exit(0 if found.good else 1)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """Check a bundle offline: antong verify BUNDLE [--head HEAD] [--key HEX] [--json]."""
    from antong_verify.__main__ import main as check  # noqa: PLC0415

    sys.exit(check(list(arguments)))


COMMANDS = (export_case, head, audit, verify)
