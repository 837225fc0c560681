"""Writes of the room: each one transaction, one ledger entry.

`apply_effects`, `take_back_effects`, `take_back_grants`, `keep_sheet`, `hand_on`, `set_handler`, `tell_moved` and `erase` join the
caller's.
"""

from __future__ import annotations

from antong.cases._amend import Entered, add_parties, amend_case, amend_party
from antong.cases._anew import recount
from antong.cases._calendar import bring_notice, take_notices
from antong.cases._effects import Applied, CaseEffects, Numbered, PartyState, TakenBack
from antong.cases._effects import apply as apply_effects
from antong.cases._effects import take_back as take_back_effects
from antong.cases._erase import erase
from antong.cases._grants import take_back as take_back_grants
from antong.cases._handler import hand_on, set_handler
from antong.cases._measures import NewMeasure
from antong.cases._recount import tell as tell_moved
from antong.cases._register import Registered, register
from antong.cases._sheet import keep as keep_sheet

__all__ = [
    "Applied",
    "CaseEffects",
    "Entered",
    "NewMeasure",
    "Numbered",
    "PartyState",
    "Registered",
    "TakenBack",
    "add_parties",
    "amend_case",
    "amend_party",
    "apply_effects",
    "bring_notice",
    "erase",
    "hand_on",
    "keep_sheet",
    "recount",
    "register",
    "set_handler",
    "take_back_effects",
    "take_back_grants",
    "take_notices",
    "tell_moved",
]
