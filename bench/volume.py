"""A house of very many cases: what its pages, acts, files, tree and bundles cost, and whether that grows.

    ANTONG_STATE=/somewhere/large ANTONG_DEMO=1 .venv/bin/antong demo bulk --cases 1000000
    .venv/bin/python bench/volume.py /somewhere/large --json large.json
    .venv/bin/python bench/volume.py /somewhere/small --against large.json

The house is one that `antong demo bulk` filled and that nothing else works on. Statements and buffers (pages of tables
and indexes touched by our own backend, whether cached or not) are exact on a busy machine too; milliseconds are not.
Buffers are counted by PostgreSQL 18 alone. What is measured is left behind: a few hand-overs, two files, a few thousand entries.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from _machine import machine
from pages import MEDIAN, MOST, signed_in, visit

ROUNDS, ACTS = 12, 6
SMALL_FILE, LARGE_FILE, AN_ORIGINAL = 20, 5000, 500
ENTRIES = 4000
_BUFFERS = """
SELECT sum(coalesce(hits, 0) + coalesce(reads, 0))::bigint FROM pg_stat_get_backend_io(pg_backend_pid())
WHERE object = 'relation'
"""


@dataclass(slots=True)
class Cost:
    """What something cost each time it was done."""

    seconds: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    buffers: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return median and 95 % of milliseconds, and medians of the counts."""
        late = statistics.quantiles(self.seconds, n=20)[-1] if len(self.seconds) > 1 else self.seconds[0]
        return {
            "median": round(1000 * statistics.median(self.seconds), 1),
            "late": round(1000 * late, 1),
            "statements": statistics.median(self.statements),
            "buffers": statistics.median(self.buffers),
        }


def buffers() -> int:
    """Return how many buffers this backend has touched so far; outside a transaction."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(_BUFFERS)
        return int(cursor.fetchone()[0])


@contextmanager
def counted(cost: Cost) -> Iterator[None]:
    """Count what is done within."""
    from django.db import connection

    seen = [0]

    def count(execute: Callable[..., Any], *given: Any) -> Any:
        seen[0] += 1
        return execute(*given)

    before = buffers()
    with connection.execute_wrapper(count):
        began = time.perf_counter()
        yield
        cost.seconds.append(time.perf_counter() - began)
    cost.statements.append(seen[0])
    cost.buffers.append(buffers() - before)


def pages_of(case_id: UUID, number: str, name: str) -> list[tuple[str, str, str]]:
    """Return the pages that are measured: words, who, address."""
    from antong.web import find

    lists = {
        "": "", "stage": "?stage=investigation", "role": "?role=handling", "held": "?held=yes", "not held": "?held=no",
        "mine": "?mine=1", "due": "?due=three", "without limit": "?due=none", "stage and not held": "?stage=prosecution_review&held=no",
        "by number": "?order=number", "by stage": "?order=stage", "latest change": "?order=changed", "page 50": "?page=50",
        "named": f"?find={find.seal(name)}", "numbered": f"?find={find.seal(number)}",
    }  # fmt: skip
    tabs = ("people", "dossier", "documents", "handovers", "limits", "ledger")
    inbox = {
        "": "",
        "taken": "?tab=done",
        "by name": f"?find={find.seal(name)}",
        "of a flow": "?flow=arrest-request",
    }
    return [
        *((f"待办 desk {tab}", "zhencha", f"/desk?tab={tab}") for tab in ("", "waiting", "limits")),
        *((f"案件 list {words}", "zhencha", f"/cases{query}") for words, query in lists.items()),
        *((f"案件 case, {tab}", "zhencha", f"/cases/{case_id}/?tab={tab}") for tab in tabs),
        ("移送 sent", "zhencha", "/handovers"),
        ("通知 notices", "zhencha", "/notices"),
        ("审批 approvals", "juzhang", "/approvals"),
        ("待办 desk", "anguan", "/desk"),
        *((f"收件 inbox {words}", "anguan", f"/inbox{query}") for words, query in inbox.items()),
        ("案件 list", "anguan", "/cases"),
        ("在途 supervision", "jiandu", "/supervision"),
        ("运行 operations", "xitong", "/operations"),
    ]


def measure_pages(listed: list[tuple[str, str, str]]) -> dict[str, Cost]:
    """Visit every page some times; the first visit does not count."""
    from antong.boot.wsgi import application
    from antong.demo import seed

    passwords = {login.username: login.password for login in seed.logins()}
    cookies = {who: signed_in(passwords, who) for who in {who for _, who, _ in listed}}
    costs: dict[str, Cost] = {}
    for words, who, url in listed:
        visit(application, url, cookies[who])
        cost = costs[f"{who}: {words.strip()}"] = Cost()
        for _ in range(ROUNDS):
            with counted(cost):
                visit(application, url, cookies[who])
    return costs


def measure_acts() -> dict[str, Cost]:
    """Register cases and have them filed: every act's cost."""
    from antong.cases import actions as case_actions
    from antong.cases.types import NewParty, PartyKind
    from antong.catalog import loader
    from antong.demo import carriage
    from antong.flow import actions
    from antong.kernel import clock

    people, catalog = carriage.actors(), loader.load()
    charge, category = (
        catalog.find_charges("盗窃罪", 1)[0].code,
        catalog.find_codes("case_category", "盗窃案", 1)[0].code,
    )
    costs = {act: Cost() for act in ("register", "compose", "submit", "approve")}
    for _ in range(ACTS + 1):
        party = NewParty(kind=PartyKind.SUSPECT, name="韩序舟", sex="男", charge_codes=(charge,))
        with counted(costs["register"]):
            made = case_actions.register(
                people["zhencha"], source="01", category=category, occurred_at=clock.now(), place="青岚县城关镇",
                brief="撬开店铺卷帘门盗走香烟、现金。", parties=[party], secret=False,
            )  # fmt: skip
        with counted(costs["compose"]):
            done = actions.compose(people["zhencha"], case_id=made.case_id, flow="filing")
        with counted(costs["submit"]):
            done = actions.submit(people["zhencha"], handover_id=done.handover_id, version=done.version)
        with counted(costs["approve"]):
            actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    for cost in costs.values():  # the first warms up
        del cost.seconds[0], cost.statements[0], cost.buffers[0]
    return {f"act: {name}": cost for name, cost in costs.items()}


