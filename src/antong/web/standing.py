"""How the house stands, as files of the state folder say: the page, `antong status`, `/readyz` and `/metrics` all read them here.

So they cannot say different things, and no page pays for the looking (`web/looking.py`). No name or number of anybody
is in them.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from antong.kernel import clock

FILE = "standing.json"
STORE_FILE = "store.json"
WATCH_FILE = "watch.json"
WATCH_SILENT = timedelta(minutes=2)
"""A watch over those held that has not looked for so long is silent."""
STALE = timedelta(minutes=5)
"""What was looked at longer ago says nothing of now."""
ERRORS = "errors.jsonl"
THREE = 3
WORDS = {
    "failed": ("失败的作业", "看原因，排除后在下面重新运行"),
    "stalled": ("执行者已停的作业", "一分钟内自动退回队列重做；一直在这里的，看后台作业进程"),
    "queue": ("久等的队列", "看后台作业进程是否在运行、是否有作业占住"),
    "uploads": ("已上传、没有作业在生成页面的原件", "在这一行重新生成；原件已保存，没有丢失"),
    "sent": ("已发出、没有入件的移送", "看收件单位；由发出单位催办或撤回"),
    "heads": ("久等封签的留痕", "看账本进程；antong audit 核查账本"),
    "clock": (
        "机器时钟比账本慢（秒）",
        "校准机器时钟；此前的留痕按账本时间排序，登录和时限以校准后的时间为准",
    ),
    "store": (
        "原件存储不能读写",
        "看下面“原件存储”和 antong doctor；恢复前不能上传和看原件，其余照常，作业等着",
    ),
    "watch": ("羁押守望没有核对", "看羁押守望进程和它的日志；恢复前由看守所、办案单位人工核对羁押期限"),
    "chains": ("没有入树的留痕链", "立即 antong audit，保留现场，不要重启数据库"),
}
"""What may be stuck -> what it is called, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Something that does not go on: which kind, how many, since when."""

    kind: str
    many: int
    since: datetime | None

    @property
    def word(self) -> str:
        """What it is called."""
        return WORDS[self.kind][0]

    @property
    def remedy(self) -> str:
        """What to do."""
        return WORDS[self.kind][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """The newest move of originals to where they are written now: how far, why it waits, when it ended, when the old place was emptied.

    `restored`: no move has brought them there but a restore.
    """

    done: int
    total: int
    copied_bytes: int
    damaged: int
    waits: str
    finished: datetime | None
    emptied: datetime | None
    restored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where originals are written, as it was looked at last: what was wrong with it (for an operator) and since when, or nothing."""

    at: datetime
    place: str
    word: str
    bucket: str
    fault: str
    since: datetime | None
    move: Moving | None

    @property
    def good(self) -> bool:
        """Whether a probe came back."""
        return not self.fault

    @property
    def stale(self) -> bool:
        """Whether it was looked at too long ago to say anything of now."""
        return clock.now() - self.at > STALE


def keep(path: Path, told: dict[str, Any]) -> None:
    """Keep what was seen in a file that is there whole or not at all."""
    part = path.with_suffix(".new")
    part.write_text(json.dumps(told))
    part.replace(path)


def kept(state: Path) -> dict[str, Any]:
    """Return what was kept when it was last looked."""
    found = _read(state, FILE)
    return found if isinstance(found, dict) else {}


def _read(state: Path, name: str) -> Any:
    with suppress(OSError, ValueError):
        return json.loads((state / name).read_text("utf-8"))
    return None


def _instant(stamp: Any) -> datetime | None:
    """Return an instant; None where a file that was damaged names none."""
    with suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int | float) else None
    return None


def _rows(state: Path, name: str) -> list[list[Any]]:
    """Return what was kept in threes under a name; nothing else that a damaged file may hold."""
    found = kept(state).get(name)
    rows = found if isinstance(found, list) else []
    return [row for row in rows if isinstance(row, list) and len(row) == THREE and isinstance(row[1], int)]


def seen_at(state: Path) -> datetime | None:
    """Return when it was last looked, None where it never was."""
    return _instant(kept(state).get("at"))


