"""The `antong` command: every command has help; long work shows its progress."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import threading
from collections.abc import Iterable
from importlib import import_module

import click
import psycopg

from antong.boot import (
    bringing,
    cataloguing,
    demonstrating,
    environment,
    importing,
    keeping,
    logs,
    postgres,
    proving,
    releases,
    storing,
)
from antong.dossier.types import StoreAway
from antong.kernel.refusal import Refusal
from antong.law.conventions import CONVENTIONS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "antong.boot.settings")
PORT = click.IntRange(1, 65535)
FIRST_ANSWER = 45
"""Seconds a new web worker is given, beside the one it replaces, until that one ends: it must be listening by then."""
LAST_ANSWERS = 120
"""Seconds a web worker that is replaced may take to end what it has begun: a large upload on a slow line."""


def _django() -> None:
    import django  # noqa: PLC0415 - a second that `--help` need not wait for

    django.setup()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(releases.version(), message="antong %(version)s")
@click.option("--parent", type=int, hidden=True, help="Process to end with.")
def cli(*, parent: int | None) -> None:
    """案通 Antong: one electronic file for every agency that handles a criminal case."""
    if parent is not None:
        from antong.boot import supervisor  # noqa: PLC0415

        supervisor.die_with(parent)


@cli.command()
@click.option("--once", is_flag=True, help="Carry (or verify again) the demonstration case, then stop.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", type=PORT, help="Port to serve on (default: the first free one from 8000 on).")
def run(*, once: bool, host: str, port: int | None) -> None:
    """Start everything: database, web, jobs, sequencer, watch; in demonstration mode carry the case; serve until Ctrl-C."""
    from antong.boot.run import serve  # noqa: PLC0415

    sys.exit(serve(once=once, host=host, port=port))


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port to serve on.")
@click.option("--workers", default=2, show_default=True, help="Processes that answer.")
def web(host: str, port: int, workers: int) -> None:
    """Serve pages (WSGI)."""
    from granian import Granian  # noqa: PLC0415
    from granian.constants import Interfaces, SSLProtocols  # noqa: PLC0415

    env = environment.read()
    Granian(
        "antong.boot.wsgi:application",
        address=host,
        port=port,
        ssl_cert=env.tls_cert,
        ssl_key=env.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        respawn_failed_workers=True,
        log_access=False,
        workers_kill_timeout=LAST_ANSWERS,
        respawn_interval=FIRST_ANSWER,
        log_dictconfig=logs.of_server(environment.read().log),
    ).serve()


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", required=True, type=PORT, help="Port to serve on.")
def certificate(host: str, port: int) -> None:
    """Serve the page on which people show certificates."""
    from antong.boot import certificate_port  # noqa: PLC0415

    certificate_port.serve(environment.read(), host, port)


@cli.command()
@click.option("--concurrency", default=2, show_default=True, help="Jobs at once.")
def worker(concurrency: int) -> None:
    """Run queued jobs."""
    _django()
    logs.watch_process()
    from antong.boot import worker as entry  # noqa: PLC0415

    entry.run(concurrency)


def _until_told(process: str) -> None:
    """Run a process of `boot` that has a `run` of its own until it is told to stop."""
    _django()
    logs.watch_process()
    stop = threading.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, lambda *_: stop.set())
    import_module(f"antong.boot.{process}").run(stop)


@cli.command()
def sequencer() -> None:
    """Take ledger entries into the tree, sign heads, notice silence, post readings."""
    _until_told("sequencing")


@cli.command()
def watch() -> None:
    """Look at everybody held, every few seconds, and call where a basis ends, is missing or contradicts another."""
    _until_told("watching")


@cli.command()
def migrate() -> None:
    """Bring the database's tables, and the collected scripts and styles, up to date."""
    _django()
    from django.core.management import call_command  # noqa: PLC0415

    from antong.web import staticfiles  # noqa: PLC0415

    call_command("migrate", verbosity=1)
    staticfiles.collect()


