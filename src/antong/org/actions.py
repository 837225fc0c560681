"""Writes of the room."""

from __future__ import annotations

from antong.org._callers import NotRecognised, forget_calls, note_call, note_token_use, recognise
from antong.org._calling import Told, call_webhook, claim_webhook, forget_webhook_calls, rest_webhook
from antong.org._certificates import (
    note_certificate,
    note_refused_certificate,
    register_certificate,
    revoke_certificate,
    sign_in_by_certificate,
)
from antong.org._delegations import delegate, end_delegation
from antong.org._erase import erase_told
from antong.org._factors import (
    begin_factor,
    check_factor,
    decide_factor_reset,
    enrol_factor,
    forget_factor,
    propose_factor_reset,
)
from antong.org._heads import give_head
from antong.org._import import import_people
from antong.org._import_units import import_organisation
from antong.org._jobs import run_job_again
from antong.org._notices import (
    Letter,
    answer_notice,
    escalate_notice,
    notify,
    notify_many,
    read_notice,
    read_notices,
    settle_matters,
    settle_notices,
)
from antong.org._people import assign_duty, end_duty, reset_password, set_active
from antong.org._personal import (
    drop_view,
    forget_form,
    forget_old_forms,
    keep_form,
    save_view,
    set_preferences,
)
from antong.org._plant import (
    DutyRow,
    InstanceRow,
    PersonRow,
    PostRow,
    ShiftRow,
    UnitRow,
    plant,
    spelled_password,
)
from antong.org._pledges import issue_pledge, sign_pledge
from antong.org._reports import answer_report, report
from antong.org._sessions import end_session, end_sessions, lift_pause
from antong.org._shifts import add_shift, end_shift
from antong.org._sign_in import change_password, choose_duty, sign_in, sign_out
from antong.org._staff import amend_person, leave_service, move_person, new_person
from antong.org._terminals import (
    enrol_terminal,
    register_terminal,
    renew_terminal,
    revoke_terminal,
    set_terminal_rule,
)
from antong.org._tokens import allow_token, issue_token, revoke_token
from antong.org._units import end_post, end_unit, new_post, new_unit, rename_unit, set_counterparts
from antong.org._webhooks import (
    allow_webhook,
    end_webhook,
    new_webhook,
    pause_webhook,
    resend_webhook,
    resume_webhook,
    rotate_webhook,
)

__all__ = [
    "DutyRow",
    "InstanceRow",
    "Letter",
    "NotRecognised",
    "PersonRow",
    "PostRow",
    "ShiftRow",
    "Told",
    "UnitRow",
    "add_shift",
    "allow_token",
    "allow_webhook",
    "amend_person",
    "answer_notice",
    "answer_report",
    "assign_duty",
    "begin_factor",
    "call_webhook",
    "change_password",
    "check_factor",
    "choose_duty",
    "claim_webhook",
    "decide_factor_reset",
    "delegate",
    "drop_view",
    "end_delegation",
    "end_duty",
    "end_post",
    "end_session",
    "end_sessions",
    "end_shift",
    "end_unit",
    "end_webhook",
    "enrol_factor",
    "enrol_terminal",
    "erase_told",
    "escalate_notice",
    "forget_calls",
    "forget_factor",
    "forget_form",
    "forget_old_forms",
    "forget_webhook_calls",
    "give_head",
    "import_organisation",
    "import_people",
    "issue_pledge",
    "issue_token",
    "keep_form",
    "leave_service",
    "lift_pause",
    "move_person",
    "new_person",
    "new_post",
    "new_unit",
    "new_webhook",
    "note_call",
    "note_certificate",
    "note_refused_certificate",
    "note_token_use",
    "notify",
    "notify_many",
    "pause_webhook",
    "plant",
    "propose_factor_reset",
    "read_notice",
    "read_notices",
    "recognise",
    "register_certificate",
    "register_terminal",
    "rename_unit",
    "renew_terminal",
    "report",
    "resend_webhook",
    "reset_password",
    "rest_webhook",
    "resume_webhook",
    "revoke_certificate",
    "revoke_terminal",
    "revoke_token",
    "rotate_webhook",
    "run_job_again",
    "save_view",
    "set_active",
    "set_counterparts",
    "set_preferences",
    "set_terminal_rule",
    "settle_matters",
    "settle_notices",
    "sign_in",
    "sign_in_by_certificate",
    "sign_out",
    "sign_pledge",
    "spelled_password",
]
