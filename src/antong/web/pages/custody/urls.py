"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.custody import alarms, board, door

urlpatterns = [
    path("custody", board.board, name="custody"),
    path("custody/admit", door.admit, name="custody-admit"),
    path("custody/warn", door.warn, name="custody-warn"),
    path("custody/<uuid:admission_id>/", board.person, name="custody-person"),
    path("custody/<uuid:admission_id>/discharge", door.discharge, name="custody-discharge"),
    path("custody/<uuid:admission_id>/interrogate", door.interrogate, name="custody-interrogate"),
    path("custody/<uuid:admission_id>/paper", door.paper, name="custody-paper"),
    path("alarms", alarms.alarms, name="alarms"),
    path("alarms/<uuid:alarm_id>/", alarms.alarm, name="alarm"),
    path("alarms/<uuid:alarm_id>/answer", alarms.answer, name="alarm-answer"),
]
