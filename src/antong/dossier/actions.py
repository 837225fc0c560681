"""Writes of the room. `snapshot` and `issue_many` join the caller's act; all others are acts of their own."""

from __future__ import annotations

from antong.dossier._arrange import (
    add_volume,
    move_entry,
    move_pages,
    remove_page,
    rename_entry,
    restore_page,
    rotate_page,
)
from antong.dossier._documents import draft, issue_many, revise, void
from antong.dossier._signed import attach_signed, place_scan, upload_signed
from antong.dossier._snapshot import snapshot
from antong.dossier._upload import derive_original, retry_failed, upload

__all__ = [
    "add_volume",
    "attach_signed",
    "derive_original",
    "draft",
    "issue_many",
    "move_entry",
    "move_pages",
    "place_scan",
    "remove_page",
    "rename_entry",
    "restore_page",
    "retry_failed",
    "revise",
    "rotate_page",
    "snapshot",
    "upload",
    "upload_signed",
    "void",
]
