"""System checks of the house: foreign keys between rooms leave no road upwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register

ROOMS = frozenset({"ledger", "org", "cases", "dossier", "flow"})


@register()
def rooms_keep_apart(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a foreign key between rooms that can be followed backwards."""
    faults: list[CheckMessage] = []
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not field.concrete or target is None or isinstance(target, str):
                continue
            other = target._meta.app_label
            remote = field.remote_field
            if other in ROOMS and other != model._meta.app_label and remote is not None and not remote.hidden:
                faults.append(
                    Error(
                        f"{model.__name__}.{field.name} leads from {other} up to {model._meta.app_label}",
                        hint='give it related_name="+"',
                        obj=model,
                        id="antong.E001",
                    )
                )
    return faults
