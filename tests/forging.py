"""A bundle taken apart, to be altered and put together again; and a ledger with a past, made once a session."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from antong.kernel import canonical
from antong.kernel.moment import moment
from antong.ledger import actions, sequencer
from antong.ledger.bundle import export_bundle, write_head
from antong.ledger.types import Binding, BundleFile

Parts = dict[str, bytes]


def taken_apart(bundle: Path) -> Parts:
    """Return the files of a bundle by name."""
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put_together(parts: Parts, out: Path) -> Path:
    """Write a bundle from its files."""
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out


def lines(parts: Parts, name: str = "entries.jsonl") -> list[dict[str, Any]]:
    """Return the values of a file of JSON lines."""
    return [json.loads(line) for line in parts[name].splitlines() if line]


def with_lines(parts: Parts, rows: list[dict[str, Any]], name: str = "entries.jsonl") -> Parts:
    """Return the bundle with other lines in a file."""
    return {**parts, name: b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)}


def with_value(parts: Parts, name: str, value: Any) -> Parts:
    """Return the bundle with another JSON value in a file."""
    return {**parts, name: json.dumps(value, ensure_ascii=False).encode()}


def page(case: UUID, number: int) -> bytes:
    """The scan of a page."""
    return f"page {number} of {case}".encode() * 20


@dataclass
class Case:
    """A chain with its files, as the rooms above would bind them."""

    id: UUID = field(default_factory=uuid4)
    entries: int = 0
    files: list[BundleFile] = field(default_factory=list)
    pages: list[dict[str, str]] = field(default_factory=list)

    def write(self, actor: Any, act: str, after: dict[str, Any]) -> int:
        """Write one entry; return its number."""
        with transaction.atomic():
            made = actions.record(
                actor, chain_id=self.id, act=act, moment=moment(), subjects=[uuid4()], before={"n": self.entries},
                after=after, law=[{"rule": "test", "article": "第1条"}],
            )  # fmt: skip
        self.entries = made.number
        return made.number

    def upload(self, actor: Any) -> None:
        """Bind a page by an entry."""
        content = page(self.id, len(self.pages) + 1)
        row = {"id": str(uuid4()), "sha256": hashlib.sha256(content).hexdigest()}
        number = self.write(actor, "dossier.upload", {"originals": [row]})
        self.pages.append(row)
        binding = Binding(entry=number, pointer="/after/originals/0/sha256")
        self.files.append(BundleFile(path=f"originals/{row['id']}.jpg", content=content, bound_by=binding))

    def send(self, actor: Any) -> None:
        """Bind a manifest of all pages by an entry, as a sending does."""
        body = {"originals": list(self.pages)}
        number = self.write(actor, "handover.send", {"manifest": canonical.digest(body)})
        binding = Binding(entry=number, pointer="/after/manifest")
        self.files.append(
            BundleFile(path=f"manifests/{number}.json", content=canonical.dumps(body), bound_by=binding)
        )

    def export(self, out: Path, since: list[int] | None = None) -> Path:
        """Write the bundle."""
        count = export_bundle(self.id, out, files=lambda _: list(self.files), since=since or [])
        assert count == self.entries
        return out


@dataclass
class Past:
    """A ledger with a past: two cases written in turn, heads given out in between, bundles old and new."""

    case: Case
    other: Case
    heads: dict[int, Path]
    old: Path
    new: Path
    whole: Path
    beside: Path
    kept_back: list[int]


def make_past(actor: Any, folder: Path) -> Past:
    """Write it; every second head is given out, the others are not. Within the caller's transaction."""
    case, other, filler = Case(), Case(), Case()
    given: dict[int, Path] = {}
    kept_back: list[int] = []
    old = folder / "old.zip"

    def sign() -> int:
        sequencer.drain()
        from antong.ledger.selectors import latest_head

        head = latest_head()
        assert head is not None
        return head.number

    for step in range(12):
        case.upload(actor)
        if step % 3 == 0:
            other.upload(actor)
        if step % 4 == 3:
            case.send(actor)
            other.send(actor)
        for index in range(step % 5):
            filler.write(actor, "filler", {"index": index})
        number = sign()
        if step % 2:
            kept_back.append(number)
        else:
            path = folder / f"head-{number}.json"
            write_head(path)
            given[number] = path
        if step == 5:
            case.export(old)
    new = case.export(folder / "new.zip")
    beside = other.export(folder / "beside.zip")
    everything = [*given, *kept_back]
    whole = case.export(folder / "whole.zip", since=everything)
    return Past(
        case=case, other=other, heads=given, old=old, new=new, whole=whole, beside=beside, kept_back=kept_back
    )


Forge = Callable[[Parts], Parts]
