"""`antong run`: everything up, the demonstration carried once, bundle exported and verified; then serving."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from antong.boot import environment, postgres, supervisor

console = Console(highlight=False)
WAIT = 60


def database(env: environment.Environment) -> str:
    """Return the address of the database: the operator's, or the embedded one, started."""
    if os.environ.get("DATABASE_URL"):
        return os.environ["DATABASE_URL"]
    url = postgres.start(postgres.locate(env.state))
    return postgres.ensure_database(url, "antong")


def serve(*, once: bool, host: str, port: int) -> int:
    """Start everything and serve until Ctrl-C; with `once` stop after the demonstration. Returns the exit code."""
    env = environment.read()
    port = _free(host, port)
    boss = supervisor.Supervisor(state=env.state, children=supervisor.children(host, port), environment={})
    try:
        boss.claim()
    except supervisor.AlreadyRunning:
        console.print(f"案通已在这个目录运行（{env.state.name}）。先停下它，或另设 ANTONG_STATE。")
        return 1
    try:
        os.environ["DATABASE_URL"] = database(env)
    except postgres.DatabaseTrouble as trouble:
        console.print(f"数据库没有起来：{trouble}")
        return 1
    boss.environment = dict(os.environ)
    try:
        return _serve(boss, env, once=once, address=f"http://{host}:{port}/")
    finally:
        boss.stop()
        if (
            urlsplit(os.environ["DATABASE_URL"]).hostname == "127.0.0.1"
            and env.state.joinpath("database-url").exists()
        ):
            postgres.stop(postgres.locate(env.state))


def _serve(boss: supervisor.Supervisor, env: environment.Environment, *, once: bool, address: str) -> int:
    stop = threading.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, lambda *_: stop.set())
    _prepare(env)
    boss.start()
    if not _wait(f"{address}login", stop):
        console.print(f"网页没有起来，见 {boss.state.name}/log/web.log")
        return 1
    console.print(f"登录页  {address}login")
    code = 0
    if env.demo:
        from antong.boot.demonstration import demonstrate  # noqa: PLC0415 - needs Django, which _prepare set up

        print_logins()
        code = demonstrate(console, stop)
    if once or code:
        return code
    console.print("服务中，按 Ctrl-C 停止。")
    while not stop.wait(1):
        pass
    return 0


def _prepare(env: environment.Environment) -> None:
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from antong.demo import seed  # noqa: PLC0415
    from antong.ledger import keys  # noqa: PLC0415

    keys.ensure_key(env.state / "keys" / "head.pem")
    call_command("migrate", verbosity=0)
    if env.demo and seed.plant():
        console.print("已建立示范州：云岭州，人物与单位均为虚构。")


def _free(host: str, port: int) -> int:
    for candidate in range(port, port + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    sys.exit(f"no free port from {port} on")


def _wait(url: str, stop: threading.Event) -> bool:
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and not stop.is_set():
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - our own address
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
    table = Table(title="示范登录（口令在首次启动时随机生成）", box=None, pad_edge=False)
    for name in ("用户名", "口令", "岗位", "姓名", "单位"):
        table.add_column(name, no_wrap=True)
    for login in logins:
        table.add_row(login.username, login.password, login.role, login.name, login.unit)
    console.print(table)


def export(case_number: str, out: Path) -> int:
    """Write the bundle of a case by its number; return how many entries it holds."""
    from antong.cases.selectors import case_by_number  # noqa: PLC0415
    from antong.demo.export import export as write  # noqa: PLC0415

    return write(case_by_number(case_number), out)
