"""What four systems at once get done through the interface over HTTP, beside OpenZaak's figures.

    .venv/bin/python bench/interface.py

Two web workers, the job worker and the sequencer as `antong run` starts them, the embedded PostgreSQL, 10,000 cases on
file; four clients in one process, each with a connection it keeps and a token of its own. Every right, check and ledger
entry is on; each act is a new one under its own idempotency key. OpenZaak 1.30.0 was measured on the same kind of
machine with as many clients and workers (rate; CPU of its processes and of its PostgreSQL for one operation).
The pages that documents are made into are jobs: `jobs` is what the worker and the sequencer used meanwhile, and is
apart, since OpenZaak makes none.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "tests"))

from _machine import PATIENCE, World, machine, process_seconds, serving, world
from handover import FLOW, prepare

from uploading import children

CLIENTS = 4
SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
WARM = 4.0
LISTED = 10_000
ROWS = 25
DOCUMENT = 200_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Peer:
    """What OpenZaak did: operations a second, CPU milliseconds of its processes and of its PostgreSQL for one."""

    rate: float
    app: float
    database: float


PEERS = {
    "create case": Peer(rate=29, app=55, database=9),
    "add document of 200 KB": Peer(rate=29, app=53, database=12),
    "act of a hand-over": Peer(rate=15, app=107, database=23),
    "list of 25 among 10,000": Peer(rate=17, app=75.5, database=27),
}
"""tech.md §4, medians of quiet runs; the act stands beside its "add status"."""


@dataclass(slots=True)
class System:
    """A client that keeps its connection."""

    port: int
    secrets: dict[str, str]
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def call(self, who: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """Ask as the system of somebody's post; POST where there is a body. Raises AssertionError for a refusal."""
        headers = {"Authorization": f"Bearer {self.secrets[who]}"}
        if body is not None:
            headers |= {"Content-Type": content_type, "Idempotency-Key": uuid4().hex}
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.line.request("GET" if body is None else "POST", f"/api/v1/{path}", body, headers)
        answer = self.line.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"{path}: {answer.status} {said[:400]!r}")
        return json.loads(said)


def tokens(people: dict[str, Any]) -> dict[str, str]:
    """Issue a token for each post that acts, and put it in force; return the secrets."""
    from antong.kernel import clock
    from antong.org import actions as org
    from antong.org.types import GRANTABLE, ROLE_PERMISSIONS, Role

    made = {}
    for who, own in (("zhencha", True), ("juzhang", False), ("anguan", True)):
        actor = people[who]
        may = [one.value for one in GRANTABLE if one in ROLE_PERMISSIONS[Role(actor.role)]]
        issued = org.issue_token(
            people["xitong"], unit_id=actor.unit_id, system="对接测速", permissions=may, valid_until=clock.now() + timedelta(days=2),
            role=actor.role if own else "", duty_id=None if own else actor.duty_id,
        )  # fmt: skip
        org.allow_token(people["anquan"], token_id=issued.id)
        made[who] = issued.secret
    return made


def document() -> bytes:
    """Return a PDF of one scanned page, 200 KB."""
    import img2pdf
    from PIL import Image

    small = Image.frombytes("L", (200, 283), os.urandom(200 * 283))
    out = io.BytesIO()
    quality = 30
    small.resize((1654, 2339), Image.Resampling.BICUBIC).save(out, "JPEG", quality=quality, dpi=(200, 200))
    made = bytes(img2pdf.convert(out.getvalue()))
    return made + b"%" * max(0, DOCUMENT - len(made))


def multipart(content: bytes, place: str) -> tuple[bytes, str]:
    """Return a form with one file, told apart from every other by its last bytes, and its content type."""
    edge = uuid4().hex
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="catalogue_key"\r\n\r\n{place}\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="scan.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    return (
        head.encode() + content + f"%{edge}\r\n--{edge}--\r\n".encode(),
        f"multipart/form-data; boundary={edge}",
    )


