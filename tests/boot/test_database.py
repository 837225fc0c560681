"""The spare cursor of a connection: kept for the next statement, never shared, never that of a connection that is gone."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, InterfaceError, connection, transaction

from antong.boot.database.base import Lent

pytestmark = pytest.mark.django_db


def held(cursor: Lent) -> int:
    """Return which cursor of the driver this one stands for."""
    return id(cursor.cursor)


def test_a_closed_cursor_serves_the_next_statement() -> None:
    with connection.cursor() as first:
        first.execute("SELECT 1")
        used = held(first)
    with connection.cursor() as second:
        assert held(second) == used
        second.execute("SELECT 'a'::text, now()")
        assert second.fetchone()[0] == "a"


def test_two_open_cursors_are_two() -> None:
    with connection.cursor() as outer:
        outer.execute("SELECT generate_series(1, 3)")
        with connection.cursor() as inner:
            assert held(inner) != held(outer)
            inner.execute("SELECT 'between'")
            assert inner.fetchall() == [("between",)]
        assert [row for (row,) in outer] == [1, 2, 3]


def test_who_still_holds_a_closed_cursor_can_do_nothing_with_it() -> None:
    with connection.cursor() as first:
        first.execute("SELECT 1")
    with connection.cursor() as second:
        second.execute("SELECT 2")
        with pytest.raises(InterfaceError):
            first.fetchall()
        with pytest.raises(InterfaceError):
            first.execute("SELECT 3")
        first.close()  # again, as Django sometimes does: it takes nothing from whoever has the cursor now
        with connection.cursor() as third:
            assert held(third) != held(second)
        assert second.fetchall() == [(2,)]


def test_a_statement_that_failed_leaves_nothing_behind() -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 5")
        assert cursor.fetchall() == [(5,)]


def test_a_new_connection_begins_anew() -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1")
            used = cursor.cursor
        other.close()
        with other.cursor() as cursor:
            assert cursor.cursor is not used
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
    finally:
        other.close()
