"""Reads of the room: hand-overs, the desk, inboxes, what may be begun, what is under way."""

from __future__ import annotations

from antong.flow._answer import outcome_names
from antong.flow._begin import (
    Offer,
    composing,
    default_fix_by_now,
    draft_missing,
    eligible,
    offers,
    preview,
    receivers_for,
    text_values,
)
from antong.flow._desk import InboxRow, done_today, inbox, sent_by, task_counts, tasks, waiting_for_others
from antong.flow._under_way import UnderWay, under_way
from antong.flow._views import handover, handovers_of, open_reasons

__all__ = [
    "InboxRow",
    "Offer",
    "UnderWay",
    "composing",
    "default_fix_by_now",
    "done_today",
    "draft_missing",
    "eligible",
    "handover",
    "handovers_of",
    "inbox",
    "offers",
    "open_reasons",
    "outcome_names",
    "preview",
    "receivers_for",
    "sent_by",
    "task_counts",
    "tasks",
    "text_values",
    "under_way",
    "waiting_for_others",
]
