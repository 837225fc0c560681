"""A head that somebody kept: what continues it is trusted, whatever truncates, replays or rewrites it is caught."""

from __future__ import annotations

import itertools
import json
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from antong.kernel.refusal import Refusal
from antong.ledger import hashing, proofs, sequencer
from antong.ledger.bundle import number_of_held, write_head
from antong_verify import hashes, verify
from forging import Case, Past, lines, put_together, taken_apart, with_lines, with_value


def test_every_head_given_out_is_continued(past: Past) -> None:
    for number, head in past.heads.items():
        report = verify(past.new, head)
        assert report.ok, report.faults
        assert report.trusted == number
        assert f"自您信任的第 {number} 号起只增不改" in "\n".join(report.lines()) or number == report.head


def test_a_head_never_given_out_is_continued_where_one_asks_for_it(past: Past, tmp_path: Path) -> None:
    anchors = {row["head"]["number"]: row["head"] for row in lines(taken_apart(past.whole), "anchors.jsonl")}
    public = json.loads(taken_apart(past.whole)["bundle.json"])["public_key"]
    for number in sorted(set(past.kept_back) & set(anchors)):
        head = tmp_path / f"{number}.json"
        head.write_text(json.dumps({"head": anchors[number], "public_key": public}))
        assert verify(past.whole, head).trusted == number
    asked = set(past.kept_back) & set(anchors) - set(verify(past.new).anchors)
    assert len(asked) >= 4
    for number in asked:
        assert f"--since {number} " in verify(past.new, tmp_path / f"{number}.json").faults[0]


def test_an_earlier_bundle_is_a_trusted_head_too(past: Past) -> None:
    report = verify(past.new, past.old)
    assert report.ok, report.faults
    assert report.trusted == verify(past.old).head


def test_an_old_bundle_is_caught_given_a_later_head(past: Past) -> None:
    for number, head in past.heads.items():
        if number > verify(past.old).head:
            faults = verify(past.old, head).faults
            assert faults
            assert "可能被截短或是旧包" in faults[0]
    assert not verify(past.old, past.new).ok


def test_a_truncated_chain_under_the_new_head_is_caught(past: Past, tmp_path: Path) -> None:
    parts, old = taken_apart(past.new), taken_apart(past.old)
    bindings = json.loads(parts["bindings.json"])
    for keep in range(1, past.case.entries):
        fewer = [row for row in bindings if row["bound_by"]["entry"] <= keep]
        names = {f"files/{row['path']}" for row in fewer}
        forged = with_value(with_lines(parts, lines(parts)[:keep]), "bindings.json", fewer)
        forged = {key: value for key, value in forged.items() if not key.startswith("files/") or key in names}
        faults = verify(put_together(forged, tmp_path / "cut.zip")).faults
        assert any("链尾" in fault for fault in faults), keep
    replayed = {**parts, "head.json": old["head.json"]}
    assert not verify(put_together(replayed, tmp_path / "replayed.zip")).ok


def test_every_edited_anchor_is_caught(past: Past, tmp_path: Path) -> None:
    parts = taken_apart(past.whole)
    rows = lines(parts, "anchors.jsonl")
    assert len(rows) >= 10
    for at, row in enumerate(rows):
        changes: list[dict[str, Any]] = [
            {"consistency": row["consistency"][:-1]},
            {"consistency": [*row["consistency"], "4" * 64]},
            {"consistency": []},
            {"map": {**row["map"], "bucket": []}},
            {"map": {**row["map"], "siblings": ["5" * 64, *row["map"]["siblings"][1:]]}},
            {"map": rows[at - 1]["map"]},
            {"head": {**row["head"], "tree_size": row["head"]["tree_size"] + 1}},
            {"head": {**row["head"], "signature": "00" * 64}},
            {"head": rows[at - 1]["head"]},
        ]
        changes += [
            {"consistency": [*row["consistency"][:i], "6" * 64, *row["consistency"][i + 1 :]]}
            for i in range(len(row["consistency"]))
        ]
        for change in changes:
            forged = deepcopy(rows)
            forged[at].update(change)
            path = put_together(with_lines(parts, forged, "anchors.jsonl"), tmp_path / "anchor.zip")
            assert not verify(path).ok, (row["head"]["number"], change)


def test_a_head_that_was_never_ours_is_refused_at_export(
    past: Past, tmp_path: Path, people: dict[str, Any]
) -> None:
    with pytest.raises(Refusal) as refused:
        number_of_held(past.heads[min(past.heads)])  # of a ledger that was rolled back
    assert refused.value.code == "head-differs"
    with pytest.raises(Refusal) as refused:
        number_of_held(tmp_path / "nowhere")
    assert refused.value.code == "head-unreadable"
    case = Case()
    case.upload(people["zhencha"])
    with pytest.raises(Refusal) as refused:
        case.export(tmp_path / "x.zip", since=[10**6])
    assert refused.value.code == "no-such-head"
    case.export(tmp_path / "x.zip")
    assert number_of_held(tmp_path / "x.zip") == verify(tmp_path / "x.zip").head
    write_head(tmp_path / "head.json")
    assert number_of_held(tmp_path / "head.json") == verify(tmp_path / "x.zip").head


