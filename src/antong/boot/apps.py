"""Django app of the room: registers the jobs of all rooms."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings

from antong.boot import tracing


class BootConfig(AppConfig):
    """Start-up."""

    name = "antong.boot"
    label = "boot"

    def ready(self) -> None:
        """Import every room's jobs and checks, so that each enqueued name is registered; have spans sent where asked for."""
        for module in ("antong.dossier.jobs", "antong.flow.jobs", "antong.boot.checks"):
            import_module(module)
        if settings.ANTONG_OTEL_ENDPOINT:
            tracing.begin(settings.ANTONG_OTEL_ENDPOINT)
