"""A superuser with the triggers off alters rows anywhere, and mends all that can be mended without the head key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from antong.ledger import _map, actions, hashing, keys, selectors, sequencer
from antong.ledger._rows import entry_fields, head_fields
from antong.ledger.bundle import is_ours, read_held, write_head
from antong.ledger.models import Chain, Entry, Head, Leaf, MapNode, Node, ReadBatch, ReadLog
from antong.ledger.types import Altered, Reading

Sql = Callable[..., int]
Write = Callable[[UUID, int], None]
Undone = Callable[[], AbstractContextManager[None]]
ENTRIES = 6
OTHER = "'\\x0102030405060708091011121314151617181920212223242526272829303132'::bytea"
EARLIER = "- interval '1 day'"

COLUMNS = {
    "act": "'forged'", "happened_at": f"happened_at {EARLIER}", "recorded_at": f"recorded_at {EARLIER}",
    "person_id": "gen_random_uuid()", "unit_id": "gen_random_uuid()", "duty_id": "gen_random_uuid()",
    "post_id": "gen_random_uuid()", "rank": "'backup'", "channel": "'api'", "on_behalf_of": "gen_random_uuid()",
    "subject_ids": "ARRAY[gen_random_uuid()]", "before": OTHER, "after": OTHER, "law": "'{}'::jsonb",
    "prev_digest": OTHER, "digest": OTHER, "number": "number + 100",
}  # fmt: skip
ELSEWHERE = {
    "ledger_opening": {"salt": OTHER, "before": "'{\"x\": 1}'", "after": "'{\"x\": 1}'"},
    "ledger_leaf": {"digest": OTHER, "ref_id": "gen_random_uuid()", "kind": "CASE kind WHEN 'read' THEN 'entry' ELSE 'read' END", "index": "index + 1000"},
    "ledger_node": {"hash": OTHER, "index": "index + 1000", "level": "level + 30"},
    "ledger_mapleaf": {"number": "number + 1", "digest": OTHER, "bucket": "mod(bucket + 1, 1048576)"},
    "ledger_mapnode": {"hash": OTHER, "index": "index + 2097152"},
    "ledger_chain": {"last_number": "last_number + 1", "last_digest": OTHER},
    "ledger_head": {
        "tree_size": "tree_size - 1", "root": OTHER, "map_root": OTHER, "made_at": f"made_at {EARLIER}",
        "prev_digest": OTHER, "signature": OTHER, "digest": OTHER, "number": "number + 1000", "key_id": "repeat('a', 64)",
    },
    "ledger_readlog": {
        "person_id": "gen_random_uuid()", "person_name": "'别人'", "case_id": "gen_random_uuid()", "what": "'x'",
        "at": f"at {EARLIER}", "pages": "ARRAY['x']", "reason": "'x'", "unit_id": "gen_random_uuid()",
    },
    "ledger_readbatch": {"digest": OTHER, "reading_ids": "ARRAY[]::uuid[]"},
}  # fmt: skip
KEYS = {
    "ledger_opening": "entry_id", "ledger_leaf": "index", "ledger_node": "id", "ledger_mapleaf": "chain_id",
    "ledger_mapnode": "id", "ledger_chain": "chain_id", "ledger_head": "number", "ledger_readlog": "id",
    "ledger_readbatch": "id",
}  # fmt: skip


def everything() -> list[selectors.Fault]:
    return list(selectors.audit_all(lambda *_: None))


@pytest.fixture
def chains(write: Write, actor: Any) -> tuple[UUID, UUID]:
    """Two chains written in turn under several heads, with readings in the tree and others that wait."""
    one, two = uuid4(), uuid4()
    for _ in range(3):
        write(one, 2)
        write(two, 2)
        reading = Reading(
            person_id=actor.person_id, person_name=actor.person_name, duty_id=actor.duty_id, unit_id=actor.unit_id,
            case_id=one, what="案件页", at=selectors.latest_head().made_at if selectors.latest_head() else moment_now(),
        )  # fmt: skip
        actions.log_readings([reading, reading])
        sequencer.run_once(readings=True)
    write(one, 0)
    assert everything() == []
    assert selectors.audit(one) == []
    return one, two


def moment_now() -> Any:
    from antong.kernel import clock

    return clock.now()


def test_every_edited_column_of_every_entry_is_found(
    chains: tuple[UUID, UUID], unguarded: Sql, undone: Undone
) -> None:
    one, two = chains
    for column, value in COLUMNS.items():
        for number in range(1, ENTRIES + 1):
            with undone():
                sql = f"UPDATE ledger_entry SET {column} = {value} WHERE chain_id = %s AND number = %s"
                assert unguarded(sql, one, number) == 1
                assert selectors.audit(one), (column, number)
    with undone():
        unguarded("UPDATE ledger_entry SET act = 'x' WHERE chain_id = %s AND number = 3", one)
        assert {fault.chain_id for fault in everything()} == {one}
        assert selectors.audit(two) == []


@pytest.mark.parametrize("table", ELSEWHERE)
def test_every_edited_column_of_every_other_table_is_found(
    chains: tuple[UUID, UUID], unguarded: Sql, undone: Undone, table: str
) -> None:
    key = KEYS[table]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {table} ORDER BY {key}")
        ids = [row[0] for row in cursor.fetchall()]
    places = [ids[0], ids[len(ids) // 2], ids[-1]]
    for column, value in ELSEWHERE[table].items():
        for place in places:
            with undone():
                assert unguarded(f"UPDATE {table} SET {column} = {value} WHERE {key} = %s", place) == 1
                assert everything(), (table, column, place)
    for place in places:
        with undone():
            unguarded(f"DELETE FROM {table} WHERE {key} = %s", place)
            faults = everything()
            # an opening alone may be destroyed: that is lawful, and the entry still proves itself
            assert bool(faults) is (table != "ledger_opening"), (table, place, faults)


def forgeries(one: UUID, two: UUID, run: Sql) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield what a forger does to entries: drop, reorder, insert, swap between cases, back-date."""
    drop_opening = "DELETE FROM ledger_opening WHERE entry_id = (SELECT id FROM ledger_entry WHERE chain_id = %s AND number = %s)"

    def drop(number: int) -> None:
        run(drop_opening, one, number)
        run(
            "DELETE FROM ledger_leaf WHERE ref_id = (SELECT id FROM ledger_entry WHERE chain_id = %s AND number = %s)",
            one,
            number,
        )
        run("DELETE FROM ledger_entry WHERE chain_id = %s AND number = %s", one, number)

    def swap(left: tuple[UUID, int], right: tuple[UUID, int]) -> None:
        move = "UPDATE ledger_entry SET chain_id = %s, number = %s WHERE chain_id = %s AND number = %s"
        run(move, *left[:1], 900, *left)
        run(move, *left, *right)
        run(move, *right, left[0], 900)

    def insert(number: int) -> None:
        run("UPDATE ledger_entry SET number = number + 500 WHERE chain_id = %s AND number >= %s", one, number)
        run("UPDATE ledger_entry SET number = number - 499 WHERE chain_id = %s AND number >= 500", one)
        run(
            "INSERT INTO ledger_entry (id, chain_id, number, happened_at, recorded_at, person_id, duty_id, post_id, unit_id,"
            " rank, channel, act, subject_ids, prev_digest, digest) SELECT gen_random_uuid(), %s, %s, happened_at,"
            " recorded_at, person_id, duty_id, post_id, unit_id, rank, channel, 'inserted', subject_ids, prev_digest, digest"
            " FROM ledger_entry WHERE chain_id = %s AND number = 1",
            one, number, two,
        )  # fmt: skip

    def back_date(number: int) -> None:
        run(
            f"UPDATE ledger_entry SET happened_at = happened_at {EARLIER} WHERE chain_id = %s AND number = %s",
            one,
            number,
        )

    for number in range(1, ENTRIES + 1):
        yield f"drop {number}", lambda number=number: drop(number)  # type: ignore[misc]
        yield f"insert {number}", lambda number=number: insert(number)  # type: ignore[misc]
        yield f"back-date {number}", lambda number=number: back_date(number)  # type: ignore[misc]
        yield f"swap {number}", lambda number=number: swap((one, number), (two, number))  # type: ignore[misc]
        for other in range(number + 1, ENTRIES + 1):
            yield f"reorder {number} {other}", lambda a=number, b=other: swap((one, a), (one, b))  # type: ignore[misc]
    yield "truncate", lambda: [drop(number) for number in range(4, ENTRIES + 1)] and None


