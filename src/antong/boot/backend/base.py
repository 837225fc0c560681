"""Django reads every instant by a loader in Python, which on a desk of hundreds of rows was half the time of its page.

The connection's time zone is UTC, so psycopg's own compiled loader gives the same values in a fourteenth of the time.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.postgres import types
from psycopg.pq import Format

LOADER = psycopg.adapters.get_loader(types["timestamptz"].oid, Format.TEXT)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it, but for how instants are read."""

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that reads instants quickly."""
        cursor = super().create_cursor(name)
        if LOADER is not None:
            cursor.adapters.register_loader("timestamptz", LOADER)
        return cursor
