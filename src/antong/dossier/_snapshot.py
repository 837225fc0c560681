"""Snapshots: what the file was when it was sent, fixed for ever, and what changed between two of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from antong.catalog import loader
from antong.dossier.models import Document, Manifest
from antong.dossier.types import Change, ManifestRef
from antong.kernel import canonical, clock
from antong.kernel.ids import new_id
from antong.kernel.refusal import Refusal

# The file as one JSON value: volumes, entries, pages in order; originals and documents by digest. One statement.
# Only what stands in the file: a page that was taken out is gone with its original, a document with its pages.
# `only` narrows it to the documents of one hand-over, with their pages.
_FILE = """
WITH shown AS (
  SELECT e.id AS entry_id, e.volume_id, e.document_id, p.id, p.original_id, p.index, p.doubtful, p.checks,
    l.id AS placement_id, l.position, l.rotation, l.replaces
  FROM dossier_volume v JOIN dossier_entry e ON e.volume_id = v.id
  JOIN dossier_placement l ON l.entry_id = e.id AND l.active JOIN dossier_page p ON p.id = l.page_id
  WHERE v.dossier_id = %(case)s AND (%(only)s::uuid[] IS NULL OR e.document_id = ANY(%(only)s))
), papers AS (
  SELECT c.* FROM dossier_document c
  WHERE c.dossier_id = %(case)s AND c.state = 'issued' AND c.id IN (SELECT document_id FROM shown)
)
SELECT d.version, {asked}json_build_object(
  'schema', 'antong/manifest/1', 'case', d.case_id, 'version', d.version,
  'volumes', COALESCE((SELECT json_agg(json_build_object(
      'id', v.id, 'key', v.catalogue_key, 'title', v.title,
      'entries', COALESCE((SELECT json_agg(json_build_object(
          'id', e.id, 'key', e.catalogue_key, 'title', e.title, 'document', e.document_id,
          'pages', COALESCE((SELECT json_agg(json_build_object(
              'id', s.id, 'original', s.original_id, 'index', s.index, 'rotation', s.rotation,
              'replaces', s.replaces, 'doubtful', s.doubtful, 'findings', COALESCE(s.checks->'findings', '[]'))
              ORDER BY s.position, s.placement_id)
            FROM shown s WHERE s.entry_id = e.id), '[]'::json)) ORDER BY e.position, e.id)
        FROM dossier_entry e WHERE e.volume_id = v.id
          AND (%(only)s::uuid[] IS NULL OR e.id IN (SELECT entry_id FROM shown))), '[]'::json)) ORDER BY v.position)
    FROM dossier_volume v WHERE v.dossier_id = d.case_id
      AND (%(only)s::uuid[] IS NULL OR v.id IN (SELECT volume_id FROM shown))), '[]'::json),
  'originals', COALESCE((SELECT json_agg(json_build_object('id', o.id, 'sha256', encode(b.digest, 'hex'),
      'bytes', b.size, 'media_type', b.media_type, 'pages', o.page_count) ORDER BY o.id)
    FROM dossier_original o JOIN dossier_blob b ON b.id = o.blob_id
    WHERE o.dossier_id = d.case_id AND o.id IN (
      SELECT original_id FROM shown UNION SELECT original_id FROM papers UNION SELECT signed_original_id FROM papers)),
    '[]'::json),
  'documents', COALESCE((SELECT json_agg(json_build_object('id', c.id, 'kind', c.kind, 'number', c.number,
      'state', c.state, 'original', c.original_id, 'signed', c.signed_original_id) ORDER BY c.id)
    FROM papers c), '[]'::json)){more}
FROM dossier_dossier d {kept}WHERE d.case_id = %(case)s
"""
_BUILD = _FILE.format(asked="", more="", kept="")
# The same with what has been kept of this version already; then the file is not put together.
_SNAPSHOT = _FILE.format(
    asked="m.id, m.digest, m.page_count, (SELECT array_agg(c.kind) FROM dossier_document c"
    " WHERE c.dossier_id = d.case_id AND c.id = ANY(%(carried)s) AND c.state <> 'issued'), CASE WHEN m.id IS NULL THEN ",
    more=" END",
    kept="LEFT JOIN dossier_manifest m ON m.dossier_id = d.case_id AND m.version = d.version AND m.whole ",
)
EMPTY: Mapping[str, Any] = {"version": 0, "volumes": [], "originals": [], "documents": []}
"""A file of which nothing is shown."""


def living(case_id: UUID, only: Collection[UUID] | None = None) -> tuple[int, dict[str, Any]]:
    """Return the version and the body of the file as it is now (of some documents, with `only`); one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BUILD, {"case": case_id, "only": None if only is None else list(only)})
        row = cursor.fetchone()
    if row is None:
        return 0, dict(EMPTY)
    return row[0], _read(row[1])