def file_with(pages: int) -> UUID:
    """Register a case whose file has so many pages, as PDFs, all with the same picture; return its id."""
    import pikepdf
    from django.db import connection

    from antong.cases import selectors as cases
    from antong.demo import carriage
    from antong.demo.bulk.carrying import scan
    from antong.dossier import actions, selectors
    from antong.dossier.types import Upload

    police = carriage.actors()["zhencha"]
    where = cases.CaseFilter(stage="investigation", role="handling", order="number")
    listed = cases.list_cases(police, where, page=1 + pages // 1000, size=50).rows
    row = next(one for one in listed if not selectors.originals(one.case_id))  # none that was measured before
    actions.upload(
        police, case_id=row.case_id, catalogue_key="ev-source.call", title="接处警登记",
        files=[Upload(file_name="pattern.png", content=io.BytesIO(scan(pages)))],
    )  # fmt: skip
    for original_id in selectors.originals_waiting(row.case_id):
        actions.derive_original(original_id)
    for part in range(0, pages, AN_ORIGINAL):
        pdf = pikepdf.new()
        for _ in range(min(AN_ORIGINAL, pages - part)):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.docinfo["/Title"] = f"{pages} {part}"
        out = io.BytesIO()
        pdf.save(out)
        actions.upload(
            police, case_id=row.case_id, catalogue_key="ev-suspect.interrogation", title=f"讯问笔录 {part}",
            files=[Upload(file_name=f"{part}.pdf", content=io.BytesIO(out.getvalue()))],
        )  # fmt: skip
    with (
        connection.cursor() as cursor
    ):  # every page shows the pattern's picture: what is measured is the file, not drawing
        cursor.execute(
            "UPDATE dossier_page p SET image_id = m.image_id, thumb_id = m.thumb_id, width = m.width, height = m.height,"
            " checks = m.checks, state = 'ready'"
            " FROM (SELECT * FROM dossier_page WHERE dossier_id = %s AND image_id IS NOT NULL LIMIT 1) m"
            " WHERE p.dossier_id = m.dossier_id AND p.state = 'waiting'",
            [row.case_id],
        )
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    return row.case_id


def measure_files() -> dict[str, Cost]:
    """Compare a file of 5,000 pages with one of 20: the case page's file, the reading room, what is known of one page."""
    from django.db import connection

    from antong.demo import carriage
    from antong.web import reading

    listed = []
    for pages in (SMALL_FILE, LARGE_FILE):
        case_id = file_with(pages)
        opened = reading.ticket(carriage.actors()["zhencha"], case_id, [], "打开卷宗", "")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM dossier_page WHERE dossier_id = %s AND image_id IS NOT NULL ORDER BY id DESC LIMIT 1",
                [case_id],
            )
            (page_id,) = cursor.fetchone()
        listed += [
            (f"file of {pages}: tab", "zhencha", f"/cases/{case_id}/?tab=dossier"),
            (f"file of {pages}: reading room", "zhencha", f"/cases/{case_id}/reading"),
            (
                f"file of {pages}: facts of a page",
                "zhencha",
                f"/cases/{case_id}/pages/{page_id}/facts?t={opened}",
            ),
        ]
    return measure_pages(listed)


