"""A computation under way: what was asked, the rule whose term is counted, the readings chosen, the steps so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from antong.law._facts import Facts, known, refused
from antong.law._links import longer
from antong.law._rules import Rule, rule_of
from antong.law.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: its kind, in words, the day or minute it leads to, its article."""

    kind: str
    text: str
    to: date | datetime | None = None
    article: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as plain values; what is empty is left out."""
        to = self.to.isoformat() if isinstance(self.to, date) else ""
        row = {"kind": self.kind, "text": self.text, "to": to, "article": self.article}
        return {name: value for name, value in row.items() if value}


@dataclass(slots=True)
class Work:
    """A computation under way: the rule asked, the rule whose term it works on, the readings chosen, the steps."""

    rule: Rule
    facts: Facts
    calendar: Calendar
    chosen: frozenset[str]
    telling: bool = True
    term: Rule = field(init=False)
    restarts: bool = field(init=False)
    steps: list[Step] = field(init=False, default_factory=list)
    begun: date | datetime | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        term = _host(self.rule, self.facts) if self.rule.hosts else self.rule
        told = (key for fact, key in term.instead.items() if known(self.facts, fact) not in (None, False))
        self.term = longer(rule_of(next(told, "")) or term, list(self.facts.get("extensions") or ()))
        self.restarts = self.rule.restart or self.term.restart

    def tell(self, kind: str, text: str, to: date | datetime | None = None, article: str = "") -> None:
        """Add a step; nothing where only the end is wanted."""
        if self.telling:
            self.steps.append(Step(kind, text, to, article))


def _host(rule: Rule, facts: Facts) -> Rule:
    """Return the rule that an exclusion or a restart works on: named, or the one whose start is known."""
    named = facts.get("host_rule")
    if named is None:
        return _known_host(rule, facts)
    found = rule_of(str(named))
    if found is not None and found.restart and found.hosts and not rule.restart:
        term = _known_host(found, facts)
        more = {"start": found.start, "restart": True, "articles": (*found.articles, *term.articles)}
        return term.model_copy(update=more)
    if found is None or found.hosts or found.hours or found.holidays == "B":
        raise refused(rule, f"“{named}”不是可以附上去的期限。", "host", rule.articles, "填写所附的期限规则。")
    return found


def _known_host(rule: Rule, facts: Facts) -> Rule:
    """Return the one among the hosts of a rule whose start is known, or the first."""
    hosts = [one for one in (rule_of(key) for key in rule.hosts) if one is not None]
    return next((one for one in hosts if any(known(facts, name) is not None for name in one.start)), hosts[0])
