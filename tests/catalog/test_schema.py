"""A definition that is misspelt, incomplete or of the wrong shape is refused when it is read."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from antong.catalog.loader import load
from antong.catalog.schema import Charge, DocumentKind, FlowDef


def flow(**changes: Any) -> dict[str, Any]:
    plain = copy.deepcopy(load().flows["filing"].model_dump(by_alias=True, mode="json"))
    plain.update(changes)
    return plain


@pytest.mark.parametrize(
    "changes",
    [
        {"exmaple": "一个例子"},
        {"kind": "wish"},
        {"key": "Filing"},
        {"key": "filing act"},
        {"valid_from": "1 September 2020"},
        {"valid_until": "2020-9-1"},
        {"effects": {"refused": []}},
        {"effects": {"approved": [{"do": "set-stag", "stage": "investigation"}]}},
        {"effects": {"approved": [{"do": "set-stage", "stge": "investigation"}]}},
        {"checks": [{"key": "a", "text": "a", "test": "parties-named", "level": "perhaps"}]},
        {"carries": {"documents": [{"kind": "filing-decision", "per": "page"}]}},
        {"consequence": {"ignore": "没有后果"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_malformed_flow_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FlowDef.model_validate(flow(**changes))


def test_the_unchanged_flow_is_read() -> None:
    assert FlowDef.model_validate(flow()).key == "filing"


@pytest.mark.parametrize(
    "changes", [{"body": []}, {"issuers": []}, {"sign": "nobody"}, {"colour": "red"}, {"key": "拘留证"}]
)
def test_a_malformed_document_is_refused(changes: dict[str, Any]) -> None:
    plain = load().documents["detention-warrant"].model_dump(mode="json")
    with pytest.raises(ValidationError):
        DocumentKind.model_validate({**plain, **changes})


def test_definitions_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValidationError):
        load().flows["filing"].name = "改名"  # type: ignore[misc]


def test_carried_and_effects_are_gathered_from_every_part_of_a_flow() -> None:
    request = load().flows["arrest-request"]
    kinds = {document.kind for document in request.carried()}
    assert kinds == {"arrest-request", "arrest-approval", "arrest-refusal", "arrest-refusal-reasons"}
    states = {effect.state for effect in request.all_effects() if effect.do == "set-state"}
    assert states == {"arrest_requested", "arrest_approved", "arrest_refused"}


@pytest.mark.parametrize(
    ("article", "expected"),
    [
        ("第264条", ("刑法第264条",)),
        ("第114条、第115条第1款", ("刑法第114条", "刑法第115条第1款")),
        ("第127条第1款、第2款", ("刑法第127条第1款", "刑法第127条第2款")),
        ("第284条之1第1款、第2款", ("刑法第284条之1第1款", "刑法第284条之1第2款")),
        ("", ()),
    ],
)
def test_articles_of_a_charge_become_citations(article: str, expected: tuple[str, ...]) -> None:
    assert Charge(code="Z", name="某罪", article=article, initials="mz").citations() == expected
