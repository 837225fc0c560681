"""Every forgery of a bundle is caught, at every place: edit, drop, reorder, insert, swap, back-date, replace, sign."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from antong_verify import hashes, verify
from forging import Parts, Past, lines, put_together, taken_apart, with_lines, with_value

Rows = list[dict[str, Any]]
EARLIER = "2001-01-01T00:00:00.000000Z"


def other_value(field: str, value: Any) -> Any:
    """Something else of the same kind."""
    if isinstance(value, int):
        return value + 1
    if field in {"subjects", "law"}:
        return [str(uuid4())]
    if field in {"before", "after", "prev"}:
        return "1" * 64
    return EARLIER if field.endswith("_at") else str(uuid4())


def edited(parts: Parts) -> Iterator[tuple[str, Parts]]:
    rows = lines(parts)
    for at in range(len(rows)):
        for field in rows[at]["entry"]:
            forged = deepcopy(rows)
            forged[at]["entry"][field] = other_value(field, forged[at]["entry"][field])
            yield f"{field} of entry {at + 1}", with_lines(parts, forged)


def opened_otherwise(parts: Parts) -> Iterator[tuple[str, Parts]]:
    rows = lines(parts)
    for at in range(len(rows)):
        for name, value in (
            ("before", {"n": 99}),
            ("after", {"other": 1}),
            ("after", None),
            ("salt", "00" * 32),
        ):
            forged = deepcopy(rows)
            forged[at]["opening"][name] = value
            yield f"opening {at + 1} {name}", with_lines(parts, forged)


def dropped(parts: Parts) -> Iterator[tuple[str, Parts]]:
    rows = lines(parts)
    for at in range(len(rows)):
        yield f"entry {at + 1}", with_lines(parts, rows[:at] + rows[at + 1 :])
    for at in range(1, len(rows)):
        yield f"all from {at + 1} on", with_lines(parts, rows[:at])
        yield f"all before {at + 1}", with_lines(parts, rows[at:])


def reordered(parts: Parts) -> Iterator[tuple[str, Parts]]:
    rows = lines(parts)
    for left in range(len(rows)):
        for right in range(left + 1, len(rows)):
            forged = list(rows)
            forged[left], forged[right] = forged[right], forged[left]
            yield f"{left + 1} and {right + 1}", with_lines(parts, forged)


def renumbered(parts: Parts) -> Iterator[tuple[str, Parts]]:
    """Two entries change places and every number and link is mended as far as one can without the key."""
    rows = lines(parts)
    for left in range(len(rows) - 1):
        forged = deepcopy(rows)
        forged[left], forged[left + 1] = forged[left + 1], forged[left]
        yield f"from {left + 1} on", with_lines(parts, relinked(forged))


def relinked(rows: Rows) -> Rows:
    prev = hashes.ZERO
    for number, row in enumerate(rows, 1):
        row["entry"]["number"], row["entry"]["prev"] = number, prev.hex()
        prev = hashes.entry(row["entry"])
    return rows


def inserted(parts: Parts) -> Iterator[tuple[str, Parts]]:
    rows = lines(parts)
    for at in range(len(rows) + 1):
        for source in (0, len(rows) - 1):
            forged = deepcopy(rows)
            forged.insert(at, deepcopy(rows[source]))
            yield f"{source + 1} at {at + 1}", with_lines(parts, forged)
            yield f"{source + 1} at {at + 1}, relinked", with_lines(parts, relinked(deepcopy(forged)))


def back_dated(parts: Parts) -> Iterator[tuple[str, Parts]]:
    rows = lines(parts)
    for at in range(len(rows)):
        for field in ("happened_at", "recorded_at"):
            forged = deepcopy(rows)
            forged[at]["entry"][field] = EARLIER
            yield f"{field} of {at + 1}, relinked", with_lines(parts, relinked(forged))


def replaced(parts: Parts) -> Iterator[tuple[str, Parts]]:
    for name in [name for name in parts if name.startswith("files/")]:
        path = name.removeprefix("files/")
        forged = {**parts, name: parts[name] + b" "}
        yield path, forged
        bindings = json.loads(parts["bindings.json"])
        row = next(row for row in bindings if row["path"] == path)
        row["sha256"] = hashlib.sha256(forged[name]).hexdigest()
        yield f"{path}, digest mended", with_value(forged, "bindings.json", bindings)


def taken_away(parts: Parts) -> Iterator[tuple[str, Parts]]:
    bindings = json.loads(parts["bindings.json"])
    for name in [name for name in parts if name.startswith("files/")]:
        fewer = {key: value for key, value in parts.items() if key != name}
        yield name, fewer
        rest = [row for row in bindings if f"files/{row['path']}" != name]
        yield f"{name} and its binding", with_value(fewer, "bindings.json", rest)


def bound_elsewhere(parts: Parts) -> Iterator[tuple[str, Parts]]:
    bindings = json.loads(parts["bindings.json"])
    for at in range(len(bindings)):
        for by in (
            {"entry": 1, "pointer": "/after/none"},
            {"entry": 999, "pointer": ""},
            {"file": "x", "pointer": ""},
        ):
            forged = deepcopy(bindings)
            forged[at]["bound_by"] = by
            yield f"{forged[at]['path']} {by}", with_value(parts, "bindings.json", forged)


def smuggled(parts: Parts) -> Iterator[tuple[str, Parts]]:
    """Words that no digest covers, beside those that are proven."""
    rows = lines(parts)
    for at in range(len(rows)):
        forged = deepcopy(rows)
        forged[at]["note"] = "x"
        yield f"line {at + 1}", with_lines(parts, forged)
        forged = deepcopy(rows)
        forged[at]["opening"]["note"] = "x"
        yield f"opening {at + 1}", with_lines(parts, forged)
    yield "head", with_value(parts, "head.json", {**json.loads(parts["head.json"]), "note": "x"})
    yield "about", with_value(parts, "bundle.json", {**json.loads(parts["bundle.json"]), "note": "x"})


def misplaced(parts: Parts) -> Iterator[tuple[str, Parts]]:
    rows = lines(parts)
    for at in range(len(rows)):
        for change in (
            {"leaf": rows[at]["leaf"] + 1},
            {"leaf": -1},
            {"path": rows[at]["path"][:-1]},
            {"path": []},
        ):
            forged = deepcopy(rows)
            forged[at].update(change)
            yield f"leaf of {at + 1}: {change}", with_lines(parts, forged)


def head_edited(parts: Parts) -> Iterator[tuple[str, Parts]]:
    head = json.loads(parts["head.json"])
    for field, value in head.items():
        other = value + 1 if isinstance(value, int) else EARLIER if field == "made_at" else "1" * len(value)
        yield field, with_value(parts, "head.json", {**head, field: other})


def map_edited(parts: Parts) -> Iterator[tuple[str, Parts]]:
    proof = json.loads(parts["map.json"])
    for at in range(len(proof["siblings"])):
        siblings = [*proof["siblings"]]
        siblings[at] = "2" * 64
        yield f"sibling {at}", with_value(parts, "map.json", {**proof, "siblings": siblings})
    for bucket in ([], [[proof["bucket"][0][0], "3" * 64]], proof["bucket"] * 2):
        yield f"bucket of {len(bucket)}", with_value(parts, "map.json", {**proof, "bucket": bucket})


KINDS: list[Callable[[Parts], Iterator[tuple[str, Parts]]]] = [
    edited, opened_otherwise, dropped, reordered, renumbered, inserted, back_dated, replaced, taken_away,
    bound_elsewhere, smuggled, misplaced, head_edited, map_edited,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_forgery_is_caught_at_every_place(
    past: Past, tmp_path: Path, kind: Callable[[Parts], Iterator[tuple[str, Parts]]]
) -> None:
    out, tried = tmp_path / "forged.zip", 0
    for what, forged in kind(taken_apart(past.new)):
        tried += 1
        assert not verify(put_together(forged, out)).ok, what
    assert tried >= 8


@pytest.mark.parametrize("mended", [False, True])
def test_entries_swapped_between_cases_are_caught(past: Past, tmp_path: Path, mended: bool) -> None:  # noqa: FBT001
    parts, mine, theirs = taken_apart(past.new), lines(taken_apart(past.new)), lines(taken_apart(past.beside))
    for at in range(len(theirs)):
        forged = deepcopy(mine)
        forged[at] = deepcopy(theirs[at])
        if mended:
            forged[at]["entry"]["chain"] = mine[at]["entry"]["chain"]
            relinked(forged)
        assert not verify(put_together(with_lines(parts, forged), tmp_path / "swapped.zip")).ok


def test_a_whole_other_case_under_this_name_is_caught(past: Past, tmp_path: Path) -> None:
    parts = taken_apart(past.beside)
    about = {**json.loads(parts["bundle.json"]), "chain": str(past.case.id)}
    assert not verify(put_together(with_value(parts, "bundle.json", about), tmp_path / "other.zip")).ok


def signed_anew(parts: Parts, **changes: Any) -> Parts:
    """Return the bundle with its head changed and signed by a key of the forger's own."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    head = {**json.loads(parts["head.json"]), **changes, "key_id": hashes.sha256(public).hex()}
    fields = {name: value for name, value in head.items() if name != "signature"}
    head["signature"] = key.sign(hashes.head_body(fields)).hex()
    about = {**json.loads(parts["bundle.json"]), "public_key": public.hex()}
    return {**with_value(with_value(parts, "head.json", head), "bundle.json", about), "anchors.jsonl": b""}


def test_a_head_signed_by_another_key_is_caught_by_whoever_trusts_the_right_one(
    past: Past, tmp_path: Path
) -> None:
    forged = put_together(signed_anew(taken_apart(past.new)), tmp_path / "anew.zip")
    head = past.heads[min(past.heads)]
    assert any("不是您信任的那一把" in fault for fault in verify(forged, head).faults)
    public = bytes.fromhex(json.loads(taken_apart(past.new)["bundle.json"])["public_key"])
    assert not verify(forged, key=public).ok


def test_every_flipped_byte_of_the_signature_is_caught(past: Past, tmp_path: Path) -> None:
    parts = taken_apart(past.new)
    head = json.loads(parts["head.json"])
    for at in range(0, 128, 2):
        flipped = (
            head["signature"][:at]
            + f"{int(head['signature'][at : at + 2], 16) ^ 1:02x}"
            + head["signature"][at + 2 :]
        )
        forged = with_value(parts, "head.json", {**head, "signature": flipped})
        assert not verify(put_together(forged, tmp_path / "flipped.zip")).ok
