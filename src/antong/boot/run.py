"""`antong run`: everything up, the demonstration carried once, bundle exported and verified; then serving."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from antong.boot import destroying, environment, ports, postgres, restoring, sharing, supervisor
from antong.kernel.refusal import Refusal

console = Console(highlight=False, soft_wrap=True)
WAIT = 150
LEAST_FREE = 256 << 20
INTERRUPTED = 130
CUT_OFF = 75
"""How the demonstration ends that lost its database; it is tried again, and goes on where it was."""
ATTEMPTS, RETRY_AFTER = 10, 3.0
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - what the operator writes to serve on every address


def database(env: environment.Environment) -> str:
    """Return the address of the database: the operator's, or the embedded one, started. Raises DatabaseTrouble."""
    if env.external:
        return postgres.fit(env.database_url)
    url = postgres.start(postgres.locate(env.state, major=env.postgres))
    return postgres.ensure_database(url, environment.DATABASE)


@contextmanager
def database_up(env: environment.Environment) -> Iterator[str]:
    """Have the database running for a command, and its address in the environment; one that was down is stopped again.

    Others may have come to use it meanwhile: then the last of them stops it.
    """
    with _used(env):
        os.environ["DATABASE_URL"] = url = database(env)
        os.environ.pop("DATABASE_URL_FILE", None)
        yield url


def _used(env: environment.Environment, *, owner: bool = False) -> AbstractContextManager[None]:
    """Return what holds the database while it is used; an operator's own is nobody's to stop."""
    if env.external:
        return nullcontext()
    return sharing.using(
        env.state,
        answers=lambda: postgres.answers(env.database_url),
        stop=lambda: postgres.stop(postgres.locate(env.state, major=env.postgres)),
        owner=owner,
    )


def serve(*, once: bool, host: str, port: int | None) -> int:
    """Start everything and serve until Ctrl-C; with `once` stop after the demonstration. Returns the exit code."""
    env = environment.read()
    restoring.refuse_half(env)
    base = supervisor.Database(start=lambda: database(env))
    boss = supervisor.Supervisor(state=env.state, children=[], environment={}, database=base)
    try:
        boss.claim()
    except supervisor.AlreadyRunning:
        console.print(f"案通已在这个目录运行（{env.state.name}）。先停下它，或另设 ANTONG_STATE。")
        return 1
    chosen = ports.take(host, port, console)
    if chosen is None:
        boss.stop()
        return 1
    boss.children = supervisor.children(host, chosen.number, certificate_port(env, chosen.number))
    if env.tls_cert is not None:
        os.environ["ANTONG_PAGES_PORT"] = str(chosen.number)
    stop = threading.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, lambda *_: stop.set())
    signal.signal(supervisor.RENEW, lambda *_: boss.renew())
    with _used(env, owner=True):
        try:
            base.up()
            os.environ["DATABASE_URL"] = base.url
            os.environ.pop("DATABASE_URL_FILE", None)
            boss.environment = dict(os.environ)
            return _serve(boss, env, stop, once=once, host=host, port=chosen.number)
        except postgres.DatabaseTrouble as trouble:
            console.print(f"数据库没有起来：{trouble}{_full(env.state)}", soft_wrap=True)
            return 1
        finally:
            boss.stop()
            chosen.let_go()


def certificate_port(env: environment.Environment, port: int) -> int | None:
    """Return the port on which we ask for certificates: the one that browsers know, or beside the pages' for a proxy."""
    if env.certificate_port is None:
        return None
    return env.certificate_port if env.tls_cert is not None else port + 1


def _serve(
    boss: supervisor.Supervisor,
    env: environment.Environment,
    stop: threading.Event,
    *,
    once: bool,
    host: str,
    port: int,
) -> int:
    shutil.rmtree(env.state / "metrics", ignore_errors=True)  # counted by processes that are gone
    shutil.rmtree(
        env.state / "export", ignore_errors=True
    )  # bundles that a killed process was putting together
    prepare(env)
    boss.start()
    scheme = "http" if env.tls_cert is None else "https"
    known = named(env.hosts, host)
    if not _wait(f"{scheme}://{here(host)}:{port}/login", known, stop):
        console.print(f"网页没有起来，见 {boss.state.name}/log/web.log")
        return 1
    web = boss.children[0].process
    if web is not None and ports.shared(port, web.pid):
        console.print(
            f"不能启动：另一个程序也在端口 {port} 上服务，登录可能落到它那里。\n"
            "怎样补：停下那个程序，或用 --port 另指一个端口。"
        )
        return 1
    shown = ports.bracketed(host) if env.tls_cert is None else known
    console.print(f"登录页  {scheme}://{shown}:{port}/login", soft_wrap=True)
    if not founded():
        console.print("这里还没有建立实例，没有人能登录：另开终端运行 antong init。")
    code = 0
    if env.demo:
        print_logins()
        code = _demonstration(boss, stop)
    if once or code:
        return code
    console.print("服务中，按 Ctrl-C 停止。")
    while not stop.wait(1):
        pass
    return 0


