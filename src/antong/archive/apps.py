"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """What becomes of ended cases."""

    name = "antong.archive"
    label = "archive"
