"""What runs, and whether this installation has all it needs: for the command line."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from antong.boot import postgres
from antong.boot.environment import Environment

STALE_SECONDS = 90.0
FREE_BYTES = 2 << 30
FONTS = ("NotoSerifSC_400Regular.ttf", "NotoSansSC_400Regular.ttf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process as its supervisor last saw it."""

    name: str
    alive: bool
    pid: int | None
    starts: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What runs in a state folder; `good` where a supervisor lives and all its processes do."""

    good: bool
    processes: tuple[Process, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an installation needs."""

    what: str
    good: bool
    mend: str


def status(env: Environment) -> Status:
    """Read what the supervisor last wrote; one that is gone, or has not written for 90 s, is dead."""
    try:
        read = json.loads((env.state / "status.json").read_text())
    except (OSError, ValueError):
        return Status(good=False, processes=())
    now = time.time()
    rows = tuple(
        Process(
            name=row["name"],
            alive=row["alive"],
            pid=row["pid"],
            starts=row["starts"],
            seconds=round(now - row["since"], 1),
        )
        for row in read["processes"]
    )
    fresh = now - read["at"] < STALE_SECONDS and Path(f"/proc/{read.get('supervisor')}").exists()
    if not fresh:
        rows = tuple(replace(row, alive=False) for row in rows)
    return Status(good=fresh and all(row.alive for row in rows), processes=rows)


def as_json(found: Status) -> str:
    """Return the status for programs."""
    return json.dumps(asdict(found))


def as_text(found: Status) -> str:
    """Return the status for people, a line a process."""
    if not found.processes:
        return "nothing runs in this state folder"
    return "\n".join(
        f"{row.name:10} {'runs' if row.alive else 'DOWN':5} pid {row.pid or '-':<8} "
        f"starts {row.starts:<3} up {row.seconds:.0f} s"
        for row in found.processes
    )


def doctor(env: Environment) -> list[Finding]:
    """Check database, fonts, disk and the state folder's secrets."""
    fonts = all((env.assets / "fonts" / name).exists() for name in FONTS)
    free = shutil.disk_usage(env.state).free
    secrets = [env.state / "secret-key", env.keys / "head.pem", env.keys / "master"]
    open_ = [path.name for path in secrets if path.exists() and path.stat().st_mode & 0o077]
    return [
        Finding(
            what=f"database {env.database_url.rsplit('@', 1)[-1]} answers",
            good=postgres.answers(env.database_url),
            mend="antong db start, or set DATABASE_URL",
        ),
        Finding(what="fonts of documents", good=fonts, mend="make setup"),
        Finding(what="2 GiB of free disk", good=free >= FREE_BYTES, mend="make room beside the state folder"),
        Finding(
            what="keys readable by their owner only",
            good=not open_,
            mend=f"chmod 600 {' '.join(open_)} in the folders of the state and of the keys",
        ),
    ]
