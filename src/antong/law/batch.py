"""Very many limits computed again, in processes of their own: facts in as JSON, what is another answer now out.

Limits whose rule and facts are the same have the same answer, so each is computed once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from antong.law import calendar, timelimit
from antong.law.notices import Notice

KEPT = 200_000
"""How many answers a process keeps."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A limit as it is stored: its rule, its facts as JSON, and what was answered: end, derivation, other readings."""

    rule: str
    facts: str
    due_at: str
    derivation: str
    alternatives: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What the law answers now: ends as ISO text, lists as JSON. `why` is empty, or why it answers nothing."""

    due_at: str = ""
    name: str = ""
    articles: str = ""
    derivation: str = ""
    alternatives: str = ""
    why: str = ""


class _Readings:
    chosen: frozenset[str] = frozenset()


def prepare(notices: Collection[Notice], conventions: Collection[str]) -> None:
    """Compute with these notices and readings, in this process."""
    calendar.bring(notices)
    _Readings.chosen = frozenset(conventions)
    _anew.cache_clear()


def different(listed: Sequence[Stored]) -> list[tuple[int, Anew]]:
    """Return those whose answer is not what is stored any more, by their place in `listed`."""
    found = []
    for place, one in enumerate(listed):
        anew = _anew(one.rule, one.facts)
        if anew.why or (anew.due_at, anew.derivation, anew.alternatives) != (
            one.due_at,
            _plain(one.derivation),
            _plain(one.alternatives),
        ):
            found.append((place, anew))
    return found


@lru_cache(maxsize=KEPT)
def _anew(rule: str, facts: str) -> Anew:
    try:
        answer = timelimit.answer(rule, json.loads(facts), conventions=_Readings.chosen)
    except timelimit.LimitRefused as refusal:
        return Anew(why=f"{refusal.what}")
    told = answer.as_json()
    return Anew(
        due_at=str(int(answer.due_at.timestamp())),
        name=answer.name,
        articles=dumps(told["articles"]),
        derivation=dumps(told["derivation"]),
        alternatives=dumps(told["alternatives"]),
    )


@lru_cache(maxsize=KEPT)
def _plain(text: str) -> str:
    return dumps(json.loads(text))


def dumps(value: Any) -> str:
    """Return JSON as both sides of a comparison write it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
