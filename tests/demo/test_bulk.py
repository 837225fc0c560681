"""Copies of cases by COPY: readers, audit and the offline verifier find nothing amiss, and no number is taken twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from antong.boot import postgres
from antong.cases import selectors as cases
from antong.demo import prefecture
from antong.demo.bulk import plan, run, template, writing
from antong.demo.bulk.variant import grams
from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from antong.ledger import selectors as ledger_reads
from processes import COMMAND, environment
from walking import hand_over

People = dict[str, Any]
AWAY = prefecture.COUNTIES[2][0]
PARTS = (
    plan.Part(model=0, county=prefecture.COUNTIES[0][0], days=0, first=1199, count=2),  # 1200 has pages
    plan.Part(model=0, county=AWAY, days=-40, first=1201, count=1),
)


def test_the_plan_has_every_number_once_and_adds_up() -> None:
    marks = [*plan.SHARES, "registered"]
    assert round(sum(share for share, _ in plan.SHARES.values()), 6) == 1
    for wanted in (500, 20_000):
        listed = list(plan.parts(marks, wanted))
        assert sum(part.count for part in listed) == wanted
        numbers = [part.first + at for part in listed for at in range(part.count)]
        assert numbers == list(range(plan.FIRST, plan.FIRST + wanted))
        again = [part for chunk in plan.chunks(listed) for part in chunk]
        assert [part.first + at for part in again for at in range(part.count)] == numbers
        assert all(sum(part.count for part in chunk) <= plan.CHUNK for chunk in plan.chunks(listed))


@pytest.fixture
def copied(people: People, investigated: UUID) -> Iterator[list[UUID]]:
    """A case sent for prosecution and three copies of it, one with pages, one in another county; tree and head over all."""
    hand_over(people, investigated, "prosecution-transfer")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    model = tuple(template.read(investigated, "transfer-sent", pages=pages) for pages in (False, True))
    writing.take([model])  # type: ignore[list-item]
    waiting = ledger_reads.waiting()
    run.first_leaves(waiting)
    written = writing.write(writing.Job(parts=list(PARTS), leaf=len(waiting)))
    digests = b"".join(digest for _, _, _, digest in waiting) + written.digests
    ends = {chain_id: (number, digest) for _, chain_id, number, digest in waiting}
    ends |= {chain_id: (number, digest) for chain_id, number, digest in written.ends}
    peaks = [writing.plant(block) for block in ledger_reads.blocks(digests)]
    ledger.plant_first_head(len(digests) // 32, peaks, ends, lambda _, __: None)
    run.counters()
    yield [chain_id for chain_id, _, _ in written.ends]
    writing.take([])


def test_nothing_is_amiss(people: People, copied: list[UUID], tmp_path: Path) -> None:
    assert list(ledger_reads.audit_all(lambda _, __: None)) == []
    for case_id in copied:
        assert list(ledger_reads.audit(case_id)) == []
        assert list(flow.audit(case_id, read=True)) == []
    out = tmp_path / "copy.zip"
    flow.export_bundle(copied[1], out, by="测试")
    said = subprocess.run(
        [sys.executable, "-m", "antong_verify", str(out), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert json.loads(said.stdout)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # foreign keys of what was written beside them


def test_copies_are_found_and_read_like_others(people: People, copied: list[UUID]) -> None:
    officer = people["zhencha"]
    found = {row.case_id: row for row in cases.list_cases(officer, cases.CaseFilter()).rows}
    assert copied[0] in found
    assert copied[1] in found
    assert copied[2] not in found  # another county's
    one, other = found[copied[0]], found[copied[1]]
    assert one.number != other.number
    assert one.name != other.name
    by_name = cases.list_cases(officer, cases.CaseFilter(text=other.name[:3])).rows
    assert copied[1] in {row.case_id for row in by_name}
    pages = {case_id: dossier.stats(case_id).pages for case_id in copied}
    assert pages[copied[0]] == 0
    assert pages[copied[1]] > 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.unit_id::text, g.search, s.grams::text, cases_grams(g.unit_id, g.search)::text FROM cases_grant g"
            " JOIN cases_grantsearch s ON s.grant_id = g.id WHERE g.case_id = ANY(%s)",
            [copied],
        )
        rows = cursor.fetchall()
        assert rows
        assert all(grams(unit_id, words) == kept == right for unit_id, words, kept, right in rows)


def test_the_product_goes_on_from_the_copies(people: People, copied: list[UUID], new_case: Any) -> None:
    made = new_case()
    taken = {cases.living_sheet(case_id).body["case"]["number"] for case_id in copied}
    assert cases.living_sheet(made).body["case"]["number"] not in taken
    hand_over(people, made, "filing")


def test_a_house_with_cases_is_refused(investigated: UUID) -> None:
    with pytest.raises(Refusal) as refused:
        run.fill(1000, print, lambda _, __: None)
    assert refused.value.code == "not-empty"


@pytest.mark.full
def test_the_command_fills_an_empty_house_and_refuses_it_then(tmp_path: Path) -> None:
    state = tmp_path / "state"

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *words],
            env=environment(state, ANTONG_DEMO="1"),
            capture_output=True,
            text=True,
            check=False,
        )

    try:
        few = call("demo", "bulk", "--cases", "3")
        assert few.returncode == 1
        assert "--cases" in few.stderr
        filled = call("demo", "bulk", "--cases", "400")
        assert filled.returncode == 0, filled.stdout + filled.stderr
        assert "400 件案件" in filled.stdout
        again = call("demo", "bulk", "--cases", "400")
        assert again.returncode == 1
        assert "ANTONG_STATE" in again.stderr
        call("db", "start")
        audited = call("audit", "--files")
        assert audited.returncode == 0, audited.stdout + audited.stderr
    finally:
        postgres.stop(postgres.locate(state))
