"""Django app of the room."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Ledger."""

    name = "antong.ledger"
    label = "ledger"
