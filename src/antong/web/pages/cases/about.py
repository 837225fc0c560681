"""What an entry of the ledger is about: the hand-over or the document, by name, and where it opens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from antong.catalog import loader
from antong.flow.types import HandOverView
from antong.ledger.types import EntryView

About = tuple[str, str]
"""A name, and an address."""


def about(
    case_id: UUID, entries: Sequence[EntryView], handovers: Iterable[HandOverView], *, content: bool
) -> dict[UUID, About]:
    """Return what entries are about, by id, from what they say themselves; documents only with `content`."""
    known = {row.id: (row.flow_name, f"/handovers/{row.id}/") for row in handovers}
    if content:
        known |= {
            document_id: (name, f"/cases/{case_id}/documents/{document_id}/")
            for document_id, name in _documents(entries).items()
        }
    found: dict[UUID, About] = {}
    for entry in entries:
        named = next((known[one] for one in entry.subject_ids if one in known), None)
        if named is not None:
            found[entry.id] = named
    return found


def _documents(entries: Sequence[EntryView]) -> dict[UUID, str]:
    """Return the documents of entries by id: kind and number, as far as the entries shown say them."""
    kinds: dict[UUID, str] = {}
    numbers: dict[UUID, str] = {}
    for entry in entries:
        said: Mapping[str, object] = entry.after or {}
        subject = entry.subject_ids[0] if entry.subject_ids else None
        if entry.act.startswith("document.") and subject is not None:
            kinds.setdefault(subject, "")
            if entry.act == "document.draft":
                kinds[subject] = str(said.get("kind", ""))
            if said.get("number"):
                numbers[subject] = str(said["number"])
        issued = said.get("documents")
        for one in issued if isinstance(issued, list) else ():
            if isinstance(one, Mapping) and "kind" in one:
                kinds[UUID(str(one["id"]))] = str(one["kind"])
                numbers[UUID(str(one["id"]))] = str(one.get("number") or "")
    return {one: f"{_name(kind)} {numbers.get(one, '')}".strip() for one, kind in kinds.items()}


def _name(kind: str) -> str:
    defined = loader.load().document(kind)
    return defined.name if defined else "文书"
