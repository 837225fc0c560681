"""Removing what the room holds of a case, within the act of whoever destroys it lawfully."""

from __future__ import annotations

from uuid import UUID

from antong.custody.models import Admission, Interrogation, Told


def erase(case_id: UUID) -> None:
    """Remove admissions of a case, what was told and who came to question; three statements, within the caller's act."""
    Told.objects.filter(admission__case_id=case_id).delete()
    Interrogation.objects.filter(admission__case_id=case_id).delete()
    Admission.objects.filter(case_id=case_id).delete()
