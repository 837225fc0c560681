"""One flow for itself: its words, its shape, its checks, and what it names elsewhere in the catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from antong.catalog import vocabulary as words
from antong.catalog._findings import Finding, unknown
from antong.catalog.conditions import BadConditionError, clauses
from antong.catalog.loader import Catalog
from antong.catalog.schema import Approver, Check, Effect, FlowDef, OutcomeDef
from antong.law import timelimit

_NEEDS: dict[str, tuple[str, ...]] = {
    "set-stage": ("stage",),
    "set-state": ("state",),
    "start-measure": ("measure", "document", "articles"),
    "end-measure": ("reason",),
    "start-limit": ("rule", "facts"),
    "stop-limit": ("rule",),
    "suspend-limit": ("rule",),
    "grant": ("role",),
    "number": ("kind",),
    "admit": ("document",),
    "discharge": ("reason",),
    "tell-custody": ("told", "document"),
}
"""What each effect cannot do without."""
_MOMENTS: dict[str, frozenset[str]] = {
    "act": frozenset({"approved"}),
    "notice": frozenset({"sent", "accepted"}),
    "transfer": frozenset({"sent", "accepted"}),
    "request": frozenset({"sent", "accepted"}),
}
"""At which moments a flow of each kind can have effects."""
_BY_RECEIPT = frozenset({"tell-custody"})
"""What the receipt of a notice may do: who has signed for it knows."""
_INSTANTS = frozenset(
    {"happened_on", "happened_at", "first_sent_on", "held", "measure.starts_on", "stopped_on"}
)


def check(catalog: Catalog, flow: FlowDef) -> Iterator[Finding]:
    """Yield what is wrong with one flow, seen beside the rest of the catalog."""
    where = f"flow {flow.key}"
    yield from _shape(flow, where)
    yield from _answer(catalog, flow, where)
    yield from _vocabulary(flow, where)
    yield from _references(catalog, flow, where)
    for rule in flow.checks:
        yield from _check(catalog, flow, rule, where)
    for effect in flow.all_effects():
        yield from _effect(catalog, flow, effect, where)


def approvers(flow: FlowDef) -> Iterator[Approver]:
    """Yield who approves: what is sent, and what is answered."""
    if flow.approver:
        yield flow.approver
    if flow.answer and flow.answer.approver:
        yield flow.answer.approver


def outcomes(flow: FlowDef) -> tuple[OutcomeDef, ...]:
    """Return every way a flow may end for a subject."""
    return (*flow.outcomes, *(flow.answer.outcomes if flow.answer else ()))


def _shape(flow: FlowDef, where: str) -> Iterator[Finding]:
    if not flow.example.strip():
        yield Finding("no-example", where, "has no worked example")
    if (flow.to is None) != (flow.kind == "act"):
        yield Finding(
            "wrong-ends", where, f"is of kind {flow.kind}, with {'no' if flow.to is None else 'a'} receiver"
        )
    if flow.kind == "act" and flow.approver is None:
        yield Finding("no-approver", where, "is an act that nobody approves, so it never takes effect")
    if flow.kind == "transfer" and set(flow.consequence) != {"accept", "return"}:
        yield Finding("no-consequence", where, "does not say what follows from accepting and from returning")
    yield from unknown("wrong-moment", where, "has effects on", flow.effects, _MOMENTS[flow.kind])
    signed = [effect.do for effect in flow.effects.get("accepted", ()) if flow.kind == "notice"]
    yield from unknown("wrong-moment", where, "does, by the receipt of a notice,", signed, _BY_RECEIPT)
    left = [effect.state for effect in flow.effects.get("sent", ()) if effect.do == "set-state"]
    if flow.kind != "notice" and flow.subjects.states and not set(left) <= set(flow.subjects.states):
        # whoever takes it is asked once more whether the subjects still fit
        yield Finding(
            "sent-out-of-reach", where, f"leaves its subjects, once sent, in {left}, where it does not begin"
        )
    for key, count in Counter(rule.key for rule in flow.checks).items():
        if count > 1:
            yield Finding("check-twice", where, f"has {count} checks {key}")


def _answer(catalog: Catalog, flow: FlowDef, where: str) -> Iterator[Finding]:
    if (flow.answer is None) == (flow.kind == "request"):
        yield Finding(
            "wrong-answer", where, f"is of kind {flow.kind}: only requests have an answer, and all do"
        )
    if flow.answer and bool(flow.answer.outcomes) == bool(flow.answer.by_flow):
        yield Finding("wrong-answer", where, "is answered by outcomes or by a flow, one of the two")
    if flow.answers in catalog.flows:
        asked = catalog.flows[flow.answers].answer
        if asked is None or asked.by_flow != flow.key:
            yield Finding("wrong-answer", where, f"answers {flow.answers}, which does not await it")


def _vocabulary(flow: FlowDef, where: str) -> Iterator[Finding]:
    for ends in (flow.from_, *([flow.to] if flow.to else [])):
        yield from unknown("unknown-unit-kind", where, "names the unit kind", ends.kinds, words.UNIT_KINDS)
        yield from unknown("unknown-level", where, "names the level", ends.levels, words.LEVELS)
    yield from unknown("unknown-stage", where, "begins in stage", flow.subjects.stages, words.STAGES)
    yield from unknown("unknown-state", where, "begins in state", flow.subjects.states, words.STATES)
    roles = [approver.role for approver in approvers(flow)]
    yield from unknown("unknown-approver", where, "is approved by", roles, words.LEADERS)


def _references(catalog: Catalog, flow: FlowDef, where: str) -> Iterator[Finding]:
    kinds = [document.kind for document in flow.carried()]
    yield from unknown("unknown-document", where, "carries", kinds, catalog.documents)
    named = [flow.answers, flow.answer.by_flow if flow.answer else "", *(step.flow for step in flow.next)]
    yield from unknown("unknown-flow", where, "names the flow", named, catalog.flows)
    after = [step.outcome for step in flow.next]
    known = [outcome.key for outcome in outcomes(flow)]
    yield from unknown("unknown-outcome", where, "says what follows the outcome", after, known)


def _check(catalog: Catalog, flow: FlowDef, rule: Check, where: str) -> Iterator[Finding]:
    says = f"check {rule.key}"
    if not rule.remedy:
        yield Finding("no-remedy", where, f"{says} does not say how to mend it")
    if rule.test not in words.TESTS:
        yield Finding("unknown-test", where, f"{says} uses the test {rule.test}")
        return
    if set(rule.params) != words.TESTS[rule.test]:
        yield Finding("wrong-params", where, f"{says} gives {sorted(rule.params)} to {rule.test}")
        return
    given = {
        key: value if isinstance(value, (list, tuple)) else [str(value)] for key, value in rule.params.items()
    }
    places = [entry.key for entry in catalog.dossier.entries()]
    volumes = [volume.key for volume in catalog.dossier.volumes]
    fields = [field.key for field in flow.fields]
    yield from unknown("unknown-volume", where, f"{says} looks at volume", given.get("volumes", ()), volumes)
    yield from unknown("unknown-entry", where, f"{says} looks at entry", given.get("entries", ()), places)
    units = given.get("units", ())
    yield from unknown("unknown-unit-kind", where, f"{says} looks at the unit", units, words.UNIT_KINDS)
    measures = given.get("kinds", ())
    yield from unknown("unknown-measure", where, f"{says} looks at the measure", measures, words.MEASURES)
    yield from unknown("unknown-field", where, f"{says} looks at field", given.get("field", ()), fields)
    named = [*given.get("flows", ()), *given.get("flow", ())]
    yield from unknown("unknown-flow", where, f"{says} looks at flow", named, catalog.flows)


def _effect(catalog: Catalog, flow: FlowDef, effect: Effect, where: str) -> Iterator[Finding]:
    says = f"effect {effect.do}"
    for needed in _NEEDS[effect.do]:
        if not getattr(effect, needed):
            yield Finding("effect-incomplete", where, f"{says} does not say its {needed}")
    yield from unknown("unknown-stage", where, f"{says} names the stage", [effect.stage], words.STAGES)
    yield from unknown("unknown-state", where, f"{says} names the state", [effect.state], words.STATES)
    yield from unknown(
        "unknown-measure", where, f"{says} names the measure", [effect.measure], words.MEASURES
    )
    yield from unknown("unknown-grant", where, f"{says} names the role", [effect.role], words.GRANT_ROLES)
    wants = effect.owner == "receiver" or (effect.do == "grant" and effect.to == "receiver")
    if wants and flow.to is None:
        yield Finding("no-receiver", where, f"{says} is for a receiver that the flow does not have")
    papers = [effect.document, effect.kind]
    yield from unknown("unknown-document", where, f"{says} names the document", papers, catalog.documents)
    carried = [document.kind for document in flow.carried()]
    yield from unknown(
        "document-not-carried", where, f"{says} rests on a document that does not go along:", papers, carried
    )
    places = [entry.key for entry in catalog.dossier.entries()]
    yield from unknown("unknown-entry", where, f"{says} asks for proof at", [effect.proof], places)
    yield from _sources(flow, effect, where)


def _sources(flow: FlowDef, effect: Effect, where: str) -> Iterator[Finding]:
    fields = {f"fields.{field.key}" for field in flow.fields}
    limits = {f"limit.{rule.key}" for rule in timelimit.rules()}
    sources = [source for source in effect.facts.values() if not source.startswith("=")]
    yield from unknown("unknown-fact", where, "takes a fact from", sources, _INSTANTS | fields | limits)
    yield from unknown(
        "unknown-field",
        where,
        f"effect {effect.do} takes the place from",
        [effect.place, effect.until],
        fields,
    )
    try:
        named = clauses(effect.when)
    except BadConditionError:
        yield Finding("bad-condition", where, f"effect {effect.do} has the condition {effect.when}")
        return
    asked = [name for name, _ in named if name not in {"state", "measure"}]
    measures = [value for name, values in named if name == "measure" for value in values]
    yield from unknown(
        "unknown-measure", where, f"effect {effect.do} asks for", measures, {*words.MEASURES, "none"}
    )
    states = [value for name, values in named if name == "state" for value in values]
    yield from unknown("unknown-field", where, f"effect {effect.do} asks for", asked, fields)
    yield from unknown("unknown-state", where, f"effect {effect.do} asks for the state", states, words.STATES)
