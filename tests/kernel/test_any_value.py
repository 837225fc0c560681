"""Canonical JSON of any value: read back it is the plain value, and its bytes stand for that value alone."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from antong.kernel import canonical

KNOWN = settings(max_examples=60, derandomize=True, deadline=None, database=None)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.uuids(), st.dates(), st.binary(max_size=8),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def turned(value: Any) -> Any:
    """Return a value with the keys of every mapping in the other order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(list(value))}
    return [turned(item) for item in value] if isinstance(value, list) else value


@KNOWN
@given(VALUES)
def test_it_is_read_back(value: Any) -> None:
    written = canonical.dumps(value)
    assert json.loads(written) == canonical.plain(value)
    assert canonical.dumps(json.loads(written)) == written


@KNOWN
@given(VALUES)
def test_the_order_of_keys_says_nothing(value: Any) -> None:
    assert canonical.digest(turned(value)) == canonical.digest(value)
