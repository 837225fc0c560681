"""Writes of the room."""

from __future__ import annotations

from antong.org._callers import NotRecognised, forget_calls, note_call, note_token_use, recognise
from antong.org._notices import (
    answer_notice,
    escalate_notice,
    notify,
    read_notice,
    read_notices,
    settle_matters,
    settle_notices,
)
from antong.org._people import assign_duty, delegate, end_duty, reset_password, set_active
from antong.org._personal import (
    drop_view,
    forget_form,
    forget_old_forms,
    keep_form,
    save_view,
    set_preferences,
)
from antong.org._plant import DutyRow, PersonRow, PostRow, ShiftRow, UnitRow, plant
from antong.org._sign_in import change_password, choose_duty, sign_in, sign_out
from antong.org._tokens import allow_token, issue_token, revoke_token

__all__ = [
    "DutyRow",
    "NotRecognised",
    "PersonRow",
    "PostRow",
    "ShiftRow",
    "UnitRow",
    "allow_token",
    "answer_notice",
    "assign_duty",
    "change_password",
    "choose_duty",
    "delegate",
    "drop_view",
    "end_duty",
    "escalate_notice",
    "forget_calls",
    "forget_form",
    "forget_old_forms",
    "issue_token",
    "keep_form",
    "note_call",
    "note_token_use",
    "notify",
    "plant",
    "read_notice",
    "read_notices",
    "recognise",
    "reset_password",
    "revoke_token",
    "save_view",
    "set_active",
    "set_preferences",
    "settle_matters",
    "settle_notices",
    "sign_in",
    "sign_out",
]
