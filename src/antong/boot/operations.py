"""What runs, for the command line."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from antong.boot.environment import Environment
from antong.kernel import clock
from antong.web import standing

STALE_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process as its supervisor last saw it."""

    name: str
    alive: bool
    pid: int | None
    starts: int
    seconds: float
    memory: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What runs in a state folder; `good` where a supervisor lives and all its processes do."""

    good: bool
    processes: tuple[Process, ...]
    stuck: tuple[standing.Stuck, ...] = ()
    store: standing.Store | None = None
    looked: datetime | None = None
    backup: datetime | None = None
    error: dict[str, Any] | None = None


def status(env: Environment) -> Status:
    """Read what the supervisor last wrote; one that is gone, or has not written for 90 s, is dead."""
    try:
        read = json.loads((env.state / "status.json").read_text())
    except (OSError, ValueError):
        return Status(good=False, processes=())
    now, memory = time.time(), standing.memory()
    rows = tuple(
        Process(
            name=row["name"],
            alive=row["alive"],
            pid=row["pid"],
            starts=row["starts"],
            seconds=round(now - row["since"], 1),
            memory=memory.get(row["pid"] or -1, 0),
        )
        for row in read["processes"]
    )
    fresh = now - read["at"] < STALE_SECONDS and Path(f"/proc/{read.get('supervisor')}").exists()
    if not fresh:
        rows = tuple(replace(row, alive=False) for row in rows)
    return Status(
        good=fresh and all(row.alive for row in rows),
        processes=rows,
        stuck=tuple(row for row in standing.stuck(env.state) if row.many),
        store=standing.store(env.state),
        looked=standing.seen_at(env.state),
        backup=standing.last_backup(env.state),
        error=next(iter(standing.errors(env.state, most=1)), None),
    )


def as_json(found: Status) -> str:
    """Return the status for programs."""
    return json.dumps(asdict(found), default=lambda instant: instant.isoformat(), ensure_ascii=False)


def as_text(found: Status) -> str:
    """Return the status for people, a line a process."""
    if not found.processes:
        return "nothing runs in this state folder"
    lines = [_process(row) for row in found.processes]
    lines += [f"卡住：{row.word} {row.many}{_since(row.since)}。{row.remedy}" for row in found.stuck]
    if found.looked is not None and not found.stuck:
        lines.append(f"没有卡住的事项（{_local(found.looked)} 查看）")
    if found.store is not None:
        lines.append(_store(found.store))
    lines.append(f"最近备份：{_local(found.backup) if found.backup else '还没有'}")
    if found.error is not None:
        lines.append(
            f"最近差错：{_local(found.error['when'])} {found.error.get('logger')} {found.error.get('what')}"
        )
    return "\n".join(lines)


def _process(row: Process) -> str:
    stands = f"{row.name:10} {'runs' if row.alive else 'DOWN':5}"
    if row.alive and row.pid is None:  # a server that stands by itself: who else uses it is not known here
        return f"{stands} 独立运行（自带而共用的，或操作者的数据库），进程和内存不归这里"
    return f"{stands} pid {row.pid or '-':<8} starts {row.starts:<3} up {row.seconds:.0f} s  {row.memory >> 20} MB"


def _store(seen: standing.Store) -> str:
    where = f"{seen.word}{f'（桶 {seen.bucket}）' if seen.bucket else ''}"
    if seen.stale:
        return f"原件存储：{where}，{_local(seen.at)} 以后没有查看过"
    stands = f"不能读写{_since(seen.since)}：{seen.fault}" if seen.fault else "读写正常"
    move = seen.move
    far = f"；移动中 {move.done:,} / {move.total:,} 件" if move is not None and move.finished is None else ""
    return f"原件存储：{where}，{stands}{far}"


def _local(instant: datetime) -> str:
    return f"{clock.local(instant):%Y-%m-%d %H:%M}"


def _since(instant: datetime | None) -> str:
    return f"，自 {_local(instant)}" if instant else ""