def stuck(state: Path) -> list[Stuck]:
    """Return all that may be stuck, with how many of each, 0 among them; empty where nobody has looked.

    Of the store nothing where it was not looked at lately.
    """
    rows = _rows(state, "stuck")
    found = [
        Stuck(kind=kind, many=many, since=_instant(since)) for kind, many, since in rows if kind in WORDS
    ]
    if (seen := store(state)) is not None and not seen.stale:
        found.append(Stuck(kind="store", many=int(not seen.good), since=seen.since))
    return found


def store(state: Path) -> Store | None:
    """Return how the place of originals stands; None where nobody has looked, or the file is damaged."""
    told = _read(state, STORE_FILE)
    with suppress(KeyError, TypeError, ValueError):
        at = _instant(told["at"])
        if at is not None:
            return Store(
                at=at, place=str(told["place"]), word=str(told["word"]), bucket=str(told["bucket"]),
                fault=str(told["fault"]), since=_instant(told["since"]), move=_moving(told["move"]),
            )  # fmt: skip
    return None


def _moving(told: Any) -> Moving | None:
    """Return a move as it was kept; raises KeyError, TypeError or ValueError where it was not kept so."""
    if told is None:
        return None
    return Moving(
        done=int(told["done"]), total=int(told["total"]), copied_bytes=int(told["copied_bytes"]),
        damaged=int(told["damaged"]), waits=str(told["waits"]),
        finished=_instant(told["finished"]), emptied=_instant(told["emptied"]),
        restored=bool(told.get("restored")),
    )  # fmt: skip


def watched_at(state: Path) -> datetime | None:
    """Return when the watch over those held looked last, as its own process wrote it; None where it never ran here."""
    told = _read(state, WATCH_FILE)
    return _instant(told.get("at")) if isinstance(told, dict) else None


def watch_silent(state: Path) -> datetime | None:
    """Return since when the watch is silent: by what its process wrote here, or by what was seen in the database."""
    at = watched_at(state)
    if at is not None and clock.now() - at > WATCH_SILENT:
        return at
    seen = seen_at(state)
    if at is None and seen is not None and clock.now() - seen <= STALE:
        return next((one.since or seen for one in stuck(state) if one.kind == "watch" and one.many), None)
    return None


def queues(state: Path) -> list[tuple[str, int, datetime | None]]:
    """Return what waits in each queue: how many jobs, and since when the first does."""
    return [(str(name), many, _instant(oldest)) for name, many, oldest in _rows(state, "queues")]


def last_backup(state: Path) -> datetime | None:
    """Return when the last whole backup was made, None where none was."""
    told = _read(state, "last-backup.json")
    return _instant(told.get("at")) if isinstance(told, dict) else None


def errors(state: Path, *, most: int = 5) -> list[dict[str, Any]]:
    """Return the last errors that any process has written down, newest first; each has `when`."""
    found = deque(_errors(state), maxlen=most)
    return [{**row, "when": datetime.fromisoformat(row["at"])} for row in reversed(found)]


def reasons(state: Path) -> dict[int, str]:
    """Return by job why it has last failed, as the log has it: the failure's class and place."""
    return {
        row["job"]: str(row.get("failure", "")) for row in _errors(state) if isinstance(row.get("job"), int)
    }


def _errors(state: Path) -> Iterator[dict[str, Any]]:
    path = state / "log" / ERRORS
    with suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            with suppress(ValueError, KeyError, TypeError):
                row = json.loads(line)
                if datetime.fromisoformat(row["at"]).tzinfo is not None:
                    yield row


def memory() -> dict[int, int]:
    """Return the memory of every process of this machine and of those it has begun, in bytes, by the first one's number."""
    found: dict[int, int] = {}
    page = os.sysconf("SC_PAGE_SIZE")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                group = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[2])
                resident, shared = (int(part) for part in (entry / "statm").read_text().split()[1:3])
                own = int(entry.name) == group
                found[group] = found.get(group, 0) + (resident if own else resident - shared) * page
    return found


def processes(state: Path) -> tuple[list[dict[str, Any]], datetime | None]:
    """Return the processes of the house as their supervisor last wrote it, with memory, and when that was; none without one."""
    told = _read(state, "status.json")
    if not isinstance(told, dict):
        return [], None
    used = memory()
    with suppress(KeyError, TypeError, ValueError):
        rows = [
            {**row, "since": _instant(row.get("since") or None), "memory": used.get(row.get("pid") or -1, 0)}
            for row in told["processes"]
            if "name" in row
        ]
        return rows, _instant(told.get("at"))
    return [], None
