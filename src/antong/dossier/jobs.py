"""Jobs of the room: ids only, idempotent; a job that fails for good leaves its pages marked so."""

from __future__ import annotations

from uuid import UUID

from antong.dossier import _derive, _incoming
from antong.ledger.actions import job


def _give_up(original_id: str) -> None:
    _derive.give_up(UUID(original_id))


@job("dossier.derive-original", retries=4, give_up=_give_up)
def derive_original(original_id: str) -> None:
    """Make page images, thumbnails and measures of an original."""
    _derive.derive_original(UUID(original_id))


def _not_taken(incoming_id: str) -> None:
    _incoming.give_up_incoming(UUID(incoming_id))


@job(_incoming.JOB, retries=4, give_up=_not_taken)
def take_incoming(incoming_id: str) -> None:
    """Take an upload that has come whole into the file."""
    _incoming.take_incoming(UUID(incoming_id))