def measure_ledger(case_id: UUID) -> dict[str, Cost]:
    """Take entries into the tree, sign heads, and make the bundle of one case."""
    from django.db import transaction

    from antong.demo.seed import planter
    from antong.flow import selectors as flow
    from antong.kernel.moment import moment
    from antong.ledger import actions as ledger
    from antong.ledger import sequencer
    from antong.ledger.types import SYSTEM_CHAIN

    sequencer.drain()
    with transaction.atomic():
        for number in range(ENTRIES):
            ledger.record(
                planter(), chain_id=SYSTEM_CHAIN, act="bench.entry", moment=moment(), after={"number": number}
            )
    costs = {"sequencer: batch of 2,000": Cost(), "bundle of one case": Cost()}
    for _ in range(ENTRIES // sequencer.BATCH):
        with counted(costs["sequencer: batch of 2,000"]):
            sequencer.run_once()
    for number in range(3):
        with tempfile.TemporaryDirectory() as folder, counted(costs["bundle of one case"]):
            flow.export_bundle(case_id, Path(folder) / f"{number}.zip", by="bench")
    return costs


def some_case() -> tuple[UUID, str, str]:
    """Return a copy in the middle of the officer's list: id, number, the name in it."""
    from antong.cases import selectors as cases
    from antong.demo import carriage

    where = cases.CaseFilter(stage="investigation", role="handling", order="number")
    row = cases.list_cases(carriage.actors()["zhencha"], where, page=30).rows[0]
    return row.case_id, row.number, row.name[:3]


def table(costs: dict[str, dict[str, float]], against: dict[str, dict[str, float]]) -> None:
    """Print the figures, with the ratio of the counts to those of another house."""
    print("  median     95 %  statements  buffers   (milliseconds)   ratio of buffers to the other house")
    for name, now in costs.items():
        then = against.get(name)
        ratio = f"{now['buffers'] / max(1.0, then['buffers']):6.2f}" if then else "      "
        slow = "  over" if now["median"] > MEDIAN or now["late"] > MOST else ""
        print(
            f"{now['median']:8.1f} {now['late']:8.1f} {now['statements']:8.0f} {now['buffers']:10.0f}  {ratio}  {name}{slow}"
        )


def main() -> None:
    """Measure a house and print its figures."""
    parser = argparse.ArgumentParser(description="Measure a house that `antong demo bulk` filled.")
    parser.add_argument("state", type=Path)
    parser.add_argument("--json", type=Path, help="keep the figures there")
    parser.add_argument("--against", type=Path, help="figures of another house")
    given = parser.parse_args()
    os.environ.update(
        ANTONG_STATE=str(given.state.resolve()),
        ANTONG_DEMO="1",
        DJANGO_SETTINGS_MODULE="antong.boot.settings",
    )
    from antong.boot import environment
    from antong.boot.run import database_up

    print(machine())
    with database_up(environment.read()):
        import django

        django.setup()
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM cases_case), (SELECT count(*) FROM ledger_entry), pg_database_size(current_database())"
            )
            cases, entries, size = cursor.fetchone()
        print(f"{cases:,} cases, {entries:,} entries, {size / 2**30:.1f} GiB")
        case_id, number, name = some_case()
        costs = (
            measure_pages(pages_of(case_id, number, name))
            | measure_acts()
            | measure_files()
            | measure_ledger(case_id)
        )
        connection.close()
    figures = {name: cost.figures() for name, cost in costs.items()}
    if given.json:
        given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1))
    table(figures, json.loads(given.against.read_text()) if given.against else {})


if __name__ == "__main__":
    main()
