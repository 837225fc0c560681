"""Writes of the room. Page, API, job, command and inbound envelope all call these."""

from __future__ import annotations

from antong.flow._answer import approve_answer, propose_answer, read_answer
from antong.flow._approve import approve
from antong.flow._close_unit import close_unit
from antong.flow._compose import amend, compose, submit
from antong.flow._duty import hear
from antong.flow._erase import erase
from antong.flow._hand_on import hand_on
from antong.flow._papers import draft_document, issue_document, void_document
from antong.flow._phrases import add_phrase, drop_phrase
from antong.flow._receive import accept, assign, return_file
from antong.flow._rotation import set_rotation
from antong.flow._rounds import begin_round, resolve_reason
from antong.flow._send import send
from antong.flow._telling import tell_webhook
from antong.flow._withdraw import nudge, withdraw

__all__ = [
    "accept",
    "add_phrase",
    "amend",
    "approve",
    "approve_answer",
    "assign",
    "begin_round",
    "close_unit",
    "compose",
    "draft_document",
    "drop_phrase",
    "erase",
    "hand_on",
    "hear",
    "issue_document",
    "nudge",
    "propose_answer",
    "read_answer",
    "resolve_reason",
    "return_file",
    "send",
    "set_rotation",
    "submit",
    "tell_webhook",
    "void_document",
    "withdraw",
]
