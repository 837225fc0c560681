"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.flow import acts, batch, desk, hand_on, handover, supervision, views

urlpatterns = [
    path("desk", desk.desk, name="desk"),
    path("inbox", views.inbox, name="inbox"),
    path("approvals", views.approvals, name="approvals"),
    path("handovers", views.sent, name="sent"),
    path("supervision", supervision.supervision, name="supervision"),
    path("hand-on", hand_on.hand_on, name="hand-on"),
    path("handovers/batch", batch.batch, name="batch"),
    path("phrases", acts.phrases, name="phrases"),
    path("phrases/add", acts.keep_phrase, name="keep-phrase"),
    path("phrases/<uuid:phrase_id>/drop", acts.drop_phrase, name="drop-phrase"),
    path("pick/units", handover.pick_units, name="pick-units"),
    path("handovers/<uuid:handover_id>/receipt", handover.receipt, name="receipt"),
    path("handovers/<uuid:handover_id>/checklist", handover.checklist, name="checklist"),
    path("handovers/new", acts.compose, name="compose"),
    path("handovers/<uuid:handover_id>/", handover.handover, name="handover"),
    path("handovers/<uuid:handover_id>/amend", acts.amend, name="amend"),
    path("handovers/<uuid:handover_id>/submit", acts.submit, name="submit"),
    path("handovers/<uuid:handover_id>/approve", acts.approve, name="approve"),
    path("handovers/<uuid:handover_id>/send", acts.send, name="send"),
    path("handovers/<uuid:handover_id>/accept", acts.accept, name="accept"),
    path("handovers/<uuid:handover_id>/return", acts.return_file, name="return"),
    path("handovers/<uuid:handover_id>/assign", acts.assign, name="assign"),
    path("handovers/<uuid:handover_id>/answer", acts.answer, name="answer"),
    path("handovers/<uuid:handover_id>/approve-answer", acts.approve_answer, name="approve-answer"),
    path("handovers/<uuid:handover_id>/read-answer", acts.read_answer, name="read-answer"),
    path("handovers/<uuid:handover_id>/round", acts.begin_round, name="round"),
    path("handovers/<uuid:handover_id>/reason", acts.resolve_reason, name="reason"),
    path("handovers/<uuid:handover_id>/withdraw", acts.withdraw, name="withdraw"),
    path("handovers/<uuid:handover_id>/nudge", acts.nudge, name="nudge"),
]