def mend(run: Sql) -> None:
    """Make numbers, links, digests, openings, leaves, tree and map agree again with the entries as they now are."""
    for chain in Chain.objects.order_by("chain_id"):
        prev = hashing.ZERO
        rows = list(Entry.objects.filter(chain_id=chain.chain_id).order_by("number"))
        for number, row in enumerate(rows, 1):
            row.number, row.prev_digest = number, prev
            prev = hashing.entry_digest(entry_fields(row))
            run(
                "UPDATE ledger_entry SET number = %s, prev_digest = %s, digest = %s WHERE id = %s",
                number, row.prev_digest, prev, row.id,
            )  # fmt: skip
            run("UPDATE ledger_leaf SET digest = %s WHERE ref_id = %s", prev, row.id)
        run(
            "UPDATE ledger_chain SET last_number = %s, last_digest = %s WHERE chain_id = %s",
            len(rows), prev, chain.chain_id,
        )  # fmt: skip
    known = list(Leaf.objects.order_by("index"))
    have = {leaf.ref_id for leaf in known}
    late = Entry.objects.exclude(id__in=have).order_by("id")
    for table in ("ledger_leaf", "ledger_node", "ledger_mapleaf", "ledger_mapnode", "ledger_queue"):
        run(f"DELETE FROM {table}")
    leaves = [(leaf.kind, leaf.ref_id, bytes(leaf.digest)) for leaf in known]
    leaves += [("entry", row.id, bytes(row.digest)) for row in late]
    sequencer._grow(0, leaves, None)
    ends = {
        row.chain_id: (row.last_number, bytes(row.last_digest))
        for row in Chain.objects.all()
        if row.last_number
    }
    _map.update(ends, _map.EMPTY)


