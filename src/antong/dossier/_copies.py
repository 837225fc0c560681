"""What a copy of a case needs of its file: the plain bytes of the model's, and blobs under the copy's own key."""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Sequence
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from antong.dossier import _files, store
from antong.dossier.models import Blob, Original, Page


def plain_blobs(case_id: UUID, original_ids: Collection[UUID]) -> list[tuple[UUID, bytes]]:
    """Return the bytes of some originals of a case and of the images of their pages, by blob; three statements."""
    wanted = set(
        Original.objects.filter(dossier_id=case_id, id__in=original_ids).values_list("blob_id", flat=True)
    )
    for pair in Page.objects.filter(dossier_id=case_id, original_id__in=original_ids).values_list(
        "image_id", "thumb_id"
    ):
        wanted.update(one for one in pair if one is not None)
    rows = Blob.objects.filter(id__in=wanted).select_related("dossier").order_by("id")
    return [(blob.id, b"".join(_files.open_blob(blob))) for blob in rows]


def copied_key(case_id: UUID, blobs: Sequence[tuple[UUID, bytes]]) -> bytes:
    """Return a fresh wrapped key for a case whose rows are written by the caller, with these blobs on disk under it."""
    key, nonce = os.urandom(32), os.urandom(12)
    for blob_id, content in blobs:
        store.write(key, blob_id, io.BytesIO(content), len(content))
    return nonce + AESGCM(store.master_key()).encrypt(nonce, key, case_id.bytes)
