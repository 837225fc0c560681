"""Writes of the room. `snapshot`, `issue_many` and `erase` join the caller's act; all others are acts of their own."""

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
from antong.dossier._copies import copied_key
from antong.dossier._derive import derive_original, retry_failed
from antong.dossier._documents import draft, issue_many, refuse_void, revise, void
from antong.dossier._erase import erase, remove_destroyed
from antong.dossier._incoming import append_incoming, begin_incoming, cancel_incoming, sweep_incoming
from antong.dossier._move import empty_old, move_originals, settle_originals
from antong.dossier._signed import attach_signed, place_scan, upload_signed
from antong.dossier._snapshot import snapshot, snapshot_of
from antong.dossier._unmade import queue_waiting, remove_nameless
from antong.dossier._upload import upload

__all__ = [
    "add_volume",
    "append_incoming",
    "attach_signed",
    "begin_incoming",
    "cancel_incoming",
    "copied_key",
    "derive_original",
    "draft",
    "empty_old",
    "erase",
    "issue_many",
    "move_entry",
    "move_originals",
    "move_pages",
    "place_scan",
    "queue_waiting",
    "refuse_void",
    "remove_destroyed",
    "remove_nameless",
    "remove_page",
    "rename_entry",
    "restore_page",
    "retry_failed",
    "revise",
    "rotate_page",
    "settle_originals",
    "snapshot",
    "snapshot_of",
    "sweep_incoming",
    "upload",
    "upload_signed",
    "void",
]
