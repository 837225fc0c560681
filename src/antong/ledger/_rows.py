"""An entry or a head as the fields that are digested, a reading as a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from antong.kernel import canonical
from antong.ledger.models import Entry, Head, Leaf, ReadLog
from antong.ledger.types import EntryView, Reading


def entry_fields(row: Entry) -> dict[str, Any]:
    """Return the fields of a stored entry exactly as its digest covers them, as plain JSON."""
    fields: dict[str, Any] = canonical.plain(
        {
            "chain": row.chain_id,
            "number": row.number,
            "happened_at": row.happened_at,
            "recorded_at": row.recorded_at,
            "person": row.person_id,
            "duty": row.duty_id,
            "post": row.post_id,
            "unit": row.unit_id,
            "rank": row.rank,
            "on_behalf_of": row.on_behalf_of,
            "channel": row.channel,
            "act": row.act,
            "subjects": list(row.subject_ids),
            "before": None if row.before is None else bytes(row.before),
            "after": None if row.after is None else bytes(row.after),
            "law": row.law,
            "prev": bytes(row.prev_digest),
        }
    )
    return fields


def head_fields(row: Head) -> dict[str, Any]:
    """Return the fields of a stored head exactly as its signature covers them, as plain JSON."""
    fields: dict[str, Any] = canonical.plain(
        {
            "number": row.number,
            "tree_size": row.tree_size,
            "root": bytes(row.root),
            "map_root": bytes(row.map_root),
            "made_at": row.made_at,
            "prev_digest": bytes(row.prev_digest),
            "key_id": row.key_id,
        }
    )
    return fields


def reading(row: ReadLog) -> Reading:
    """Return a row of the read log as a value."""
    return Reading(
        person_id=row.person_id,
        person_name=row.person_name,
        duty_id=row.duty_id,
        unit_id=row.unit_id,
        case_id=row.case_id,
        what=row.what,
        pages=tuple(row.pages),
        reason=row.reason,
        at=row.at,
    )


def entry_views(found: Sequence[Entry]) -> list[EntryView]:
    """Return entries, read with their openings, as values; one statement: which are in the tree."""
    in_tree = set(Leaf.objects.filter(ref_id__in=[row.id for row in found]).values_list("ref_id", flat=True))
    views = []
    for row in found:
        opening = getattr(row, "opening", None)
        views.append(
            EntryView(
                id=row.id,
                number=row.number,
                act=row.act,
                happened_at=row.happened_at,
                recorded_at=row.recorded_at,
                person_id=row.person_id,
                unit_id=row.unit_id,
                channel=row.channel,
                subject_ids=tuple(row.subject_ids),
                before=opening.before if opening else None,
                after=opening.after if opening else None,
                law=row.law,
                digest=bytes(row.digest),
                sequenced=row.id in in_tree,
            )
        )
    return views
