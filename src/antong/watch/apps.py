"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class WatchConfig(AppConfig):
    """The custody watch."""

    name = "antong.watch"
    label = "watch"
