"""Histories nobody thought of: the facts of a question, drawn at random for a rule."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from law import naive

FIRST, LAST = date(2008, 1, 1), date(2025, 3, 31)
"""Starts: what begins in them ends in a year whose rest days were announced."""
IN_FORCE = date(2025, 6, 1)
"""Of the supervision law as it is now."""
REASONS = (*sorted(naive.COUNTED_OUT), "injury-appraisal")
RULES = sorted({*naive.terms(), *naive.AFRESH, *naive.WITHIN})


def day_of(draw: random.Random, rule: str) -> date:
    """Return a start; every third is one of a month's last days."""
    first = IN_FORCE if rule.startswith(("guanhu", "liuzhi-ext-2m")) else FIRST
    last = date(2025, 12, 31) if first == IN_FORCE else LAST
    day = first + timedelta(days=draw.randrange((last - first).days + 1))
    if draw.random() < 1 / 3:
        day = day.replace(day=1) - timedelta(days=draw.randint(1, 3))
    return max(day, first)


def extensions(draw: random.Random, term: naive.Term) -> Iterator[dict[str, Any]]:
    """Yield extensions as a rule knows them; of ten, one is too long, too many or missing."""
    needed = sum("!" in link for link in term.links)
    number = (
        draw.randint(needed, len(term.links))
        if draw.random() < 0.95
        else draw.randint(0, len(term.links) + 1)
    )
    for link in (*term.links, "d1")[:number] if term.links else ():
        most = int(link[1:].rstrip("!"))
        length = draw.randint(1, most) if draw.random() < 0.97 else most + 1
        supreme = {"approved_by": "最高人民法院"} if link[0] == "s" else {}
        yield {"days" if link[0] == "d" else "months": length, **supreme}


def spans(draw: random.Random, start: date, length: int) -> Iterator[dict[str, str]]:
    """Yield spans that do not count, most of them within the term."""
    for _ in range(draw.choice((0, 0, 1, 1, 2, 3))):
        begins = start + timedelta(days=draw.randint(-3 if draw.random() < 0.1 else 0, length))
        resumes = begins + timedelta(days=draw.randint(-1 if draw.random() < 0.05 else 0, 50))
        yield {"reason": draw.choice(REASONS), "from": begins.isoformat(), "to": resumes.isoformat()}


def history(draw: random.Random, rule: str) -> dict[str, Any]:
    """Return facts of a case, as a question gives them."""
    hosts = naive.WITHIN.get(rule) or naive.AFRESH.get(rule, ("", ()))[1]
    host = draw.choice(hosts) if hosts else rule
    term, start = naive.terms()[host], day_of(draw, rule)
    facts: dict[str, Any] = {"in_custody": draw.random() < 0.5, **({"host_rule": host} if hosts else {})}
    name = naive.AFRESH.get(rule, (term.start,))[0]
    if name in {"return_received_on", "retransferred_on"}:
        facts["returns"] = returns(draw, start, name)
    elif name == "effective_on" and draw.random() < 0.5:
        facts[draw.choice(("judgment_received_on", "ruling_received_on"))] = start.isoformat()
        facts["appealed"] = False
    else:
        facts[name] = start.isoformat()
    if rule in naive.AFRESH:
        facts[term.start] = (start - timedelta(days=draw.randint(0, 60))).isoformat()
    if listed := list(extensions(draw, term)):
        facts["extensions"] = listed
    if term.kind != "B" and (hosts or term.links or draw.random() < 0.2):
        facts["suspensions"] = list(spans(draw, start, term.months * 30 + term.days))
    facts.update(beside(draw, rule, start))
    return facts


def returns(draw: random.Random, start: date, name: str) -> list[dict[str, str]]:
    """Return how often a file was sent back, the last time at `start`; of six, one is once too often."""
    times = draw.choice((0, 0, 1, 1, 1, 2))
    earlier = [(start - timedelta(days=90 * (times - one))).isoformat() for one in range(times)]
    return [
        *({"return_received_on": day, "retransferred_on": day} for day in earlier),
        {name: start.isoformat()},
    ]


def beside(draw: random.Random, rule: str, start: date) -> dict[str, Any]:
    """Return the further facts that a rule of this kind knows."""
    more: dict[str, Any] = {}
    if rule.startswith("appeal-") and draw.random() < 0.5:
        more["travel_days"] = draw.randint(0, 9)
    if rule == "conditional-non-prosecution":
        more["probation_months"] = draw.randint(5, 13)
    if rule == "judgment-service-5d":
        more["pronounced_in_court"] = draw.random() < 0.7
    if rule == "supervision-review-exclusion" and draw.random() < 0.5:
        more["detained_on"] = start.isoformat()
        more["compulsory_decided_on"] = (start + timedelta(days=draw.randint(0, 14))).isoformat()
    if draw.random() < 0.1:  # somebody was arrested or released on the way: the last day decides
        turned = start + timedelta(days=draw.randint(0, 40))
        more[draw.choice(("in_custody_since", "in_custody_until"))] = turned.isoformat()
    return more
