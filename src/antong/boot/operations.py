"""What runs, for the command line."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from antong.boot.environment import Environment

STALE_SECONDS = 90.0


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
