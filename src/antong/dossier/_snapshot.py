"""Snapshots: what the file was when it was sent, fixed for ever, and what changed between two of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from antong.dossier.models import Manifest
from antong.dossier.types import Change, ManifestRef
from antong.kernel import canonical, clock
from antong.kernel.ids import new_id

# The file as one JSON value: volumes, entries, pages in order; originals and documents by digest. One statement.
_BUILD = """
SELECT d.version, jsonb_build_object(
  'schema', 'antong/manifest/1', 'case', d.case_id, 'version', d.version,
  'volumes', COALESCE((SELECT jsonb_agg(jsonb_build_object(
      'id', v.id, 'key', v.catalogue_key, 'title', v.title,
      'entries', COALESCE((SELECT jsonb_agg(jsonb_build_object(
          'id', e.id, 'key', e.catalogue_key, 'title', e.title, 'document', e.document_id,
          'pages', COALESCE((SELECT jsonb_agg(jsonb_build_object(
              'id', p.id, 'original', p.original_id, 'index', p.index, 'rotation', l.rotation,
              'replaces', l.replaces, 'doubtful', p.doubtful, 'findings', COALESCE(p.checks->'findings', '[]'))
              ORDER BY l.position, l.id)
            FROM dossier_placement l JOIN dossier_page p ON p.id = l.page_id
            WHERE l.entry_id = e.id AND l.active), '[]'::jsonb)) ORDER BY e.position, e.id)
        FROM dossier_entry e WHERE e.volume_id = v.id), '[]'::jsonb)) ORDER BY v.position)
    FROM dossier_volume v WHERE v.dossier_id = d.case_id), '[]'::jsonb),
  'originals', COALESCE((SELECT jsonb_agg(jsonb_build_object('id', o.id, 'sha256', encode(b.digest, 'hex'),
      'bytes', b.size, 'media_type', b.media_type, 'pages', o.page_count) ORDER BY o.id)
    FROM dossier_original o JOIN dossier_blob b ON b.id = o.blob_id
    WHERE o.dossier_id = d.case_id), '[]'::jsonb),
  'documents', COALESCE((SELECT jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'number', c.number,
      'state', c.state, 'original', c.original_id, 'signed', c.signed_original_id) ORDER BY c.id)
    FROM dossier_document c WHERE c.dossier_id = d.case_id AND c.state = 'issued'), '[]'::jsonb))
FROM dossier_dossier d WHERE d.case_id = %s
"""


def living(case_id: UUID) -> tuple[int, dict[str, Any]]:
    """Return the version and the body of the file as it is now; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BUILD, [case_id])
        row = cursor.fetchone()
    if row is None:
        return 0, {"version": 0, "volumes": [], "originals": [], "documents": []}
    body: dict[str, Any] = json.loads(row[1]) if isinstance(row[1], str) else row[1]
    return row[0], body


def snapshot(case_id: UUID) -> ManifestRef:
    """Fix the file as it is, within the caller's act; one statement where this version is fixed already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.digest, m.page_count, m.version FROM dossier_manifest m"
            " JOIN dossier_dossier d ON d.case_id = m.dossier_id AND d.version = m.version WHERE d.case_id = %s",
            [case_id],
        )
        row = cursor.fetchone()
        if row is not None:
            return ManifestRef(id=row[0], digest=bytes(row[1]), page_count=row[2], version=row[3])
        version, body = living(case_id)
        if version == 0:
            return ManifestRef(id=UUID(int=0), digest=b"", page_count=0, version=0)
        pages = sum(len(entry["pages"]) for volume in body["volumes"] for entry in volume["entries"])
        data = canonical.dumps(body)
        digest = hashlib.sha256(data).digest()
        ref = ManifestRef(id=new_id(), digest=digest, page_count=pages, version=version)
        cursor.execute(
            "INSERT INTO dossier_manifest (id, dossier_id, version, body, digest, page_count, made_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [ref.id, case_id, version, data.decode(), digest, pages, clock.now()],
        )
    return ref


def body_of(manifest_id: UUID) -> dict[str, Any]:
    """Return the body of a kept manifest; one statement."""
    body: dict[str, Any] = json.loads(Manifest.objects.values_list("body", flat=True).get(id=manifest_id))
    return body


def places(body: Mapping[str, Any]) -> dict[UUID, tuple[str, int, Mapping[str, Any]]]:
    """Return, by page: its place in words (证据材料卷 p.12), its number in the volume, and its row."""
    found = {}
    for volume in body["volumes"]:
        number = 0
        for entry in volume["entries"]:
            for page in entry["pages"]:
                number += 1
                found[UUID(page["id"])] = (f"{volume['title']} p.{number} {entry['title']}", number, page)
    return found


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return what differs between two manifests: replaced, added, turned, moved, removed pages."""
    was, now = places(old), places(new)
    order_was, order_now = _order(old), _order(new)
    replaced = {UUID(page["replaces"]): page_id for page_id, (_, _, page) in now.items() if page["replaces"]}
    result = []
    for page_id, (where, _, page) in now.items():
        if page_id in was:
            if page["rotation"] != was[page_id][2]["rotation"]:
                result.append(Change(kind="turned", page_id=page_id, where=where))
            elif order_now[page_id] != order_was[page_id]:
                result.append(Change(kind="moved", page_id=page_id, where=where, before=was[page_id][0]))
        elif page["replaces"] and UUID(page["replaces"]) in was:
            before = was[UUID(page["replaces"])][0]
            result.append(Change(kind="replaced", page_id=page_id, where=where, before=before))
        else:
            result.append(Change(kind="added", page_id=page_id, where=where))
    result += [
        Change(kind="removed", page_id=page_id, where=was[page_id][0])
        for page_id in was
        if page_id not in now and page_id not in replaced
    ]
    return result


def _order(body: Mapping[str, Any]) -> dict[UUID, tuple[str, str]]:
    """Return, by page, its entry and the page before it that is not new, so that a shift is no move."""
    found = {}
    for volume in body["volumes"]:
        for entry in volume["entries"]:
            for page in entry["pages"]:
                found[UUID(page["id"])] = (entry["id"], volume["id"])
    return found