def sign_anew(run: Sql, key: Any) -> None:
    """Sign the newest head over tree and map as they now are; those before are dropped."""
    head = Head.objects.order_by("-number").first()
    assert head is not None
    size = Leaf.objects.count()
    head.number, head.prev_digest, head.tree_size = 1, hashing.ZERO, size
    head.root, head.map_root = sequencer.fold(sequencer._edge(size)), _map.root()
    head.key_id = hashing.sha256(key.public_key().public_bytes_raw()).hex()
    body = hashing.head_body(head_fields(head))
    run("DELETE FROM ledger_head")
    run("DELETE FROM ledger_givenhead")
    head.signature, head.digest = key.sign(body), hashing.sha256(body)
    head.save(force_insert=True)


@pytest.mark.parametrize("diligent", [False, True], ids=["rows alone", "all but the signature mended"])
def test_every_forgery_of_entries_is_found(
    chains: tuple[UUID, UUID],
    unguarded: Sql,
    undone: Undone,
    diligent: bool,  # noqa: FBT001
) -> None:
    one, two = chains
    tried = 0
    for what, forge in forgeries(one, two, unguarded):
        with undone():
            forge()
            if diligent:
                mend(unguarded)
            assert everything(), what
            assert selectors.audit(one), what
        tried += 1
    assert tried > 30


