"""Counters of requests, kept by each web process and put together on reading; figures of machine and processes.

A process keeps its counts in memory and writes them to a file of its own in the state folder every few seconds:
whichever process is asked adds up the files of all. Routes are counted by name, never by address.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from antong.ledger import actions as ledger
from antong.web import standing

FOLDER = "metrics"
WRITE_EVERY = 2.0
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SEP = "\t"


class Counts:
    """What one process has counted since it began; safe for its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._written = 0.0
        self._pid = 0

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; on disk within seconds."""
        with self._lock:
            if self._pid != os.getpid():  # a fork counts for itself
                self._pid, self._counts = os.getpid(), Counter()
            self._counts[SEP.join(("requests", method, route, str(status)))] += 1
            self._counts["count"] += 1
            self._counts["microseconds"] += int(seconds * 1e6)
            for bound in BUCKETS:
                if seconds <= bound:
                    self._counts[f"le{SEP}{bound}"] += 1
            if time.monotonic() - self._written > WRITE_EVERY:
                self._write()

    def write(self) -> None:
        """Bring the counts to disk now."""
        with self._lock:
            if self._pid == os.getpid():
                self._write()

    def _write(self) -> None:
        folder = Path(settings.ANTONG_STATE) / FOLDER
        with suppress(OSError):  # a full disk stops no page
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f"{self._pid}.new"
            part.write_text(json.dumps(self._counts))
            part.replace(folder / f"{self._pid}.json")
        self._written = time.monotonic()


counts = Counts()


class Meter:
    """Counts every answer by method, route and status, and how long it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and count it."""
        began, method = time.perf_counter(), str(request.method if request.method in METHODS else "other")
        facts: dict[str, str | int] = {}
        with ledger.span("request", method, facts):
            response = self.get_response(request)
            match = getattr(request, "resolver_match", None)
            route = (match.url_name or "") if match is not None else ""
            facts |= {"name": f"{method} {route}", "route": route, "status": response.status_code}
        counts.add(method, route, response.status_code, time.perf_counter() - began)
        return response


def line(name: str, what: str, value: float) -> str:
    """Return one gauge with its help."""
    return "\n".join(lines(name, what, [({}, value)]))


def lines(
    name: str, what: str, values: Sequence[tuple[Mapping[str, str], float]], kind: str = "gauge"
) -> list[str]:
    """Return a metric with its help, a line for each set of labels."""
    rows = [f"# HELP {name} {what}", f"# TYPE {name} {kind}"]
    return rows + [
        f"{name}{_labels(labels)} {value:.3f}" if value % 1 else f"{name}{_labels(labels)} {int(value)}"
        for labels, value in values
    ]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    escaped = (
        (name, text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for name, text in labels.items()
    )
    return "{" + ",".join(f'{name}="{text}"' for name, text in escaped) + "}"


def requests() -> list[str]:
    """Return the requests that all web processes have counted since `antong run` began."""
    counts.write()
    total: Counter[str] = Counter()
    for path in (Path(settings.ANTONG_STATE) / FOLDER).glob("*.json"):
        with suppress(OSError, ValueError):
            total.update(json.loads(path.read_text()))
    by = [key.split(SEP) for key in sorted(total) if key.startswith(f"requests{SEP}")]
    rows = lines(
        "antong_requests_total",
        "Requests by method, route and status.",
        [
            (
                {"method": method, "route": route, "status": status},
                total[SEP.join((word, method, route, status))],
            )
            for word, method, route, status in by
        ],
        "counter",
    )
    name = "antong_request_seconds"
    rows += [f"# HELP {name} How long requests took.", f"# TYPE {name} histogram"]
    rows += [f'{name}_bucket{{le="{bound}"}} {total[f"le{SEP}{bound}"]}' for bound in BUCKETS]
    rows += [f'{name}_bucket{{le="+Inf"}} {total["count"]}']
    return [*rows, f"{name}_sum {total['microseconds'] / 1e6}", f"{name}_count {total['count']}"]


def machine() -> list[str]:
    """Return disk, processes and the last backup, as files of the state folder say."""
    state = Path(settings.ANTONG_STATE)
    disk = shutil.disk_usage(state)
    rows = [
        line("antong_disk_free_bytes", "Free space beside the state folder.", disk.free),
        line("antong_disk_bytes", "Size of that disk.", disk.total),
    ]
    if (backup := standing.last_backup(state)) is not None:
        rows.append(
            line(
                "antong_last_backup_timestamp_seconds",
                "When the last whole backup was made.",
                backup.timestamp(),
            )
        )
    processes, _ = standing.processes(state)
    if processes:
        rows += lines("antong_process_up", "Whether a process of the house lives.", _each(processes, "alive"))
        starts = _each(processes, "starts")
        rows += lines("antong_process_starts_total", "How often it was started.", starts, "counter")
        rows += lines(
            "antong_process_memory_bytes", "Memory of a process and its own.", _each(processes, "memory")
        )
    return rows + _standing(state)


def _each(processes: Sequence[Mapping[str, Any]], fact: str) -> list[tuple[Mapping[str, str], float]]:
    return [({"process": str(row["name"])}, int(row[fact])) for row in processes if fact in row]


def _standing(state: Path) -> list[str]:
    """Return what the operations page names as stuck, what waits in queues, when it was looked, and the last error."""
    rows, now = [], time.time()
    if (seen := standing.seen_at(state)) is not None:
        rows.append(
            line(
                "antong_looked_timestamp_seconds", "When what is stuck was last looked for.", seen.timestamp()
            )
        )
        oldest = [
            ({"queue": name}, max(0.0, now - at.timestamp())) for name, _, at in standing.queues(state) if at
        ]
        if oldest:
            rows += lines(
                "antong_queue_oldest_seconds", "How long the oldest job of a queue has waited.", oldest
            )
    if stuck := standing.stuck(state):
        rows += lines(
            "antong_stuck",
            "What does not go on by itself.",
            [({"what": row.kind}, row.many) for row in stuck],
        )
    rows += _store(state)
    if errors := standing.errors(state, most=1):
        at = errors[0]["when"].timestamp()
        rows.append(
            line("antong_last_error_timestamp_seconds", "When a process last wrote down an error.", at)
        )
    return rows


def _store(state: Path) -> list[str]:
    """Return whether the place of originals takes and gives back a probe, when that was tried, and how far a move is."""
    if (seen := standing.store(state)) is None:
        return []
    rows = lines(
        "antong_store_up", "Whether originals can be written and read.", [({"place": seen.place}, seen.good)]
    )
    rows.append(
        line("antong_store_looked_timestamp_seconds", "When that was last tried.", seen.at.timestamp())
    )
    if seen.move is not None:
        of = {"done": seen.move.done, "total": seen.move.total, "damaged": seen.move.damaged}
        rows += lines(
            "antong_store_move_originals",
            "Originals of the newest move.",
            [({"what": what}, many) for what, many in of.items()],
        )
    return rows
