"""Jobs of the room: ids only, idempotent; a job that fails for good leaves its pages marked so."""

from __future__ import annotations

from uuid import UUID

from antong.dossier import _upload
from antong.ledger.actions import job


@job("dossier.derive-original", retries=4)
def derive_original(original_id: str) -> None:
    """Make page images, thumbnails and measures of an original."""
    _upload.derive_original(UUID(original_id))
