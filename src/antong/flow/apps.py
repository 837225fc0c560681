"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class FlowConfig(AppConfig):
    """Hand-overs."""

    name = "antong.flow"
    label = "flow"
