"""The last day of real sentences, predicted from what the judgments tell of custody.

    .venv/bin/python bench/sentences.py [--misses]

Reads the full texts of the shared data (TEST_SHARED, else beside the checkout), asks `antong.law.sentence` for each accused
of whom enough is told, and sets its last day beside the printed one. `--misses` prints every miss: where it is from,
what is printed, what came out, the measures told, the cause. No name and no sentence of a judgment is printed.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from antong.law import sentence
from law.causes import RULE, Cause
from law.judgments import read
from law.proof import EXACT, MISS, Result, result, texts

SHARED = Path(os.environ.get("TEST_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def share(part: int, whole: int) -> str:
    """Return a share in words."""
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "none"


def summary(number: int, found: Sequence[Result]) -> None:
    """Print who was read, who could be asked about, and how many came out exactly."""
    nobody = number - len({one.mark for one in found})
    print(f"{number} judgments, {len(found)} accused; in {nobody} no accused was found")
    outcomes = Counter(one.outcome for one in found)
    asked = [one for one in found if one.outcome in {EXACT, MISS}]
    print(f"{len(asked)} can be asked about; of the others:")
    for why, times in outcomes.most_common():
        if why not in {EXACT, MISS}:
            print(f"  {times:5}  {why}")
    for held, title in ((True, "held when judged"), (False, "at large, first day as printed")):
        part = [one for one in asked if one.held is held]
        print(f"last day exact, {title}: {share(sum(one.outcome == EXACT for one in part), len(part))}")
    both = sum(one.outcome == EXACT and one.first == one.person.begins for one in asked if one.held)
    print(f"both days exact, held when judged: {share(both, sum(one.held for one in asked))}")
    exact = sum(one.outcome == EXACT for one in asked)
    read = sum(one.cause is not None and one.cause.whose == RULE for one in asked)
    print(
        f"last day exact: {share(exact, len(asked))}; by this or another named reading: {share(exact + read, len(asked))}"
    )
    readings(asked)


def readings(asked: Sequence[Result]) -> None:
    """Print how two readings of which practice is divided fare where they differ from the usual one."""
    for key in ("sentence-same-day", "release-day-not-credited", "credit-moves-start"):
        usual = other = 0
        for one in asked:
            if one.facts is None or one.last is None:
                continue
            last = sentence.answer("sentence-term", one.facts, conventions=[key]).due
            if last != one.last:
                usual += one.last == one.person.ends
                other += last == one.person.ends
        print(f"where {key} differs: the usual reading {usual}, the other {other} exact")


def causes(found: Sequence[Result]) -> None:
    """Print the causes of the misses."""
    by: Counter[Cause] = Counter(one.cause for one in found if one.cause is not None)
    print(f"{by.total()} misses:")
    for whose in sorted({cause.whose for cause in by}):
        print(f"  {sum(number for cause, number in by.items() if cause.whose == whose):4}  {whose}")
        for cause, number in by.most_common():
            if cause.whose == whose:
                print(f"        {number:4}  {cause.what}")


def misses(found: Sequence[Result]) -> None:
    """Print each miss."""
    for one in found:
        if one.cause is None or one.person.term is None or one.facts is None:
            continue
        term = one.person.term
        told = " ".join(f"{row['from']}:{row['measure']}" for row in one.facts["custody"])
        print(
            f"{one.mark} {term.kind} {term.years}-{term.months}-{term.days} printed {one.person.begins}..{one.person.ends}"
            f" ours {one.first}..{one.last} [{told}] {one.cause.whose}: {one.cause.what}"
        )


def main() -> None:
    """Read all, and print."""
    if not (SHARED / "data" / "lecard").is_dir():
        raise SystemExit(f"no judgments at {SHARED}")
    judgments = [read(mark, text) for mark, text in texts(SHARED)]
    found = [result(judgment, person) for judgment in judgments for person in judgment.people]
    summary(len(judgments), found)
    causes(found)
    if "--misses" in sys.argv[1:]:
        misses(found)


if __name__ == "__main__":
    main()
