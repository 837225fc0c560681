"""What the file proves: which places have pages, and whom the documents issued there are about."""

from __future__ import annotations

import json
from collections.abc import Collection
from uuid import UUID

from django.db import connection


def proofs(
    case_id: UUID, places: Collection[str], kinds: Collection[str]
) -> tuple[set[str], list[tuple[str, list[UUID]]]]:
    """Return which of these places of the file have pages, and the issued documents of these kinds with whom each is about.

    One statement (of the house: asked as an act takes effect).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.catalogue_key, NULL, NULL FROM dossier_volume v JOIN dossier_entry e ON e.volume_id = v.id"
            " WHERE v.dossier_id = %(case)s AND e.catalogue_key = ANY(%(places)s)"
            " AND EXISTS (SELECT 1 FROM dossier_placement l WHERE l.entry_id = e.id AND l.active)"
            " UNION ALL SELECT NULL, d.kind, d.party_ids::text FROM dossier_document d"
            " WHERE d.dossier_id = %(case)s AND d.state = 'issued' AND d.kind = ANY(%(kinds)s)",
            {"case": case_id, "places": list(places), "kinds": list(kinds)},
        )
        rows = cursor.fetchall()
    issued = [(kind, [UUID(one) for one in json.loads(party_ids)]) for _, kind, party_ids in rows if kind]
    return {place for place, _, _ in rows if place}, issued
