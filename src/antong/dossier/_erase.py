"""Lawful destruction of a file: its key at once, its rows with it, its ciphertext as soon as each place answers.

Without its key nothing that was sealed under it can be read, wherever a copy lies; what is removed afterwards is only
space. The dossier's row stays, without key, so that nothing is ever sealed for that case again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from antong.dossier import store
from antong.dossier.models import Blob, Dossier
from antong.dossier.types import FileCounts
from antong.kernel import clock

TOGETHER = 500
"""How many objects of one file are removed between two looks at what is left."""
LINGERS = timedelta(hours=1)
"""How long a job that had begun with a page of the file may still bring what it made, sealed by a key that nobody has."""

_COUNT = """
SELECT (SELECT count(*) FROM dossier_page WHERE dossier_id = %(case)s),
  (SELECT count(*) FROM dossier_original WHERE dossier_id = %(case)s),
  (SELECT count(*) FROM dossier_document WHERE dossier_id = %(case)s),
  (SELECT coalesce(sum(size), 0)::bigint FROM dossier_blob WHERE dossier_id = %(case)s)
"""
_ERASE = (
    (
        "DELETE FROM dossier_placement p USING dossier_entry e, dossier_volume v"
        " WHERE p.entry_id = e.id AND e.volume_id = v.id AND v.dossier_id = %(case)s"
    ),
    "DELETE FROM dossier_entry e USING dossier_volume v WHERE e.volume_id = v.id AND v.dossier_id = %(case)s",
    "DELETE FROM dossier_volume WHERE dossier_id = %(case)s",
    "DELETE FROM dossier_document WHERE dossier_id = %(case)s",
    "DELETE FROM dossier_page WHERE dossier_id = %(case)s",
    "DELETE FROM dossier_original WHERE dossier_id = %(case)s",
    "DELETE FROM dossier_manifest WHERE dossier_id = %(case)s",
    "DELETE FROM dossier_incoming WHERE dossier_id = %(case)s",
    (
        "UPDATE dossier_dossier SET wrapped_key = ''::bytea, version = version + 1, destroyed_at = %(now)s"
        " WHERE case_id = %(case)s"
    ),
)


def erase(case_id: UUID) -> FileCounts:
    """Destroy the key of a file and remove its rows, within the caller's act; return what it held. Eleven statements.

    The objects stay behind, unreadable, for `remove_destroyed`; so does what was on its way in, for its own sweep.
    """
    Dossier.objects.select_for_update(of=("self",)).filter(case_id=case_id).first()
    values: dict[str, Any] = {"case": case_id, "now": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        pages, originals, documents, size = cursor.fetchone()
        for statement in _ERASE:
            cursor.execute(statement, values)
    return FileCounts(pages=pages, originals=originals, documents=documents, size=size)


def remove_destroyed() -> int:
    """Remove the objects of destroyed files, wherever they lie, and their rows after them; return how many went.

    Stopped at any moment it goes on at the next call; a file is looked at again for an hour. Raises StoreAway; two
    statements where nothing is left, and three for five hundred objects.
    """
    removed = 0
    for dossier in Dossier.objects.filter(destroyed_at__isnull=False, emptied_at__isnull=True):
        while ids := list(
            Blob.objects.filter(dossier=dossier).order_by("id").values_list("id", flat=True)[:TOGETHER]
        ):
            for own in ids:
                store.remove(own)
            removed += Blob.objects.filter(id__in=ids).delete()[0]
        Dossier.objects.filter(
            case_id=dossier.case_id, destroyed_at__lt=(now := clock.now()) - LINGERS
        ).update(emptied_at=now)
    return removed


def left_behind(case_id: UUID) -> int:
    """Return how many objects of a destroyed file are not removed yet; one statement."""
    return Blob.objects.filter(dossier_id=case_id).count()
