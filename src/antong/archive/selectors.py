"""Reads of the room."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from antong.archive._propose import loose_ends
from antong.archive.models import Destruction
from antong.archive.types import Destroyed, DestructionState, DestructionView
from antong.dossier import selectors as dossier
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound
from antong.org import access
from antong.org.types import Permission

__all__ = ["destroyed", "destruction", "destructions", "loose_ends", "newest_of"]


def destructions(
    actor: Actor, *, state: str = "", text: str = "", page: int = 1, size: int = 50
) -> tuple[list[DestructionView], int]:
    """Return a page of the register as the actor's unit sees it, newest first, and how many there are; two statements."""
    access.require_permission(actor, Permission.ARCHIVE_READ)
    rows = Destruction.objects.filter(seen_by__contains=[actor.unit_id])
    if state:
        rows = rows.filter(state=state)
    for word in text.split():
        rows = rows.filter(number__icontains=word) | rows.filter(approval_number__icontains=word)
    found = rows.select_related("unit", "decided_unit").order_by("-proposed_at", "id")
    return [_view(row, 0) for row in found[(page - 1) * size : page * size]], rows.count()


def destruction(actor: Actor, destruction_id: UUID) -> DestructionView:
    """Return one destruction; two statements. Raises NotFound where the actor's unit did not have the case."""
    access.require_permission(actor, Permission.ARCHIVE_READ)
    rows = Destruction.objects.select_related("unit", "decided_unit")
    row = rows.filter(id=destruction_id, seen_by__contains=[actor.unit_id]).first()
    if row is None:
        raise NotFound
    return _view(row, dossier.left_behind(row.case_id) if row.state == DestructionState.DONE else 0)


def newest_of(case_id: UUID) -> UUID | None:
    """Return the proposal that waits on a case (asked under the right to it); one statement."""
    rows = Destruction.objects.filter(case_id=case_id, state=DestructionState.PROPOSED)
    return rows.values_list("id", flat=True).first()


def destroyed() -> Iterator[Destroyed]:
    """Yield every destruction that was carried out, oldest first (of the house: written down outside the database)."""
    for row in Destruction.objects.filter(state=DestructionState.DONE).order_by("decided_at", "id"):
        if row.decided_by is None or row.decided_at is None:  # a constraint says never
            continue
        yield Destroyed(
            id=row.id, case_id=row.case_id, number=row.number, unit_id=row.unit_id, approval_number=row.approval_number,
            approved_on=row.approved_on, retention_ended_on=row.retention_ended_on, reason=row.reason, held=row.held,
            proposed_by=row.proposed_by, proposed_name=row.proposed_name, proposed_at=row.proposed_at,
            decided_by=row.decided_by, decided_name=row.decided_name, decided_at=row.decided_at,
            entry_number=row.entry_number or 0, entry_digest=bytes(row.entry_digest or b"").hex(),
        )  # fmt: skip


def _view(row: Destruction, left: int) -> DestructionView:
    return DestructionView(
        id=row.id, case_id=row.case_id, number=row.number, unit_id=row.unit_id, unit_name=row.unit.name,
        state=DestructionState(row.state), approval_number=row.approval_number, approved_on=row.approved_on,
        retention_ended_on=row.retention_ended_on, reason=row.reason, held=row.held, proposed_by=row.proposed_by,
        proposed_name=row.proposed_name, proposed_at=row.proposed_at, decided_by=row.decided_by,
        decided_name=row.decided_name, decided_unit=row.decided_unit.name if row.decided_unit else "",
        decided_at=row.decided_at, note=row.note, entry_number=row.entry_number,
        entry_digest=bytes(row.entry_digest).hex() if row.entry_digest else "", again_at=row.again_at, left=left,
    )  # fmt: skip
