"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """Organisation."""

    name = "antong.org"
    label = "org"
