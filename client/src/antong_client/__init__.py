"""A typed client of Antong's interface for agencies' systems (docs/api.md); standard library only."""

from __future__ import annotations

from antong_client.carrying import Content, new_key
from antong_client.client import Client
from antong_client.made import types
from antong_client.problem import NotReached, Refused
from antong_client.reading import Unexpected

__all__ = ["Client", "Content", "NotReached", "Refused", "Unexpected", "new_key", "types"]
