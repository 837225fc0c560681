"""Django's PostgreSQL with three habits more, which spare a page and an act a good part of their processor time.

A connection keeps one closed cursor for its next statement: a cursor learns how to write and read each type it meets,
and a new one for every statement learns it all again. And instants are read by psycopg's compiled loader, not by
Django's, which is written in Python; the connection's time zone is UTC, so both give the same values. And no statement is compiled just
in time: that takes longer than any of ours, and would strike one look in a dozen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import psycopg
from django.db import InterfaceError
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg.postgres import types
from psycopg.pq import Format

INSTANTS = psycopg.adapters.get_loader(types["timestamptz"].oid, Format.TEXT)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection as Django makes it, with its spare cursor."""

    spare: Any = None

    def init_connection_state(self) -> None:
        """Set what every new connection is set to; whichever server it leads to, ours or an operator's."""
        super().init_connection_state()
        self.connection.execute("SET jit = off")
        if not self.get_autocommit():
            self.connection.commit()

    def create_cursor(self, name: str | None = None) -> Any:
        """Return the spare cursor of this very connection, else a new one; a named one is always new."""
        if name is None:
            kept, self.spare = self.spare, None
            if kept is not None and kept.connection is self.connection and not kept.closed:
                return kept
        cursor = super().create_cursor(name)
        if INSTANTS is not None:
            cursor.adapters.register_loader("timestamptz", INSTANTS)
        return cursor

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        """Wrap a cursor; one that is not named is given back when it is closed."""
        return Lent(cursor, self) if type(cursor) is base.ServerBindingCursor else super().make_cursor(cursor)


class Lent(CursorWrapper):
    """A cursor on loan: closed, it goes back, and whoever still holds this can do nothing with it any more."""

    def close(self) -> None:
        """Give the cursor back; once."""
        if isinstance(self.cursor, Returned):
            return
        self.db.spare, self.cursor = self.cursor, Returned()

    def __iter__(self) -> Iterator[Any]:
        """Return the rows; all of them have arrived with the answer."""
        yield from self.fetchall()


class Returned:
    """In the place of a cursor that has gone back."""

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse, as a closed cursor does."""
        raise InterfaceError("the cursor is closed")
