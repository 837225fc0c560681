"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Who is held where."""

    name = "antong.custody"
    label = "custody"
