"""Questions as lines: `antong timelimit` as a process, and any line at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from antong.boot.cli import cli
from antong.law import questions, sentence, timelimit
from antong.law._facts import COMMON, SILENT
from antong.law.conventions import CONVENTIONS
from law.examples import OWN

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [
    sys.executable,
    "-c",
    "import sys; from antong.boot.cli import main; sys.exit(main())",
    "timelimit",
]
HELD = {"arrested_on": "2024-03-12", "in_custody": True}
BAD = (
    b"not JSON", b"[]", b"7", b'"text"', b"{", b"[" * 100_000, b'{"id": NaN, "rule": "bail-12m", "facts": {}}',
    b"\xff\xfe\x00", b'{"rule": "bail-12m"}', b'{"rule": "bail-12m", "facts": null}', b'{"rule": "bail-12m", "facts": []}',
    b'{"rule": null, "facts": {}}', b'{"rule": ["bail-12m"], "facts": {}}', b'{"id": [], "rule": "bail-12m", "facts": {}}',
    b'{"rule": "", "facts": {}}', b'{"rule": "no-such-rule", "facts": {}}', b'{"id": "\\ud800", "rule": "\\udfff", "facts": {}}',
)  # fmt: skip
"""Lines that are no question."""
DAYS = (
    "2024-02-30",
    "2024-13-01",
    "2024-3-5",
    "2024-03-05x",
    "20240305",
    "",
    " ",
    "null",
    "99999-01-01",
    "9999-12-31",
)
UNREADABLE: list[tuple[str, dict[str, Any]]] = [
    *(("bail-12m", {"decided_on": day}) for day in (*DAYS, None, 20240305, 1e99, True, [], {}, ["2024-03-05"] * 2)),
    *(("summons-12h", {"arrived_at": at}) for at in ("2024-03-05", "2024-03-05T25:00", "", 9, "9999-12-31T23:59")),
    ("hearing-notice-3d-before", {"hearing_on": "0001-01-02"}),
    *(("appeal-judgment-10d", {"judgment_received_on": "2024-03-05", "travel_days": days}) for days in (-3, 1.5, "x", 10**30)),
    *(("conditional-non-prosecution", {"decided_on": "2024-03-05", "probation_months": days}) for days in (6.5, "", True)),
    *(("restart-new-crime", {**HELD, "discovered_on": "2024-04-20", "extensions": listed}) for listed in ("1", 1, [1], [None], [{}], {"months": 1}, [{"months": 0.5}], [{"months": -1}], [{"months": 1, "days": 1}])),
    *(("investigation-custody-2m", {**HELD, "suspensions": listed}) for listed in ("x", [0], [{"reason": "psychiatric-appraisal"}], [{"reason": "psychiatric-appraisal", "from": "", "to": "2024-04-01"}])),
    ("investigation-custody-2m", {"arrested_on": "2024-03-12", "in_custody": "yes"}),
    ("review-restart-after-return", {"in_custody": True, "returns": "2024-03-05"}),
    ("psychiatric-appraisal-exclusion", {**HELD, "host_rule": "summons-12h"}),
]  # fmt: skip


def asked(*args: str, lines: bytes = b"") -> Result:
    """Run the command in this process; returns what it said."""
    return CliRunner().invoke(cli, ["timelimit", *args], input=lines)


def test_one_process_answers_each_line_with_one_line() -> None:
    good = [json.dumps(example, ensure_ascii=False).encode() for example in OWN]
    bad = [
        *BAD,
        *(json.dumps({"id": 1, "rule": rule, "facts": facts}).encode() for rule, facts in UNREADABLE),
    ]
    lines = b"\n".join([b"\xef\xbb\xbf" + good[0], *good[1:], b"", b"   ", *bad])
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C"}
    done = subprocess.run(COMMAND, input=lines, capture_output=True, env=env, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    told = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(told) == len(good) + len(bad)
    for example, one in zip(OWN, told, strict=False):
        assert one["id"] == example["id"]
        assert ("refused" in one) == bool(example.get("refused"))
        assert example.get("refused") or one["due"] == example["expected"]
    for line, one in zip(bad, told[len(good) :], strict=True):
        assert len(one["refused"]) > 10, line
        assert "due" not in one
    assert all(one["articles"] for one in told[-len(UNREADABLE) :])


def test_steps_and_another_reading_are_asked_for_by_options() -> None:
    facts = {"arrested_on": "2025-02-28", "in_custody": True}
    line = json.dumps({"id": 9, "rule": "investigation-custody-2m", "facts": facts})
    by = asked("--steps", "--by", "corresponding-day", lines=line.encode())
    told = json.loads(by.stdout)
    assert told["due"] == "2025-04-28"
    assert {"convention": CONVENTIONS["corresponding-day"].usual, "due": "2025-04-30"} in told["alternatives"]
    assert told["derivation"][0] == {
        "kind": "term", "text": "2025-02-28，次日起算 → 2 个月 → 2025-04-28", "to": "2025-04-28", "article": "法156",
    }  # fmt: skip
    assert asked("--by", "no-such-reading").exit_code == 2


def test_the_table_and_the_readings_are_listed_and_one_question_is_answered_in_words() -> None:
    listed = asked("--rules").stdout.splitlines()
    assert [line.split()[0] for line in listed] == [
        *(rule.key for rule in timelimit.rules()),
        *sentence.RULES,
    ]
    readings = asked("--conventions").stdout.splitlines()
    assert [line.split()[0] for line in readings] == list(CONVENTIONS)
    for rule in timelimit.rules():
        head, *facts = asked("--rule", rule.key).stdout.splitlines()
        assert head.split()[0] == rule.key
        told = {line.split()[0]: line for line in facts}
        assert set(rule.start) | rule.facts | set(rule.contrary) <= set(told)
        assert all("必有" in told[name] for name in rule.start)
    assert asked("--rule", "no-such-rule").exit_code == 1
    one = asked("prosecution-review-1m", "received_on=2024-03-06", "in_custody=true")
    assert one.stdout.startswith("审查起诉：2024-04-06")
    two = asked("sentence-term", "kind=拘役", "months=4", "executed_on=2024-07-10")
    assert two.stdout.startswith("刑期：2024-07-10 起至 2024-11-09")
    for wrong in (["bail-12m", "decided_on=2024-02-30"], ["no-such-rule"], ["bail-12m", "decided_on"]):
        done = asked(*wrong)
        assert done.exit_code
        assert isinstance(done.exception, SystemExit)  # said, not raised
        assert done.output


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted({
        "days", "months", "article", "approved_by", "reason", "from", "to", "returned_on", "return_received_on", "retransferred_on",
    })), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
STARTS = {name.partition("[")[0] for rule in timelimit.rules() for name in rule.start}
NAMES = sorted(
    COMMON | SILENT | STARTS | {"postponements", "earlier_postponed_on", "earlier_discovered_on", "recounts"}
)


@settings(max_examples=80, derandomize=True, deadline=None, database=None)
@given(
    st.sampled_from([rule.key for rule in timelimit.rules()]),
    st.dictionaries(st.sampled_from(NAMES), ANY, max_size=8),
    st.dates(),
)
def test_any_facts_at_all_are_answered_or_refused(rule: str, facts: dict[str, Any], start: object) -> None:
    found = next(one for one in timelimit.rules() if one.key == rule)
    facts = {**dict.fromkeys(found.start, str(start)), **facts}
    told = json.loads(questions.answer_line(json.dumps({"id": 1, "rule": rule, "facts": facts})))
    assert ("due" in told) != ("refused" in told)


PARTS = st.dictionaries(st.sampled_from(["measure", "from", "to"]), ANY, max_size=3)
SENTENCE = st.fixed_dictionaries(
    {"kind": st.sampled_from(["管制", "拘役", "有期徒刑", "死刑"]) | ANY},
    optional={
        "custody": st.lists(PARTS, max_size=4) | ANY,
        **dict.fromkeys(
            ("years", "months", "days", "probation_months", "total_years"), st.integers(0, 30) | ANY
        ),
        **dict.fromkeys(
            ("executed_on", "effective_on", "released_on", "judged_on"), st.dates().map(str) | ANY
        ),
    },
)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(st.sampled_from(sorted(sentence.RULES)), SENTENCE)
def test_any_facts_of_a_sentence_are_answered_or_refused(rule: str, facts: dict[str, Any]) -> None:
    told = json.loads(questions.answer_line(json.dumps({"id": 1, "rule": rule, "facts": facts})))
    assert ("due" in told) != ("refused" in told)


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(st.text() | ANY.map(json.dumps))
def test_any_line_at_all_gets_one_line(line: str) -> None:
    answered = questions.answer_line(line)
    assert "\n" not in answered
    assert json.loads(answered)["refused"]
