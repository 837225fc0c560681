"""The chain is gap-free and append-only; the stored tree is the one of RFC 6962."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from antong.kernel.moment import moment
from antong.ledger import actions, hashing, proofs, selectors, sequencer
from antong.ledger.bundle import export_bundle


@pytest.fixture
def chain(write: Callable[[UUID, int], None]) -> UUID:
    one = uuid4()
    write(one, 5)
    sequencer.drain()
    return one


def test_a_sound_chain_has_no_fault(chain: UUID) -> None:
    assert selectors.audit(chain) == []
    assert [entry.number for entry in selectors.entries(chain)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET act = 'x'",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_head CASCADE",
        "DELETE FROM ledger_head",
        "UPDATE ledger_opening SET salt = ''",
        "DELETE FROM ledger_opening",
    ],
)
def test_the_ledger_is_append_only(chain: UUID, sql: str) -> None:
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_repeated_key_gets_the_first_answer(people: dict[str, Any]) -> None:
    actor, key = people["zhencha"], uuid4()
    actions.record(actor, chain_id=uuid4(), act="test", moment=moment(), key=key, answer={"made": 1})
    assert actions.first_answer(actor, key, "test") == {"made": 1, "entry_number": 1}
    assert actions.first_answer(people["anguan"], key, "test") is None


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, straight from the text."""
    if len(leaves) == 1:
        return hashing.leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashing.node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


@given(st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_audit_paths_cover_the_tree(size: int) -> None:
    for index in range(0, size, max(1, size // 7)):
        spans = proofs.path_of(index, size)
        covered = sorted([*spans, (index, index + 1)])
        assert covered[0][0] == 0
        assert covered[-1][1] == size
        assert all(left[1] == right[0] for left, right in itertools.pairwise(covered))


@pytest.mark.parametrize("batches", [(1,), (2, 1), (3, 5, 1), (7, 1, 8, 2)])
def test_the_stored_tree_has_the_naive_root(
    write: Callable[[UUID, int], None], batches: tuple[int, ...]
) -> None:
    from antong.ledger.models import Leaf

    for size in batches:
        write(uuid4(), size)
        sequencer.run_once()
        head = selectors.latest_head()
        leaves = [bytes(row) for row in Leaf.objects.order_by("index").values_list("digest", flat=True)]
        assert head is not None
        assert head.tree_size == len(leaves)
        assert head.root == naive_root(leaves)


def test_a_bundle_of_nothing_is_refused(db: None, tmp_path: Any) -> None:
    from antong.kernel.refusal import Refusal

    with pytest.raises(Refusal):
        export_bundle(uuid4(), tmp_path / "x.zip")
