"""What is wrong with the definitions, found before a case can meet it.

Vocabulary and references here; ways through the stages in `_reach`, documents and the file's catalogue in `_papers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import combinations

from antong.catalog import _papers, _reach
from antong.catalog import vocabulary as words
from antong.catalog._findings import Finding
from antong.catalog.conditions import BadCondition, clauses
from antong.catalog.loader import Catalog
from antong.catalog.schema import Approver, Effect, FlowDef

__all__ = ["Finding", "check"]

_NEEDS: dict[str, tuple[str, ...]] = {
    "set-stage": ("stage",),
    "set-state": ("state",),
    "start-measure": ("measure", "document", "articles"),
    "end-measure": ("reason",),
    "start-limit": ("rule", "facts"),
    "stop-limit": ("rule",),
    "grant": ("role",),
    "number": ("kind",),
}
"""What each effect cannot do without."""
_MOMENTS = frozenset({"happened_on", "happened_at", "held"})


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
            found += _flow(catalog, flow)
            found += _articles(flow, article_exists, article_since)
            found += _rules(flow, rules)
    found += _equal(catalog)
    found += _clocks(catalog)
    found += _reach.check(catalog)
    found += _papers.check(catalog, article_exists)
    return sorted(set(found), key=lambda finding: (finding.where, finding.code, finding.text))


def _validity(versions: tuple[FlowDef, ...]) -> Iterator[Finding]:
    where = f"flow {versions[0].key}"
    for flow in versions:
        if flow.valid_until and flow.valid_until < flow.valid_from:
            yield Finding("validity-backwards", where, f"version {flow.version} ends before it begins")
    for one, other in combinations(sorted(versions, key=lambda flow: flow.valid_from), 2):
        if not one.valid_until or other.valid_from <= one.valid_until:
            text = f"versions {one.version} and {other.version} are both in force on {other.valid_from}"
            yield Finding("validity-overlap", where, text)


def _flow(catalog: Catalog, flow: FlowDef) -> Iterator[Finding]:
    where = f"flow {flow.key}"
    if not flow.example.strip():
        yield Finding("no-example", where, "has no worked example")
    if (flow.to is None) != (flow.kind == "act"):
        yield Finding(
            "wrong-ends", where, f"is of kind {flow.kind}, with {'no' if flow.to is None else 'a'} receiver"
        )
    if (flow.answer is None) == (flow.kind == "request"):
        yield Finding(
            "wrong-answer", where, f"is of kind {flow.kind}: only requests have an answer, and all do"
        )
    if not set(flow.effects) <= _WHEN[flow.kind]:
        yield Finding("wrong-moment", where, f"has effects on {sorted(set(flow.effects) - _WHEN[flow.kind])}")
    if flow.kind == "transfer" and not set(flow.consequence) == {"accept", "return"}:
        yield Finding("no-consequence", where, "does not say what follows from accepting and from returning")
    yield from _vocabulary(flow, where)
    yield from _references(catalog, flow, where)
    for effect in flow.all_effects():
        yield from _effect(catalog, flow, effect, where)


_WHEN = {
    "act": {"approved"},
    "notice": {"sent"},
    "transfer": {"sent", "accepted"},
    "request": {"sent", "accepted"},
}
"""Which moments each kind of flow has."""


def _vocabulary(flow: FlowDef, where: str) -> Iterator[Finding]:
    for ends in (flow.from_, *([flow.to] if flow.to else [])):
        for kind in set(ends.kinds) - words.UNIT_KINDS:
            yield Finding("unknown-unit-kind", where, f"names the unit kind {kind}")
        for level in set(ends.levels) - words.LEVELS:
            yield Finding("unknown-level", where, f"names the level {level}")
    for stage in set(flow.subjects.stages) - set(words.STAGES):
        yield Finding("unknown-stage", where, f"begins in stage {stage}")
    for state in set(flow.subjects.states) - set(words.STATES):
        yield Finding("unknown-state", where, f"begins in state {state}")
    for approver in _approvers(flow):
        if approver.role not in words.LEADERS:
            yield Finding("unknown-approver", where, f"is approved by {approver.role}")
    fields = {field.key for field in flow.fields}
    for rule in flow.checks:
        if rule.test not in words.TESTS:
            yield Finding("unknown-test", where, f"check {rule.key} uses the test {rule.test}")
        elif set(rule.params) != words.TESTS[rule.test]:
            yield Finding(
                "wrong-params", where, f"check {rule.key} gives {sorted(rule.params)} to {rule.test}"
            )
        if rule.test == "days-ahead" and rule.params.get("field") not in fields:
            yield Finding(
                "unknown-field", where, f"check {rule.key} looks at a field that the flow does not ask for"
            )
        if not rule.remedy:
            yield Finding("no-remedy", where, f"check {rule.key} does not say how to mend it")
    for key, count in Counter(rule.key for rule in flow.checks).items():
        if count > 1:
            yield Finding("check-twice", where, f"has {count} checks {key}")


def _approvers(flow: FlowDef) -> Iterator[Approver]:
    if flow.approver:
        yield flow.approver
    if flow.answer and flow.answer.approver:
        yield flow.answer.approver


def _references(catalog: Catalog, flow: FlowDef, where: str) -> Iterator[Finding]:
    for document in flow.carried():
        if document.kind not in catalog.documents:
            yield Finding("unknown-document", where, f"carries {document.kind}")
    named = [flow.answers, flow.answer.by_flow if flow.answer else "", *(step.flow for step in flow.next)]
    volumes = {volume.key for volume in catalog.dossier.volumes}
    for rule in flow.checks:
        named += rule.params.get("flows", []) + [rule.params.get("flow", "")]
        for key in set(rule.params.get("volumes", [])) - volumes:
            yield Finding("unknown-volume", where, f"check {rule.key} looks at volume {key}")
        for key in rule.params.get("entries", []):
            if catalog.dossier.entry(key) is None:
                yield Finding("unknown-entry", where, f"check {rule.key} looks at entry {key}")
        if rule.test == "measure-in-force":
            for key in set(rule.params.get("kinds", [])) - set(words.MEASURES):
                yield Finding("unknown-measure", where, f"check {rule.key} looks at the measure {key}")
        if rule.test == "documents-present":
            for key in set(rule.params.get("kinds", [])) - set(catalog.documents):
                yield Finding("unknown-document", where, f"check {rule.key} looks at document {key}")
    for key in named:
        if key and key not in catalog.flows:
            yield Finding("unknown-flow", where, f"names the flow {key}")
    outcomes = {outcome.key for outcome in (*flow.outcomes, *(flow.answer.outcomes if flow.answer else ()))}
    for step in flow.next:
        if step.outcome and step.outcome not in outcomes:
            yield Finding("unknown-outcome", where, f"says what follows an outcome {step.outcome}")
    if flow.answer and bool(flow.answer.outcomes) == bool(flow.answer.by_flow):
        yield Finding("wrong-answer", where, "is answered by outcomes or by a flow, one of the two")
    if flow.answers and flow.answers in catalog.flows:
        asked = catalog.flows[flow.answers].answer
        if asked is None or asked.by_flow != flow.key:
            yield Finding("wrong-answer", where, f"answers {flow.answers}, which does not await it")


def _effect(catalog: Catalog, flow: FlowDef, effect: Effect, where: str) -> Iterator[Finding]:
    name = f"effect {effect.do}"
    for needed in _NEEDS[effect.do]:
        if not getattr(effect, needed):
            yield Finding("effect-incomplete", where, f"{name} does not say its {needed}")
    if effect.stage and effect.stage not in words.STAGES:
        yield Finding("unknown-stage", where, f"{name} names the stage {effect.stage}")
    if effect.state and effect.state not in words.STATES:
        yield Finding("unknown-state", where, f"{name} names the state {effect.state}")
    if effect.measure and effect.measure not in words.MEASURES:
        yield Finding("unknown-measure", where, f"{name} names the measure {effect.measure}")
    if effect.role and effect.role not in words.GRANT_ROLES:
        yield Finding("unknown-grant", where, f"{name} names the role {effect.role}")
    if (effect.to == "receiver" and effect.do == "grant" and flow.to is None) or (
        effect.owner == "receiver" and flow.to is None
    ):
        yield Finding("no-receiver", where, f"{name} is for a receiver that the flow does not have")
    carried = {document.kind for document in flow.carried()}
    for kind in (effect.document, effect.kind):
        if kind and kind not in catalog.documents:
            yield Finding("unknown-document", where, f"{name} names the document {kind}")
        elif kind and kind not in carried:
            yield Finding(
                "document-not-carried", where, f"{name} rests on {kind}, which the flow does not carry"
            )
    yield from _sources(flow, effect, where)


def _sources(flow: FlowDef, effect: Effect, where: str) -> Iterator[Finding]:
    fields = {field.key for field in flow.fields}
    for fact, source in effect.facts.items():
        if source not in _MOMENTS and source.removeprefix("fields.") not in fields:
            yield Finding("unknown-fact", where, f"takes {fact} from {source}")
    try:
        named = clauses(effect.when)
    except BadCondition:
        yield Finding("bad-condition", where, f"effect {effect.do} has the condition {effect.when}")
        return
    for name, values in named:
        if name == "state":
            for state in set(values) - set(words.STATES):
                yield Finding("unknown-state", where, f"effect {effect.do} asks for the state {state}")
        elif name.removeprefix("fields.") not in fields:
            yield Finding("unknown-field", where, f"effect {effect.do} asks for {name}")


def _cited(flow: FlowDef) -> Iterator[str]:
    yield from flow.articles
    for approver in _approvers(flow):
        yield from approver.articles
    for rule in flow.checks:
        yield from rule.articles
    for outcome in (*flow.outcomes, *(flow.answer.outcomes if flow.answer else ())):
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
    named |= {key for rule in flow.checks for key in rule.params.get("rules", [])}
    if flow.answer and flow.answer.limit:
        named.add(flow.answer.limit)
    for key in sorted(named - set(rules)):
        yield Finding("unknown-limit", f"flow {flow.key}", f"names the time limit {key}")


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
    for key, effect in effects:
        if effect.do == "start-limit" and effect.rule not in stopped:
            yield Finding("limit-never-stops", f"flow {key}", f"starts {effect.rule}, which no flow stops")
        if effect.do == "stop-limit" and effect.rule not in started:
            yield Finding("limit-never-starts", f"flow {key}", f"stops {effect.rule}, which no flow starts")