def _demonstration(boss: supervisor.Supervisor, stop: threading.Event) -> int:
    """Run the demonstration in a process of its own: serving never depends on it, and Ctrl-C ends it at once."""
    command = [sys.executable, "-m", "antong.boot", "--parent", str(os.getpid()), "demo", "carry"]
    for _ in range(ATTEMPTS):
        running = subprocess.Popen(command, env=boss.environment, start_new_session=True)  # noqa: S603 - our own
        while running.poll() is None:
            if stop.wait(0.2):
                os.killpg(running.pid, signal.SIGTERM)
                running.wait()
                return INTERRUPTED
        if running.returncode != CUT_OFF or stop.wait(RETRY_AFTER):
            return running.returncode
    return CUT_OFF


def prepare(env: environment.Environment) -> None:
    """Bring tables up to date, make the head key, plant the prefecture in demonstration mode."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from antong.demo import seed  # noqa: PLC0415
    from antong.ledger import keys  # noqa: PLC0415
    from antong.web import staticfiles  # noqa: PLC0415

    staticfiles.collect()
    call_command("migrate", verbosity=0)
    keys.ready()
    if gone := destroying.again(env):
        console.print(f"数据库早于 {len(gone)} 次销毁，已重新销毁：{'、'.join(gone)}", markup=False)
    if env.demo and seed.plant():
        console.print("已建立示范州：云岭州，人物与单位均为虚构。")


def founded() -> bool:
    """Whether there is an instance: units and people that can sign in."""
    from antong.org import selectors as org  # noqa: PLC0415

    return bool(org.all_units())


def carry() -> int:
    """Carry the demonstration case on the database that runs, or start it; return the exit code."""
    env = environment.read()
    if not env.demo:
        console.print("只在示范模式下：设 ANTONG_DEMO=1。")
        return 2
    os.environ["DATABASE_URL"] = database(env)
    os.environ.pop("DATABASE_URL_FILE", None)
    prepare(env)
    from antong.boot.demonstration import demonstrate  # noqa: PLC0415 - needs Django

    return demonstrate(console)


def fill(count: int) -> None:
    """Fill the demonstration's empty database with very many cases (`antong demo bulk`)."""
    env = environment.read()
    if not env.demo:
        raise Refusal("不能生成：只在示范模式下。", code="not-demo", remedy="设 ANTONG_DEMO=1。")
    with database_up(env):
        prepare(environment.read())
        from antong.boot.telling import progress  # noqa: PLC0415
        from antong.demo.bulk import run as bulk  # noqa: PLC0415

        began = time.monotonic()
        made = bulk.fill(count, console.print, progress())
        console.print(f"{made:,} 件案件，{time.monotonic() - began:.0f} 秒")


def named(hosts: Sequence[str], host: str) -> str:
    """Return the name that browsers use: the first of ANTONG_HOSTS that is one, or else the address served on."""
    return next((one.removeprefix(".") for one in hosts if one != "*"), ports.bracketed(host))


def here(host: str) -> str:
    """Return the address at which this machine reaches what it serves on `host` itself."""
    return ports.bracketed({EVERY_ADDRESS: "127.0.0.1", "::": "::1"}.get(host, host))


def _wait(url: str, known: str, stop: threading.Event) -> bool:
    """Wait until our own server answers on our own address, asked by the name that it is known by; False where it does not."""
    deadline = time.monotonic() + WAIT
    asked = urllib.request.Request(url, headers={"Host": known})  # noqa: S310
    while time.monotonic() < deadline and not stop.is_set():
        try:
            # its certificate is made out to that name, not to the address
            unnamed = ssl._create_unverified_context()  # noqa: S323, SLF001
            with urllib.request.urlopen(asked, timeout=10, context=unnamed) as answer:  # noqa: S310
                return bool(answer.status == 200)  # noqa: PLR2004
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def print_logins() -> None:
    """Print the demonstration's logins; nothing outside demonstration mode."""
    from antong.demo import seed  # noqa: PLC0415

    logins = seed.logins()
    if not logins:
        return
    console.print("\n示范登录（口令在首次启动时随机生成）")
    rows = [("用户名", "口令", "岗位", "姓名", "单位")]
    rows += [(login.username, login.password, login.role, login.name, login.unit) for login in logins]
    widths = [max(cell_len(row[column]) for row in rows) + 2 for column in range(len(rows[0]))]
    for row in rows:  # never cut, never wrapped: a password has to be copied whole
        line = "".join(set_cell_size(text, width) for text, width in zip(row, widths, strict=True))
        console.print(line.rstrip(), soft_wrap=True, markup=False)


def _full(folder: Path) -> str:
    """Return that the disk is full, where it is: PostgreSQL says so in its log alone."""
    free = shutil.disk_usage(folder).free
    if free >= LEAST_FREE:
        return ""
    return f"\n磁盘已满：{folder} 只剩 {free // 2**20} MB。腾出空间后重试；已经保存的不受影响。"


def _whoami() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without an account, as in a container
        return str(os.getuid())


def export(case_number: str, out: Path, since: Sequence[str] = ()) -> int:
    """Write the bundle of a case by its number; return how many entries it holds.

    `since` are heads somebody holds: numbers, or the files that `antong head` or an earlier export wrote.
    """
    from antong.boot.telling import progress  # noqa: PLC0415
    from antong.cases.selectors import case_by_number  # noqa: PLC0415
    from antong.flow.selectors import export_bundle  # noqa: PLC0415
    from antong.ledger.bundle import number_of_held  # noqa: PLC0415

    held = [int(one) if one.isdigit() else number_of_held(Path(one)) for one in since]
    return export_bundle(
        case_by_number(case_number), out, by=f"命令行 {_whoami()}", since=held, tell=progress()
    )
