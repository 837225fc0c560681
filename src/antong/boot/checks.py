"""System checks of the house: foreign keys between rooms leave no road upwards; each queued name is registered."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register

from antong.ledger import outbox

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


@register()
def queued_jobs_exist(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a call that queues a job by a name nobody registered: it would wait for ever."""
    known = outbox.registered()
    package = Path(__file__).resolve().parent.parent
    faults: list[CheckMessage] = []
    for path in sorted(package.glob("*/*.py")):
        module = f"antong.{path.parent.name}.{path.stem}"
        faults += [
            Error(
                f"{module} queues {name!r}, which no room registers",
                hint="register it in the room's jobs.py",
                id="antong.E002",
            )
            for name in queued_names(path.read_text("utf-8"), module)
            if name not in known
        ]
    return faults


def queued_names(source: str, module: str) -> Iterator[str]:
    """Yield the job names that a module's calls of `enqueue` give: literal, or constants."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called != "enqueue":
            continue
        name = node.args[0]
        if isinstance(name, ast.Constant):
            yield str(name.value)
            continue
        value: object = import_module(module)
        for part in ast.unparse(name).split("."):
            value = getattr(value, part, None)
        yield value if isinstance(value, str) else f"{ast.unparse(name)} (no constant)"
