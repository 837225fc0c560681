"""The flows lead two suspects of one theft to their different ends, and nobody into a corner."""

from __future__ import annotations

import pytest

from antong.catalog import vocabulary as words
from antong.catalog._reach import Place, applies, moved
from antong.catalog.loader import load
from antong.catalog.schema import FlowDef

FIRST = [
    ("filing", "", ("investigation", "investigated")),
    ("detention", "", ("investigation", "detained")),
    ("arrest-request", "approved", ("investigation", "arrest_approved")),
    ("arrest-execution", "", ("investigation", "arrested")),
    ("prosecution-transfer", "", ("prosecution_review", "reviewed")),
    ("custody-transfer", "", ("prosecution_review", "reviewed")),
    ("supplementary-investigation", "", ("supplementary", "supplementing")),
    ("re-transfer", "", ("prosecution_review", "reviewed")),
    ("prosecution", "", ("trial", "tried")),
    ("hearing-notice", "", ("trial", "tried")),
    ("judgment", "imprisonment", ("trial", "sentenced_prison")),
    ("judgment-service", "", ("trial", "sentenced_prison")),
    ("judgment-effective", "", ("effective", "sentenced_prison")),
    ("execution-delivery", "", ("execution", "delivered")),
    ("prison-delivery", "", ("execution", "serving")),
    ("prison-receipt", "", ("execution", "serving")),
    ("sentence-served", "", ("closed", "released_served")),
]
SECOND = [
    ("filing", "", ("investigation", "investigated")),
    ("detention", "", ("investigation", "detained")),
    ("arrest-request", "refused", ("investigation", "arrest_refused")),
    ("bail", "", ("investigation", "bailed")),
    ("arrest-refusal-receipt", "", ("investigation", "bailed")),
    ("prosecution-transfer", "", ("prosecution_review", "reviewed")),
    ("bail-procuratorate", "", ("prosecution_review", "reviewed")),
    ("supplementary-investigation", "", ("supplementary", "supplementing")),
    ("re-transfer", "", ("prosecution_review", "reviewed")),
    ("prosecution", "", ("trial", "tried")),
    ("bail-court", "", ("trial", "tried")),
    ("judgment", "probation", ("trial", "sentenced_probation")),
    ("judgment-service", "", ("trial", "sentenced_probation")),
    ("judgment-effective", "", ("effective", "sentenced_probation")),
    ("community-correction", "", ("execution", "correcting")),
    ("community-correction-copy", "", ("execution", "correcting")),
    ("community-correction-receipt", "", ("execution", "correcting")),
    ("correction-end", "", ("closed", "corrected")),
    ("correction-end-notice", "", ("closed", "corrected")),
]
OTHERS = [
    [("no-filing", "", ("closed", "not_filed"))],
    [("filing", "", ("investigation", "investigated")), ("case-withdrawal", "", ("closed", "not_pursued"))],
    [*FIRST[:5], ("non-prosecution", "discretionary", ("closed", "not_prosecuted"))],
    [
        *FIRST[:10],
        ("judgment", "acquitted", ("trial", "acquitted")),
        ("judgment-effective", "", ("closed", "acquitted")),
    ],
    [
        *FIRST[:10],
        ("judgment", "criminal-detention", ("trial", "sentenced_detention")),
        ("judgment-effective", "", ("effective", "sentenced_detention")),
        ("execution-delivery", "", ("execution", "serving")),
        ("sentence-served-detention", "", ("closed", "released_served")),
    ],
    [*FIRST[:14], ("detention-serving", "", ("execution", "serving"))],
]


def walk(flow: FlowDef, outcome: str, place: Place) -> Place:
    assert applies(flow, place), f"{flow.key} does not take a suspect at {place}"
    for effects in flow.effects.values():
        place = moved(place, effects)
    known = {one.key: one for one in (*flow.outcomes, *(flow.answer.outcomes if flow.answer else ()))}
    assert bool(known) == bool(outcome), f"{flow.key} is answered by {sorted(known)}"
    return moved(place, known[outcome].effects) if outcome else place


@pytest.mark.parametrize("story", [FIRST, SECOND, *OTHERS])
def test_each_step_leaves_the_suspect_where_the_law_says(story: list[tuple[str, str, Place]]) -> None:
    place = words.FIRST
    for key, outcome, expected in story:
        place = walk(load().flows[key], outcome, place)
        assert place == expected, f"after {key}"


def test_supplementary_investigation_is_refused_the_third_time_with_its_article() -> None:
    rule = next(
        check for check in load().flows["supplementary-investigation"].checks if check.test == "times-at-most"
    )
    assert rule.params == {"flow": "supplementary-investigation", "most": 2}
    assert rule.level == "must"
    assert "刑事诉讼法第175条第3款" in rule.articles


def test_custody_always_rests_on_a_document_and_articles() -> None:
    for flow in load().flows.values():
        for effect in flow.all_effects():
            if effect.do == "start-measure":
                assert effect.document, flow.key
                assert effect.articles, flow.key


def test_detention_starts_the_clock_that_the_form_names() -> None:
    starts = [e for e in load().flows["detention"].all_effects() if e.rule.startswith("arrest-request-")]
    assert {(e.rule, e.when) for e in starts if e.do == "start-limit"} == {
        ("arrest-request-30d", "fields.roaming=是"),
        ("arrest-request-3d", "fields.roaming=否"),
    }