class TestRewriting:
    """An operator with the database and the head key rewrites a case: a kept head shows it."""

    @pytest.fixture
    def kept(self, people: dict[str, Any], tmp_path: Path) -> tuple[Case, Path]:
        case = Case()
        for _ in range(4):
            case.upload(people["zhencha"])
        sequencer.drain()
        write_head(tmp_path / "kept.json")
        return case, tmp_path / "kept.json"

    def forget(self, chain: UUID) -> None:
        """Remove a chain's entries as if they had never been; the tree keeps their leaves, the map forgets them."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for sql in (
                "DELETE FROM ledger_opening WHERE entry_id IN (SELECT id FROM ledger_entry WHERE chain_id = %s)",
                "DELETE FROM ledger_entry WHERE chain_id = %s",
                "DELETE FROM ledger_chain WHERE chain_id = %s",
            ):
                cursor.execute(sql, [chain])
            cursor.execute("SET LOCAL session_replication_role = origin")

    def test_a_case_written_anew_at_the_end_of_the_tree(
        self, kept: tuple[Case, Path], people: dict[str, Any], tmp_path: Path
    ) -> None:
        case, head = kept
        self.forget(case.id)
        anew = Case(id=case.id)
        for _ in range(6):
            anew.upload(people["anguan"])
        with transaction.atomic(), pytest.raises(Refusal) as refused:
            anew.export(tmp_path / "honest.zip")
        assert refused.value.code == "ledger-altered"
        forged = self.without_anchor(anew, tmp_path)
        assert verify(forged).ok  # nothing in it is wrong by itself
        faults = verify(forged, head).faults
        assert faults
        assert "没有证明它接续" in faults[-1]

    def without_anchor(self, case: Case, tmp_path: Path) -> Path:
        from antong.ledger.models import GivenHead

        GivenHead.objects.all().delete()
        return case.export(tmp_path / "forged.zip")

    def test_an_anchor_whose_map_is_of_the_rewritten_case(
        self, kept: tuple[Case, Path], people: dict[str, Any], tmp_path: Path
    ) -> None:
        """The tree only grew, so its consistency holds: what the old head says of the case does not."""
        case, head = kept
        honest = taken_apart(
            case.export(tmp_path / "honest.zip", since=[json.loads(head.read_text())["head"]["number"]])
        )
        old = json.loads(head.read_text())["head"]
        self.forget(case.id)
        anew = Case(id=case.id)
        for _ in range(6):
            anew.upload(people["anguan"])
        parts = taken_apart(self.without_anchor(anew, tmp_path))
        new = json.loads(parts["head.json"])
        path = [one.hex() for one in proofs.consistency(old["tree_size"], new["tree_size"])]
        for proof in (lines(honest, "anchors.jsonl"), [{"map": json.loads(parts["map.json"])}]):
            if proof:
                row = {"head": old, "consistency": path, "map": proof[-1]["map"]}
                forged = put_together(with_lines(parts, [row], "anchors.jsonl"), tmp_path / "again.zip")
                faults = verify(forged, head).faults
                assert any("链尾" in fault for fault in faults), faults


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, straight from the text."""
    if len(leaves) == 1:
        return hashing.leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashing.node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


LEAVES = [bytes([index % 256, index // 256]) * 16 for index in range(130)]


@pytest.mark.parametrize("new", [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 33, 64, 65, 100, 129])
def test_consistency_holds_between_any_two_sizes(new: int) -> None:
    root = naive_root(LEAVES[:new])
    for old in range(1, new + 1):
        path = [naive_root(LEAVES[start:end]) for start, end in proofs.consistency_of(old, new)]
        assert hashes.consistent(old, naive_root(LEAVES[:old]), new, root, path)
        assert len(path) <= 2 * new.bit_length()
        for at in range(len(path)):
            assert not hashes.consistent(
                old, naive_root(LEAVES[:old]), new, root, [*path[:at], *path[at + 1 :]]
            )
        assert not hashes.consistent(old, b"\0" * 32, new, root, path)


@given(st.integers(1, 129), st.integers(1, 129), st.data())
@settings(max_examples=200, deadline=None)
def test_a_tree_that_changed_is_not_consistent(one: int, two: int, data: st.DataObject) -> None:
    old, new = sorted((one, two))
    at = data.draw(st.integers(0, old - 1))
    changed = [*LEAVES[:at], b"\xff" * 32, *LEAVES[at + 1 :]]
    path = [naive_root(changed[start:end]) for start, end in proofs.consistency_of(old, new)]
    assert not hashes.consistent(old, naive_root(LEAVES[:old]), new, naive_root(changed[:new]), path)


def test_sizes_that_cannot_be_are_not_consistent() -> None:
    root = naive_root(LEAVES[:4])
    for old, new in itertools.product((-1, 0, 5), (0, 4)):
        assert not hashes.consistent(old, root, new, root, [root])
