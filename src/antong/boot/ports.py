"""The port of a run: taken before its web process listens, and answered by that process alone.

The web server lets other programs listen on its port beside it, and begins to listen long after the port was
chosen: a probe of the port alone would let two runs that start together serve on the same one.
"""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from antong.boot.supervisor import group

FIRST_PORT, PORTS = 8000, 50
_LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A port this run has taken; `claim` keeps it from every other run on the machine until it is let go."""

    number: int
    claim: socket.socket

    def let_go(self) -> None:
        """Let other runs have it."""
        self.claim.close()


def bracketed(host: str) -> str:
    """Return a host as it stands in a URL: an address of IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def take(host: str, port: int | None, console: Console) -> Held | None:
    """Take the port that was asked for, or the first free one; say what is wrong where there is none."""
    problem = OSError(errno.EADDRINUSE, "")
    for candidate in range(FIRST_PORT, FIRST_PORT + PORTS) if port is None else (port,):
        claim = socket.socket(socket.AF_UNIX)
        try:
            _claim(claim, candidate)
            _probe(host, candidate)
        except OSError as error:
            claim.close()
            problem = error
            continue
        return Held(number=candidate, claim=claim)
    if isinstance(problem, PermissionError):
        console.print(f"不能启动：没有权限使用端口 {port}。\n怎样补：用 1024 以上的端口。")
    elif problem.errno == errno.EADDRINUSE:
        which = f"端口 {port} 已被占用" if port else f"{FIRST_PORT} 起的 {PORTS} 个端口都被占用"
        console.print(f"不能启动：{which}。\n怎样补：停下占用它的程序，或用 --port 另指一个端口。")
    else:
        console.print(
            f"不能启动：不能在 {host} 上服务（{problem.strerror}）。\n怎样补：用 --host 指定本机的地址。"
        )
    return None


def _claim(claim: socket.socket, port: int) -> None:
    """Take a name without a file, which lives where the ports live and ends with the process that holds it."""
    try:
        claim.bind(f"\0antong-port-{port}")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise
        # not Linux: no such names; the probe is all there is


def _probe(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def shared(port: int, leader: int) -> bool:
    """Whether a process outside the group of `leader` listens on a port too, so that requests may reach it instead."""
    listening = {inode for name in ("tcp", "tcp6") for inode in _listening(Path("/proc/net") / name, port)}
    if not listening:
        return False
    ours: set[str] = set()
    for process in group(leader):
        with suppress(OSError):
            for handle in (process / "fd").iterdir():
                with suppress(OSError):
                    ours.add(str(handle.readlink()).removeprefix("socket:[").removesuffix("]"))
    return not listening <= ours


def _listening(table: Path, port: int) -> set[str]:
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return set()
    return {row[9] for row in rows if row[3] == _LISTEN and int(row[1].rsplit(":", 1)[1], 16) == port}