@cli.group()
def db() -> None:
    """The embedded PostgreSQL."""


@db.command("start")
def db_start() -> None:
    """Start it (or adopt the living one) and print its address without the password."""
    from antong.boot import sharing  # noqa: PLC0415
    from antong.boot.run import database  # noqa: PLC0415

    env = environment.read()
    url = database(env)
    if not env.external:
        sharing.leave_up(env.state)
    click.echo(url.rsplit("@", 1)[-1])


@db.command("url")
def db_url() -> None:
    """Print its whole address, password included."""
    click.echo(environment.read().database_url)


@db.command("status")
def db_status() -> None:
    """Say whether the database answers; end with 1 where it does not."""
    url = environment.read().database_url
    good = postgres.answers(url)
    click.echo(f"{url.rsplit('@', 1)[-1]}  {'answers' if good else 'does not answer'}")
    sys.exit(0 if good else 1)


@db.command("shell")
def db_shell() -> None:
    """Open psql on it."""
    env = environment.read()
    psql = postgres.locate(env.state, major=env.postgres).binaries / "psql"
    os.execv(psql, [str(psql), env.database_url])  # noqa: S606 - psql takes our place


@db.command("stop")
def db_stop() -> None:
    """Stop it."""
    env = environment.read()
    postgres.stop(postgres.locate(env.state, major=env.postgres))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(*, as_json: bool) -> None:
    """Say what runs; end with 1 where anything that should does not."""
    from antong.boot import operations  # noqa: PLC0415

    found = operations.status(environment.read())
    click.echo(operations.as_json(found) if as_json else operations.as_text(found))
    sys.exit(0 if found.good else 1)


@cli.command()
def stop() -> None:
    """Stop what `antong run` has started in this state folder, wherever it runs; nothing where nothing does."""
    from antong.boot import supervisor  # noqa: PLC0415

    stopped = supervisor.stop_running(environment.state_folder())
    click.echo(
        {True: "stopped", False: "it does not end", None: "nothing runs in this state folder"}[stopped]
    )
    sys.exit(1 if stopped is False else 0)


@cli.command("reload")
def reload_running() -> None:
    """Have what `antong run` has started begin anew, with the program as it is now, while it goes on answering."""
    from antong.boot import supervisor  # noqa: PLC0415

    found = supervisor.renew_running(environment.state_folder())
    click.echo("reloading" if found else "nothing runs in this state folder")
    sys.exit(0 if found else 1)


@cli.command()
@click.argument("rule", required=False)
@click.argument("facts", nargs=-1, metavar="[FACT=VALUE]...")
@click.option("--rules", is_flag=True, help="List the rules: key, name, length, start fact, class, articles.")
@click.option(
    "--rule",
    "described",
    metavar="RULE",
    help="List the facts of a rule: name, form, whether it must be there.",
)
@click.option("--conventions", is_flag=True, help="List the other readings that may be chosen.")
@click.option(
    "--by",
    "chosen",
    multiple=True,
    type=click.Choice(sorted(CONVENTIONS)),
    help="Compute by another reading.",
)
@click.option("--steps", is_flag=True, help="Give the derivation as data instead of words.")
def timelimit(
    *, rule: str | None, facts: tuple[str, ...], rules: bool, described: str | None, conventions: bool,
    chosen: tuple[str, ...], steps: bool,
) -> None:  # fmt: skip
    """Compute limits of the law. No database.

    \b
    antong timelimit summons-12h arrived_at=2026-03-01T08:00
    antong timelimit < questions.jsonl    one {"id", "rule", "facts"} a line, one answer a line

    Without --by the readings of ANTONG_CONVENTIONS are taken, as the house does.
    """  # noqa: D301 - click's mark for lines that stay as they are
    from antong.law import questions  # noqa: PLC0415

    if rules or conventions or described is not None:
        by_rule = questions.facts_of(described or "")
        _say(questions.listed() if rules else questions.readings() if conventions else by_rule)
        return
    by = frozenset(chosen) or environment.conventions(os.environ.get("ANTONG_CONVENTIONS", ""))
    if rule is None:
        for answer in questions.answers(sys.stdin.buffer, conventions=by, steps=steps):
            click.echo(answer)
        return
    given: dict[str, object] = {}
    for fact in facts:
        name, equals, value = fact.partition("=")
        if not equals:
            raise click.BadParameter(f"{fact!r}: write FACT=VALUE", param_hint="FACT")
        given[name] = questions.value_of(value)
    if steps:
        click.echo(
            questions.answer_line(json.dumps({"rule": rule, "facts": given}), conventions=by, steps=True)
        )
        return
    _say(questions.in_words(rule, given, conventions=by))