def test_what_is_mended_needs_only_the_signature(
    chains: tuple[UUID, UUID], unguarded: Sql, undone: Undone
) -> None:
    """The forger of these tests is a good one: with the head key nothing in the database itself shows."""
    key = keys._load(Path(keys.settings.ANTONG_HEAD_KEY))
    for what, forge in forgeries(*chains, unguarded):
        if what.split()[0] in {"truncate", "back-date", "reorder"}:
            with undone():
                forge()
                mend(unguarded)
                sign_anew(unguarded, key)
                assert [fault.what for fault in everything() if "登记时间" not in fault.what] == [], what


def test_a_ledger_signed_by_another_key_is_found(
    chains: tuple[UUID, UUID], unguarded: Sql, undone: Undone
) -> None:
    with undone():
        unguarded("UPDATE ledger_entry SET act = 'x' WHERE number = 2")
        mend(unguarded)
        sign_anew(unguarded, Ed25519PrivateKey.generate())
        assert [fault.what for fault in everything()] == ["签名无效"]


def test_a_rewritten_and_a_put_back_ledger_are_found_given_a_head_kept_elsewhere(
    chains: tuple[UUID, UUID], write: Write, unguarded: Sql, undone: Undone, tmp_path: Path
) -> None:
    one, two = chains
    newest = selectors.latest_head()
    assert newest is not None
    write_head(tmp_path / "early.json")
    with undone():
        write(one, 3)
        sequencer.drain()
        write_head(tmp_path / "late.json")
        assert is_ours(read_held(tmp_path / "late.json"))
    # put back as a whole: it agrees with itself, and with what was kept before, not with what was kept after
    assert everything() == []
    assert is_ours(read_held(tmp_path / "early.json"))
    assert not is_ours(read_held(tmp_path / "late.json"))
    with undone():
        unguarded("UPDATE ledger_entry SET act = 'x' WHERE chain_id = %s AND number = 2", two)
        mend(unguarded)
        sign_anew(unguarded, keys._load(Path(keys.settings.ANTONG_HEAD_KEY)))
        assert not is_ours(read_held(tmp_path / "early.json"))


def test_the_sequencer_signs_nothing_over_an_altered_tree_or_map(
    chains: tuple[UUID, UUID], write: Write, unguarded: Sql, undone: Undone
) -> None:
    one, _ = chains
    write(one, 1)
    before = Head.objects.count()
    key = hashing.map_key(one)
    for table, model, where in (
        (
            "ledger_node",
            Node,
            "id = (SELECT max(id) FROM ledger_node WHERE level = (SELECT max(level) FROM ledger_node))",
        ),
        ("ledger_mapnode", MapNode, f"level = {hashing.MAP_DEPTH}"),
        ("ledger_mapnode", MapNode, f"level = 0 AND index = {hashing.bucket_of(key)}"),
    ):
        assert model.objects.exists()
        with undone():
            assert unguarded(f"UPDATE {table} SET hash = {OTHER} WHERE {where}") == 1
            if where.startswith("level = 0"):
                sequencer.run_once()  # the bucket itself is made anew from its chains
                assert everything() == []
                continue
            with pytest.raises(Altered):
                sequencer.run_once()
            assert Head.objects.count() == before
    with undone():
        unguarded(f"UPDATE ledger_mapleaf SET digest = {OTHER} WHERE chain_id = %s", one)
        with pytest.raises(Altered):
            sequencer.run_once()
    assert sequencer.run_once() == 1


def test_readings_slipped_in_or_taken_away_are_found(
    chains: tuple[UUID, UUID], unguarded: Sql, undone: Undone
) -> None:
    assert ReadBatch.objects.count() == 3
    row = ReadLog.objects.first()
    assert row is not None
    with undone():
        row.id = uuid4()
        row.save(force_insert=True)
        assert any("查阅记录" in fault.what for fault in everything())
