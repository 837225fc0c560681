"""A whole hand-over through the actions: compose, check, approve, send, accept; two suspects, 20 pages, 4 workers.

    make bench

Prints hand-overs and acts a second, and CPU of the whole machine an act. Documents are issued and pages derived
before the clock starts: what is measured is access, checks, snapshot, ledger, obligation, desk.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

WORKERS = 4
CASES = 12
PAGES = 20


def cpu_seconds() -> float:
    """Return the busy time of the whole machine so far, in seconds."""
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def prepare(people: dict[str, Any], worker: int) -> list[Any]:
    """Register the cases of one worker, fill their files, and have their documents issued."""
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

    charge = loader.load().find_charges("盗窃罪", 1)[0].code
    made = []
    for number in range(CASES):
        parties = [
            NewParty(kind=PartyKind.SUSPECT, name=name, charge_codes=(charge,)) for name in ("甲某", "乙某")
        ]
        case = cases.register(
            people["zhencha"], source="01", category="050200", occurred_at=clock.now() - timedelta(hours=2), place="x", brief="x", parties=parties
        ).case_id  # fmt: skip
        through(people, case, "filing")
        for key, count in (("ev-suspect.interrogation", PAGES - 2), ("lit-rights.rights", 2)):
            shade = (worker * 40 + number) % 200
            pages = [Image.new("L", (300, 424), shade + index) for index in range(count)]
            out = io.BytesIO()
            pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], dpi=(200, 200))
            out.seek(0)
            scan = Upload(file_name="scan.tif", content=out)
            dossier.upload(people["zhencha"], case_id=case, catalogue_key=key, files=[scan])
        for original_id in files.originals_waiting(case):
            dossier.derive_original(original_id)
        first = flow.compose(people["zhencha"], case_id=case, flow="prosecution-transfer")
        first = flow.submit(people["zhencha"], handover_id=first.handover_id, version=first.version)
        first = flow.approve(people["juzhang"], handover_id=first.handover_id, version=first.version)
        flow.withdraw(people["zhencha"], handover_id=first.handover_id, version=first.version, reason="预备")
        made.append(case)
    return made


def through(people: dict[str, Any], case: Any, key: str) -> None:
    """Take an internal act of the police through its approval."""
    from antong.flow import actions as flow

    done = flow.compose(people["zhencha"], case_id=case, flow=key)
    done = flow.submit(people["zhencha"], handover_id=done.handover_id, version=done.version)
    flow.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)


def hand_over(people: dict[str, Any], case: Any) -> None:
    """One whole hand-over: five acts."""
    from antong.flow import actions as flow

    done = flow.compose(people["zhencha"], case_id=case, flow="prosecution-transfer", key=uuid4())
    done = flow.submit(people["zhencha"], handover_id=done.handover_id, version=done.version, key=uuid4())
    done = flow.approve(people["juzhang"], handover_id=done.handover_id, version=done.version, key=uuid4())
    done = flow.send(people["zhencha"], handover_id=done.handover_id, version=done.version, key=uuid4())
    flow.accept(people["anguan"], handover_id=done.handover_id, version=done.version, key=uuid4())


def work(worker: int, ready: Any, go: Any, done: Any) -> None:
    """One worker: prepare, wait for the others, run."""
    import django

    django.setup()
    from antong.demo import carriage

    people = carriage.actors()
    cases = prepare(people, worker)
    ready.put(worker)
    go.wait()
    for case in cases:
        hand_over(people, case)
    done.put(worker)


def main() -> None:
    """Run the benchmark on a database of its own and print its figures."""
    from antong.boot import postgres

    state = Path(tempfile.mkdtemp(prefix="antong-bench-"))
    server = None
    if not os.environ.get("DATABASE_URL"):
        server = postgres.locate(Path(".antong/bench").resolve(), name="bench")
        os.environ["DATABASE_URL"] = postgres.start(server)
    os.environ["DATABASE_URL"] = postgres.ensure_database(
        os.environ["DATABASE_URL"], f"bench_{uuid4().hex[:8]}"
    )
    os.environ.update(ANTONG_STATE=str(state), ANTONG_DEMO="1", DJANGO_SETTINGS_MODULE="antong.boot.settings")
    import django

    django.setup()
    from antong.boot import environment
    from antong.boot.run import prepare as plant

    plant(environment.read())
    context = multiprocessing.get_context("spawn")
    ready, done, go = context.Queue(), context.Queue(), context.Event()
    workers = [context.Process(target=work, args=(number, ready, go, done)) for number in range(WORKERS)]
    for one in workers:
        one.start()
    for _ in workers:
        ready.get(timeout=600)
    started, busy = time.monotonic(), cpu_seconds()
    go.set()
    for _ in workers:
        done.get(timeout=600)
    seconds, used = time.monotonic() - started, cpu_seconds() - busy
    for one in workers:
        one.join()
    count = WORKERS * CASES
    print(
        f"hand-overs: {count} in {seconds:.2f} s = {count / seconds:.1f} a second ({5 * count / seconds:.0f} acts a second)"
    )
    print(f"CPU of the whole machine: {1000 * used / (5 * count):.1f} ms an act")
    if server is not None:
        postgres.stop(server)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
    main()
