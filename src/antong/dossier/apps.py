"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class DossierConfig(AppConfig):
    """Electronic file and documents."""

    name = "antong.dossier"
    label = "dossier"