class Work:
    """What one client does again and again, by name; each `yield` is one operation done."""

    def __init__(self, cases: list[UUID]) -> None:
        from antong.kernel import clock

        self.cases, self.scan = cases, document()
        self.made: list[str] = []
        self.theft = {
            "source": "01", "category": "050200", "occurred_at": (clock.now() - timedelta(hours=3)).isoformat(), "place": "河西路 8 号",
            "brief": "盗窃电动自行车一辆。", "secret": False, "parties": [{"kind": "suspect", "name": "纪白"}],
        }  # fmt: skip

    def operations(self) -> dict[str, Callable[[System, int], Iterator[None]]]:
        """Return them in the order in which they are measured."""
        return {
            "list of 25 among 10,000": self.look,
            "act of a hand-over": self.act,
            "create case": self.create,
            "add document of 200 KB": self.add,
        }

    def create(self, system: System, _: int) -> Iterator[None]:
        """Register a case."""
        while True:
            self.made.append(system.call("zhencha", "cases", self.theft)["case_id"])
            yield

    def add(self, system: System, client: int) -> Iterator[None]:
        """Add a scan to one of the cases that were registered: copies have no key of their own."""
        while True:
            for case in self.made[client::CLIENTS]:
                form, kind = multipart(self.scan, "ev-suspect.interrogation")
                system.call("zhencha", f"cases/{case}/uploads", form, kind)
                yield

    def act(self, system: System, client: int) -> Iterator[None]:
        """Hand a case over: compose, check, approve, send, accept."""
        for case in self.cases[client::CLIENTS]:
            made = system.call("zhencha", "handovers", {"case_id": str(case), "flow": FLOW})
            yield
            one = f"handovers/{made['handover_id']}"
            for who, word, more in (
                ("zhencha", "submit", {}),
                ("juzhang", "approve", {"approved": True}),
                ("zhencha", "send", {}),
                ("anguan", "accept", {}),
            ):
                made = system.call(who, f"{one}/{word}", {"version": made["version"], **more})
                yield

    def look(self, system: System, client: int) -> Iterator[None]:
        """Read the list, page after page."""
        page = client
        while True:
            page = page % 40 + 1
            rows = system.call("zhencha", f"cases?size={ROWS}&page={page}")["rows"]
            if len(rows) != ROWS:
                raise AssertionError(f"{len(rows)} rows")
            yield


def _family(pid: int) -> list[int]:
    """Return a process with all that it has begun, and so on."""
    found, new = [pid], [pid]
    while new:
        new = [below for one in new for below in children(one)]
        found += new
    return found


def measure(
    here: World, port: int, pids: dict[str, int], secrets: dict[str, str], what: Callable[..., Iterator[None]]
) -> tuple[list[float], float, dict[str, float]]:  # fmt: skip
    """Let the clients work for a while; return seconds of each operation, of the whole, and CPU seconds by process."""

    def clocks() -> dict[str, float]:
        spent = {name: process_seconds(_family(pid)) for name, pid in pids.items()}
        return spent | {"database": process_seconds(here.database_pids())}

    systems = [System(port, secrets) for _ in range(CLIENTS)]
    steps = [what(system, client) for client, system in enumerate(systems)]

    def work(client: int, until: float) -> list[float]:
        took = []
        while (began := time.monotonic()) < until:
            next(steps[client])
            took.append(time.monotonic() - began)
        return took

    with ThreadPoolExecutor(CLIENTS) as pool:
        warm = time.monotonic() + WARM
        list(pool.map(work, range(CLIENTS), [warm] * CLIENTS))
        before, began = clocks(), time.monotonic()
        took = [one for row in pool.map(work, range(CLIENTS), [began + SECONDS] * CLIENTS) for one in row]
        seconds, after = time.monotonic() - began, clocks()
    return took, seconds, {name: after[name] - before[name] for name in before}


def tell(name: str, took: list[float], seconds: float, cpu: dict[str, float]) -> None:
    """Print one operation's figures."""
    peer, count = PEERS[name], len(took)
    rate = count / seconds
    app, database = 1000 * cpu["web"] / count, 1000 * cpu["database"] / count
    jobs = 1000 * (cpu.get("worker", 0.0) + cpu.get("sequencer", 0.0)) / count
    late = statistics.quantiles(took, n=20)[-1]
    print(
        f"{name:26} {rate:6.1f}/s  {1000 * statistics.median(took):6.1f} {1000 * late:6.1f} ms   "
        f"{app:5.1f} + {database:4.1f} ms CPU (jobs {jobs:5.1f})   "
        f"OpenZaak {peer.rate:.0f}/s, {peer.app:.0f} + {peer.database:.0f} ms: "
        f"{rate / peer.rate:.1f} times the rate, {(app + database) / (peer.app + peer.database):.2f} of the CPU",
        flush=True,
    )


def main() -> None:
    """Run the benchmark on a database of its own and print its figures."""
    print(machine())
    with world() as here:
        from django.db import connections

        from antong.demo import carriage, copies

        people = carriage.actors()
        secrets = tokens(people)
        template = copies.read(prepare(people))
        copies.write((template, number) for number in range(1, LISTED + 1))
        copies.settle()
        cases = [copies.id_of(template.case_id, number) for number in range(1, LISTED + 1)]
        connections.close_all()
        with serving(here.state, {"web", "worker", "sequencer"}) as (port, pids):
            print("operation                     rate     50 %   95 %            CPU of one: web + database")
            for name, what in Work(cases).operations().items():
                tell(name, *measure(here, port, pids, secrets, what))


if __name__ == "__main__":
    main()
