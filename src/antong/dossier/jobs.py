"""Jobs of the room: ids only, idempotent; a job that fails for good leaves its pages marked so."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from antong.dossier import _derive, _incoming, _move
from antong.dossier.types import StoreAway
from antong.ledger.actions import enqueue, job

AGAIN_SECONDS = 60
"""A store that is away is asked again each minute, for as long as it is: no job gives up for that."""


def _unless_away(again: Callable[[], None], work: Callable[[], None]) -> None:
    try:
        work()
    except StoreAway:
        again()


def _give_up(original_id: str) -> None:
    _derive.give_up(UUID(original_id))


@job("dossier.derive-original", retries=4, give_up=_give_up)
def derive_original(original_id: str) -> None:
    """Make page images, thumbnails and measures of an original."""
    _unless_away(
        lambda: enqueue(_derive.JOB, delay_seconds=AGAIN_SECONDS, original_id=original_id),
        lambda: _derive.derive_original(UUID(original_id)),
    )


def _not_taken(incoming_id: str) -> None:
    _incoming.give_up_incoming(UUID(incoming_id))


@job(_incoming.JOB, retries=4, give_up=_not_taken)
def take_incoming(incoming_id: str) -> None:
    """Take an upload that has come whole into the file."""
    _unless_away(
        lambda: enqueue(_incoming.JOB, delay_seconds=AGAIN_SECONDS, incoming_id=incoming_id),
        lambda: _incoming.take_incoming(UUID(incoming_id)),
    )


@job(_move.JOB, retries=8)
def move_originals(move_id: str) -> None:
    """Carry some seconds' worth of a move of originals."""
    _move.move_some(UUID(move_id))
