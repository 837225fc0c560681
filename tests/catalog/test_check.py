"""The package's own definitions are sound, and every sort of fault planted in them is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from antong.catalog.check import check, check_package, since
from antong.catalog.loader import Catalog
from antong.law import articles, timelimit

RULES = {rule.key for rule in timelimit.rules()}


def codes(catalog: Catalog) -> set[tuple[str, str]]:
    found = check(catalog, articles.exists, rules=RULES, article_since=since)
    return {(finding.code, finding.where) for finding in found}


def test_nothing_is_wrong_with_the_package() -> None:
    assert check_package() == []


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        at: Any = plain
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


def add(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        at: Any = plain
        for step in path:
            at = at[step]
        at.append(value)

    return change


STOP = {"do": "stop-limit", "rule": "no-such-limit"}
CHECK = {"key": "x", "text": "x", "remedy": "x"}
FLOW_FAULTS = [
    ("no-example", "filing", put("example", value=" ")),
    ("wrong-ends", "filing", put("to", value={"kinds": ["court"]})),
    ("no-approver", "filing", put("approver", value=None)),
    (
        "wrong-moment",
        "filing",
        put("effects", value={"sent": [{"do": "set-state", "state": "investigated"}]}),
    ),
    (
        "sent-out-of-reach",
        "arrest-request",
        put("effects", "sent", value=[{"do": "set-state", "state": "tried"}]),
    ),
    ("no-consequence", "prosecution", put("consequence", value={"accept": "一审二个月内宣判"})),
    ("check-twice", "filing", add("checks", value={**CHECK, "key": "named", "test": "parties-named"})),
    ("wrong-answer", "arrest-request", put("answer", value=None)),
    ("wrong-answer", "supplementary-investigation", put("answer", value={})),
    ("wrong-answer", "re-transfer", put("answers", value="filing")),
    ("unknown-unit-kind", "filing", put("from", "kinds", value=["militia"])),
    ("unknown-level", "filing", put("from", "levels", value=["village"])),
    ("unknown-stage", "filing", put("subjects", "stages", value=["dreaming"])),
    ("unknown-stage", "filing", put("effects", "approved", 0, "stage", value="dreaming")),
    ("unknown-state", "bail", add("subjects", "states", value="asleep")),
    ("unknown-state", "filing", put("effects", "approved", 1, "state", value="asleep")),
    ("unknown-approver", "filing", put("approver", "role", value="investigator")),
    ("unknown-document", "filing", add("carries", "documents", value={"kind": "no-such-paper"})),
    (
        "unknown-document",
        "filing",
        add("effects", "approved", value={"do": "number", "kind": "no-such-paper"}),
    ),
    (
        "document-not-carried",
        "filing",
        add("effects", "approved", value={"do": "number", "kind": "judgment"}),
    ),
    ("unknown-flow", "filing", add("next", value={"flow": "no-such-flow"})),
    ("unknown-outcome", "arrest-request", add("next", value={"flow": "bail", "outcome": "postponed"})),
    ("unknown-test", "filing", add("checks", value={**CHECK, "test": "luck"})),
    (
        "wrong-params",
        "filing",
        add("checks", value={**CHECK, "test": "times-at-most", "params": {"most": 2}}),
    ),
    ("no-remedy", "filing", add("checks", value={**CHECK, "remedy": "", "test": "pages-readable"})),
    (
        "unknown-volume",
        "filing",
        add("checks", value={**CHECK, "test": "volumes-not-empty", "params": {"volumes": ["attic"]}}),
    ),
    (
        "unknown-entry",
        "filing",
        add("checks", value={**CHECK, "test": "entries-present", "params": {"entries": ["attic.box"]}}),
    ),
    (
        "unknown-measure",
        "filing",
        add("checks", value={**CHECK, "test": "measure-in-force", "params": {"kinds": ["stocks"]}}),
    ),
    (
        "unknown-field",
        "filing",
        add("checks", value={**CHECK, "test": "days-ahead", "params": {"field": "some_day", "days": 3}}),
    ),
    ("effect-incomplete", "filing", add("effects", "approved", value={"do": "end-measure"})),
    ("unknown-measure", "detention", put("effects", "approved", 0, "measure", value="stocks")),
    ("unknown-grant", "prosecution", add("effects", "accepted", value={"do": "grant", "role": "owner"})),
    ("no-receiver", "filing", add("effects", "approved", value={"do": "grant", "role": "handling"})),
    ("bad-condition", "filing", put("effects", "approved", 0, "when", value="if lucky")),
    ("unknown-field", "filing", put("effects", "approved", 0, "when", value="fields.luck=是")),
    ("unknown-state", "filing", put("effects", "approved", 0, "when", value="state=asleep")),
    (
        "unknown-fact",
        "detention",
        add(
            "effects",
            "approved",
            value={"do": "start-limit", "rule": "bail-12m", "facts": {"decided_on": "later"}},
        ),
    ),
    ("no-article", "filing", put("articles", value=[])),
    ("article-not-found", "filing", add("articles", value="刑事诉讼法第999条")),
    ("article-not-found", "filing", put("articles", value=["刑事诉讼法第112条第7款"])),
    ("article-not-found", "detention", put("effects", "approved", 0, "articles", value=["刑法第9999条"])),
    ("article-later", "filing", put("valid_from", value="2015-01-01")),
    ("unknown-limit", "filing", add("effects", "approved", value=STOP)),
    ("unknown-limit", "arrest-request", put("answer", "limits", value=["no-such-limit"])),
    (
        "limit-never-starts",
        "filing",
        add("effects", "approved", value={"do": "stop-limit", "rule": "retrial-3m"}),
    ),
    (
        "limit-never-stops",
        "filing",
        add(
            "effects",
            "approved",
            value={"do": "start-limit", "rule": "retrial-3m", "facts": {"retrial_decided_on": "happened_on"}},
        ),
    ),
    ("unreachable", "filing", put("subjects", value={"stages": ["effective"], "states": ["detained"]})),
    ("unreachable-state", "hearing-notice", add("subjects", "states", value="detained")),
    ("unreachable-stage", "hearing-notice", add("subjects", "stages", value="execution")),
    ("validity-backwards", "filing", put("valid_until", value="2020-01-01")),
]


@pytest.mark.parametrize(
    ("code", "key", "change"), FLOW_FAULTS, ids=[f"{row[0]}-{row[1]}" for row in FLOW_FAULTS]
)
def test_a_fault_of_a_flow_is_found(bench: Any, code: str, key: str, change: Callable[..., None]) -> None:
    assert (code, f"flow {key}") in codes(bench.flow(key, change))


def test_equal_flows_are_found_whatever_they_are_called(bench: Any) -> None:
    def rename(plain: dict[str, Any]) -> None:
        plain.update(
            name="开庭知会", main_flow="other", articles=["刑事诉讼法第187条"], example="另一个例子。"
        )

    assert ("equal-flows", "flow hearing-word") in codes(bench.flow("hearing-notice", rename, "hearing-word"))


def test_a_dead_end_is_found_when_its_only_way_on_is_taken_away(bench: Any) -> None:
    found = codes(bench.without("correction-end", "correction-end-notice"))
    assert ("dead-end", "stage execution") in found
    assert ("unreachable-state", "state corrected") in found


def test_a_stage_to_which_nothing_leads_is_found(bench: Any) -> None:
    assert ("unreachable-stage", "stage effective") in codes(bench.without("judgment-effective"))


def test_versions_must_not_be_in_force_on_the_same_day(bench: Any) -> None:
    first = bench.catalog.flows["filing"]
    later = first.model_copy(update={"version": 2, "valid_from": "2026-11-01"})
    assert ("validity-overlap", "flow filing") in codes(bench.with_versions("filing", (first, later)))
    ended = first.model_copy(update={"valid_until": "2026-10-31"})
    assert codes(bench.with_versions("filing", (ended, later))) == set()
    on_the_day = first.model_copy(update={"valid_until": "2026-11-01"})
    assert ("validity-overlap", "flow filing") in codes(bench.with_versions("filing", (on_the_day, later)))


DOCUMENT_FAULTS = [
    ("unknown-entry", put("place", value="attic.box")),
    ("unknown-unit-kind", put("issuers", value=["militia"])),
    ("unknown-stage", put("drafted_in", value=["dreaming"])),
    ("article-not-found", put("articles", value=["刑法第9999条"])),
    ("wrong-signing", put("signers", value=[])),
    ("wrong-signing", put("hand_signed", value=False)),
    ("wrong-signing", put("signers", value=["passer-by"])),
    ("unknown-placeholder", add("body", value="{weather}")),
    ("wrong-series", put("series", value="{initials}拘〔{year}〕号")),
    ("part-twice", add("parts", value={"key": "main", "title": "又一正本"})),
    ("field-twice", add("fields", value={"key": "roaming", "label": "流窜"})),
    ("wrong-choices", add("fields", value={"key": "mood", "label": "心情", "type": "choice"})),
]


@pytest.mark.parametrize(("code", "change"), DOCUMENT_FAULTS, ids=[row[0] for row in DOCUMENT_FAULTS])
def test_a_fault_of_a_document_is_found(bench: Any, code: str, change: Callable[..., None]) -> None:
    assert (code, "document detention-warrant") in codes(bench.document("detention-warrant", change))


def test_a_document_that_nobody_uses_is_found(bench: Any) -> None:
    found = codes(bench.document("judgment", put("name", value="另一种判决书"), "other-judgment"))
    assert ("document-unused", "document other-judgment") in found


def test_two_documents_of_one_name_and_issuer_are_found(bench: Any) -> None:
    assert ("document-twice", "document 刑事判决书") in codes(
        bench.document("judgment", lambda _: None, "again")
    )


DOSSIER_FAULTS = [
    (
        "entry-twice",
        add("volumes", 0, "groups", 0, "entries", value={"key": "lit-filing.recusal", "title": "回避"}),
    ),
    ("unknown-unit-kind", add("volumes", 0, "owners", value="militia")),
    ("unknown-stage", put("volumes", 0, "groups", 0, "entries", 0, "from_stage", value="dreaming")),
    ("no-stage", put("volumes", 0, "groups", 0, "entries", 0, "from_stage", value="")),
    ("no-reason", put("excluded", 0, "reason", value="")),
]


@pytest.mark.parametrize(("code", "change"), DOSSIER_FAULTS, ids=[row[0] for row in DOSSIER_FAULTS])
def test_a_fault_of_the_catalogue_is_found(bench: Any, code: str, change: Callable[..., None]) -> None:
    assert (code, "dossier") in codes(bench.dossier(change))
