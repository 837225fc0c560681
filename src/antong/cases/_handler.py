"""Who in a unit handles a case."""

from __future__ import annotations

from uuid import UUID

from antong.cases.models import Grant
from antong.kernel import clock


def set_handler(unit_id: UUID, case_id: UUID, person_id: UUID) -> None:
    """Name the handler of a case in one unit, within the caller's act; one statement."""
    Grant.objects.filter(unit_id=unit_id, case_id=case_id).update(
        handler_id=person_id, updated_at=clock.now()
    )