def _read(value: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return body


def snapshot(case_id: UUID, *, carried: Collection[UUID] = ()) -> ManifestRef:
    """Fix the file as it is, within the caller's act; one statement where this version is fixed already.

    Refuses where one of the documents `carried` is not in force: it has been voided since.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT, {"case": case_id, "only": None, "carried": list(carried)})
        row = cursor.fetchone()
    if row is None:
        return ManifestRef(id=UUID(int=0), digest=b"", page_count=0, version=0)
    version, manifest_id, digest, page_count, void, body = row
    if void:
        raise not_in_force(void)
    if manifest_id is not None:
        return ManifestRef(id=manifest_id, digest=bytes(digest), page_count=page_count, version=version)
    return _keep(case_id, version, _read(body), whole=True)


def snapshot_of(case_id: UUID, document_ids: Collection[UUID]) -> ManifestRef:
    """Fix the documents that a hand-over carries, with their pages and nothing else of the file; two statements.

    Refuses where one of them is not in force, or has no page in the file.
    """
    version, body = living(case_id, document_ids)
    if version == 0:
        return ManifestRef(id=UUID(int=0), digest=b"", page_count=0, version=0)
    lacking = {str(document_id) for document_id in document_ids} - {row["id"] for row in body["documents"]}
    if lacking:
        raise not_in_force(list(Document.objects.filter(id__in=lacking).values_list("kind", flat=True)))
    return _keep(case_id, version, body, whole=False)


def not_in_force(kinds: Collection[str]) -> Refusal:
    """Return the refusal of a hand-over whose document has been voided, or taken out of the file."""
    found = [loader.load().document(kind) for kind in kinds]
    return Refusal(
        f"不能办理：随附的文书有 {len(kinds)} 份已经作废，或已不在卷内。",
        code="document-void",
        basis=("案通文书规则：作废的文书不再发出",),
        remedy="撤回这件移送，重新起草文书后再办。",
        items=[kind.name for kind in found if kind is not None],
    )


def _keep(case_id: UUID, version: int, body: Mapping[str, Any], *, whole: bool) -> ManifestRef:
    pages = sum(len(entry["pages"]) for volume in body["volumes"] for entry in volume["entries"])
    data = canonical.written(body)
    digest = hashlib.sha256(data).digest()
    once = "(dossier_id, version) WHERE whole" if whole else "(dossier_id, version, digest) WHERE NOT whole"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dossier_manifest (id, dossier_id, version, body, digest, page_count, made_at, whole)"  # noqa: S608 - `once` is ours
            f" VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT {once}"
            " DO UPDATE SET version = EXCLUDED.version RETURNING id",
            [new_id(), case_id, version, data.decode(), digest, pages, clock.now(), whole],
        )
        (manifest_id,) = cursor.fetchone()
    return ManifestRef(id=manifest_id, digest=digest, page_count=pages, version=version)


def sent(case_id: UUID, document_id: UUID) -> bool:
    """Whether a document is in any snapshot that was ever sent; one statement."""
    return Manifest.objects.filter(dossier_id=case_id, body__contains=f'"{document_id}"').exists()


def body_of(manifest_id: UUID) -> dict[str, Any]:
    """Return the body of a kept manifest; one statement."""
    body: dict[str, Any] = json.loads(Manifest.objects.values_list("body", flat=True).get(id=manifest_id))
    return body


class Held(NamedTuple):
    """What a kept manifest names: its pages and its originals, as the bytes of their ids."""

    pages: frozenset[bytes]
    originals: frozenset[bytes]


@lru_cache(maxsize=32)
def held_in(manifest_id: UUID) -> Held:
    """Return what a kept manifest names; one statement, none when asked again.

    A manifest never changes, so it is read once: every image of a file of thousands of pages asks for it.
    """
    text = Manifest.objects.filter(id=manifest_id).values_list("body", flat=True).first()
    if text is None:
        return Held(frozenset(), frozenset())
    body = json.loads(text)
    return Held(
        pages=frozenset(
            UUID(page["id"]).bytes
            for volume in body["volumes"]
            for entry in volume["entries"]
            for page in entry["pages"]
        ),
        originals=frozenset(UUID(one["id"]).bytes for one in body["originals"]),
    )


def together(manifest_ids: Sequence[UUID]) -> dict[str, Any]:
    """Return several snapshots as one file: the first, and what the later ones add to it; one statement."""
    kept = dict(Manifest.objects.filter(id__in=manifest_ids).values_list("id", "body"))
    bodies: list[dict[str, Any]] = [json.loads(kept[one]) for one in manifest_ids if one in kept]
    if not bodies:
        return dict(EMPTY)
    first = bodies[0]
    for later in bodies[1:]:
        first["version"] = max(first["version"], later["version"])
        for name in ("originals", "documents"):
            first[name] = list({row["id"]: row for row in [*first[name], *later[name]]}.values())
        volumes = {volume["id"]: volume for volume in first["volumes"]}
        for volume in later["volumes"]:
            if volume["id"] not in volumes:
                first["volumes"].append(volume)
                continue
            known = volumes[volume["id"]]["entries"]
            ids = {entry["id"] for entry in known if entry["pages"]}
            known += [entry for entry in volume["entries"] if entry["id"] not in ids]
    return first


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