def _say(lines: Iterable[str]) -> None:
    """Print lines; a refusal among them is one of the command line's own."""
    try:
        for line in lines:
            click.echo(line)
    except Refusal as refusal:
        raise click.ClickException(f"{refusal.what} {refusal.remedy}") from refusal


for command in (
    *keeping.COMMANDS,
    *proving.COMMANDS,
    *releases.COMMANDS,
    bringing.calendar,
    cataloguing.catalog,
    demonstrating.demo,
    importing.import_tables,
    storing.store,
):
    cli.add_command(command)


def refusal_lines(refusal: Refusal) -> tuple[str, ...]:
    """Return a refusal with its four parts, a line each, as a terminal shows it."""
    return (
        refusal.what,
        *refusal.items,
        f"依据：{'、'.join(refusal.basis)}" if refusal.basis else "",
        f"怎样补：{refusal.remedy}" if refusal.remedy else "",
        f"谁能定：{refusal.who}" if refusal.who else "",
    )


def unwritable(error: OSError) -> str:
    """Return what a folder that cannot be written to needs, in words; nothing for another failure."""
    place = error.filename or environment.state_folder()
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return (
            f"没有办成：{place} 不能写。\n"
            "怎样补：把它交给运行案通的用户，或换一个可写的位置；状态目录用 ANTONG_STATE 另指。"
        )
    if error.errno in {errno.ENOENT, errno.ENOTDIR} and error.filename:
        return f"没有办成：没有 {place}。\n怎样补：核对路径；文件夹须已经建好，密钥不见了的从密钥备份放回。"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"没有办成：磁盘已满（{place}）。\n怎样补：腾出空间后重试；已经保存的不受影响。"
    return ""


def _lost(error: Exception) -> bool:
    """Whether the connection to the database was not made, or was lost; another trouble of the server's is none of that."""
    told = (
        error if isinstance(error, psycopg.Error) else error.__cause__
    )  # Django raises its own from psycopg's
    state = told.sqlstate or "" if isinstance(told, psycopg.OperationalError) else None
    return state is not None and (not state or state.startswith(("08", "57P")))


def words_of(error: Exception) -> str:
    """Return what went wrong as a terminal shows it; nothing for a failure that is no operator's to mend."""
    if isinstance(error, Refusal):
        return "\n".join(filter(None, refusal_lines(error)))
    if isinstance(error, postgres.DatabaseTrouble):
        return f"数据库没有起来，或没有应答：{error}"
    if isinstance(error, StoreAway):
        return (
            f"没有办成：{error.why}。\n怎样补：antong doctor 指出缺什么；存储恢复后重新运行，它从中断处继续。"
        )
    if _lost(error):
        return "没有办成：数据库没有在运行，或没有应答。\n怎样补：antong db start（自带的），或核对 DATABASE_URL；antong doctor 指出缺什么。"
    return unwritable(error) if isinstance(error, OSError) else ""


def main() -> int:
    """Run the command line."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except environment.BadSetting as error:
        click.echo(f"antong: {error}", err=True)
        return 2
    except Exception as error:
        words = words_of(error)
        if not words:
            raise
        click.echo(words, err=True)
        return 1
    return 0
