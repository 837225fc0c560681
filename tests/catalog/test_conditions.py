from __future__ import annotations

import pytest

from antong.catalog.conditions import BadConditionError, holds


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("", True),
        ("state=arrested", True),
        ("state=bailed|arrested", True),
        ("state=bailed", False),
        ("fields.roaming=是", True),
        ("fields.roaming=否", False),
        ("fields.absent=是", False),
        ("state=arrested & fields.roaming=是", True),
        ("state=arrested & fields.roaming=否", False),
    ],
)
def test_a_condition_looks_at_state_and_fields(when: str, expected: object) -> None:
    assert holds(when, state="arrested", fields={"roaming": "是"}) is expected


@pytest.mark.parametrize(
    "when", ["arrested", "state=", "state==a", "mood=good", "state=a and state=b", "fields.=x"]
)
def test_what_cannot_be_read_is_refused(when: str) -> None:
    with pytest.raises(BadConditionError):
        holds(when, state="arrested", fields={})
