"""Reads of the room: hand-overs, the desk, inboxes, what may be begun, what is under way."""

from __future__ import annotations

from antong.flow._answer import outcome_names
from antong.flow._begin import (
    Offer,
    composing,
    default_fix_by_now,
    eligible,
    offers,
    preview,
    receivers_for,
    text_values,
)
from antong.flow._bundle import audit, export_bundle, workplace
from antong.flow._calendar import CalendarEvent, calendar
from antong.flow._consequences import Consequences, answer_consequences, consequences
from antong.flow._desk import (
    INBOX_ORDERS,
    SENT_ORDERS,
    InboxRow,
    Listed,
    carries_dossier,
    done_today,
    inbox,
    sent_by,
    silent_count,
    task_counts,
    tasks,
    waiting_count,
    waiting_for_others,
)
from antong.flow._duty import Arrived, arrived
from antong.flow._erase import loose_ends
from antong.flow._events import EVENTS, Event, events
from antong.flow._find import FoundHandOver, find, flow_of
from antong.flow._hand_on import Desk, HandedOn, desk_of
from antong.flow._owed import LIMIT, DeskRow, Due, desk, desk_counts, in_full
from antong.flow._papers import draft_setting, draftable, preview_document
from antong.flow._phrases import PhraseView, phrases, return_basis
from antong.flow._published import Published, preview_digest, published
from antong.flow._registers import RegisterRow, register
from antong.flow._rotation import Share, TurnView, officers, rotating, rotation, shares, turns
from antong.flow._under_way import Holder, UnderWay, UnderWayFilter, by_flow, by_holder, narrow, under_way
from antong.flow._unentered import not_entered
from antong.flow._upcoming import Upcoming, upcoming
from antong.flow._views import (
    NudgeView,
    answer_waits,
    handover,
    handovers_of,
    manifests_sent,
    nudges_of,
    open_reasons,
    pins_of,
)

__all__ = [
    "EVENTS",
    "INBOX_ORDERS",
    "LIMIT",
    "SENT_ORDERS",
    "Arrived",
    "CalendarEvent",
    "Consequences",
    "Desk",
    "DeskRow",
    "Due",
    "Event",
    "FoundHandOver",
    "HandedOn",
    "Holder",
    "InboxRow",
    "Listed",
    "NudgeView",
    "Offer",
    "PhraseView",
    "Published",
    "RegisterRow",
    "Share",
    "TurnView",
    "UnderWay",
    "UnderWayFilter",
    "Upcoming",
    "answer_consequences",
    "answer_waits",
    "arrived",
    "audit",
    "by_flow",
    "by_holder",
    "calendar",
    "carries_dossier",
    "composing",
    "consequences",
    "default_fix_by_now",
    "desk",
    "desk_counts",
    "desk_of",
    "done_today",
    "draft_setting",
    "draftable",
    "eligible",
    "events",
    "export_bundle",
    "find",
    "flow_of",
    "handover",
    "handovers_of",
    "in_full",
    "inbox",
    "loose_ends",
    "manifests_sent",
    "narrow",
    "not_entered",
    "nudges_of",
    "offers",
    "officers",
    "open_reasons",
    "outcome_names",
    "phrases",
    "pins_of",
    "preview",
    "preview_digest",
    "preview_document",
    "published",
    "receivers_for",
    "register",
    "return_basis",
    "rotating",
    "rotation",
    "sent_by",
    "shares",
    "silent_count",
    "task_counts",
    "tasks",
    "text_values",
    "turns",
    "under_way",
    "upcoming",
    "waiting_count",
    "waiting_for_others",
    "workplace",
]
