"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages."""

    name = "antong.web"
    label = "web"
