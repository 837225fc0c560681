"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases."""

    name = "antong.cases"
    label = "cases"
