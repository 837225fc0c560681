"""Django app of the room: registers the jobs of all rooms."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class BootConfig(AppConfig):
    """Start-up."""

    name = "antong.boot"
    label = "boot"

    def ready(self) -> None:
        """Import every room's jobs and checks, so that each enqueued name is registered."""
        for module in ("antong.dossier.jobs", "antong.flow.jobs", "antong.boot.checks"):
            import_module(module)
