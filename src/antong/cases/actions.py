"""Writes of the room. Each is one transaction, one ledger entry; `apply_effects` joins the caller's."""

from __future__ import annotations

from antong.cases._amend import add_parties, amend_case, amend_party, give_number, record_measure
from antong.cases._effects import CaseEffects, Numbered, PartyState
from antong.cases._effects import apply as apply_effects
from antong.cases._handler import set_handler
from antong.cases._measures import NewMeasure
from antong.cases._register import Registered, register
from antong.cases._sheet import keep as keep_sheet

__all__ = [
    "CaseEffects",
    "NewMeasure",
    "Numbered",
    "PartyState",
    "Registered",
    "add_parties",
    "amend_case",
    "amend_party",
    "apply_effects",
    "give_number",
    "keep_sheet",
    "record_measure",
    "register",
    "set_handler",
]
