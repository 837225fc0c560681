"""How a process of the pool begins: Django first, then whatever imports tables."""

from __future__ import annotations

import pickle


def begin(models: bytes) -> None:
    """Set Django up and take the models, which are pickled: they name modules that want it set up."""
    import django  # noqa: PLC0415

    django.setup()
    from antong.demo.bulk import writing  # noqa: PLC0415

    writing.take(pickle.loads(models))  # noqa: S301 - our own parent's
