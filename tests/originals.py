"""Originals of a house put, read, and moved between its places."""

from __future__ import annotations

import io
import os
import time
from uuid import UUID

from antong.boot import founding
from antong.dossier import _files, _move, actions, selectors
from antong.dossier.models import Blob, Dossier, Move
from antong.dossier.places import Place


def some(many: int, size: int = 3000) -> dict[UUID, bytes]:
    """Put new blobs into a file of the case; return what is in them."""
    dossier = Dossier.objects.order_by("case_id").first()
    assert dossier is not None
    key, found = _files.case_key(dossier), {}
    for _ in range(many):
        data = os.urandom(size)
        blob = _files.put(dossier, key, io.BytesIO(data), "image/jpeg")
        found[blob.id] = data
    return found


def read(own: UUID) -> bytes:
    return b"".join(selectors.read_blob(Blob.objects.select_related("dossier").get(id=own)))


def carried(move_id: UUID) -> None:
    """Run the jobs of a move until it has ended; a place that did not answer is left in peace for a while first."""
    for _ in range(200):
        _move.move_some(move_id)
        row = Move.objects.get(id=move_id)
        if row.finished_at is not None:
            return
        time.sleep(0.2 if row.waits else 0)
    raise AssertionError(f"it does not end: {Move.objects.get(id=move_id).waits}")


def begin(target: str) -> UUID:
    return actions.move_originals(founding.operator(), target=target).id


def ids(place: Place) -> set[UUID]:
    return {row.id for row in place.names()}
