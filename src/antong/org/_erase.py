"""Lawful destruction of what people were told and had begun to type about a case (decision 0016)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

_NOTICES = "DELETE FROM org_notice WHERE case_id = %(case)s OR handover_id = ANY(%(handovers)s)"
_FORMS = "DELETE FROM org_formdraft WHERE place LIKE ANY(%(places)s)"


def erase_told(case_id: UUID, handover_ids: Sequence[UUID]) -> None:
    """Remove the notices about a case and its hand-overs, and unfinished forms, within the caller's act; two statements."""
    places = [f"%{own}%" for own in (case_id, *handover_ids)]
    with connection.cursor() as cursor:
        cursor.execute(_NOTICES, {"case": case_id, "handovers": list(handover_ids)})
        cursor.execute(_FORMS, {"places": places})
