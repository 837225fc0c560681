"""A whole hand-over through the actions: compose, check, approve, send, accept; two suspects, 20 pages, 4 workers.

    .venv/bin/python bench/handover.py

Beside it the limit: the same statements of the same acts by pgbench, 4 clients, in turns with the workers so that
both see the same machine. Documents are issued and pages derived before the clock starts: what is measured is access,
checks, snapshot, ledger, obligation, desk. CPU is counted for our own processes (workers and that PostgreSQL), since
a machine that others use too says little.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _machine import World, machine, machine_seconds, process_seconds, world

WORKERS = 4
ROUNDS = 4
WARM = 12  # hand-overs of a worker before the clock: a statement is planned for good at its eleventh run
A_ROUND = 30  # hand-overs of one worker, and of one pgbench client, in a round
PAGES = 20
ACTS = 5
FLOW = "prosecution-transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One round of one side: hand-overs, seconds, and CPU seconds of the workers, the database, the machine."""

    count: int
    seconds: float
    python: float
    database: float
    whole: float

    @property
    def rate(self) -> float:
        """Hand-overs a second."""
        return self.count / self.seconds


def prepare(people: dict[str, Any]) -> UUID:
    """Register the case that is copied, fill its file, and have its documents issued."""
    from datetime import timedelta

    from PIL import Image

    from antong.cases import actions as cases
    from antong.cases.types import NewParty, PartyKind
    from antong.catalog import loader
    from antong.dossier import actions as dossier
    from antong.dossier import selectors as files
    from antong.dossier.types import Upload
    from antong.flow import actions as flow
    from antong.kernel import clock

    police, chief = people["zhencha"], people["juzhang"]
    charge = loader.load().find_charges("盗窃罪", 1)[0].code
    parties = [
        NewParty(kind=PartyKind.SUSPECT, name=name, charge_codes=(charge,)) for name in ("甲某某", "乙某某")
    ]
    case = cases.register(
        police, source="01", category="050200", occurred_at=clock.now() - timedelta(hours=2), place="河西路", brief="盗窃电动自行车。", parties=parties
    ).case_id  # fmt: skip
    for key in ("filing", FLOW):
        if key == FLOW:
            for place, count in (("ev-suspect.interrogation", PAGES - 2), ("lit-rights.rights", 2)):
                pages = [Image.new("L", (300, 424), 100 + index) for index in range(count)]
                out = io.BytesIO()
                pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], dpi=(200, 200))
                out.seek(0)
                scan = Upload(file_name="scan.tif", content=out)
                dossier.upload(police, case_id=case, catalogue_key=place, files=[scan])
            for original_id in files.originals_waiting(case):
                dossier.derive_original(original_id)
        done = flow.compose(police, case_id=case, flow=key)
        done = flow.submit(police, handover_id=done.handover_id, version=done.version)
        done = flow.approve(chief, handover_id=done.handover_id, version=done.version)
    flow.withdraw(police, handover_id=done.handover_id, version=done.version, reason="预备")
    return case


def acts(people: dict[str, Any], case: UUID) -> list[Any]:
    """Return the five acts of one hand-over, each to be called with the answer of the one before."""
    from antong.flow import actions as flow

    police, chief, office = people["zhencha"], people["juzhang"], people["anguan"]

    def on(act: Any, actor: Any) -> Any:
        return lambda done: act(actor, handover_id=done.handover_id, version=done.version, key=uuid4())

    return [
        lambda _: flow.compose(police, case_id=case, flow=FLOW, key=uuid4()),
        on(flow.submit, police),
        on(flow.approve, chief),
        on(flow.send, police),
        on(flow.accept, office),
    ]


def hand_over(people: dict[str, Any], case: UUID) -> None:
    """One whole hand-over: five acts."""
    done = None
    for act in acts(people, case):
        done = act(done)


def work(mine: list[list[UUID]], said: Any, go: list[Any]) -> None:
    """One worker: set up and warm up, then round by round wait for the word, run, and say that it is done."""
    import django

    django.setup()
    from antong.demo import carriage

    people = carriage.actors()
    for case in mine[0]:
        hand_over(people, case)
    said.put(os.getpid())
    for cases, word in zip(mine[1:], go, strict=True):
        word.wait()
        for case in cases:
            hand_over(people, case)
        said.put(os.getpid())


def traced(people: dict[str, Any], case: UUID) -> list[list[str]]:
    """Run one hand-over and return the statements of each of its acts."""
    import _trace

    done, kept = None, []
    for act in acts(people, case):
        with _trace.statements() as found:
            done = act(done)
        kept.append(found)
    return kept


