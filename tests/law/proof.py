"""Sentences of real judgments beside the engine: what is asked, what came out, and why what differs does.

Nobody is left out for what came out: `lacking` says who cannot be asked about, before anything is counted. A cause is
reckoned (`causes.py`), never typed in.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from antong.law import sentence
from antong.law.timelimit import LimitRefused
from law import causes
from law.judgments import Judgment, Person, custody_of, read

EXACT, MISS = "exact", "miss"
_EARLIER = re.compile(
    r"前罪|原犯|原罪|漏罪|余刑|剩余|未执行|没有执行|尚未执行|已执行|解回|服刑|前判|(?:缓刑|假释)(?:部分|裁定|的执行|宣告)|撤销[^。；]{0,60}(?:缓刑|假释)"
    r"|原判[^决。；]{0,20}(?:刑罚|徒刑|拘役)|原[^，。]{0,20}罪[^，。]{0,10}判处|与[^。]{0,30}判处[^。]{0,40}并罚"
)
"""Words by which an earlier sentence is joined: when it was served is told in another judgment."""


def texts(shared: Path) -> Iterator[tuple[str, str]]:
    """Yield each judgment with where it is from."""
    with (shared / "data" / "judge_judgments" / "judgments.jsonl").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield f"judge/{row['text_id']}", row["fd"]
    with lzma.open(shared / "data" / "lecard" / "docs.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield f"lecard/{row['id']}", row["qw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One accused: why nothing can be asked, or how it came out, and the cause where it is not exact.

    `held` where he was in custody when he was judged: then the printed first day is not among the facts asked with.
    """

    mark: str
    person: Person
    outcome: str
    cause: causes.Cause | None = None
    held: bool = True
    facts: dict[str, Any] | None = None
    first: date | None = None
    last: date | None = None


def results(shared: Path) -> Iterator[Result]:
    """Yield a result for each accused of each judgment."""
    for mark, text in texts(shared):
        judgment = read(mark, text)
        for person in judgment.people:
            yield result(judgment, person)


def lacking(person: Person) -> str:
    """Return why nothing can be asked about somebody, empty where it can."""
    before = person.operative.split(person.printed)[0] if person.printed else person.operative
    for why, true in (
        ("two accused bear one name", person.twin),
        ("no term read: acquitted, exempted, life, death, or not found", person.term is None),
        ("joined with an earlier sentence", _EARLIER.search(before + person.about[-80:]) is not None),
        ("on probation: no days of a term", "缓刑" in before or "缓刑" in person.printed),
        ("no days printed", not person.printed),
        ("several spans printed", person.printed == "several"),
        ("a printed day is no date", person.begins is None or person.ends is None),
        ("nothing told of custody", not custody_of(person)),
        ("at large when judged, and the day of being taken in not printed", _at_large(person)),
    ):
        if true:
            return why
    return ""


def _at_large(person: Person) -> bool:
    custody = custody_of(person)
    held = [one["from"] for one in custody if one["measure"] == "custody"]
    free = bool(custody) and custody[-1]["measure"] != "custody"
    return bool(free and held and person.begins and person.begins.isoformat() <= held[-1])


def asked(judgment: Judgment, person: Person) -> dict[str, Any]:
    """Return the question. Sums of terms are not read: what bounds one crime is not what is tried here."""
    term, begins = person.term, person.begins
    if term is None or begins is None:
        raise ValueError(person.name)
    custody: list[dict[str, Any]] = [*custody_of(person)]
    facts: dict[str, Any] = {
        "kind": term.kind, "years": term.years, "months": term.months, "days": term.days, "plural": True,
        "total_years": 35, "custody": custody, "judged_on": (judgment.judged or begins).isoformat(),
    }  # fmt: skip
    if custody[-1]["measure"] != "custody":
        facts["executed_on"] = begins.isoformat()
    return facts


def result(judgment: Judgment, person: Person) -> Result:
    """Ask the engine about one accused and set its last day beside the printed one."""
    why = lacking(person)
    if why:
        return Result(mark=judgment.mark, person=person, outcome=why)
    facts = asked(judgment, person)
    held = "executed_on" not in facts
    try:
        found = sentence.answer("sentence-term", facts)
    except LimitRefused as refusal:
        cause = causes.Cause(causes.PARSE, f"refused: {refusal.code}")
        return Result(mark=judgment.mark, person=person, outcome=MISS, cause=cause, facts=facts, held=held)
    exact = found.due == person.ends
    return Result(
        mark=judgment.mark,
        person=person,
        outcome=EXACT if exact else MISS,
        cause=None if exact else causes.of(person, facts, found),
        facts=facts,
        held=held,
        first=found.first,
        last=found.due,
    )
