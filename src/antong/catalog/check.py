"""What is wrong with the definitions, found before a case can meet it.

Citations, limits and likeness here; one flow for itself in `_flows`, ways through the stages in `_reach`, documents
and the catalogue of the file in `_papers`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import combinations

from antong.catalog import _flows, _papers, _reach
from antong.catalog._findings import Finding
from antong.catalog.loader import Catalog, load
from antong.catalog.schema import FlowDef
from antong.law import articles, timelimit

__all__ = ["Finding", "check", "check_package"]


def check(
    catalog: Catalog,
    article_exists: Callable[[str], bool],
    *,
    rules: Collection[str] | None = None,
    article_since: Callable[[str], str] | None = None,
) -> list[Finding]:
    """Return everything wrong with a catalog, by place; an empty list where nothing is.

    `article_exists` says whether a citation stands in the law texts; `rules` are the names of the time limits
    (None: not looked at); `article_since` answers the ISO day a cited statute took effect, so that no flow
    rests on law that came after it.
    """
    found: list[Finding] = []
    for versions in catalog.versions.values():
        found += _validity(versions)
        for flow in versions:
            found += _flows.check(catalog, flow)
            found += _articles(flow, article_exists, article_since)
            found += _rules(flow, rules)
            found += _custody(flow)
    found += _equal(catalog)
    found += _clocks(catalog)
    found += _reach.check(catalog)
    found += _papers.check(catalog, article_exists)
    return sorted(set(found), key=lambda finding: (finding.where, finding.code, finding.text))


def check_package() -> list[Finding]:
    """Return everything wrong with the catalog of the package, against the law texts and limits of the package."""
    rules = {rule.key for rule in timelimit.rules()}
    return check(load(), articles.exists, rules=rules, article_since=since)


def since(citation: str) -> str:
    """Return the ISO day on which the cited statute took effect, in the version whose text we have."""
    name = articles.find(citation).full.rpartition("第")[0]
    statutes = articles.statutes()
    while name not in statutes:
        name = name.rpartition("第")[0]
    return statutes[name].since


def _validity(versions: tuple[FlowDef, ...]) -> Iterator[Finding]:
    where = f"flow {versions[0].key}"
    for flow in versions:
        if flow.valid_until and flow.valid_until < flow.valid_from:
            yield Finding("validity-backwards", where, f"version {flow.version} ends before it begins")
    for one, other in combinations(sorted(versions, key=lambda flow: flow.valid_from), 2):
        if not one.valid_until or other.valid_from <= one.valid_until:
            text = f"versions {one.version} and {other.version} are both in force on {other.valid_from}"
            yield Finding("validity-overlap", where, text)


def _cited(flow: FlowDef) -> Iterator[str]:
    yield from flow.articles
    for approver in _flows.approvers(flow):
        yield from approver.articles
    for rule in flow.checks:
        yield from rule.articles
    for outcome in _flows.outcomes(flow):
        yield from outcome.articles
    for effect in flow.all_effects():
        yield from effect.articles


def _articles(
    flow: FlowDef, exists: Callable[[str], bool], since: Callable[[str], str] | None
) -> Iterator[Finding]:
    where = f"flow {flow.key}"
    if not flow.articles:
        yield Finding("no-article", where, "rests on no article")
    for article in sorted(set(_cited(flow))):
        if not exists(article):
            yield Finding("article-not-found", where, f"cites {article}, which the texts do not contain")
        elif since is not None and since(article) > flow.valid_from:
            text = f"is valid from {flow.valid_from}, {article} only from {since(article)}"
            yield Finding("article-later", where, text)


def _rules(flow: FlowDef, rules: Collection[str] | None) -> Iterator[Finding]:
    if rules is None:
        return
    named = {effect.rule for effect in flow.all_effects() if effect.rule}
    named |= {key for effect in flow.all_effects() for key in effect.over}
    named |= {key for rule in flow.checks for key in rule.params.get("rules", [])}
    named |= set(flow.answer.limits) if flow.answer else set()
    for key in sorted(named - set(rules)):
        yield Finding("unknown-limit", f"flow {flow.key}", f"names the time limit {key}")


def _custody(flow: FlowDef) -> Iterator[Finding]:
    """A limit that custody keeps from being shifted must be told whether the person is held."""
    custody = {rule.key for rule in timelimit.rules() if rule.holidays == "C"}
    for effect in flow.all_effects():
        if effect.do == "start-limit" and effect.rule in custody and effect.facts.get("in_custody") != "held":
            text = f"starts {effect.rule} without saying whether the person is held"
            yield Finding("custody-unknown", f"flow {flow.key}", text)


def _equal(catalog: Catalog) -> Iterator[Finding]:
    """Flows alike in units, beginning, documents, answer and effects are one flow under two names."""
    seen: dict[str, str] = {}
    for flow in catalog.flows.values():
        shape = flow.model_copy(
            update={"key": "", "name": "", "version": 0, "valid_from": "", "valid_until": "", "main_flow": "",
                    "articles": (), "checks": (), "fields": (), "approver": None, "consequence": {}, "next": (), "example": ""}
        )  # fmt: skip
        text = shape.model_dump_json()
        if text in seen:
            yield Finding("equal-flows", f"flow {flow.key}", f"is equal to {seen[text]}")
        seen.setdefault(text, flow.key)


def _clocks(catalog: Catalog) -> Iterator[Finding]:
    """A limit that is started must be stopped by some flow, and one that is stopped be started by some."""
    effects = [(flow.key, effect) for flow in catalog.flows.values() for effect in flow.all_effects()]
    started = {effect.rule for _, effect in effects if effect.do == "start-limit"}
    stopped = {effect.rule for _, effect in effects if effect.do == "stop-limit"}
    stopped |= {rule for document in catalog.documents.values() for rule in document.meets}
    for key, effect in effects:
        if effect.do == "start-limit" and effect.rule not in stopped:
            yield Finding("limit-never-stops", f"flow {key}", f"starts {effect.rule}, which no flow stops")
        if effect.do == "stop-limit" and effect.rule not in started:
            yield Finding("limit-never-starts", f"flow {key}", f"stops {effect.rule}, which no flow starts")
    for document in catalog.documents.values():
        for rule in sorted(set(document.meets) - started):
            text = f"meets {rule}, which no flow starts"
            yield Finding("limit-never-starts", f"document {document.key}", text)
