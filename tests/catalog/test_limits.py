"""Every clock of custody is told whether the person is held, and no rule is left lying about."""

from __future__ import annotations

from typing import Any

import pytest

from antong.catalog.check import check
from antong.catalog.loader import load
from antong.catalog.schema import Effect
from antong.law import articles, timelimit

CUSTODY = {rule.key for rule in timelimit.rules() if rule.holidays == "C"}
STARTS = [
    (flow.key, effect)
    for flow in load().flows.values()
    for effect in flow.all_effects()
    if effect.do == "start-limit"
]
NOT_STARTED = {
    # no flow carries what begins them: they are answered to whoever asks; the list may only become shorter
    "appeal-ruling-5d", "appeal-transfer-3d", "arrest-review-not-detained-20d",
    "commutation-objection-20d", "compulsory-medical-1m", "conditional-non-prosecution",
    "court-acceptance-review-7d", "death-execution-7d", "detention-to-custody-24h",
    "ext-request-7d-before", "guanhu-7d", "hearing-notice-3d-before",
    "indictment-service-10d-before-trial", "jurisdiction-change-restart", "lawyer-meeting-48h",
    "legal-aid-forward-24h", "legal-aid-notice-15d-before", "liuzhi-3m", "liuzhi-ext-2m-10y",
    "liuzhi-ext-3m", "missed-deadline-application-5d", "nonarrest-reconsideration-decision-7d",
    "nonarrest-reconsideration-request-5d", "nonarrest-review-decision-15d", "nonarrest-review-request-5d",
    "not-prosecuted-accused-complaint-7d", "not-prosecuted-police-reconsideration-7d",
    "not-prosecuted-police-review-7d", "not-prosecuted-reconsideration-decision-30d",
    "not-prosecuted-victim-complaint-7d", "private-prosecution-6m", "prosecution-review-speedy-10d",
    "prosecution-review-speedy-15d", "remand-restart", "restart-new-crime-approval-5d", "retrial-3m",
    "retrial-6m", "retrial-remit-decision-1m", "revocation-arrest-decision-48h", "revocation-custody-30d",
    "revocation-decision-30d", "second-instance-2m", "second-instance-ext-2m",
    "second-instance-file-review-exclusion", "self-investigated-arrest-14d", "summons-12h", "summons-24h",
    "summons-interval-12h", "supervision-case-detention-10d", "supervision-review-exclusion",
    "temporary-release-objection-1m", "trial-restart-after-supplement",
    "trial-supplementary-investigation-1m", "victim-protest-decision-5d", "victim-protest-request-5d",
}  # fmt: skip
EXCLUSIONS = {
    "psychiatric-appraisal": "psychiatric-appraisal-exclusion",
    "trial-suspension": "trial-suspension-exclusion",
}
"""Reason for which time does not count, as an act that takes a term up again says it -> the rule that it is."""


@pytest.mark.parametrize(
    ("key", "effect"),
    [(key, effect) for key, effect in STARTS if effect.rule in CUSTODY],
    ids=lambda value: value if isinstance(value, str) else value.rule,
)
def test_a_clock_of_custody_asks_whether_the_person_is_held(key: str, effect: Effect) -> None:
    assert effect.facts.get("in_custody") == "held", key


def test_one_that_does_not_ask_is_found(bench: Any) -> None:
    def forget(plain: dict[str, Any]) -> None:
        for effect in plain["effects"]["approved"]:
            effect["facts"].pop("in_custody", None)

    changed = bench.flow("detention", forget)
    rules = {rule.key for rule in timelimit.rules()}
    found = {(one.code, one.where) for one in check(changed, articles.exists, rules=rules)}
    assert ("custody-unknown", "flow detention") in found


def test_rules_that_no_flow_starts_become_fewer() -> None:
    begun = {effect.rule for _, effect in STARTS}
    begun |= {
        EXCLUSIONS[effect.facts["suspensions[+].reason"].removeprefix("=")]
        for _, effect in STARTS
        if "suspensions[+].reason" in effect.facts
    }
    assert {rule.key for rule in timelimit.rules()} - begun == NOT_STARTED


def test_a_rule_of_custody_never_guesses() -> None:
    with pytest.raises(timelimit.LimitRefused) as refused:
        timelimit.answer("prosecution-review-1m", {"received_on": "2025-09-05"})
    assert refused.value.code == "custody-unknown"
    assert refused.value.basis == ("刑事诉讼法第105条第4款",)
    for held in ({}, {"in_custody": True}, {"in_custody": False}):  # no rest day: there is nothing to guess
        found = timelimit.answer("prosecution-review-1m", {"received_on": "2025-09-30", **held})
        assert str(found.due) == "2025-10-31"


def test_only_what_the_law_names_stops_a_term() -> None:
    span = {"from": "2026-03-10", "to": "2026-03-20"}
    facts: dict[str, Any] = {"received_on": "2026-03-02", "in_custody": True}

    def due(reason: str) -> str:
        one = timelimit.answer(
            "prosecution-review-1m", {**facts, "suspensions": [{**span, "reason": reason}]}
        )
        return str(one.due)

    assert due("psychiatric-appraisal") == "2026-04-12"
    assert due("dna-appraisal") == "2026-04-02"


def test_the_other_readings_stand_beside_a_term_of_days() -> None:
    facts: dict[str, Any] = {"detained_on": "2025-09-01", "in_custody": True}
    named = dict(timelimit.answer("arrest-request-30d", facts).alternatives)
    assert str(named["起算日计入"]) == "2025-09-30"