def pgbench(here: World, script: Path, first_run: int) -> float:
    """Run the script with as many clients as there are workers; return hand-overs a second."""
    from antong.boot import postgres

    binaries = (here.server or postgres.locate(here.state / "pgbench")).binaries
    told = subprocess.run(
        [str(binaries / "pgbench"), "-n", "-M", "prepared", "-c", str(WORKERS), "-j", "1", "-t", str(A_ROUND),
         "-D", f"i={first_run}", "-f", str(script), here.url],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"^tps = ([0-9.]+)", told.stdout, re.MULTILINE)
    if told.returncode or found is None or "number of failed transactions: 0 " not in told.stdout:
        raise AssertionError(f"pgbench: {told.stdout}{told.stderr}"[-3000:])
    return float(found.group(1))


def rounds(here: World, mine: list[list[list[UUID]]], script: Path) -> tuple[list[Measured], list[Measured]]:
    """Run workers and pgbench in turns; return what each round measured of both.

    `mine` is, by worker, its cases to warm up with, then those of each round.
    """
    context = multiprocessing.get_context("spawn")
    said, go = context.Queue(), [context.Event() for _ in range(ROUNDS)]
    workers = [context.Process(target=work, args=(cases, said, go)) for cases in mine]
    for one in workers:
        one.start()
    pids = [said.get(timeout=300) for _ in workers]

    def clocks() -> tuple[float, float, float, float]:
        database = process_seconds(here.database_pids())
        return time.monotonic(), process_seconds(pids), database, machine_seconds()

    ours, theirs = [], []
    for number in range(ROUNDS):
        before = clocks()
        go[number].set()
        for _ in workers:
            said.get(timeout=600)
        middle = clocks()
        rate = pgbench(here, script, number * A_ROUND)
        after = clocks()
        count = WORKERS * A_ROUND
        ours.append(_measured(count, middle[0] - before[0], before, middle))
        theirs.append(_measured(count, count / rate, middle, after))
    for one in workers:
        one.join()
    return ours, theirs


def _measured(count: int, seconds: float, before: tuple[float, ...], after: tuple[float, ...]) -> Measured:
    python, database, whole = (later - early for early, later in zip(before[1:], after[1:], strict=True))
    return Measured(count=count, seconds=seconds, python=python, database=database, whole=whole)


def tell(ours: list[Measured], theirs: list[Measured], counts: list[int]) -> None:
    """Print the figures: medians of the rounds."""

    def middle(rows: list[Measured], of: Any) -> float:
        return statistics.median(of(row) for row in rows)

    def each(rows: list[Measured], of: Any) -> float:
        return middle(rows, lambda row: 1000 * of(row) / (ACTS * row.count))

    rate, limit = middle(ours, lambda row: row.rate), middle(theirs, lambda row: row.rate)
    rates = ", ".join(f"{row.rate:.1f}" for row in ours)
    print(f"hand-overs: {rate:.1f} a second ({ACTS * rate:.0f} acts); rounds of {ours[0].count}: {rates}")
    print(
        f"CPU an act: {each(ours, lambda r: r.python + r.database):.1f} ms of our processes"
        f" ({each(ours, lambda r: r.python):.1f} Python, {each(ours, lambda r: r.database):.1f} PostgreSQL);"
        f" {each(ours, lambda r: r.whole):.1f} ms of the whole machine, whoever used it"
    )
    print(f"statements an act: {', '.join(map(str, counts))} (begin and commit among them)")
    print(
        f"pgbench, the same statements: {limit:.1f} a second, {each(theirs, lambda r: r.database):.1f} ms PostgreSQL an act"
    )
    ratio = statistics.median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))
    print(f"ratio: {ratio:.2f} (aim 0.3)")


def main() -> None:
    """Run the benchmark on a database of its own and print its figures."""
    print(machine())
    with world() as here:
        import _trace

        from antong.demo import carriage, copies

        people = carriage.actors()
        template = copies.read(prepare(people))
        each = WARM + ROUNDS * A_ROUND
        last = 1 + WORKERS * (each + ROUNDS * A_ROUND)
        copies.write((template, number) for number in range(1, last + 1))
        copies.settle()
        ids = [copies.id_of(template.case_id, number) for number in range(last + 1)]
        statements = traced(people, ids[1])
        script = here.state / "handover.sql"
        script.write_text(_trace.script(statements, first=2 + WORKERS * each, runs=ROUNDS * A_ROUND))
        mine = []
        for worker in range(WORKERS):
            own = ids[2 + worker * each :][:each]
            mine.append([own[:WARM], *(own[WARM + at * A_ROUND :][:A_ROUND] for at in range(ROUNDS))])
        tell(*rounds(here, mine, script), [len(act) + 2 for act in statements])


if __name__ == "__main__":
    main()
