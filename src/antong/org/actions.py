"""Writes of the room."""

from __future__ import annotations

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
from antong.org._plant import DutyRow, InstanceRow, PersonRow, PostRow, ShiftRow, UnitRow, plant
from antong.org._sign_in import change_password, choose_duty, sign_in, sign_out

__all__ = [
    "DutyRow",
    "InstanceRow",
    "PersonRow",
    "PostRow",
    "ShiftRow",
    "UnitRow",
    "answer_notice",
    "assign_duty",
    "change_password",
    "choose_duty",
    "delegate",
    "drop_view",
    "end_duty",
    "escalate_notice",
    "forget_form",
    "forget_old_forms",
    "keep_form",
    "notify",
    "plant",
    "read_notice",
    "read_notices",
    "reset_password",
    "save_view",
    "set_active",
    "set_preferences",
    "settle_matters",
    "settle_notices",
    "sign_in",
    "sign_out",
]
