"""The chain is gap-free and append-only; every forgery of the database is found."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
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


def write(actor: Any, chain: UUID, count: int) -> None:
    with transaction.atomic():
        for index in range(count):
            actions.record(
                actor, chain_id=chain, act=f"test.{index}", moment=moment(), after={"index": index}
            )


@pytest.fixture
def chain(people: dict[str, Any]) -> UUID:
    one = uuid4()
    write(people["zhencha"], one, 5)
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


@pytest.fixture
def unguarded() -> Iterator[Callable[..., None]]:
    """Runs SQL with the triggers off, as a forger with the database's keys would."""

    def run(sql: str, *parameters: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql, parameters)
            cursor.execute("SET LOCAL session_replication_role = origin")

    return run


COLUMNS = {
    "act": "'forged'", "happened_at": "happened_at - interval '1 day'", "recorded_at": "recorded_at - interval '1 day'",
    "person_id": "gen_random_uuid()", "unit_id": "gen_random_uuid()", "duty_id": "gen_random_uuid()", "post_id": "gen_random_uuid()",
    "rank": "'backup'", "channel": "'api'", "subject_ids": "ARRAY[gen_random_uuid()]", "after": "'\\x00'::bytea", "law": "'{}'::jsonb",
    "prev_digest": "'\\x00'::bytea", "digest": "'\\x00'::bytea", "on_behalf_of": "gen_random_uuid()",
}  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_edited_entry_is_found(
    chain: UUID, unguarded: Callable[..., None], column: str, number: int
) -> None:
    sql = f"UPDATE ledger_entry SET {column} = {COLUMNS[column]} WHERE chain_id = %s AND number = %s"
    unguarded(sql, chain, number)
    assert selectors.audit(chain)


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_dropped_entry_is_found(chain: UUID, unguarded: Callable[..., None], number: int) -> None:
    unguarded(
        "DELETE FROM ledger_opening WHERE entry_id IN (SELECT id FROM ledger_entry WHERE chain_id = %s AND number = %s)",
        chain,
        number,
    )
    unguarded("DELETE FROM ledger_entry WHERE chain_id = %s AND number = %s", chain, number)
    assert selectors.audit(chain)


def test_reordered_entries_are_found(chain: UUID, unguarded: Callable[..., None]) -> None:
    unguarded("UPDATE ledger_entry SET number = 99 WHERE chain_id = %s AND number = 2", chain)
    unguarded("UPDATE ledger_entry SET number = 2 WHERE chain_id = %s AND number = 3", chain)
    unguarded("UPDATE ledger_entry SET number = 3 WHERE chain_id = %s AND number = 99", chain)
    assert selectors.audit(chain)


def test_an_inserted_entry_is_found(
    chain: UUID, people: dict[str, Any], unguarded: Callable[..., None]
) -> None:
    unguarded(
        "INSERT INTO ledger_entry (id, chain_id, number, happened_at, recorded_at, person_id, duty_id, post_id, unit_id, rank,"
        " channel, act, subject_ids, prev_digest, digest) SELECT gen_random_uuid(), chain_id, 6, happened_at, recorded_at,"
        " person_id, duty_id, post_id, unit_id, rank, channel, act, subject_ids, prev_digest, digest FROM ledger_entry WHERE chain_id = %s AND number = 5", chain,
    )  # fmt: skip
    assert selectors.audit(chain)


def test_entries_swapped_between_cases_are_found(
    chain: UUID, people: dict[str, Any], unguarded: Callable[..., None]
) -> None:
    other = uuid4()
    write(people["anguan"], other, 5)
    sequencer.drain()
    unguarded("UPDATE ledger_entry SET number = 77 WHERE chain_id = %s AND number = 2", chain)
    unguarded("UPDATE ledger_entry SET chain_id = %s WHERE chain_id = %s AND number = 2", chain, other)
    assert selectors.audit(chain)
    assert selectors.audit(other)


def test_a_forged_head_is_found(chain: UUID, unguarded: Callable[..., None]) -> None:
    unguarded(
        "UPDATE ledger_head SET signature = '\\x00'::bytea WHERE number = (SELECT max(number) FROM ledger_head)"
    )
    assert selectors.audit(chain)


def test_an_edited_opening_is_found(chain: UUID, unguarded: Callable[..., None]) -> None:
    unguarded(
        "UPDATE ledger_opening SET after = '{\"index\": 7}' WHERE entry_id IN (SELECT id FROM ledger_entry WHERE chain_id = %s AND number = 3)",
        chain,
    )
    assert selectors.audit(chain)


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
def test_the_stored_tree_has_the_naive_root(people: dict[str, Any], batches: tuple[int, ...]) -> None:
    from antong.ledger.models import Leaf

    for size in batches:
        write(people["zhencha"], uuid4(), size)
        sequencer.run_once()
        head = selectors.latest_head()
        leaves = [bytes(row) for row in Leaf.objects.order_by("index").values_list("digest", flat=True)]
        assert head is not None
        assert head.tree_size == len(leaves)
        assert head.root == naive_root(leaves)


def test_a_bundle_of_nothing_is_refused(people: dict[str, Any], tmp_path: Any) -> None:
    from antong.kernel.refusal import Refusal

    with pytest.raises(Refusal):
        export_bundle(uuid4(), tmp_path / "x.zip")
